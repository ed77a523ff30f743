import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPostgres } from '@apps/local/postgres.js';
import { eventually } from '@test/support/app.js';
import { even } from '@test/support/compare.js';
import { Crash } from '@test/support/crash.js';
import { Load } from '@test/support/load.js';

const goneMs = process.env['TRILHO_LONG'] === '1' ? 30_000 : 5_000;
/** A bound for what hangs: a busy machine may be ten times as slow. */
const patienceMs = 120_000;
vi.setConfig({ testTimeout: 600_000 });

let folder: string;
let crash: Crash | undefined;
afterEach(async () => {
  await crash?.close();
  crash = undefined;
  await rm(folder, { recursive: true, force: true });
});
async function newFolder(): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), 'trilho-server-'));
  await chmod(folder, 0o755);
  return folder;
}

const ready = async (wanted: number): Promise<boolean> => {
  const answer = await crash!.scene.api('GET', '/health/ready').catch(() => undefined);
  return answer?.status === wanted;
};
/** Waits until something more than so far has been fulfilled. */
const goesOn = (load: Load): Promise<true> => {
  const before = load.made;
  return eventually(() => Promise.resolve(load.made > before + 5), patienceMs);
};

async function evenAfter(load: Load): Promise<void> {
  await load.stop();
  await crash!.quiet(patienceMs);
  expect(load.odd).toEqual([]);
  expect(load.count('503')).toBeGreaterThan(0);
  expect(await load.missed()).toEqual([]);
  expect(await crash!.compare()).toEqual(even);
  expect(await crash!.scene.verified()).toMatchObject({ ok: true });
}

describe('a PostgreSQL that dies in the middle of load', () => {
  it('of the embedded start is started again; 503 meanwhile, and everything once', async () => {
    const home = join(await newFolder(), 'data');
    crash = await Crash.open({ DATABASE_URL: '', DATA_DIR: home });
    const { app } = crash;
    const served = (): number => app.output().split('PostgreSQL serves again').length - 1;
    const load = new Load(crash.scene, 4);
    for (let deaths = 0; deaths < 2; deaths += 1) {
      await goesOn(load);
      const postmaster = readFileSync(join(home, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0];
      process.kill(Number(postmaster), 'SIGKILL');
      await eventually(() => Promise.resolve(served() > deaths), patienceMs);
      await eventually(() => ready(200), patienceMs);
    }
    await goesOn(load);
    await evenAfter(load);
  });
});

describe('a PostgreSQL that is gone', () => {
  it(`for ${goneMs / 1_000} s: 503 in the contract's shape, and on it goes by itself, everything once`, async () => {
    const options = { directory: await newFolder(), durable: false };
    const server = await startPostgres(options);
    let again = server;
    try {
      crash = await Crash.open({ DATABASE_URL: server.url });
      const load = new Load(crash.scene, 4);
      await goesOn(load);
      await server.stop();
      await eventually(() => ready(503), patienceMs);
      await sleep(goneMs);
      again = await startPostgres(options);
      expect(again.url).toBe(server.url);
      await eventually(() => ready(200), patienceMs);
      await goesOn(load);
      await evenAfter(load);
    } finally {
      await crash?.close();
      crash = undefined;
      await again.stop();
    }
  });
});
