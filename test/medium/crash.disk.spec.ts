import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { timer } from '@libs/kernel/timer.js';
import { eventually } from '@test/support/app.js';
import { even } from '@test/support/compare.js';
import { Crash } from '@test/support/crash.js';
import { type Disk, smallDisk } from '@test/support/disk.js';
import { isUnavailable, Load } from '@test/support/load.js';
import { as, type Charge, type Scene } from '@test/support/scene.js';

/** A bound for what hangs: a busy machine may be ten times as slow. */
const patienceMs = 120_000;
vi.setConfig({ testTimeout: 600_000 });

const megabytes = 160;
const fullMs = 3_000;

/**
 * Keeps it full, for a server that starts again makes room for itself by what it throws away, and asks for one charge
 * after the other until the database has no page left for any more, and then for a while. Answers what was said to be.
 */
async function full(disk: Disk, scene: Scene): Promise<readonly string[]> {
  const said: string[] = [];
  const odd: string[] = [];
  let left = timer(patienceMs);
  for (let refused = false; left() > 0;) {
    disk.fill();
    const answers = await Promise.all(Array.from({ length: 8 }, () => scene.ask({ expire: 86_400 })));
    for (const answer of answers) {
      if (answer.status === 201 || answer.status === 202) said.push(as<Charge>(answer.body).id);
      else if (!isUnavailable(answer)) odd.push(`${answer.status} ${answer.text}`);
    }
    // A charge that the world could not make is told with its id; one that could not be written has none.
    if (!refused && answers.some((it) => it.status === 503 && it.body['id'] === undefined)) {
      refused = true;
      left = timer(fullMs);
    }
    if (!refused && left() < 1_000) throw new Error('the database wrote on');
  }
  expect(odd).toEqual([]);
  return said;
}

it('a full disk under the data folder: 503 meanwhile, and nothing that was said is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trilho-disk-'));
  chmodSync(folder, 0o755);
  const home = join(folder, 'data');
  const disk = smallDisk(home, megabytes);
  process.stdout.write(`The disk that fills: ${disk.kind}\n`);
  let crash: Crash | undefined;
  try {
    crash = await Crash.open({ DATABASE_URL: '', DATA_DIR: home });
    const { scene } = crash;
    const load = new Load(scene, 4);
    await eventually(() => Promise.resolve(load.made > 5), patienceMs);
    const said = await full(disk, scene);
    const made = load.made;
    disk.free();
    await eventually(async () => (await scene.api('GET', '/health/ready')).status === 200, patienceMs);
    await eventually(() => Promise.resolve(load.made > made + 5), patienceMs);
    await load.stop();
    await crash.quiet(patienceMs);
    expect(crash.app.output()).toMatch(/No space left|File too large/);
    expect(load.odd).toEqual([]);
    expect(await load.missed()).toEqual([]);
    expect(await crash.compare()).toEqual(even);
    for (const id of said) expect(await scene.charge(id)).toMatchObject({ id });
    expect(await scene.verified()).toMatchObject({ ok: true });
  } finally {
    await crash?.close();
    disk.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
