import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type * as Folder from '@apps/local/folder.js';
import type * as Local from '@apps/local/postgres.js';

const dist = resolve(import.meta.dirname, '../../dist/apps');
const prefix = 'trilho-test-';

/** The run's own process is not the tests': it takes what the build has made. */
async function built<T>(file: string): Promise<T> {
  const path = join(dist, file);
  if (!existsSync(path)) throw new Error(`${path} is missing: the tests run on the build, make it with npm run build`);
  return (await import(path)) as T;
}

/** A run that was killed leaves its server behind; the folder's lock tells it from a run that is going on. */
async function sweep(folder: typeof Folder, local: typeof Local): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const directory = join(tmpdir(), name);
    const made = await stat(directory).catch(() => undefined);
    if (!made || Date.now() - made.mtimeMs < 60_000) continue; // another run is about to take it
    const held = await folder.takeFolder(directory).catch(() => undefined);
    if (!held) continue;
    if (existsSync(join(directory, 'postgres/data/postmaster.pid'))) {
      await (await local.startPostgres({ directory, durable: false })).stop();
    }
    await rm(directory, { recursive: true, force: true });
  }
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await built<typeof Folder>('local/folder.js');
  const local = await built<typeof Local>('local/postgres.js');
  await sweep(folder, local);
  const directory = await mkdtemp(join(tmpdir(), prefix));
  await folder.takeFolder(directory);
  const server = await local.startPostgres({ directory, durable: false });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { url: server.url, stop };
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function migrate(url: string, servingUrl: string): Promise<void> {
  const script = join(dist, 'tools/migrate.js');
  if (!existsSync(script)) throw new Error(`${script} is missing: make it with npm run build`);
  const env = { ...process.env, DATABASE_URL: servingUrl, MIGRATION_DATABASE_URL: url };
  await promisify(execFile)(process.execPath, [script], { env });
}

/**
 * One PostgreSQL for the whole run: the one that TEST_DATABASE_URL names, else an embedded one without syncs. In it one
 * template, migrated once, of which every test file clones a database of its own, and a role that serves.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const outside = process.env['TEST_DATABASE_URL'];
  const server = outside ? { url: outside, stop: () => Promise.resolve() } : await startServer();
  const run = crypto.randomUUID().replaceAll('-', '');
  const [template, serving] = [`template_${run}`, `serving_${run}`];
  const end = async (): Promise<void> => {
    if (outside) {
      await ask(outside, `drop database if exists ${template} with (force)`);
      // A test that was killed leaves its database behind, and the role with the rights it has there.
      await ask(outside, `drop role if exists ${serving}`).catch(() => undefined);
    }
    await server.stop();
  };
  try {
    await ask(server.url, `create database ${template}`);
    const url = new URL(server.url);
    url.pathname = `/${template}`;
    const servingUrl = new URL(url);
    [servingUrl.username, servingUrl.password] = [serving, crypto.randomUUID()];
    await migrate(url.href, servingUrl.href);
    process.env['TEST_SERVING_URL'] = servingUrl.href;
  } catch (error) {
    await end();
    throw error;
  }
  process.env['TEST_DATABASE_URL'] = server.url;
  process.env['TEST_DATABASE_TEMPLATE'] = template;
  return end;
}
