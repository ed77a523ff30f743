import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MikroORM } from '@mikro-orm/postgresql';
import { figuresSql, help, readFigures } from '@apps/api/figures.js';
import { JobSchema } from '@libs/kernel/job.entity.js';
import { standing, sumStandings } from '@libs/ledger/standing.js';
import type { Em } from '@libs/kernel/transaction.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

const many = 50_000;

let database: TestDatabase;
let orm: MikroORM;
beforeAll(async () => {
  database = await cloneDatabase();
  orm = await MikroORM.init({ clientUrl: database.url, entities: [JobSchema] });
  await fill(orm.em.fork());
}, 120_000);
afterAll(async () => {
  await orm.close();
  await database.drop();
});

const [merchant, vault, credential] = [randomUUID(), randomUUID(), randomUUID()];
const payable = `merchant:${merchant}:payable`;

/** An installation that has served for a while: much that has ended, and a little that waits. */
async function fill(em: Em): Promise<void> {
  await em.execute(`
    insert into merchant (id, name) values ('${merchant}', 'Loja');
    insert into vault (id, purpose, version, data_key, body) values ('${vault}', 'credential', 1, '', '');
    insert into credential (id, merchant_id, name, provider, environment, mode, identity, currency, secret,
      callback_secret, callback_hash)
    select '${credential}', id, 'a', 'gerencianet', 'simulator', 'test', 'i', 'BRL', '${vault}', '${vault}', 'h'
    from merchant;
    insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, provider, credential_id,
      amount, currency, key, decision, cost, price, settle_days, reroute, proof, deadline, parked_at)
    select gen_random_uuid(), 'pix', gen_random_uuid(), '${merchant}', 'test', 'pix.create',
      case when n <= 3 then 'unknown' when n <= 5 then 'sent' else 'succeeded' end, 'gerencianet', '${credential}',
      1000, 'BRL', 'k' || n, '{}', '{}', '{}', 0, '{}', '{}', clock_now(), case when n <= 2 then clock_now() end
    from generate_series(1, ${many}) n;
    insert into movement (row_id, credential_id, provider, mode, kind, id, about, amount, currency, at, state)
    select gen_random_uuid(), '${credential}', 'gerencianet', 'test', 'received', 'E' || n, '{}', 1000, 'BRL',
      clock_now(), case when n <= 4 then 'suspense' else 'owned' end from generate_series(1, ${many}) n;
    insert into outbox (id, merchant_id, mode, object_id, type, sequence, data, created_at, relayed_at)
    select gen_random_uuid(), '${merchant}', 'test', gen_random_uuid(), 'pix', 1, '{}',
      clock_now() - interval '90 seconds', case when n > 6 then clock_now() end from generate_series(1, ${many}) n;
    insert into job (name, run_at, created_at, leased_until, done_at)
    select 'x', clock_now() - interval '30 seconds' * case when n = 1 then 4 else 1 end,
      clock_now() - interval '1 hour', case when n = 1 then clock_now() + interval '1 hour' end,
      case when n > 7 then clock_now() end
    from generate_series(1, ${many}) n;
    insert into job (name, run_at, created_at)
    values ('later', clock_now() + interval '1 day', clock_now() - interval '2 days');
    insert into entry (id, mode, reference)
    select gen_random_uuid(), 'test', 'e' || n from generate_series(1, ${many}) n;
    insert into posting (entry_id, mode, "from", "to", amount, currency)
    select id, 'test', 'provider:gerencianet:clearing', '${payable}', 1000, 'BRL' from entry;
    insert into balance (mode, address, currency, amount) values ('test', '${payable}', 'BRL', ${many} * 1000);
  `);
  // In a transaction of its own: what the one above posted lies before the horizon.
  await em.execute(`
    insert into snapshot (mode, address, currency, hour, horizon, balance)
    select 'test', address, 'BRL', date_trunc('hour', clock_now()) - n * interval '1 hour', pg_current_xact_id(),
      ${many} * 1000 * way
    from generate_series(0, 5000) n,
      (values ('${payable}', 1), ('provider:gerencianet:clearing', -1)) as it (address, way)`);
  await em.execute('vacuum analyze');
}

/** Tables that a query reads from end to end. */
async function scanned(sql: string): Promise<readonly string[]> {
  const lines = await orm.em.fork().execute<{ 'QUERY PLAN': string }[]>(`explain ${sql}`);
  return lines.flatMap((line) => /Seq Scan on (\w+)/.exec(line['QUERY PLAN'])?.[1] ?? []);
}

describe('the figures of /metrics', () => {
  it('say what waits, and for how long', async () => {
    const figures = await readFigures(orm.em.fork());
    const { outbox_lag_seconds: outbox, job_lag_seconds: lag, job_age_seconds: age, ...counts } = figures;
    expect(counts).toEqual({
      attempts_sent: 2,
      attempts_unknown: 3,
      attempts_parked: 2,
      movements_suspense: 4,
      outbox_waiting: 6,
      jobs_due: 7,
    });
    for (const [figure, seconds] of [
      [outbox, 90],
      [lag, 30], // the one that is due for longer is being worked on
      [age, 3600],
    ] as const) {
      expect(figure).toBeGreaterThanOrEqual(seconds);
      expect(figure).toBeLessThan(seconds + 60);
    }
    expect(Object.keys(figures).toSorted()).toEqual(Object.keys(help).toSorted());
  });

  it('are read without looking at a table whole', async () => {
    expect(await scanned(figuresSql)).toEqual([]);
  });

  it('nor is the sum of the ledger: of its tables only the balances, a row for each address', async () => {
    expect(await scanned(`with recursive ${standing} select sum(held) from standing`)).toEqual(['balance']);
    expect(await sumStandings(orm.em.fork())).toBe(0n);
  });
});
