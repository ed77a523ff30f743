import { now } from '@libs/kernel/clock.js';
import { type FieldFault, InvalidFault } from '@libs/kernel/fault.js';
import { passesLuhn } from '@libs/kernel/luhn.js';
import { startOf } from '@libs/kernel/period.js';
import type { Card } from '@libs/providers/contract/inputs.js';
import { brandNamed, brandOf, codeLength, wrongLength } from '@libs/kernel/brand.js';

/** A card as a request gives it, each member of the shape that its DTO allows. `expirationDate`: MM/YYYY. */
export interface GivenCard {
  readonly number?: string;
  readonly holder?: string;
  readonly expirationDate?: string;
  readonly brand?: string;
  readonly cvv?: string;
}
/** A card that passed; what of it may be kept. */
export type PlainCard = Omit<Card, 'cvv'>;

const month = /^(0[1-9]|1[0-2])\/(\d{4})$/;

/** Whether a text of 13 to 19 digits can be the number of a card: by Luhn, and of a length that its brand has. */
export const isCardNumber = (text: string): boolean =>
  /^\d{13,19}$/.test(text) && passesLuhn(text) && !wrongLength(text);

/**
 * When a card that says MM/YYYY is no longer valid: as the month after it begins in São Paulo. Undefined: no month.
 */
export function expiryOf(text: string): Date | undefined {
  const [, monthOf, yearOf] = month.exec(text) ?? [];
  if (monthOf === undefined || yearOf === undefined) return undefined;
  const next = Number(yearOf) * 12 + Number(monthOf); // months since year 0, of the one after
  const [year, following] = [Math.floor(next / 12), (next % 12) + 1];
  return startOf(`${String(year).padStart(4, '0')}-${String(following).padStart(2, '0')}-01`);
}

/** Whether a card that says MM/YYYY can be used today. */
export function isUnexpired(text: string): boolean {
  const until = expiryOf(text);
  return until !== undefined && now() < until;
}

/**
 * A card that can be kept or charged, its brand found by its number; where no table knows the number, the brand that
 * was given is believed. `at`: the path of the card in its request, `card`.
 * @throws InvalidFault that names every refused member and shows none.
 */
export function checkCard(card: GivenCard, at = ''): PlainCard {
  const { number = '', holder = '', expirationDate: expires = '', cvv } = card;
  const faults: FieldFault[] = [];
  const refuse = (name: keyof GivenCard, message: string): void => {
    const missing = card[name] === undefined;
    const field = at === '' ? name : `${at}.${name}`;
    const said = missing ? 'Campo obrigatório.' : message;
    faults.push({ field, code: missing ? 'required' : 'invalid', message: said });
  };
  const given = card.brand === undefined ? undefined : brandNamed(card.brand);
  const found = isCardNumber(number) ? brandOf(number) : undefined;
  const brand = found ?? given;
  if (!isCardNumber(number)) refuse('number', 'Número de cartão inválido.');
  else if (brand === undefined) refuse('number', 'Bandeira não reconhecida.');
  if (holder === '') refuse('holder', 'Valor inválido.');
  if (!isUnexpired(expires)) refuse('expirationDate', 'Cartão vencido, ou data inválida: MM/AAAA.');
  if (card.brand !== undefined && (given === undefined || (found ?? given) !== given)) {
    refuse('brand', 'A bandeira não é a do número.');
  }
  if (cvv !== undefined && brand !== undefined && cvv.length !== codeLength(brand)) {
    refuse('cvv', 'Código de segurança inválido.');
  }
  if (faults.length > 0) throw new InvalidFault(faults);
  return { number, holder, expires, brand: brand! };
}
