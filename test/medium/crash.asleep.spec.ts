import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { acts } from '@test/support/acts.js';
import { type Answer, eventually, rows } from '@test/support/app.js';
import { even } from '@test/support/compare.js';
import { Crash, type Place } from '@test/support/crash.js';
import { isUnavailable } from '@test/support/load.js';

vi.setConfig({ testTimeout: 300_000 });

const deadlineMs = 500;
let crash: Crash;
beforeAll(async () => {
  crash = await Crash.open({ PROVIDER_DEADLINE_MS: String(deadlineMs) });
});
afterAll(() => crash.close());

/** Whether the kernel has the process stopped. Its name, in brackets, may hold anything. */
const stopped = (pid: number): boolean => /^\S+ \(.*\) T/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** Has the process fall asleep at that place, and wake up when the deadline has passed. */
async function slept(place: Place, begin: () => Promise<unknown>): Promise<unknown> {
  const { pid } = crash.app;
  crash.order(place, 'SIGSTOP');
  const answered = begin();
  try {
    await eventually(() => Promise.resolve(stopped(pid)), 60_000);
    await sleep(deadlineMs + 200);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return answered;
}

const calls: readonly (readonly ['create' | 'cancel' | 'refund', Place])[] = [
  ['create', 'claim.after@pix.create'],
  ['create', 'wire.before@PUT'],
  ['cancel', 'claim.after@pix.cancel'],
  ['cancel', 'wire.before@PATCH'],
  ['refund', 'claim.after@pix.refund'],
  ['refund', 'wire.before@PUT'],
];

describe('a process that slept past the deadline', () => {
  it.each(calls)('of a %s, at %s: nothing is sent', async (act, place) => {
    const wish = await acts[act].make(crash);
    const before = await crash.scene.effects();
    const answer = (await slept(place, () => wish.begin())) as Answer;
    expect(act === 'refund' ? answer.status === 200 : isUnavailable(answer)).toBe(true);
    // A refund is sent by a job, whose end the caller does not wait for.
    const sent = await eventually(async () => {
      const [row] = await rows<{ state: string; unsent: boolean; code: string }>(
        crash.app,
        'select state, unsent, code from attempt where operation = $1 order by created_at desc limit 1',
        [`pix.${act}`],
      );
      return row!.state !== 'sent' && row;
    });
    expect(sent).toEqual({ state: 'failed', unsent: true, code: 'late' });
    expect(await crash.scene.effects()).toEqual(before);

    await crash.scene.advance(30); // a refund is sent again after a while
    await eventually(() => wish.end(), 120_000);
    await crash.quiet(120_000);
    expect(await wish.end()).toEqual(acts[act].end);
    expect(await crash.compare()).toEqual(even);
  });
});
