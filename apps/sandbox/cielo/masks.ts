import { isCnpj } from '@libs/brazil/cpf-cnpj.js';

export function luhn(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, char, i) => {
    const value = Number.parseInt(char, 10) * (i % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

const long = /\d(?:[ .-]?\d){11,18}/g;

/** What may be shown and kept of a card's number: its first six and its last four. */
export const mask = (digits: string): string =>
  digits.length < 12 ? '******' : `${digits.slice(0, 6)}******${digits.slice(-4)}`;

/** A text without what could be the number of a card; a company's number, which may look like one, stays. */
export const masked = (text: string): string =>
  text.replaceAll(long, (run) => {
    const digits = run.replaceAll(/\D/g, '');
    return luhn(digits) && !(digits === text && isCnpj(text)) ? mask(digits) : run;
  });

/** The same of every text of a value; the code on a card's back is left out, wherever it stands. */
export function safe(value: unknown): unknown {
  if (typeof value === 'string') return masked(value);
  if (typeof value === 'number') return value > 99_999_999_999 ? masked(`${value}`) : value;
  if (Array.isArray(value)) return value.map(safe);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (/securitycode/i.test(name)) return [];
      const hidden = /cardnumber/i.test(name) && (typeof inner === 'string' || typeof inner === 'number');
      return [[masked(name), hidden ? mask(`${inner}`.replaceAll(/\D/g, '')) : safe(inner)]];
    }),
  );
}
