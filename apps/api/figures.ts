import type { Em } from '@libs/kernel/transaction.js';

/** What is counted stops here: beyond it nobody needs the number, and a scrape must cost the same in every trouble. */
const most = 10_000;

const counted = (rows: string): string => `(select count(*)::int from (select 1 ${rows} limit ${most}) it)`;
const seconds = (since: string): string =>
  `coalesce(round(extract(epoch from greatest(clock_now() - (${since}), interval '0')), 3), 0)::float8`;

/**
 * One row, each figure read by an index that holds only what waits: none looks at a table whole. Names are those of the
 * gauges, without their prefix.
 */
export const figuresSql = `
  with due as materialized (
    select run_at, created_at, leased_until from job where done_at is null and run_at <= clock_now()
    order by run_at limit ${most}
  )
  select ${counted(`from attempt where state = 'sent'`)} as attempts_sent,
    ${counted(`from attempt where state = 'unknown'`)} as attempts_unknown,
    ${counted('from attempt where parked_at is not null')} as attempts_parked,
    ${counted(`from movement where state = 'suspense'`)} as movements_suspense,
    ${counted('from outbox where relayed_at is null')} as outbox_waiting,
    ${seconds('select created_at from outbox where relayed_at is null order by transaction, id limit 1')}
      as outbox_lag_seconds,
    (select count(*)::int from due) as jobs_due,
    ${seconds('select min(run_at) from due where leased_until is null or leased_until < clock_now()')}
      as job_lag_seconds,
    ${seconds('select min(created_at) from due')} as job_age_seconds`;

export type Figures = Readonly<Record<string, number>>;

export const help: Readonly<Record<string, string>> = {
  attempts_sent: `Provider calls under way, at most ${most}`,
  attempts_unknown: `Provider calls whose outcome nobody knows yet, at most ${most}`,
  attempts_parked: `Provider calls that wait for a human, at most ${most}`,
  movements_suspense: `Money in suspense that waits for a person, at most ${most}`,
  outbox_waiting: `Events not yet relayed, at most ${most}`,
  outbox_lag_seconds: 'Age of the oldest event not yet relayed',
  jobs_due: `Jobs whose time has come, those that run included, at most ${most}`,
  job_lag_seconds: 'How long the longest waiting job has been due without being begun',
  job_age_seconds: 'Age of the oldest job whose time has come and that has not ended',
};

export async function readFigures(em: Em): Promise<Figures> {
  const [row] = await em.execute<Figures[]>(figuresSql);
  return row!;
}
