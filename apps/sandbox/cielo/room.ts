import { type Asked, Refusal } from '@apps/sandbox/front.js';
import type { Ground } from '@apps/sandbox/simulator.js';
import { type Code, messages } from './codes.js';
import type { Wire } from './wire.js';

/** What the customer is given: both go into headers of every call. */
export interface Account {
  readonly merchantId: string; // a GUID
  readonly merchantKey: string; // forty letters
}
/** Everything the provider's acts need, made once at the start. */
export interface Room extends Ground<Account> {
  readonly wire: Wire;
}

/** A refusal by codes of the table: 400 and a list, as every validation and every wrong state is answered. */
export const refusal = (...codes: readonly Code[]): Refusal =>
  new Refusal(
    400,
    codes.map((Code) => ({ Code, Message: messages[Code] })),
  );

/** Nobody's sale, or another store's: nothing is said of it. */
export const lost = ({ wire }: Pick<Room, 'wire'>): Refusal =>
  new Refusal(404, wire.missing === 'code' ? [{ Code: 307, Message: messages[307] }] : undefined);

/** The names of a JSON object as they were meant: the provider reads them whatever their case. */
export function members(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toLowerCase(), inner]));
}

/** The object that a call brought; refused when it brought none. */
export function sent({ body }: Asked): Readonly<Record<string, unknown>> {
  const found = 'json' in body ? members(body.json) : undefined;
  if (found) return found;
  throw refusal(184);
}
