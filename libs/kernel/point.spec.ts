import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { points } from './point.js';

/** The point of the sources in a process of its own: it prints how often it was passed, if it lives. */
function passed(
  at: string | undefined,
  names: readonly string[],
  folder = '',
): Promise<{ signal: string | null; lines: string }> {
  const script = `import { point } from ${JSON.stringify(new URL('./point.ts', import.meta.url).href)};
    for (const name of ${JSON.stringify(names)}) { point(...name.split('@')); process.stdout.write(name + '\\n'); }`;
  const env = { ...process.env, CRASH_AT: at ?? '', CRASH_FOLDER: folder };
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', script];
    execFile(process.execPath, args, { env }, (error, stdout) => {
      resolve({ signal: error?.signal ?? null, lines: stdout.trim().replaceAll('\n', ' ') });
    });
  });
}

describe('a point', () => {
  it('is passed by a process that nobody wants to end', async () => {
    expect(await passed(undefined, ['claim.before', 'claim.after'])).toEqual({
      signal: null,
      lines: 'claim.before claim.after',
    });
    expect(await passed('wire.before', ['claim.before'])).toEqual({ signal: null, lines: 'claim.before' });
  });

  it('ends the process there, at once, without a chance to clean up', async () => {
    expect(await passed('claim.after', ['claim.before', 'claim.after'])).toEqual({
      signal: 'SIGKILL',
      lines: 'claim.before',
    });
  });

  it('ends it at the passage that was asked for', async () => {
    const names = ['job.done', 'job.leased', 'job.done', 'job.done'];
    expect(await passed('job.done#2', names)).toEqual({ signal: 'SIGKILL', lines: 'job.done job.leased' });
  });

  it('may be told by what passes it', async () => {
    const names = ['job.done@a', 'job.done@b', 'job.done@b'];
    expect(await passed('job.done@b', names)).toEqual({ signal: 'SIGKILL', lines: 'job.done@a' });
    expect(await passed('job.done#2', names)).toEqual({ signal: 'SIGKILL', lines: 'job.done@a' });
  });

  it('obeys an order in a folder once, by the signal that it names, and leaves word of every passage', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trilho-point-'));
    try {
      writeFileSync(join(folder, 'order'), 'wire.before@PUT SIGTERM');
      const names = ['claim.after', 'wire.before@GET', 'wire.before@PUT'];
      expect((await passed(undefined, names, folder)).signal).toBe('SIGTERM');
      expect(readFileSync(join(folder, 'passed'), 'utf8').trim().split('\n')).toEqual(names);
      expect(existsSync(join(folder, 'order'))).toBe(false);
      expect((await passed(undefined, names, folder)).signal).toBeNull();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('has a name of its own', () => {
    expect(new Set(points).size).toBe(points.length);
  });
});
