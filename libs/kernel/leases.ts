import type { EntityManager } from '@mikro-orm/postgresql';
import type { Periodic } from './handlers.js';
import type { JobView } from './queue.js';

/** A row that this process may work on. `tries` is the number of the lease too: a later lease has a higher one. */
export interface Lease extends JobView {
  readonly period: string | null;
  readonly failing: boolean;
}

/** The rows behind the jobs. Every method is one statement of its own, outside any transaction of the caller. */
export class Leases {
  constructor(
    private readonly em: EntityManager,
    readonly leaseMs: number,
  ) {}

  /** Takes up to `limit` due rows of the given names, oldest first; two processes never take the same one. */
  take(names: readonly string[], limit: number, except: readonly string[]): Promise<Lease[]> {
    if (names.length === 0) return Promise.resolve([]);
    return this.execute(
      `with due as (
         select id from job
         where done_at is null and run_at <= clock_now() and (leased_until is null or leased_until < clock_now())
           and name in (?) and id not in (?)
         order by run_at limit ? for update skip locked
       )
       update job set leased_until = clock_now() + ? * interval '1 millisecond', tries = tries + 1
       from due where job.id = due.id
       returning job.id::text, name, payload, tries, period, last_error is not null as failing`,
      [names, [...except, '0'], limit, this.leaseMs],
    );
  }

  /** Starts work on a row leased before; undefined when that lease is no longer the newest, or its work has ended. */
  async begin(id: string, tries: number): Promise<Lease | undefined> {
    const [row] = await this.execute<Lease>(
      `update job set leased_until = clock_now() + ? * interval '1 millisecond'
       where id = ? and tries = ? and done_at is null and leased_until is not null
       returning id::text, name, payload, tries, period, last_error is not null as failing`,
      [this.leaseMs, id, tries],
    );
    return row;
  }

  /** Keeps the leases of work that goes on. */
  async renew(running: ReadonlyMap<string, number>): Promise<void> {
    if (running.size === 0) return;
    const rows = [...running].map(([id, tries]) => ({ id, tries }));
    await this.execute(
      `update job set leased_until = clock_now() + ? * interval '1 millisecond'
       from jsonb_to_recordset(?::jsonb) as it (id bigint, tries int)
       where job.id = it.id and job.tries = it.tries and done_at is null and leased_until is not null`,
      [this.leaseMs, JSON.stringify(rows)],
    );
  }

  /** Gives a row back that was not begun. */
  async release({ id, tries }: Pick<Lease, 'id' | 'tries'>): Promise<void> {
    await this.execute('update job set leased_until = null where id = ? and tries = ? and done_at is null', [
      id,
      tries,
    ]);
  }

  async done({ id, tries }: Lease): Promise<void> {
    await this.execute(
      `update job set done_at = clock_now(), leased_until = null, last_error = null
       where id = ? and tries = ? and done_at is null`,
      [id, tries],
    );
  }

  async again({ id, tries }: Lease, againMs: number): Promise<void> {
    await this.execute(
      `update job set run_at = clock_now() + ? * interval '1 millisecond', leased_until = null, last_error = null
       where id = ? and tries = ? and done_at is null`,
      [Math.max(0, Math.round(againMs)), id, tries],
    );
  }

  /** A periodic row is tried again within its period only: the next period brings a row of its own. */
  async failed({ id, tries, period }: Lease, message: string, pauseMs: number, everyMs?: number): Promise<void> {
    const endMs = period === null || everyMs === undefined ? null : (BigInt(period) + 1n) * BigInt(everyMs);
    await this.execute(
      `update job set last_error = ?, leased_until = null, run_at = clock_now() + ? * interval '1 millisecond',
         done_at = case when extract(epoch from clock_now()) * 1000 + ? >= ?::numeric then clock_now() end
       where id = ? and tries = ? and done_at is null`,
      [message, pauseMs, pauseMs, endMs, id, tries],
    );
  }

  /** The row of the current period of each, unless an earlier one still runs. What was missed is not made up. */
  async plant(periodic: readonly Periodic[]): Promise<void> {
    if (periodic.length === 0) return;
    await this.execute(
      `insert into job (name, period)
       select name, period from (
         select name, floor(extract(epoch from clock_now()) * 1000 / "everyMs")::bigint::text as period
         from jsonb_to_recordset(?::jsonb) as it (name text, "everyMs" bigint)
       ) as due
       where not exists (select 1 from job where job.name = due.name and job.period = due.period)
         and not exists (
           select 1 from job where job.name = due.name and job.period is not null and job.done_at is null
         )
       on conflict (name, period) where period is not null do nothing`,
      [JSON.stringify(periodic)],
    );
  }

  /** Names of waiting rows that nobody here can do. */
  async strangers(names: readonly string[]): Promise<string[]> {
    const rows = await this.execute<{ name: string }>(
      'select distinct name from job where done_at is null and name not in (?)',
      [[...names, '']],
    );
    return rows.map(({ name }) => name);
  }

  private execute<T>(sql: string, params: unknown[]): Promise<T[]> {
    return this.em.fork().execute<T[]>(sql, params);
  }
}
