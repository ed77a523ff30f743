import type { Em } from '@libs/kernel/transaction.js';
import { lockedPattern } from './address.js';
import { ends, standing } from './standing.js';

/** One step of a verification: how many rows it looked at, where the next one begins, and what it found wrong. */
export interface Step {
  readonly rows: number;
  /** Undefined: this was the last one. */
  readonly next?: string;
  readonly bad?: string;
}
/** Looks at the rows after `after`. Rows of transactions from `horizon` on are left to the next verification. */
export type Check = (em: Em, after: string, horizon: string) => Promise<Step>;

interface Part {
  readonly rows: number;
  readonly next: string | null;
  readonly bad: string | null;
}
const stepOf = ({ rows, next, bad }: Part, say: (bad: string) => string): Step => ({
  rows,
  next: next ?? undefined,
  bad: bad === null ? undefined : say(bad),
});
const partRows = 10_000;

const entries: Check = async (em, after, horizon) => {
  const [part] = await em.execute<Part[]>(
    `with part as materialized (
       select id from entry where id > ?::uuid and transaction < ?::xid8 order by id limit ?
     )
     select (select count(*)::int from part) as rows, (select id::text from part order by id desc limit 1) as next,
       (select id::text from part where not exists (select 1 from posting where entry_id = part.id) limit 1) as bad`,
    [after, horizon, partRows],
  );
  return stepOf(part!, (bad) => `entry ${bad} has no posting`);
};

const postings: Check = async (em, after, horizon) => {
  const [part] = await em.execute<Part[]>(
    `with part as materialized (
       select * from posting where id > ?::bigint and transaction < ?::xid8 order by id limit ?
     )
     select (select count(*)::int from part) as rows, (select id::text from part order by id desc limit 1) as next,
       (select part.id::text from part left join entry e on e.id = part.entry_id
        where e.id is null or e.mode <> part.mode or e.transaction <> part.transaction limit 1) as bad`,
    [after, horizon, partRows],
  );
  return stepOf(part!, (bad) => `posting ${bad} has no entry of its book and transaction`);
};

/**
 * One hour: what each snapshot has more than the former one of its address must be what was posted between the two
 * horizons. Every posting is read once in the whole run, however many hours there are, and one that no snapshot took
 * shows.
 */
const snapshots: Check = async (em, after) => {
  const [part] = await em.execute<Part[]>(
    `with it as materialized (
       select min(hour) as hour from snapshot where hour > ?::timestamptz
     ), taken as materialized (
       select s.* from snapshot s join it using (hour)
     ), edge as materialized (
       select min(horizon) as horizon from taken
     ), former as materialized (
       select horizon from snapshot where hour < (select hour from it) order by hour desc limit 1
     ), moved as (
       select p.mode, side.address, p.currency, sum(side.amount) as gained from posting p cross join ${ends}
       where p.transaction >= coalesce((select horizon from former), '0'::xid8)
         and p.transaction < (select horizon from edge)
       group by p.mode, side.address, p.currency
     ), compared as (
       select mode, address, currency, taken.balance, taken.horizon, coalesce(moved.gained, 0) as gained
       from taken full join moved using (mode, address, currency)
     )
     select (select count(*)::int from taken) as rows, (select hour::text from it) as next, (
       select concat_ws(' ', c.mode, c.address, c.currency, it.hour) from compared c cross join it left join lateral (
         select s.balance from snapshot s
         where s.mode = c.mode and s.address = c.address and s.currency = c.currency and s.hour < it.hour
         order by s.hour desc limit 1
       ) was on true
       where c.balance is distinct from coalesce(was.balance, 0) + c.gained
         or c.horizon is distinct from (select horizon from edge)
       order by c.address limit 1
     ) as bad`,
    [after],
  );
  return stepOf(part!, (bad) => `snapshot ${bad} is not the sum of its postings`);
};

/** All balances in one statement, so in one view of the books: what stands there may move between two. */
const balances: Check = async (em) => {
  const [part] = await em.execute<(Part & { readonly total: string | null })[]>(
    `with recursive ${standing}, judged as materialized (
       select *, address ~ ? as lockable from standing
     )
     select (select count(*)::int from judged) as rows, null as next, (
       select format('%s %s %s: %s, its postings add up to %s', mode, address, currency, coalesce(amount - debt, 0),
         coalesce(postings, 0))
       from judged
       where (amount is not null or lockable)
         and (not lockable or coalesce(amount - debt, 0) <> coalesce(postings, 0))
       order by address limit 1
     ) as bad, (
       select format('%s %s: %s', mode, currency, sum(held)) from judged group by mode, currency
       having sum(held) <> 0 limit 1
     ) as total`,
    [lockedPattern],
  );
  const step = stepOf(part!, (bad) => `balance ${bad}`);
  return step.bad === undefined && part!.total !== null
    ? { ...step, bad: `sum over all addresses, ${part!.total}` }
    : step;
};

/** All checks in their order, each with where it begins. Balances stand on the snapshots, so these come before them. */
export const checks: readonly { readonly begin: string; readonly check: Check }[] = [
  { begin: '00000000-0000-0000-0000-000000000000', check: entries },
  { begin: '0', check: postings },
  { begin: '-infinity', check: snapshots },
  { begin: '', check: balances },
];

/** How many rows there are to look at, and the horizon below which none can still be added. */
export async function measure(em: Em): Promise<{ readonly total: number; readonly horizon: string }> {
  const [found] = await em.execute<{ total: string; horizon: string }[]>(
    `with recursive ${standing}, edge as materialized (
       select pg_snapshot_xmin(pg_current_snapshot()) as horizon
     )
     select horizon::text as horizon, (
       (select count(*) from entry where transaction < horizon) +
       (select count(*) from posting where transaction < horizon) +
       (select count(*) from snapshot) + (select count(*) from standing)
     )::text as total
     from edge`,
  );
  return { total: Number(found!.total), horizon: found!.horizon };
}
