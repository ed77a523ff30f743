import type { Mode } from '@libs/kernel/caller.js';
import { type PageQuery, pageOf, type Window } from '@libs/kernel/page.js';
import type { Page } from '@libs/kernel/reply.js';
import type { Em } from '@libs/kernel/transaction.js';
import { Entry, Posting } from './entry.entity.js';

export interface EntryFilter {
  readonly modes: readonly Mode[];
  /** Only entries that touch one of these. */
  readonly addresses?: readonly string[];
  readonly from?: Date;
  /** The first instant that is no more in it. */
  readonly before?: Date;
}
export interface EntryView {
  readonly entry: Entry;
  readonly postings: readonly Posting[];
}

const highest = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const words = { desc: '<', asc: '>' } as const;

/** Each side of each address is read by its own index, no further than a page: never the whole of a busy address. */
function touching(order: Window['order']): string {
  const side = (column: '"from"' | '"to"'): string => `
    (select distinct entry_id from posting
     where mode = m.mode and ${column} = a.address and entry_id ${words[order]} it.cursor
       and created_at >= it.since and created_at < it.before
     order by entry_id ${order} limit (select take from it))`;
  return `
    with it as materialized (
      select ?::uuid as cursor, ?::timestamptz as since, ?::timestamptz as before, ?::int as take
    )
    select distinct side.entry_id as id
    from it cross join jsonb_array_elements_text(?::jsonb) as m (mode)
      cross join jsonb_array_elements_text(?::jsonb) as a (address)
      cross join lateral (${side('"from"')} union all ${side('"to"')}) side
    order by id ${order} limit (select take from it)`;
}

const all = (order: Window['order']): string => `
  select id from entry
  where id ${words[order]} ?::uuid and created_at >= ?::timestamptz and created_at < ?::timestamptz
    and mode in (select jsonb_array_elements_text(?::jsonb))
  order by id ${order} limit ?`;

async function idsOf(em: Em, filter: EntryFilter, { id, order, take }: Window): Promise<string[]> {
  const { modes, addresses, from, before } = filter;
  const cursor = id === undefined ? highest : '$lt' in id ? id.$lt : id.$gt;
  const range = [cursor, from?.toISOString() ?? '-infinity', before?.toISOString() ?? 'infinity'];
  const books = JSON.stringify(modes);
  const rows =
    addresses === undefined
      ? await em.execute<{ id: string }[]>(all(order), [...range, books, take])
      : await em.execute<{ id: string }[]>(touching(order), [...range, take, books, JSON.stringify(addresses)]);
  return rows.map((row) => row.id);
}

async function load(em: Em, ids: readonly string[]): Promise<EntryView[]> {
  if (ids.length === 0) return [];
  const entries = new Map((await em.find(Entry, { id: { $in: ids } })).map((entry) => [entry.id, entry]));
  const postings = await em.find(Posting, { entryId: { $in: ids } }, { orderBy: { id: 'asc' } });
  return ids.map((id) => ({ entry: entries.get(id)!, postings: postings.filter((it) => it.entryId === id) }));
}

/** A page of entries with their postings, newest first. */
export const findEntries = (em: Em, filter: EntryFilter, query: PageQuery): Promise<Page<EntryView>> =>
  pageOf(query, async (window) => load(em, await idsOf(em, filter, window)));
