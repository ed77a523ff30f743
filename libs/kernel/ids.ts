import { v7 } from 'uuid';

/** One id, written two ways: no provider takes a UUID's 36 characters everywhere. */
export interface Ids {
  readonly uuid: string; // UUIDv7
  readonly short: string; // base 36
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
