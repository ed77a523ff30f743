import { Client } from 'pg';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: only the project "integration" of jest.config.js has a database`);
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
  return { url: url.href, drop: () => ask(`drop database if exists ${name} with (force)`) };
}
