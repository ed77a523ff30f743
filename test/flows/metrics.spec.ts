import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { client, eventually } from '@test/support/app.js';
import { Scene } from '@test/support/scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

/** Every sample of a scrape by its name with its labels: `name{label="value"}`. */
async function scrape(): Promise<Readonly<Record<string, number>>> {
  const { status, text } = await client(() => scene.app.url)('GET', '/metrics');
  expect(status).toBe(200);
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    samples.map((line) => line.split(/ (?=[^ ]+$)/) as [string, string]).map(([a, b]) => [a, +b]),
  );
}
const calls = (outcome: string): string =>
  `trilho_attempts_total{provider="gerencianet",operation="pix.create",outcome="${outcome}"}`;

describe('/metrics', () => {
  it('counts requests, and provider calls by what became of them', async () => {
    await scene.pix();
    await scene.pix();
    await scene.arm('pix.create', 'timeout_after', { times: 1 });
    await scene.arm('pix.create', 'find_refused', { times: 100 });
    expect((await scene.ask()).status).toBe(202);
    const seen = await scrape();
    expect(seen[calls('pending')]).toBe(2);
    expect(seen[calls('unknown')]).toBe(1);
    expect(seen['trilho_attempts_unknown']).toBe(1);
    expect(seen['trilho_request_seconds_count{method="POST",route="/pix",status="201"}']).toBe(2);
    await scene.calm();
  });

  it('says what waits, that the ledger adds up, and how the pool is used', async () => {
    await scene.advance(3_600);
    const seen = await eventually(async () => {
      const it = await scrape();
      return it['trilho_attempts_unknown'] === 0 && it['trilho_outbox_waiting'] === 0 && it;
    });
    expect(seen).toMatchObject({
      trilho_database_up: 1,
      trilho_ledger_sum: 0,
      trilho_attempts_parked: 0,
      trilho_movements_suspense: 0,
      trilho_outbox_lag_seconds: 0,
      'trilho_pool{state="waiting"}': 0,
      'trilho_pool{state="most"}': 20,
    });
    expect(seen['trilho_job_lag_seconds']).toBeLessThan(60);
    expect(seen['trilho_pool{state="used"}']! + seen['trilho_pool{state="idle"}']!).toBeGreaterThan(0);
  });

  it('tells what the process knows of itself while the database is away', async () => {
    const name = new URL(scene.app.databaseUrl).pathname.slice(1);
    const server = new Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await server.connect();
    await server.query(`alter database ${name} allow_connections false`);
    await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    const away = await scrape();
    expect(away).toMatchObject({ trilho_database_up: 0, [calls('pending')]: 2 });
    expect(Object.keys(away).filter((it) => /outbox|ledger|job|attempts_(sent|parked)/.test(it))).toEqual([]);
    await server.query(`alter database ${name} allow_connections true`);
    await server.end();
    await eventually(async () => (await scrape())['trilho_database_up'] === 1);
    expect((await scrape())['trilho_ledger_sum']).toBe(0);
  });
});
