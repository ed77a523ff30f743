import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unprivileged } from '@apps/local/binaries.js';
import { freePort } from '@test/support/redis.js';

const run = promisify(execFile);
const home = '/usr/lib/postgresql';

/** Debian's PostgreSQL, on a cluster of the test's own, never the machine's, with the compose file's roles. */
export interface Postgres {
  readonly version: string;
  readonly ownerUrl: string;
  readonly servingUrl: string;
  start(): Promise<void>;
  /** A fast shutdown: whoever is connected is cut off. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** The newest that is installed. @throws Error when none is. */
function binaries(): string {
  const versions = existsSync(home) ? readdirSync(home).filter((it) => existsSync(join(home, it, 'bin/postgres'))) : [];
  const newest = versions.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0];
  if (newest === undefined) throw new Error("Debian's package postgresql is not installed");
  return join(home, newest, 'bin');
}

export async function preparePostgres(): Promise<Postgres> {
  const [bin, user, port] = [binaries(), await unprivileged(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'trilho-install-'));
  const data = join(folder, 'data');
  const [superuser, owner, serving] = [secret(), secret(), secret()];
  const pass = join(folder, 'password');
  await writeFile(pass, superuser, { mode: 0o600 });
  if (user) await Promise.all([folder, pass].map((it) => chown(it, user.uid, user.gid)));
  const base = { cwd: folder, env: { PATH: `${bin}:${process.env['PATH']}`, LC_ALL: 'C' } };
  const settled = ['-U', 'postgres', '-E', 'UTF8', '--auth=scram-sha-256', `--pwfile=${pass}`];
  await run(join(bin, 'initdb'), ['-D', data, ...settled], { ...base, ...user });
  const { stdout } = await run(join(bin, 'postgres'), ['--version'], base);
  const names = { PGHOST: '127.0.0.1', PGPORT: String(port), PGPASSWORD: superuser, POSTGRES_USER: 'postgres' };
  const roles = { env: { ...base.env, ...names, OWNER_PASSWORD: owner, SERVING_PASSWORD: serving } };
  let child: ChildProcess | undefined;
  const answers = (): Promise<boolean> =>
    run(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], base).then(
      () => true,
      () => false,
    );
  const postgres: Postgres = {
    version: stdout.trim(),
    ownerUrl: `postgres://trilho_owner:${owner}@127.0.0.1:${port}/trilho`,
    servingUrl: `postgres://trilho_serving:${serving}@127.0.0.1:${port}/trilho`,
    async start() {
      const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((it) => ['-c', it]);
      const args = ['-D', data, '-p', String(port), ...settings];
      child = spawn(join(bin, 'postgres'), args, { ...base, ...user, stdio: 'ignore' });
      for (let tries = 0; !(await answers()); tries += 1) {
        if (tries > 600 || child.exitCode !== null) throw new Error('PostgreSQL does not start');
        await sleep(100);
      }
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
    },
    async remove() {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await postgres.start();
  // The script that the compose file gives to its PostgreSQL.
  await run('sh', [resolve('docker/roles.sh')], roles);
  return postgres;
}

const secret = (): string => randomBytes(24).toString('hex');
