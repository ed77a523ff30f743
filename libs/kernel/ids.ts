import { v7 } from 'uuid';

/** One id, written three ways: no provider takes a UUID's 36 characters everywhere, and one wants an int. */
export interface Ids {
  readonly uuid: string; // UUIDv7
  readonly short: string; // base 36
  readonly number: number; // of a sequence below 2^31, where the provider is `numbered`; else 0
}

/** A new UUIDv7: time-ordered, so that rows land at the end of their index. */
export const uuid = (): string => v7();

/** The same 128 bits in 25 characters of [0-9a-z]: fits MerchantOrderId, txid, idEnvio. */
export const short = (id: string): string =>
  BigInt(`0x${id.replaceAll('-', '')}`)
    .toString(36)
    .padStart(25, '0');

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Whether a text from outside can be compared with a uuid column at all. */
export const isUuid = (text: string): boolean => shape.test(text);

/** The id that `short` has written; undefined for any other text. */
export function long(text: string): string | undefined {
  if (!/^[0-9a-z]{25}$/.test(text)) return undefined;
  let value = 0n;
  for (const digit of text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  const [, ...parts] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(value.toString(16).padStart(32, '0')) ?? [];
  return parts.length > 0 ? parts.join('-') : undefined;
}

/** The row that a text from outside names, by either way of writing its id; undefined: it names none. */
export const rowOf = (text: string): string | undefined => (isUuid(text) ? text : long(text));
