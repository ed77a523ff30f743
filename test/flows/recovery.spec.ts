import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '@test/support/app.js';
import { type Charge, Scene } from '@test/support/scene.js';

let scene: Scene;
/** Deadlines, leases and windows are those that the embedded start has. */
beforeAll(async () => {
  scene = await Scene.open({ PROVIDER_DEADLINE_MS: '10000', JOB_LEASE_MS: '60000' });
});
afterAll(() => scene.close());

const hop = async (seconds: number, waitMs: number): Promise<void> => {
  await scene.advance(seconds);
  await new Promise((resolve) => setTimeout(resolve, waitMs));
};
/** Undecided calls, as the database sees them. */
const undecided = (): Promise<{ id: string; operation: string }[]> =>
  rows(scene.app, `select id, operation from attempt where state in ('sent', 'unknown') and parked_at is null`);

/** Calls of every act whose answers are lost, some made and some not; what is well in between is for the breaker. */
async function lost(): Promise<void> {
  const wounds = ['http_500_before', 'http_500_after', 'reset_after', 'truncated'];
  const [kept, paid]: [Charge[], Charge[]] = [[], []];
  for (const _ of wounds) {
    kept.push(await scene.pix({ expire: 86_400 }));
    paid.push(await scene.paid({ expire: 86_400 }));
  }
  await scene.arm('pix.find', 'http_500_before');
  for (const [i, kind] of wounds.entries()) {
    await scene.arm('pix.create', kind, { times: 1 });
    expect((await scene.ask({ expire: 86_400 })).status).toBe(202);
    expect((await scene.ask({ expire: 86_400 })).status).toBe(201);
    await scene.arm('pix.cancel', kind, { times: 1 });
    expect((await scene.api('POST', `/pix/${kept[i]!.id}/cancel`)).status).toBe(202);
    await scene.arm('pix.refund', kind, { times: 1 });
    expect((await scene.refund(paid[i]!.id)).status).toBe(200);
  }
}

describe('when the provider answers questions again', () => {
  it.each([60, 600])('what is unknown is settled within 60 s: an outage of %i s', async (outage) => {
    await lost();
    for (let gone = 0; gone < outage; gone += outage / 30) await hop(outage / 30, 90);
    const open = await undecided();
    expect(open.length).toBe(12);
    await scene.calm();
    const took: number[] = [];
    for (let second = 0; took.length < open.length && second < 120; second += 1) {
      const left = await undecided();
      while (took.length < open.length - left.length) took.push(second);
      await hop(1, 40);
    }
    took.sort((a, b) => a - b);
    const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))]!;
    process.stdout.write(
      `After ${outage} s: ${took.length} unknown settled, p50 ${at(0.5)} s, p99 ${at(0.99)} s of the one clock\n`,
    );
    expect(took).toHaveLength(open.length);
    expect(at(0.99)).toBeLessThanOrEqual(60);
  });
});
