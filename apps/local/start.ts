import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EntityManager } from '@mikro-orm/postgresql';
import { createApi } from '@apps/api/app.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { ormOptions } from '@libs/database.js';
import { clockOffsetMs } from '@libs/kernel/clock.js';
import { loadConfig } from '@libs/kernel/config.js';
import { migrate } from '@libs/kernel/migrate.js';
import { Runner } from '@libs/kernel/runner.js';
import { closeHttp } from '@libs/providers/http.js';
import { takeFolder } from './folder.js';
import { startPostgres } from './postgres.js';
import { seed } from './seed.js';

export interface Local {
  readonly url: string;
  readonly sandboxUrl?: string;
  readonly merchantKey?: string;
  readonly adminKey?: string;
  /** Drains requests and jobs, then stops the database. */
  stop(): Promise<void>;
}
type Env = Readonly<Record<string, string | undefined>>;

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** The key that everything is sealed under, made at the first start. */
function masterKey(directory: string): string {
  const path = join(directory, 'master.key');
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  return readFileSync(path, 'utf8').trim();
}

/** A port that is free now; 0 asks for one, because callbacks must be told the address before anybody listens. */
async function portOf(env: Env, host: string): Promise<string> {
  if (env['PORT'] !== '0') return env['PORT'] ?? '3000';
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => resolve(String(typeof address === 'object' ? address?.port : address)));
    });
  });
}

/** Adds to `undo` as things are started, so that a start that fails halfway leaves nothing behind. */
export async function startLocal(env: Env, log: (line: string) => void): Promise<Local> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    return { ...(await start(env, log, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  env: Env,
  log: (line: string) => void,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<Local, 'stop'>> {
  const folder = await takeFolder(env['DATA_DIR'] || '.data');
  undo.push(() => folder.release());
  let databaseUrl = env['DATABASE_URL'];
  if (!databaseUrl) {
    log('PostgreSQL: iniciando');
    const postgres = await startPostgres({ directory: folder.directory, log });
    undo.push(() => postgres.stop());
    databaseUrl = postgres.url;
  }
  const url = databaseUrl;
  // For tools beside a running start: npm run admin:key.
  const note = join(folder.directory, 'postgres.url');
  writeFileSync(note, url, { mode: 0o600 });
  undo.push(async () => rmSync(note, { force: true }));
  await migrate(env['MIGRATION_DATABASE_URL'] || url, ormOptions(url, 2), log);
  let move: (offsetMs: number) => Promise<void> = async () => undefined;
  const sandbox = await sandboxOf(env, folder.directory, (offsetMs) => move(offsetMs));
  if (sandbox) undo.push(() => sandbox.close());
  const host = env['HOST'] || '127.0.0.1';
  const local = loopback.test(host);
  const merchantKey = local ? env['MERCHANT_KEY'] || 'sk_test_local' : undefined;
  const adminKey = local ? env['ADMIN_KEY'] || 'ak_local' : undefined;
  const config = loadConfig({
    RATE_LIMIT: '0',
    WEBHOOK_PRIVATE: 'on',
    LOG_LEVEL: 'warn',
    // The simulator never hides an act that it has executed, so an absence may be believed soon.
    PROOF_GERENCIANET_PIX_CREATE_MS: '10000',
    PROOF_GERENCIANET_PIX_CANCEL_MS: '10000',
    ...env,
    MASTER_KEY: env['MASTER_KEY'] || masterKey(folder.directory),
    HOST: host,
    PORT: await portOf(env, host),
    DATABASE_URL: url,
    MERCHANT_KEY: merchantKey,
    ADMIN_KEY: adminKey,
    SANDBOX_URL: sandbox?.url ?? env['SANDBOX_URL'],
    SANDBOX_CA: sandbox?.caFile ?? env['SANDBOX_CA'],
  });
  const hint = local
    ? `Chaves locais: lojista \`${merchantKey}\`, administrador \`${adminKey}\` (Authorize → Bearer).`
    : '';
  const app = await createApi(config, hint);
  undo.push(
    () => closeHttp(),
    () => app.close(),
  );
  await app.init();
  const em = app.get(EntityManager);
  move = (offsetMs) => moveClock(em, offsetMs);
  if (clockOffsetMs() > 0) await move(clockOffsetMs());
  if (merchantKey && adminKey) await seed(app, { merchant: merchantKey, admin: adminKey }, sandbox);
  await app.listen(config.PORT, config.HOST);
  const runner = app.get(Runner);
  undo.push(() => runner.stop());
  await runner.start();
  return { url: config.publicUrl, sandboxUrl: sandbox?.url, merchantKey, adminKey };
}

async function sandboxOf(
  env: Env,
  directory: string,
  onAdvance: (offsetMs: number) => Promise<void>,
): Promise<Sandbox | undefined> {
  if (env['SANDBOX'] === 'off') return undefined;
  const port = Number.parseInt(env['SANDBOX_PORT'] || '4000', 10);
  return startSandbox({ port, directory: join(directory, 'sandbox'), onAdvance });
}

/** The database's half of the one clock. Only the embedded start has a sandbox that may ask for it. */
async function moveClock(em: EntityManager, offsetMs: number): Promise<void> {
  const ms = BigInt(Math.trunc(offsetMs));
  await em.fork().execute(
    `create or replace function clock_now() returns timestamptz language sql stable parallel safe
     as $$ select now() + interval '${ms} milliseconds' $$`,
  );
}
