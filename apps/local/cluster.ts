import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { findBinaries, unprivileged, type Binaries, type User } from './binaries.js';
import { alive } from './folder.js';

/** One PostgreSQL data folder and the programs to serve it: `<directory>/postgres/{data,password,port,log}`. */
export interface Cluster {
  readonly home: string;
  readonly data: string;
  /** How the server's user names the data folder when it stands in it. */
  readonly dataAs: string;
  readonly password: string;
  readonly user: User | undefined;
  readonly binaries: Binaries;
}

export interface Postmaster {
  readonly pid: number;
  /** Undefined in the first moments of a start. */
  readonly port: number | undefined;
}

const missing = (error: unknown): undefined => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
};

/** Whether others than the owner may walk to a folder. */
async function reachable(directory: string): Promise<boolean> {
  for (let at = dirname(directory); ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

async function readPassword(home: string): Promise<string | undefined> {
  try {
    return (await readFile(join(home, 'password'), 'utf8').catch(missing))?.trim();
  } catch (error) {
    const owner = (await stat(home)).uid;
    throw new Error(`the database in ${home} belongs to the user ${owner}: start as that user, or change DATA_DIR`, {
      cause: error,
    });
  }
}

async function write(path: string, line: string, user: User | undefined): Promise<void> {
  await writeFile(path, `${line}\n`, { mode: 0o600 });
  if (user) await chown(path, user.uid, user.gid);
}

async function createPassword(home: string, user: User | undefined): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await write(join(home, 'password'), password, user);
  return password;
}

/** The user a database was made by serves it, whoever starts it: files are never given from one user to another. */
async function serverUser(home: string): Promise<User | undefined> {
  const user = await unprivileged();
  if (!user) return undefined;
  const made = await lstat(home).catch(missing);
  return made && made.uid !== 0 ? { uid: made.uid, gid: made.gid } : user;
}

/** `initdb` beside the final place, then one rename: a start that died in the middle leaves nothing half made. */
async function create(home: string, user: User | undefined, binaries: Binaries, durable: boolean): Promise<void> {
  const draft = join(home, 'draft');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (user) await chown(draft, user.uid, user.gid);
  const settings = ['--username=postgres', '--encoding=UTF8', '--locale=C', '--auth=scram-sha-256'];
  const place = await placeName(draft, user);
  const args = ['-D', place, ...settings, '--pwfile=../password', ...(durable ? [] : ['--no-sync'])];
  await binaries.run({ name: 'initdb', args, cwd: draft });
  await rename(draft, join(home, 'data'));
}

/**
 * Below a folder that is closed to others (root's home, say) the server's user cannot walk to its own files. It is put
 * into the folder as its working directory and names it so, which needs no right on the folders above: better than
 * opening somebody's home to others.
 */
async function placeName(directory: string, user: User | undefined): Promise<string> {
  if (!user || (await reachable(directory))) return directory;
  return '/proc/self/cwd';
}

/** The cluster under a folder, made where there is none yet. `durable` false leaves out the syncs, for tests. */
export async function findCluster(directory: string, durable: boolean, log: (line: string) => void): Promise<Cluster> {
  await mkdir(directory, { recursive: true });
  const home = join(await realpath(directory), 'postgres');
  const user = await serverUser(home);
  const binaries = await findBinaries(user);
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (user) await chown(home, user.uid, user.gid);
  const data = join(home, 'data');
  let password = await readPassword(home);
  if (!(await lstat(data).catch(missing))) {
    log(`making a PostgreSQL cluster in ${home}`);
    password = await createPassword(home, user);
    await create(home, user, binaries, durable);
  }
  if (!password) throw new Error(`the file ${join(home, 'password')} is missing: the database there cannot be opened`);
  return { home, data, dataAs: await placeName(data, user), password, user, binaries };
}

/** What `postmaster.pid` says, true or not. */
export async function readPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const text = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(missing);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) || undefined };
}

/**
 * Whether the pid of `postmaster.pid` is a server of this folder. After a crash of the machine the file stays and its
 * pid may belong to anything, another PostgreSQL included; where there is /proc the process is asked what it is.
 */
export async function serves(cluster: Cluster, { pid, port }: Postmaster): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0 || !alive(pid)) return false;
  if (process.platform !== 'linux') return true;
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  if (name.trim() !== 'postgres') return false;
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (place !== undefined) return place === cluster.data;
  // Root in a container may not look into another user's process, but how it was called is open to all.
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return args.includes(cluster.dataAs) && (port === undefined || args.includes(String(port)));
}

const free = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(0));
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** The port of last time if it is free, else another; what is chosen is kept for next time. */
export async function choosePort(cluster: Cluster): Promise<number> {
  const path = join(cluster.home, 'port');
  const kept = Number((await readFile(path, 'utf8').catch(missing)) ?? 0) || 0;
  const port = (kept > 0 && (await free(kept))) || (await free(0));
  if (port === 0) throw new Error('no free port on 127.0.0.1 for PostgreSQL');
  await write(path, String(port), cluster.user);
  return port;
}
