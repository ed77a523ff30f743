import { expect, it, vi } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { timer } from '@libs/kernel/timer.js';
import { rows } from '@test/support/app.js';
import { even } from '@test/support/compare.js';
import { Crash } from '@test/support/crash.js';
import { Load } from '@test/support/load.js';

const whole = process.env['TRILHO_LONG'] === '1';
const kills = Number(process.env['TRILHO_KILLS'] ?? (whole ? 200 : 2));
const seed = Number(process.env['TRILHO_SEED'] ?? crypto.getRandomValues(new Uint32Array(1))[0]);
vi.setConfig({ testTimeout: 60_000 + kills * 30_000 });

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function numbers(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const falls = `
  select
    exists (select 1 from attempt where state = 'sent' and created_at > $1) as "a call sent",
    exists (
      select 1 from job where done_at is null and leased_until > clock_now() - interval '1 second'
    ) as "a job leased",
    exists (select 1 from outbox where relayed_at is null) as "an event waiting"`;

/** A moment after some more wishes were fulfilled: to kill what has done nothing yet proves little. */
async function moment(load: Load, random: () => number): Promise<void> {
  const [enough, ms] = [load.fulfilled + 1 + Math.floor(random() * 8), random() * 200];
  const left = timer(20_000);
  while (load.fulfilled < enough && left() > 0) await sleep(5);
  await sleep(ms);
}

/** What it was doing, of what it had begun since it was started. */
async function kill(crash: Crash, since: Date): Promise<readonly string[]> {
  await crash.app.kill();
  const [fell] = await rows<Record<string, boolean>>(crash.app, falls, [since]);
  await crash.app.restart();
  return Object.entries(fell!).flatMap(([name, so]) => (so ? [name] : []));
}

/**
 * What was struck often waits long before it is tried again: the clock goes faster until it is over. A call of the
 * provider that was struck ten times never comes again: after two minutes the clock makes for the day's end, when what
 * was not paid here is asked after.
 */
async function settled(crash: Crash, work: Promise<void>): Promise<void> {
  const over = work.then(() => true);
  for (let turn = 1; !(await Promise.race([over, sleep(2_000, false)])); turn += 1) {
    await crash.scene.advance(turn > 60 ? 1_800 : 60);
  }
}

it(`a process killed ${kills} times at random moments under load does everything once`, async () => {
  say(`TRILHO_SEED=${seed} repeats the moments of ${kills} kills`);
  const random = numbers(seed);
  const crash = await Crash.open();
  try {
    // A provider takes its time: more of the kills fall while it is asked.
    for (const act of ['create', 'cancel', 'refund']) {
      await crash.scene.arm(`pix.${act}`, 'slow', { rate: 0.7, delayMs: 200 });
    }
    const load = new Load(crash.scene, 6);
    const fell = new Map<string, number>();
    for (let n = 1; n <= kills; n += 1) {
      const [started] = await rows<{ at: Date }>(crash.app, 'select clock_now() as at');
      await moment(load, random);
      const names = await kill(crash, started!.at);
      for (const name of names.length > 0 ? names : ['nothing']) fell.set(name, (fell.get(name) ?? 0) + 1);
      if (n % 10 === 0 || n === kills) {
        const found = [...fell].map(([name, count]) => `${name} ${count}`).join(', ');
        say(`${n} of ${kills} kills, ${load.made} charges; they left: ${found}`);
      }
    }
    await settled(crash, load.stop());
    await settled(crash, crash.quiet(120_000));
    say(`Answers: ${[...load.answers].map(([status, count]) => `${status} × ${count}`).join(', ')}`);
    expect(load.odd).toEqual([]);
    expect(await load.missed()).toEqual([]);
    expect(await crash.compare()).toEqual(even);
    expect(await crash.scene.verified()).toMatchObject({ ok: true });
    // Of a few kills none may have fallen there by chance.
    if (kills >= 20) expect(fell.get('a call sent') ?? 0).toBeGreaterThanOrEqual(kills / 4);
  } finally {
    await crash.close();
  }
});
