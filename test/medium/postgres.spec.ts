import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { takeFolder } from '@apps/local/folder.js';
import { startPostgres, type Postgres } from '@apps/local/postgres.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trilho-server-'));
  await chmod(directory, 0o755);
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const pidOf = async (place: string): Promise<number> =>
  Number((await readFile(join(place, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);

/** A process of its own that starts the built launcher, says so, and lives until it is killed. */
async function startElsewhere(place: string): Promise<{ kill(): Promise<void> }> {
  const dist = join(process.cwd(), 'dist/apps/local');
  const code = `
    const { takeFolder } = await import('file://${dist}/folder.js');
    const { startPostgres } = await import('file://${dist}/postgres.js');
    await takeFolder('${place}');
    await startPostgres({ directory: '${place}', durable: false });
    console.log('ready');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (status) => reject(new Error(`the process ended with ${status}`)));
  });
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      child.removeAllListeners('exit').once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  return { kill };
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data over a stop, its port too, and is durable unless told otherwise', async () => {
    const first = await startPostgres({ directory });
    expect(first.adopted).toBe(false);
    expect(await query(first.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(first.url, 'show synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    expect(await query(first.url, 'show full_page_writes')).toEqual([{ full_page_writes: 'on' }]);
    expect(await query(first.url, 'show max_connections')).toEqual([{ max_connections: '200' }]);
    await query(first.url, 'create table kept as select 7 as n');
    await first.stop();
    await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED');

    const second = await startPostgres({ directory });
    expect(second.adopted).toBe(false);
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await second.stop();
  });

  it('asks for its password, which only the owner can read', async () => {
    const server = await startPostgres({ directory, durable: false });
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    expect((await stat(join(directory, 'postgres/password'))).mode & 0o777).toBe(0o600);
    await server.stop();
  });

  it('is adopted after its process was killed, and stopped by the adopter once nobody else is connected', async () => {
    const killed = await startElsewhere(directory);
    const pid = await pidOf(directory);
    await expect(takeFolder(directory)).rejects.toThrow('in use by the living process');
    await killed.kill();

    const held = await takeFolder(directory);
    const adopted = await startPostgres({ directory, durable: false });
    expect(adopted.adopted).toBe(true);
    expect(await pidOf(directory)).toBe(pid);
    const other = new Client({ connectionString: adopted.url });
    await other.connect();
    await adopted.stop();
    expect((await other.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await other.end();

    const again: Postgres = await startPostgres({ directory, durable: false });
    expect(again.adopted).toBe(true);
    await again.stop();
    await expect(query(again.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await held.release();
  });

  it('is not stopped by a crash that left its pid behind, nor by whom the pid belongs to now', async () => {
    const server = await startPostgres({ directory, durable: false });
    const file = join(directory, 'postgres/data/postmaster.pid');
    const left = await readFile(file, 'utf8');
    await server.stop();
    await writeFile(file, left.replace(/^\d+/, String(process.pid)));
    const next = await startPostgres({ directory, durable: false });
    expect(next.adopted).toBe(false);
    await next.stop();
  });

  it('begins anew when the first start died in the middle', async () => {
    await mkdir(join(directory, 'postgres/draft'), { recursive: true });
    await writeFile(join(directory, 'postgres/draft/PG_VERSION'), '18');
    const server = await startPostgres({ directory, durable: false });
    expect(await query(server.url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
    await server.stop();
  });

  it('serves a folder below one that is closed to others, and leaves that one closed', async () => {
    await chmod(directory, 0o700);
    const server = await startPostgres({ directory: join(directory, 'data'), durable: false });
    expect(await query(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    await server.stop();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });
});

describe('a data folder', () => {
  it('has one owner, and another after it was given back', async () => {
    const held = await takeFolder(join(directory, 'data'));
    await expect(takeFolder(held.directory)).rejects.toThrow(
      `the data folder ${held.directory} is in use by the living process ${process.pid}`,
    );
    await held.release();
    await (await takeFolder(held.directory)).release();
  });

  it('is given to one of many who ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => takeFolder(directory)));
    expect(asked.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
  });

  it('is free when the owner is dead, though its pid lives on in another process', async () => {
    const dead = { pid: process.pid, started: '1', boot: 'another' };
    await writeFile(join(directory, 'owner.4'), JSON.stringify(dead));
    const held = await takeFolder(directory);
    await expect(takeFolder(directory)).rejects.toThrow('in use');
    await held.release();
  });

  it('is refused with its name and the reason when it cannot be written', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(takeFolder(join(file, 'x'))).rejects.toThrow(
      `the data folder ${file}/x cannot be written (ENOTDIR): choose another with DATA_DIR`,
    );
  });
});
