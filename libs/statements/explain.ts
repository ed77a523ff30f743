import type { Em } from '@libs/kernel/transaction.js';
import { toJson } from '@libs/money/cents.js';
import type { Line } from '@libs/providers/contract/statements.js';
import { nearby } from '@libs/routing/movements.js';

/** Lines beside what we hold: every statement here takes a whole page, or a whole account, at once. */

/** Whose lines are read, and every credential of the same account: what any of them holds may explain a line. */
export interface Of {
  readonly credential: string;
  readonly account: readonly string[];
}

/** Keeps lines that were not read before. */
export async function keep(em: Em, credential: string, lines: readonly Line[]): Promise<void> {
  const rows = lines.map((it) => ({ ...it, amount: toJson(it.amount) }));
  await em.execute(
    `insert into statement_line (credential_id, line, kind, id, about, amount, currency, at, text)
     select ?, line, kind, id, about, amount, currency, at, text
     from jsonb_to_recordset(?::jsonb) as it
       (line text, kind text, id text, about jsonb, amount bigint, currency text, at timestamptz, text text)
     on conflict do nothing`,
    [credential, JSON.stringify(rows)],
  );
}

/**
 * Ticks off what a movement, or the entry of an attempt, explains by its names: a payment by its own id where the line
 * has one, else by its amount; a fee when it is the one that the sale has booked. Answers how many.
 */
export async function tickNamed(em: Em, { credential, account }: Of, lines: readonly string[]): Promise<number> {
  const { affectedRows } = await em.execute<{ affectedRows: number }>(
    `update statement_line set state = 'explained', explained_by = it.fact from (
       select open.line, coalesce(
         (select 'movement:' || row_id from movement where credential_id in (?) and id = open.id
           and kind = case open.kind when 'sent' then 'taken' else open.kind end limit 1),
         case
           when open.kind = 'received' and open.about ->> 'receipt' is not null then
             (select 'attempt:' || id from attempt where credential_id in (?)
               and receipt = open.about ->> 'receipt' and state in ('succeeded', 'orphan') limit 1)
           when open.kind in ('received', 'fee') then
             (select 'attempt:' || a.id from attempt a
               join entry e on e.reference in ('attempt:' || a.id, 'orphan:' || a.id)
               join posting p on p.entry_id = e.id and p.amount = open.amount and p.currency = open.currency
                 and case open.kind when 'fee' then p."to" = 'provider:' || a.provider || ':fees'
                   else p."from" = 'provider:' || a.provider || ':clearing' end
               where a.credential_id in (?) and a.ref = open.about ->> 'ref' limit 1)
           when open.kind = 'sent' then
             (select 'attempt:' || id from attempt where credential_id in (?)
               and ref = open.about ->> 'ref' and operation like '%.refund' and amount = open.amount
               and state in ('succeeded', 'orphan') limit 1)
         end) as fact
       from statement_line open where open.credential_id = ? and open.state = 'open'
         and open.line in (select jsonb_array_elements_text(?::jsonb))
     ) it where statement_line.credential_id = ? and statement_line.line = it.line and it.fact is not null`,
    [account, account, account, account, credential, JSON.stringify(lines), credential],
    'run',
  );
  return affectedRows;
}

/**
 * Ticks off lines that name nothing: each by one fact of the same amount, way and, give or take two days, time that no
 * other such line has, in their order. What lies more than two days from the one before it begins anew, so that a line
 * of nobody's does not shift all later ones. Once for a whole account: it reads all that was settled there meanwhile.
 */
export async function tickNameless(em: Em, { credential, account }: Of): Promise<void> {
  await em.execute(
    `with lines as materialized (
       select line, at, amount, currency, kind = 'received' as credit from statement_line
       where credential_id = ? and state = 'open' and about = '{}' and kind in ('received', 'sent')
     ), span as (
       select min(at) - ${nearby} as since, max(at) + ${nearby} as until from lines
     ), facts as (
       -- What was heard late counts from a day after the provider says that it moved.
       select 'attempt:' || a.id as fact, least(a.settled_at, told.at + interval '1 day') as at, p.amount, p.currency,
         p."from" = 'provider:' || a.provider || ':clearing' as credit
       from span, attempt a
         left join lateral (
           select (heard ->> 'at')::timestamptz as at from finding
           where attempt_id = a.id and heard ->> 'kind' = 'done' order by id limit 1
         ) told on true
         join entry e on e.reference in ('attempt:' || a.id, 'orphan:' || a.id)
         join posting p on p.entry_id = e.id and 'provider:' || a.provider || ':clearing' in (p."from", p."to")
       where a.credential_id in (?) and a.settled_at >= span.since
         and least(a.settled_at, told.at + interval '1 day') between span.since and span.until
       union all
       select 'movement:' || m.row_id, m.at, m.amount, m.currency, m.kind <> 'taken' from span, movement m
       where m.credential_id in (?) and m.kind in ('received', 'returned', 'given', 'taken')
         and m.at between span.since and span.until
         and exists (select from entry where reference = 'movement:' || m.row_id)
     ), sides as (
       select credit, amount, currency, at, line, null as fact from lines
       union all
       select credit, amount, currency, at, null, fact from facts where not exists (
         select 1 from statement_line l where l.credential_id = ? and l.about = '{}' and l.explained_by = facts.fact
       )
     ), gaps as (
       select *, at - lag(at) over (partition by credit, amount, currency order by at) > ${nearby} as gap
       from sides
     ), times as (
       select *, count(*) filter (where gap) over (partition by credit, amount, currency order by at) as time from gaps
     ), ranks as (
       select *, row_number() over (
         partition by credit, amount, currency, time, fact is null order by at, coalesce(fact, line)
       ) as n from times
     ), pair as (
       -- Grouped, not joined: without statistics of so young rows a join may compare each with each.
       select max(line) as line, max(fact) as fact, max(at) - min(at) as apart from ranks
       group by credit, amount, currency, time, n having count(*) = 2
     )
     update statement_line set state = 'explained', explained_by = pair.fact from pair
     where statement_line.credential_id = ? and statement_line.line = pair.line and apart <= ${nearby}`,
    [credential, account, account, credential, credential],
  );
}
