import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { timer } from '@libs/kernel/timer.js';
import { Client, DatabaseError } from 'pg';
import { choosePort, findCluster, readPostmaster, serves, type Cluster } from './cluster.js';

export interface Postgres {
  /** Of the owner of the database `trilho`, on 127.0.0.1, with its password. */
  readonly url: string;
  /** Whether the server was already running, left behind by a process that was killed. */
  readonly adopted: boolean;
  /** Ends the server and waits for it. One that was adopted stays while others than the caller are connected. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly directory: string;
  /** False leaves out every sync: for tests alone, a crash of the machine then loses data. */
  readonly durable?: boolean;
  /** Starts the server again when it ends without us. */
  readonly keep?: boolean;
  readonly log?: (line: string) => void;
}

const database = 'trilho';
const patienceSeconds = 60;
const startTries = 3;
const watchMs = 500;
const longestWatchMs = 5_000;

const urlOf = (cluster: Cluster, port: number, name: string): string =>
  `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${name}`;

async function query<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // A server that goes away while we ask is told by the query that fails; unheard, the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Whether a server answers; one that starts, recovers or stops does not. A refused login is an error. */
async function answers(url: string): Promise<boolean> {
  try {
    await query(url, (client) => client.query('select 1'));
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && !error.code?.startsWith('57P')) throw error;
    return false;
  }
}

/** The port of the server that already serves this folder, or undefined when there is none, or none any more. */
async function adopt(cluster: Cluster): Promise<number | undefined> {
  const left = timer(patienceSeconds * 1000);
  while (left() > 0) {
    const found = await readPostmaster(cluster);
    if (!found) return undefined;
    if (!(await serves(cluster, found))) {
      await rm(join(cluster.data, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (found.port && (await answers(urlOf(cluster, found.port, 'postgres')))) return found.port;
    await sleep(50);
  }
  throw new Error(`the PostgreSQL that serves ${cluster.home} does not answer after ${patienceSeconds} s: end it`);
}

function settings(port: number, durable: boolean): string {
  const onOff = durable ? 'on' : 'off';
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    cluster_name: database,
    timezone: 'UTC',
    log_timezone: 'UTC',
    fsync: onOff,
    synchronous_commit: onOff,
    full_page_writes: onOff,
    autovacuum: onOff, // what may be lost is not kept for long either
  };
  return [`-p ${port}`, ...Object.entries(all).map(([name, value]) => `-c ${name}=${value}`)].join(' ');
}

async function lastLines(cluster: Cluster): Promise<string> {
  const text = await readFile(join(cluster.home, 'log'), 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-8).join('\n');
}

/** `pg_ctl` gives the server a session of its own: a Ctrl-C meant for Node does not end it before the drain. */
async function start(cluster: Cluster, durable: boolean, wanted?: number): Promise<number> {
  for (let left = wanted === undefined ? startTries - 1 : 0; ; left -= 1) {
    const port = wanted ?? (await choosePort(cluster));
    const flags = ['-D', cluster.dataAs, '-l', '../log', '-w', '-t', String(patienceSeconds)];
    const args = ['start', ...flags, '-o', settings(port, durable)];
    try {
      await cluster.binaries.run({ name: 'pg_ctl', args, cwd: cluster.data });
      return port;
    } catch (error) {
      const told = await lastLines(cluster);
      // Somebody may take the port between our look and the server's.
      if (left > 0 && told.includes('Address already in use')) continue;
      throw new Error(`PostgreSQL did not start; its log ends with:\n${told}`, { cause: error });
    }
  }
}

async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  await query(urlOf(cluster, port, 'postgres'), async (client) => {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${database}`);
  });
}

const alone = (url: string): Promise<boolean> =>
  query(url, async (client) => {
    const others = await client.query(
      `select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1`,
    );
    return others.rowCount === 0;
  });

async function stop(cluster: Cluster): Promise<void> {
  const args = ['stop', '-D', cluster.dataAs, '-m', 'fast', '-w', '-t', String(patienceSeconds)];
  try {
    await cluster.binaries.run({ name: 'pg_ctl', args, cwd: cluster.data });
  } catch (error) {
    const found = await readPostmaster(cluster);
    if (found && (await serves(cluster, found))) throw error;
  }
}

/**
 * Starts the server again, where its clients know it, whenever it has ended without us: killed, or stopped by a full
 * disk. Whoever asks meanwhile is refused. Answers how to end the watch.
 */
function keep(cluster: Cluster, durable: boolean, port: number, log: (line: string) => void): () => Promise<void> {
  const end = new AbortController();
  const look = async (): Promise<void> => {
    const found = await readPostmaster(cluster);
    if (found && (await serves(cluster, found))) return;
    log('PostgreSQL has ended: starting it again');
    if ((await adopt(cluster)) === undefined) await start(cluster, durable, port);
    log('PostgreSQL serves again');
  };
  const watch = async (): Promise<void> => {
    for (let failures = 0; !end.signal.aborted;) {
      const pauseMs = Math.min(watchMs * 2 ** failures, longestWatchMs);
      await sleep(pauseMs, undefined, { ref: false, signal: end.signal }).catch(() => undefined);
      if (end.signal.aborted) return;
      try {
        await look();
        failures = 0;
      } catch (error) {
        log(`${error instanceof Error ? error.message : String(error)}\nPostgreSQL will be tried again`);
        failures += 1;
      }
    }
  };
  const watching = watch();
  return () => {
    end.abort();
    return watching;
  };
}

/**
 * Serves the PostgreSQL cluster under `directory`, which is made on the first start. A server that still runs there is
 * adopted. Rejects with an `Error` fit to be shown when it cannot be started. The folder must be ours: first
 * `takeFolder`.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { directory, durable = true, keep: kept = false, log = () => undefined } = options;
  const cluster = await findCluster(directory, durable, log);
  const running = await adopt(cluster);
  const port = running ?? (await start(cluster, durable));
  await createDatabase(cluster, port);
  log(`PostgreSQL ${running ? 'adopted' : 'started'} on 127.0.0.1:${port}`);
  const url = urlOf(cluster, port, database);
  const release = kept ? keep(cluster, durable, port, log) : undefined;
  let stopped: Promise<void> | undefined;
  const stopUnlessShared = async (): Promise<void> => {
    await release?.();
    if (running && !(await alone(url).catch(() => true))) {
      log('PostgreSQL is left running: others are connected to it');
      return;
    }
    await stop(cluster);
    log('PostgreSQL stopped');
  };
  return { url, adopted: running !== undefined, stop: () => (stopped ??= stopUnlessShared()) };
}
