import { Client } from 'pg';

export interface TestDatabase {
  /** Of the owner of the tables. */
  readonly url: string;
  /** Of the role that serves: it owns nothing, and may only add to what is append-only. */
  readonly servingUrl: string;
  drop(): Promise<void>;
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: only the project "integration" of vitest.config.ts has a database`);
  return value;
}

async function ask(sql: string): Promise<void> {
  const client = new Client({ connectionString: setting('TEST_DATABASE_URL') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A database of one's own, with every table and no row, cloned from the run's migrated template. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await ask(`create database ${name} template ${setting('TEST_DATABASE_TEMPLATE')}`);
  const url = new URL(setting('TEST_DATABASE_URL'));
  url.pathname = `/${name}`;
  const serving = new URL(url);
  const { username, password } = new URL(setting('TEST_SERVING_URL'));
  [serving.username, serving.password] = [username, password];
  return { url: url.href, servingUrl: serving.href, drop: () => ask(`drop database if exists ${name} with (force)`) };
}
