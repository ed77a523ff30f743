import type { Call } from '@libs/providers/contract/call.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import type { HttpAnswer } from '@libs/providers/http.js';
import { ask } from './cielo.client.js';
import type { CieloCredentials } from './cielo.credentials.js';
import * as news from './cielo.news.js';
import * as wire from './cielo.wire.js';

/** Whatever is sold at Cielo is a sale: made by one address, asked for by two, and let go by a third. */
export type Reading = Omit<Call<unknown, CieloCredentials>, 'key' | 'input'>;

/** More sales than these under one of our numbers is nothing that we could have caused. */
const mostSales = 10;
const salesPath = '/1/sales';
export const salePath = (ref: string, act = ''): string => `${salesPath}/${encodeURIComponent(ref)}${act}`;

export const post = ({ credentials, leftMs }: Reading, body: unknown): Promise<HttpAnswer> =>
  ask(credentials, { method: 'POST', host: 'transaction', path: `${salesPath}/`, body }, leftMs);
export const put = ({ credentials, leftMs }: Reading, path: string): Promise<HttpAnswer> =>
  ask(credentials, { method: 'PUT', host: 'transaction', path }, leftMs);
const get = ({ credentials, leftMs }: Reading, path: string, aside = false): Promise<HttpAnswer> =>
  ask(credentials, { method: 'GET', host: 'query', path, aside }, leftMs);

/** How a kind of sale is read; undefined: it cannot be. */
type Read<T> = (json: unknown) => T | undefined;
interface Known {
  readonly id: string;
}
type Unknown = Extract<Outcome<never>, { kind: 'unknown' }>;

/** A sale by its id, or why it cannot be seen: a 404 may be another store's, so it is no absence. */
export type Seen<T> = { readonly kind: 'seen'; readonly sale: T } | Unknown;
export async function look<T extends Known>(
  call: Reading,
  ref: string,
  read: Read<T>,
  aside = false,
): Promise<Seen<T>> {
  const answer = await get(call, salePath(ref), aside);
  const sale = answer.kind === 'answered' && answer.status === 200 ? read(answer.json) : undefined;
  return sale?.id === ref.toLowerCase() ? { kind: 'seen', sale } : news.doubt(answer);
}

/** Every sale under our order number, the earliest first; one that cannot be read hides them all. */
export async function under<T extends Known>(
  call: Reading,
  key: string,
  read: Read<T>,
): Promise<{ readonly kind: 'listed'; readonly sales: readonly T[] } | Unknown> {
  const answer = await get(call, `${salesPath}?merchantOrderId=${encodeURIComponent(key)}`);
  if (answer.kind !== 'answered') return news.doubt(answer);
  const ids = news.lost(answer) ? [] : answer.status === 200 ? wire.listOf(answer.json) : undefined;
  if (ids === undefined) return news.doubt(answer);
  if (ids.length > mostSales) return news.garbled('too many sales under one number');
  const sales: T[] = [];
  for (const id of ids) {
    const seen = await look(call, id, read);
    if (seen.kind !== 'seen') return seen;
    sales.push(seen.sale);
  }
  return { kind: 'listed', sales };
}
