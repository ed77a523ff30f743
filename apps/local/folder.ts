import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Who holds a folder. A pid alone proves nothing, it is used again: the process's start and the boot go with it. */
interface Owner {
  pid: number;
  started?: string | undefined;
  boot?: string | undefined;
  released?: boolean;
}

export interface HeldFolder {
  /** The absolute path. */
  readonly directory: string;
  release(): Promise<void>;
}

const bootFile = '/proc/sys/kernel/random/boot_id';
const lockName = /^owner\.(\d+)$/;
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** When a process began, in the system's own unit; undefined where it does not say, or when the process is gone. */
function startOf(pid: number): string | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  // The name stands in brackets and may hold blanks and brackets itself: fields are counted from the last one.
  if (stat) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (process.platform === 'win32' || process.platform === 'linux') return undefined;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process of this pid exists and is no zombie. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  const stat = readOrNothing(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

function living(owner: Owner): boolean {
  if (owner.released || !Number.isInteger(owner.pid) || !alive(owner.pid)) return false;
  const boot = readOrNothing(bootFile)?.trim();
  if (owner.boot && boot && owner.boot !== boot) return false;
  const started = startOf(owner.pid);
  return !owner.started || !started || owner.started === started;
}

async function readOwner(path: string): Promise<Owner> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch {
    return { pid: 0, released: true };
  }
}

/** The generations of the lock that lie in the folder, the newest last. */
async function generations(directory: string): Promise<number[]> {
  const numbers = (await readdir(directory)).map((name) => Number(lockName.exec(name)?.[1] ?? 0));
  return numbers.filter((n) => n > 0).sort((a, b) => a - b);
}

/** Writes beside and links: the lock appears with its content or not at all, and only one of two racers makes it. */
async function claim(directory: string, generation: number, owner: Owner): Promise<boolean> {
  const draft = join(directory, `owner.draft.${randomUUID()}`);
  try {
    await writeFile(draft, JSON.stringify(owner), { mode: 0o644 });
    await link(draft, join(directory, `owner.${generation}`));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return true;
}

async function release(directory: string, generation: number, owner: Owner): Promise<void> {
  const draft = join(directory, `owner.draft.${randomUUID()}`);
  try {
    await writeFile(draft, JSON.stringify({ ...owner, released: true }));
    await rename(draft, join(directory, `owner.${generation}`));
  } catch (error) {
    // A folder that was removed meanwhile (the demonstration's) needs no release.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function claimNext(directory: string): Promise<HeldFolder> {
  const owner: Owner = { pid: process.pid, started: startOf(process.pid), boot: readOrNothing(bootFile)?.trim() };
  for (;;) {
    const before = await generations(directory);
    const newest = before.at(-1) ?? 0;
    const holder = newest > 0 ? await readOwner(join(directory, `owner.${newest}`)) : undefined;
    if (holder && living(holder)) {
      throw new Error(
        `the data folder ${directory} is in use by the living process ${holder.pid}: ` +
          'stop that one first, or choose another folder with DATA_DIR',
      );
    }
    const mine = newest + 1;
    if (!(await claim(directory, mine, owner))) continue;
    // The newest lock is never removed, only followed: who acted on an old listing sees a newer one here and yields.
    if ((await generations(directory)).some((n) => n > mine)) {
      await rm(join(directory, `owner.${mine}`), { force: true });
      continue;
    }
    await Promise.all(before.map((n) => rm(join(directory, `owner.${n}`), { force: true })));
    return { directory, release: () => release(directory, mine, owner) };
  }
}

/**
 * Makes the folder where it is missing and takes it for this process, for as long as the process lives or until
 * `release`. Throws an `Error` fit to be shown when another living process holds it, or when it cannot be written.
 */
export async function takeFolder(path: string): Promise<HeldFolder> {
  const directory = resolve(path);
  try {
    await mkdir(directory, { recursive: true });
    return await claimNext(directory);
  } catch (error) {
    const code = codeOf(error);
    if (!code) throw error;
    throw new Error(`the data folder ${directory} cannot be written (${code}): choose another with DATA_DIR`, {
      cause: error,
    });
  }
}
