import { type FieldFault, InvalidFault } from './fault.js';
import { cardNumbersIn } from './luhn.js';
import { brandOf } from './brand.js';

// In the kernel, not with the cards: whoever keeps a caller's text in clear, Pix, slips and administrators' notes too,
// refuses the number of a card in it.

// What is checked by digits of its own, or is an id: a CNPJ may pass for the number of a Diners card.
const typed = new Set(['documentNumber', 'phoneNumber', 'zipCode', 'accountNumber', 'token', 'splitId', 'returnUrl']);

/** Whether a text has the number of a card in it. */
export const holdsNumber = (text: string): boolean =>
  cardNumbersIn(text).some((digits) => brandOf(digits) !== undefined);

function* straysIn(value: unknown, at: string, but: ReadonlySet<string>): Generator<FieldFault> {
  if (but.has(at)) return;
  if (typeof value === 'string' && holdsNumber(value)) {
    yield { field: at, code: 'invalid', message: 'Parece um número de cartão, que este campo não aceita.' };
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typed.has(name)) continue;
    const path = Array.isArray(value) ? `${at}[${name}]` : at === '' ? name : `${at}.${name}`;
    yield* straysIn(inner, path, but);
  }
}

/**
 * Refuses a body that holds the number of a card anywhere but where `but` says, by dotted paths: what is kept of a
 * charge is kept in clear, and shown.
 * @throws InvalidFault that names the fields.
 */
export function assertNoStrays(body: object, ...but: readonly string[]): void {
  const faults = [...straysIn(body, '', new Set(but))];
  if (faults.length > 0) throw new InvalidFault(faults);
}
