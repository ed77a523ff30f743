import { isCnpj, isCpf } from '@libs/brazil/cpf-cnpj.js';
import { type Flaw, type Json, invalid } from './room.js';

/** What a member must be; the text is the provider's complaint about it. */
type Check = (value: unknown) => string | undefined;
const missing = 'obrigatorio';
const odd = 'invalido';

/** What digits are written as, a text or a number; empty for anything else. */
export const written = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
const given = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

export const optional =
  (check: Check): Check =>
  (value) =>
    given(value) ? check(value) : undefined;

export const text =
  (longest: number, shape = /\S/): Check =>
  (value) => {
    if (!given(value)) return missing;
    return typeof value === 'string' && value.length <= longest && shape.test(value) ? undefined : odd;
  };
/** Some clients send digits as a number, and lose the zeros in front. */
export const digits =
  (shape: RegExp): Check =>
  (value) => {
    if (!given(value)) return missing;
    const whole = typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value));
    return whole && shape.test(String(value)) ? undefined : odd;
  };
export const whole =
  (least: number, most: number): Check =>
  (value) => {
    if (!given(value)) return missing;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? undefined
      : odd;
  };
/** An amount above nothing: whole cents, or reais where the wire is set so. */
export const amount =
  (unit: 'cents' | 'reais'): Check =>
  (value) => {
    if (!given(value)) return missing;
    return (centsOf(value, unit) ?? 0n) > 0n ? undefined : odd;
  };
export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : given(value) ? odd : missing);
export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    given(value) ? (allowed.includes(String(value)) ? undefined : odd) : missing;
export const group =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (!given(value)) return missing;
    return typeof value === 'object' && flawsOf(value as Json, checks).length === 0 ? undefined : odd;
  };

/** Whole cents of a number of the wire; undefined for anything else. */
export function centsOf(value: unknown, unit: 'cents' | 'reais'): bigint | undefined {
  if (typeof value !== 'number') return undefined;
  const written = unit === 'cents' ? /^\d{1,15}$/ : /^\d{1,13}(\.\d{1,2})?$/;
  if (!written.test(String(value))) return undefined;
  const [whole = '0', part = ''] = String(value).split('.');
  return unit === 'cents' ? BigInt(whole) : BigInt(whole) * 100n + BigInt(part.padEnd(2, '0'));
}

/** A CPF or CNPJ with its zeros again; undefined when its check digits are wrong. */
export function documentOf(value: unknown): string | undefined {
  const bare = written(value);
  const padded = bare.padStart(bare.length > 11 ? 14 : 11, '0');
  return isCpf(padded) || isCnpj(padded) ? padded : undefined;
}
export const document: Check = (value) =>
  given(value) ? (documentOf(value) === undefined ? odd : undefined) : missing;

function flawsOf(data: Json, checks: Readonly<Record<string, Check>>, at = ''): readonly Flaw[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    const wrong = check(data[name]);
    return wrong === undefined ? [] : [{ FieldName: `${at}${name}`, ErrorMessage: wrong }];
  });
}

/** Throws the refusal with everything that is wrong, also within `DadosSacado` and its like. */
export function must(data: Json, checks: Readonly<Record<string, Check>>, at = ''): void {
  const flaws = flawsOf(data, checks, at);
  if (flaws.length > 0) throw invalid(flaws);
}
export const flaw = (FieldName: string, ErrorMessage = odd): Flaw => ({ FieldName, ErrorMessage });
