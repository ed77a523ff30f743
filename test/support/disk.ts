import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A place for data that can be filled to the last byte and emptied again. */
export interface Disk {
  /** How it is made, for the test's own output. */
  readonly kind: string;
  fill(): void;
  free(): void;
  remove(): void;
}

/** A file system of its own in memory where the machine lets us mount one, else a quota on what the server writes. */
export function smallDisk(at: string, megabytes: number): Disk {
  mkdirSync(at, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', at];
  const mounted = process.env['TRILHO_QUOTA'] !== '1' && spawnSync('mount', options).status === 0;
  return mounted ? mountedDisk(at, megabytes) : quota(at);
}

function mountedDisk(at: string, megabytes: number): Disk {
  const ballast = join(at, 'ballast');
  return {
    kind: `a tmpfs of ${megabytes} MB`,
    fill() {
      const file = openSync(ballast, 'a');
      try {
        for (let size = 1 << 20; size >= 1;) {
          try {
            writeSync(file, Buffer.alloc(size));
          } catch {
            size >>= 4; // what is left is smaller
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove: () => void execFileSync('umount', ['-l', at]),
  };
}

/** The server may make no file longer: to it that is a disk without room. A server started meanwhile is found again. */
function quota(at: string): Disk {
  const limit = (bytes: string): void => {
    const file = join(at, 'postgres/data/postmaster.pid');
    if (!existsSync(file)) return; // it has ended of it, and is started again
    const pid = readFileSync(file, 'utf8').split('\n')[0]!;
    const children = spawnSync('pgrep', ['-P', pid]).stdout.toString().trim().split('\n');
    // Its own user may do it everywhere; root in a container may not.
    const { uid, gid } = statSync(join(at, 'postgres/data'));
    const user = process.getuid?.() === 0 ? { uid, gid } : {};
    for (const it of [pid, ...children]) spawnSync('prlimit', ['--pid', it, `--fsize=${bytes}:`], user);
  };
  return {
    kind: 'a quota on the files that PostgreSQL writes: nothing could be mounted here',
    fill: () => limit('0'),
    free: () => limit('unlimited'),
    remove: () => undefined,
  };
}
