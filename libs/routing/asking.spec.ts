import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { askAt } from './asking.js';
import type { AttemptView } from './attempt.entity.js';
import type { Timing } from './attempts.js';
import { weigh } from './weigh.js';

const at = new Date('2026-03-02T15:00:00Z');
const second = 1_000;
const minute = 60 * second;
const key: Proof = { by: 'key', afterMs: 2 * minute };
const unknown: News = { kind: 'unknown', why: 'timeout', message: '' };
type Asked = Partial<Pick<AttemptView, 'state' | 'proof' | 'asks' | 'operation' | 'parkedAt'>>;
const attempt = (more: Asked = {}): AttemptView =>
  ({ state: 'unknown', proof: key, asks: 0, operation: 'pix.create', parkedAt: null, ...more }) as AttemptView;
const timing = (more: Partial<Timing> = {}): Timing => ({ at, pastDeadlineMs: 0, ageMs: 0, ...more });
const pauseMs = (more: Asked, news: News = unknown, when: Partial<Timing> = {}): number | undefined => {
  const next = askAt(attempt(more), news, timing(when));
  return next && next.getTime() - at.getTime();
};

describe('the next question', () => {
  it('comes within seconds, then after growing pauses of at most ten minutes', () => {
    const proof: Proof = { by: 'human' };
    expect([0, 1, 2, 3, 9, 10, 50].map((asks) => pauseMs({ asks, proof }))).toEqual(
      [1, 2, 4, 8, 512, 600, 600].map((it) => it * second),
    );
  });

  it('comes within half a minute where asking is sending again, so that a recovery is seen soon', () => {
    const proof: Proof = { by: 'again', untilMs: 90 * 24 * 60 * minute };
    expect([0, 4, 5, 50].map((asks) => pauseMs({ asks, proof }))).toEqual([1, 16, 30, 30].map((it) => it * second));
    expect(pauseMs({ asks: 50, proof }, { kind: 'absent' })).toBe(30 * second);
  });

  it('comes once a day when a human has to decide', () => {
    expect(pauseMs({ parkedAt: at })).toBe(24 * 60 * minute);
  });

  it('leaves an issued code to callbacks, expiry and the daily look, and asks after a follow-up', () => {
    expect(pauseMs({ state: 'pending' })).toBeUndefined();
    expect(pauseMs({ state: 'pending', operation: 'pix.refund' })).toBe(5 * second);
    const accepted = { state: 'pending', operation: 'cards.refund', proof: { ...key, by: 'state' }, asks: 9 } as const;
    expect(pauseMs(accepted, unknown, { pastDeadlineMs: minute })).toBe(minute + 100);
    // So is what was done and is not seen any more.
    const done = { ...accepted, state: 'succeeded' } as const;
    expect(pauseMs(done, unknown, { pastDeadlineMs: minute })).toBe(minute + 100);
    expect(pauseMs(done, unknown, { pastDeadlineMs: 3 * minute, firstAbsentMs: 40 * second })).toBe(20.1 * second);
  });

  it('falls on the moments at which an absence begins to count', () => {
    const asks = 20;
    expect(pauseMs({ asks }, unknown, { pastDeadlineMs: minute })).toBe(minute + 100);
    expect(pauseMs({ asks }, unknown, { pastDeadlineMs: 3 * minute })).toBe(minute + 100);
    expect(pauseMs({ asks }, unknown, { pastDeadlineMs: 3 * minute, firstAbsentMs: 40 * second })).toBe(20.1 * second);
    // Past both of them a question that failed is asked again like any other.
    const past = { pastDeadlineMs: 9 * minute, firstAbsentMs: 5 * minute };
    expect(pauseMs({ asks }, unknown, past)).toBe(10 * minute);
    expect(pauseMs({ asks: 0 }, unknown, { pastDeadlineMs: 0 })).toBe(second);
  });

  it('proves an absence in the end: whatever the window, the questions reach it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 * minute }),
        fc.constantFrom('key' as const, 'state' as const),
        (afterMs, by) => {
          const proof: Proof = { by, afterMs };
          let [pastDeadlineMs, firstAt] = [1_000, undefined as number | undefined];
          for (let asks = 0; asks < 60; asks += 1) {
            const firstAbsentMs = firstAt === undefined ? undefined : pastDeadlineMs - firstAt;
            const when = { pastDeadlineMs, firstAbsentMs, ageMs: pastDeadlineMs };
            const heard = weigh({ currency: 'BRL', proof }, { kind: 'absent' }, 'find', when);
            if (heard.kind === 'absent') return;
            if (pastDeadlineMs >= afterMs) firstAt ??= pastDeadlineMs;
            pastDeadlineMs += pauseMs({ asks, proof }, heard, { pastDeadlineMs, firstAbsentMs }) ?? NaN;
          }
          throw new Error(`not proved after ${pastDeadlineMs} ms`);
        },
      ),
    );
  });
});
