import type { Mode } from '@libs/kernel/caller.js';
import type { Em } from '@libs/kernel/transaction.js';
import { type Cents, cents, type Currency } from '@libs/money/cents.js';

/**
 * What stands at one address: `balance` is signed, in minor units, and 0 over all addresses; `debt` is its negative
 * part there.
 */
export interface Standing {
  readonly mode: Mode;
  readonly address: string;
  readonly currency: Currency;
  readonly balance: Cents;
  readonly debt: Cents;
}

export interface StandingFilter {
  /** Only addresses that begin so: `merchant:{id}:`. */
  readonly prefix?: string;
  /** Only addresses after, or before, this one in the order of bytes. */
  readonly after?: string;
  readonly before?: string;
  /** At most so many addresses, each with all its currencies and books; counted from the end when `last`. */
  readonly addresses?: number;
  readonly last?: boolean;
}

/** Both ends of a posting `p`, as what each gained. */
export const ends = `lateral (values (p."from", -p.amount), (p."to", p.amount)) as side (address, amount)`;

/**
 * `standing`: every address with the sum of its postings and, where it has one, its balance row. The newest snapshot
 * of an address holds up to the newest horizon of all, because an address has a row for each hour in which it moved.
 * The keys are walked by the index: reading all the hours of all addresses would grow with the age of the ledger.
 */
export const standing = `
  keys as (
    (select mode, address, currency from snapshot order by mode, address, currency limit 1)
    union all
    select next.mode, next.address, next.currency from keys k cross join lateral (
      select s.mode, s.address, s.currency from snapshot s
      where (s.mode, s.address, s.currency) > (k.mode, k.address, k.currency)
      order by s.mode, s.address, s.currency limit 1
    ) next
  ), base as (
    select k.mode, k.address, k.currency, newest.balance from keys k cross join lateral (
      select s.balance from snapshot s
      where s.mode = k.mode and s.address = k.address and s.currency = k.currency order by s.hour desc limit 1
    ) newest
  ), tail as (
    select p.mode, side.address, p.currency, sum(side.amount) as gained from posting p cross join ${ends}
    where p.transaction >= coalesce((select horizon from snapshot order by hour desc limit 1), '0'::xid8)
    group by p.mode, side.address, p.currency
  ), posted as (
    select mode, address, currency, coalesce(base.balance, 0) + coalesce(tail.gained, 0) as postings
    from base full join tail using (mode, address, currency)
  ), standing as (
    select mode, address, currency, posted.postings, b.amount, b.debt,
      coalesce(b.amount - b.debt, posted.postings) as held
    from posted full join balance b using (mode, address, currency)
  )`;

interface Row {
  readonly mode: Mode;
  readonly address: string;
  readonly currency: Currency;
  readonly held: string;
  readonly debt: string;
}

export async function findStandings(em: Em, mode?: Mode, filter: StandingFilter = {}): Promise<Standing[]> {
  const { prefix = '', after = null, before = null, addresses = null, last = false } = filter;
  const rows = await em.execute<Row[]>(
    `with recursive ${standing}, chosen as (
       select *, dense_rank() over (order by address collate "C" ${last ? 'desc' : 'asc'}) as place from standing
       where starts_with(address, ?) and (?::text is null or mode = ?)
         and (?::text is null or address collate "C" > ?) and (?::text is null or address collate "C" < ?)
     )
     select mode, address, currency, held::text as held, coalesce(debt, 0)::text as debt from chosen
     where place <= coalesce(?::bigint, place) order by address collate "C", currency, mode`,
    [prefix, mode ?? null, mode ?? null, after, after, before, before, addresses],
  );
  return rows.map((row) => ({ ...row, balance: cents(BigInt(row.held)), debt: cents(BigInt(row.debt)) }));
}

/** Balance rows count as they are, so that one which was tampered with shows in the sum. */
export async function sumStandings(em: Em): Promise<bigint> {
  const [row] = await em.execute<{ total: string }[]>(
    `with recursive ${standing} select coalesce(sum(held), 0)::text as total from standing`,
  );
  return BigInt(row!.total);
}
