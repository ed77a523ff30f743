import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 240_000 });

/*
 * No image can be made where these tests run. What can be seen without one: that what the Dockerfile copies is enough
 * to build, and that what it leaves in the image is enough for every command that a container is given.
 */
const read = (path: string): string => readFileSync(path, 'utf8');
const lines = read('Dockerfile').split('\n');
const copied = lines.flatMap((it) => /^COPY (?!--from)(.+) \S+$/.exec(it)?.[1]?.split(' ') ?? []);
const commands = new Set(`${read('Dockerfile')}${read('docker-compose.yml')}`.match(/dist\/apps\/[\w/.-]+\.js/g));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trilho-image-'));
  for (const it of copied)
    cpSync(it, join(folder, it), { recursive: true, filter: (path) => !path.endsWith('.spec.ts') });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  await promisify(execFile)('npm', ['run', '-s', 'build'], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The packages that a built file loads, and all that it loads loads. */
function packages(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return new Set();
  seen.add(path);
  const found = new Set<string>();
  for (const [, still, late] of read(path).matchAll(
    /^(?:import|export) (?:.* from )?["']([^"']+)["']|\bimport\(["']([^"']+)["']/gm,
  )) {
    const name = (still ?? late)!;
    if (name.startsWith('.')) for (const it of packages(join(dirname(path), name), seen)) found.add(it);
    else if (!name.startsWith('node:')) found.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)![0]);
  }
  return found;
}

describe('an image', () => {
  it('gets from the folder what its Dockerfile copies, and nothing else', () => {
    const [all, ...open] = read('.dockerignore').trim().split('\n');
    expect(all).toBe('*');
    expect(open.filter((it) => it.startsWith('!')).map((it) => it.slice(1))).toEqual(copied);
  });

  it('has every file that a container is told to run', () => {
    expect(commands.size).toBeGreaterThan(3);
    for (const it of commands) expect([it, existsSync(join(folder, it))]).toEqual([it, true]);
  });

  it('keeps every package that they load when those of development are gone', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Readonly<Record<string, string>> };
    expect(packages(join(folder, 'dist/apps/api/main.js'))).toContain('@nestjs/core');
    for (const it of [...commands, 'dist/apps/tools/admin-key.js', 'dist/apps/tools/vault-rotate.js'])
      expect([it, [...packages(join(folder, it))].filter((name) => !(name in dependencies))]).toEqual([it, []]);
  });
});
