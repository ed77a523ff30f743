import { expect } from 'vitest';
import { weigh } from '@libs/routing/weigh.js';
import type { Rule } from './bench.js';

export const states: Rule = {
  name: '8: for state, before is absent, after is done, and anything else is neither',
  of: ({ by }) => by === 'state',
  async test(bench) {
    bench.direct();
    const staged = await bench.stage();
    expect(await bench.find(staged)).toEqual({ kind: 'absent' });
    const done = { kind: 'done', amount: bench.amount(staged) };
    expect(await bench.act(staged)).toMatchObject(bench.says === 'done' ? done : { kind: bench.says });
    expect(await bench.stand.becomes(bench.operation, staged, 'done')).toMatchObject(done);
    if (bench.script.meddle) {
      const other = await bench.stage();
      await bench.script.meddle(bench.stand, other);
      const neither = ['declined', 'unknown'];
      expect(neither).toContain((await bench.find(other)).kind);
      if (!bench.stand.peer.regardless?.includes(bench.operation)) {
        for (const said of [await bench.act(other), await bench.find(other)]) expect(neither).toContain(said.kind);
      }
    }
    expect(bench.stand.provider.objectOf?.(bench.operation, staged.input)).toBe(staged.parent?.ref);
  },
};

const day = 86_400_000;
export const proofs: Rule = {
  name: 'the proof: what is believed of it, and when',
  async test(bench) {
    const { operation, stand } = bench;
    const proof = stand.proof(operation);
    bench.direct();
    const staged = await bench.stage();
    const before = await bench.find(staged);
    expect(before).toEqual({ kind: 'absent' });
    const attempt = { currency: 'BRL', proof } as const;
    const believed = (pastDeadlineMs: number, firstAbsentMs?: number, ageMs = 0): boolean =>
      weigh(attempt, before, 'find', { pastDeadlineMs, firstAbsentMs, ageMs }).kind === 'absent';
    if (proof.by === 'key' || proof.by === 'state') {
      const { afterMs: window, forgetsMs } = proof;
      expect([believed(window - 1, window), believed(window), believed(window, window / 2 - 1)]).toEqual(
        Array(3).fill(false),
      );
      expect(believed(window, window / 2)).toBe(true);
      if (forgetsMs !== undefined) expect(believed(window, window, forgetsMs + 1)).toBe(false);
    } else expect(believed(1_000 * day, 1_000 * day)).toBe(proof.by === 'harmless');
    await bench.act(staged);
    const later = stand.peer.later?.includes(operation);
    const after = await (later ? stand.becomes(operation, staged, 'done') : bench.find(staged));
    expect(after).not.toMatchObject({ kind: 'absent' });
    if (proof.by !== 'again') return;
    // Sent as often as one likes, it happens once.
    for (let i = 0; i < 3; i += 1) expect(['pending', 'done']).toContain((await bench.act(staged)).kind);
    await bench.stand.becomes(operation, staged, 'done');
    expect(await bench.made(staged)).toBe(1);
  },
};
