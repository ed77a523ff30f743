import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { cloneDatabase } from './database.js';
import { ground } from './ground.js';

/** The built embedded start as a process of its own, on a database and a sandbox folder of its own. */
export interface App {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly merchantKey: string;
  readonly adminKey: string;
  /** Of the owner of its tables; it serves by another role. */
  readonly databaseUrl: string;
  readonly folder: string;
  /** Of the process as it runs now. */
  readonly pid: number;
  /** Everything that the process has printed: logs are searched for secrets. */
  output(): string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Waits until the process has ended by itself (a crash point). */
  ended(): Promise<void>;
  /** Starts again on the same database and folder, as after a crash. `env` as in `startApp`. */
  restart(env?: Env): Promise<void>;
  stop(): Promise<void>;
}
type Env = Readonly<Record<string, string>>;

interface Ready {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly merchantKey: string;
  readonly adminKey: string;
}
interface Running {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly gone: Promise<void>;
  /** Stops what was launched. */
  end(): Promise<void>;
}

const main = join(process.cwd(), 'dist/apps/local/main.js');
const host = join(process.cwd(), 'test/support/host.ts');
/** Hosts that have stopped what they were: the next start of this worker needs no other process. */
const idle: ChildProcess[] = [];
const defaults: Env = {
  PROVIDER_DEADLINE_MS: '300',
  JOB_LEASE_MS: '2000',
  LOG_LEVEL: 'info',
  PORT: '0',
  SANDBOX_PORT: '0',
  PROOF_CIELO_CARDS_REST_MS: '200', // the simulator does not mind, and tests need not wait
};

/** What the process says next; `asked` is told to it before. */
function said<T>(child: ChildProcess, heard: readonly string[], asked?: object): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`it ended with ${code} before it was ready:\n${heard.join('').slice(-3000)}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
    if (asked) child.send(asked);
  });
}

function forked(file: string, env: Env): ChildProcess {
  return fork(file, { env: { ...env }, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

/** What dies at a point of the code, or starts a server, is a process of its own; anything else is given to a host. */
const dies = (env: Env): boolean => 'CRASH_FOLDER' in env || env['DATABASE_URL'] === '';

async function launch(env: Env, heard: string[]): Promise<Running> {
  const own = dies(env);
  const child = own ? forked(main, { ...ground, ...defaults, ...env }) : (idle.pop() ?? forked(host, ground));
  const streams = [child.stdout!, child.stderr!];
  const hear = (chunk: Buffer): void => void heard.push(chunk.toString());
  for (const stream of streams) stream.on('data', hear);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (): Promise<void> => {
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    if (own) child.kill('SIGTERM');
    await (own || !child.connected ? gone : Promise.race([gone, said(child, heard, { stop: true })]));
    clearTimeout(late);
    for (const stream of streams) stream.off('data', hear);
    if (child.connected) idle.push(child);
  };
  const asked = own ? undefined : { start: { ...defaults, ...env } };
  const ready = await said<Ready & { readonly error?: string }>(child, heard, asked);
  if (ready.error === undefined) return { child, ready, gone, end };
  await end();
  throw new Error(ready.error);
}

/** The first start asks the simulated provider who it is: a busy machine misses the short deadline now and then. */
async function firstly(env: Env, heard: string[]): Promise<Running> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await launch(env, heard);
    } catch (error) {
      if (tries === 10 || !String(error).includes('O provedor não respondeu')) throw error;
    }
  }
}

/** A database of one's own, unless one is named; an empty name asks for the embedded server of the start itself. */
async function databaseOf(env: Env): Promise<{ settings: Env; url: () => string; drop: () => Promise<void> }> {
  const { DATABASE_URL: named, DATA_DIR: home = '' } = env;
  if (named === undefined) {
    const made = await cloneDatabase();
    const { url, servingUrl: DATABASE_URL } = made;
    return { settings: { DATABASE_URL, MIGRATION_DATABASE_URL: url }, url: () => url, drop: () => made.drop() };
  }
  const url = (): string => named || readFileSync(join(home, 'postgres.url'), 'utf8');
  return { settings: {}, url, drop: () => Promise.resolve() };
}

/** Starts the platform for one test file. `env` adds to short deadlines and free ports. */
export async function startApp(env: Env = {}): Promise<App> {
  const database = await databaseOf(env);
  const folder = mkdtempSync(join(tmpdir(), 'trilho-app-'));
  const heard: string[] = [];
  const base = { ...database.settings, DATA_DIR: folder, ...env };
  let running = await firstly(base, heard);
  const first = running.ready;
  // After a crash it comes back where providers and callers know it.
  const ports = { PORT: new URL(first.url).port, SANDBOX_PORT: new URL(first.sandboxUrl).port };
  const settings = { ...base, ...ports };
  return {
    get url() {
      return running.ready.url;
    },
    get sandboxUrl() {
      return running.ready.sandboxUrl;
    },
    merchantKey: first.merchantKey,
    adminKey: first.adminKey,
    get databaseUrl() {
      return database.url();
    },
    folder,
    get pid() {
      return running.child.pid!;
    },
    output: () => heard.join(''),
    kill: async () => {
      running.child.kill('SIGKILL');
      await running.gone;
    },
    ended: () => running.gone,
    restart: async (more = {}) => {
      running = await launch({ ...settings, CRASH_AT: '', ...more }, heard);
    },
    stop: async () => {
      await running.end();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An answer of the platform or of the sandbox; `body` is whatever JSON it was. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests read into answers freely; what they expect of them is what they check.
  readonly body: Json;
}
export interface Json {
  readonly [name: string]: Json;
  readonly [index: number]: Json;
}

export interface Asking {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export type Api = (method: string, path: string, body?: unknown, asking?: Asking) => Promise<Answer>;

/** Asks over HTTP: a `body` that is a string or bytes goes as it is, anything else as JSON. */
export function client(base: () => string, defaultKey?: string): Api {
  return async (method, path, body, { key = defaultKey, headers = {} } = {}) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${base()}${path}`, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

/** One connection to each database that is looked into, while it lasts: to make one costs as much as ten looks. */
const lookers = new Map<string, Promise<pg.Client>>();

function lookerOf(url: string): Promise<pg.Client> {
  const looker = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url });
    // A server that goes away, or a database that is dropped, is told by the query that fails.
    for (const over of ['error', 'end'] as const) client.on(over, () => lookers.delete(url));
    return client.connect().then(() => client);
  };
  const known = lookers.get(url) ?? looker();
  lookers.set(url, known);
  known.catch(() => lookers.delete(url));
  return known;
}

/** What only rows of the app's own database can show. */
export async function rows<T extends object>(app: App, sql: string, values: readonly unknown[] = []): Promise<T[]> {
  const looker = await lookerOf(app.databaseUrl);
  return (await looker.query<T>(sql, [...values])).rows;
}

/** Asks again and again until `what` says yes, at most `withinMs`; answers what it said. */
export async function eventually<T>(what: () => Promise<T | undefined | false>, withinMs = 30_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const said = await what();
    if (said !== undefined && said !== false) return said;
    if (performance.now() > end) throw new Error('it did not come to that in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
