import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { createApi } from '@apps/api/app.js';
import { type Postgres, startPostgres } from '@apps/local/postgres.js';
import { embeddedRoles } from '@apps/local/roles.js';
import { seed } from '@apps/local/seed.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import { ormOptions } from '@libs/database.js';
import { loadConfig } from '@libs/kernel/config.js';
import { migrate } from '@libs/kernel/migrate.js';
import { closeHttp } from '@libs/providers/http.js';
import { type Started, start, stop } from './processes.js';

export interface Provider {
  readonly url: string;
  readonly places: Readonly<Record<'gerencianet' | 'gerencianet-cobrancas' | 'cielo', string>>;
  readonly caFile: string;
  readonly accounts: Pick<Sandbox['accounts'], 'gerencianet' | 'cielo'>;
}
export interface Scene {
  readonly postgres: Postgres;
  readonly provider: Started<Provider>;
  readonly key: string;
  readonly env: Readonly<Record<string, string>>;
  /** A pending one, as its GET shows it. */
  readonly charge: Made;
  /** Of the merchant's one card. */
  readonly token: string;
}
export interface Made {
  readonly id: string;
}

export const freePort = (): Promise<string> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(String(port)));
    });
  });

/** What every request for a Pix asks for. */
export const pixWish = { path: '/pix', body: { amount: 1000, customCode: 'bench', expire: 3600 } };
export const card = { number: '4024007153760011', holder: 'FULANO DE TAL', expirationDate: '12/2035' };

/** @throws Error that says what was answered, when it was a refusal. */
export async function post<T = Made>(url: string, key: string, body: object): Promise<T> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Until a provider knows where to call, what it is asked for is looked up again: the first worker would find it all. */
async function registered(url: string, env: Scene['env']): Promise<void> {
  const worker = await start('apps/worker/main.js', env);
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const open = `select 1 from credential where provider = 'gerencianet' and callback_checked_at is null`;
  while ((await db.query(open)).rowCount !== 0) await wait(50);
  await db.end();
  await stop(worker);
}

/** A durable PostgreSQL, the canned providers, one merchant with its lanes: what both sides of the comparison stand on. */
export async function prepare(folder: string): Promise<Scene> {
  mkdirSync(join(folder, 'papers'), { recursive: true });
  const postgres = await startPostgres({ directory: folder });
  const { url, serving } = await embeddedRoles(postgres.url);
  await migrate(postgres.url, ormOptions(postgres.url, 2), () => undefined, serving);
  const provider = await start<Provider>('bench/provider.js', { BENCH_FOLDER: join(folder, 'papers') });
  const key = `sk_test_${randomBytes(24).toString('base64url')}`;
  const env = {
    DATABASE_URL: url,
    MASTER_KEY: randomBytes(32).toString('base64'),
    SANDBOX_URL: provider.said.url,
    SANDBOX_CA: provider.said.caFile,
    RATE_LIMIT: '1000000',
    LOG_LEVEL: 'info',
    PORT: await freePort(),
    HOST: '127.0.0.1',
  };
  const app = await createApi(loadConfig({ ...env, LOG_LEVEL: 'error' }));
  await app.init();
  const { accounts } = provider.said;
  await seed(app, { merchant: key, admin: `ak_${randomBytes(24).toString('base64url')}` }, { accounts } as Sandbox);
  await app.listen(env.PORT, env.HOST);
  const at = `http://127.0.0.1:${env.PORT}`;
  const charge = await post(`${at}${pixWish.path}`, key, pixWish.body);
  const { token } = await post<{ token: string }>(`${at}/card-tokens`, key, card);
  await app.close();
  await closeHttp();
  await registered(postgres.url, env);
  return { postgres, provider, key, env, charge, token };
}
