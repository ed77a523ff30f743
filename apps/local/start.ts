import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createApi } from '@apps/api/app.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '@apps/sandbox/server.js';
import { ormOptions } from '@libs/database.js';
import { clockOffsetMs } from '@libs/kernel/clock.js';
import { loadConfig } from '@libs/kernel/config.js';
import { migrate } from '@libs/kernel/migrate.js';
import { Runner } from '@libs/kernel/runner.js';
import { closeHttp } from '@libs/providers/http.js';
import { tellByHand } from './callbacks.js';
import { shownCode } from './codes.js';
import { takeFolder } from './folder.js';
import { startPostgres } from './postgres.js';
import { asOwner, embeddedRoles, givenRoles, type Roles } from './roles.js';
import { seed } from './seed.js';

export interface Local {
  readonly url: string;
  readonly sandboxUrl?: string;
  readonly listeners?: Readonly<Record<string, string>>; // where each simulated provider is
  readonly merchantKey?: string;
  readonly adminKey?: string;
  /** Drains requests and jobs, then stops the database. */
  stop(): Promise<void>;
}
type Env = Readonly<Record<string, string | undefined>>;
type Undo = (() => Promise<unknown>)[];

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** The key that everything is sealed under, made at the first start. */
function masterKey(directory: string): string {
  const path = join(directory, 'master.key');
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  return readFileSync(path, 'utf8').trim();
}

/** The environment as the embedded start completes it. The keys that everybody knows exist on loopback alone. */
function settingsOf(env: Env): Env & { readonly HOST: string } {
  const host = env['HOST'] || '127.0.0.1';
  const local = loopback.test(host);
  return {
    RATE_LIMIT: '0',
    WEBHOOK_PRIVATE: 'on',
    LOG_LEVEL: 'warn',
    SIMULATOR_PROOF_MS: '10000',
    ...env,
    HOST: host,
    MERCHANT_KEY: local ? env['MERCHANT_KEY'] || 'sk_test_local' : undefined,
    ADMIN_KEY: local ? env['ADMIN_KEY'] || 'ak_local' : undefined,
  };
}

/** A database that is given is served by whatever role its address names; one of our own by a role made for it. */
async function databaseOf(env: Env, directory: string, log: (line: string) => void, undo: Undo): Promise<Roles> {
  if (env['DATABASE_URL']) return givenRoles(env['DATABASE_URL'], env['MIGRATION_DATABASE_URL']);
  log('PostgreSQL: iniciando');
  const postgres = await startPostgres({ directory, keep: true, log });
  undo.push(() => postgres.stop());
  return embeddedRoles(postgres.url);
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
  const undo: Undo = [];
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

async function start(env: Env, log: (line: string) => void, undo: Undo): Promise<Omit<Local, 'stop'>> {
  const settings = settingsOf(env);
  // Before anything is started: a bad variable stops here, whatever it will be completed with.
  loadConfig({ ...settings, DATABASE_URL: env['DATABASE_URL'] || 'postgres://localhost', MASTER_KEY: 'A'.repeat(44) });
  const folder = await takeFolder(env['DATA_DIR'] || '.data');
  undo.push(() => folder.release());
  const { url, ownerUrl, serving } = await databaseOf(env, folder.directory, log, undo);
  // For tools beside a running start: npm run admin:key.
  const note = join(folder.directory, 'postgres.url');
  writeFileSync(note, url, { mode: 0o600 });
  undo.push(async () => rmSync(note, { force: true }));
  await migrate(ownerUrl, ormOptions(ownerUrl, 2), log, serving);
  const move = (offsetMs: number): Promise<void> => moveClock(ownerUrl, offsetMs);
  const onScan = (id: string): Promise<string | undefined> => shownCode(url, id);
  const sandbox = await sandboxOf(env, folder.directory, { onAdvance: move, onScan });
  if (sandbox) undo.push(() => sandbox.close());
  const config = loadConfig({
    ...settings,
    PORT: await portOf(env, settings.HOST),
    DATABASE_URL: url,
    MASTER_KEY: env['MASTER_KEY'] || masterKey(folder.directory),
    ...(sandbox ? { SANDBOX_URL: sandbox.url, SANDBOX_CA: sandbox.caFile } : {}),
  });
  const { MERCHANT_KEY: merchantKey, ADMIN_KEY: adminKey } = config;
  const hint = merchantKey
    ? `Chaves locais: lojista \`${merchantKey}\`, administrador \`${adminKey}\` (Authorize → Bearer).`
    : '';
  const app = await createApi(config, { hint, owner: serving === undefined });
  undo.push(
    () => closeHttp(),
    () => app.close(),
  );
  await app.init();
  if (clockOffsetMs() > 0) await move(clockOffsetMs());
  if (merchantKey && adminKey) {
    const lanes = await seed(app, { merchant: merchantKey, admin: adminKey }, sandbox);
    if (sandbox) await tellByHand(sandbox, lanes);
  }
  await app.listen(config.PORT, config.HOST);
  const runner = app.get(Runner);
  undo.push(() => runner.stop());
  await runner.start();
  return { url: config.publicUrl, sandboxUrl: sandbox?.url, listeners: sandbox?.listeners, merchantKey, adminKey };
}

async function sandboxOf(
  env: Env,
  directory: string,
  hooks: Pick<SandboxOptions, 'onAdvance' | 'onScan'>,
): Promise<Sandbox | undefined> {
  if (env['SANDBOX'] === 'off') return undefined;
  const port = Number.parseInt(env['SANDBOX_PORT'] || '4000', 10);
  return startSandbox({ port, directory: join(directory, 'sandbox'), ...hooks });
}

/** The database's half of the one clock. Only the embedded start has a sandbox that may ask for it. */
async function moveClock(ownerUrl: string, offsetMs: number): Promise<void> {
  const ms = BigInt(Math.trunc(offsetMs));
  await asOwner(
    ownerUrl,
    `create or replace function clock_now() returns timestamptz language sql stable parallel safe
     as $$ select now() + interval '${ms} milliseconds' $$`,
  );
}
