import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { nothingYet, type Recent, smoothed } from './approval.js';
import { approvedOf } from './approved.js';

const recent = (attempts: number, approved: number, like: Recent['like'] = new Map()): Recent => ({
  attempts,
  approved,
  like,
});

describe('a smoothed rate', () => {
  it('begins with what is usual, and listens to many more than to few', () => {
    expect(smoothed(nothingYet, 'x')).toEqual({ rate: 0.8, attempts: 0 });
    expect(smoothed(recent(1, 0), 'x').rate).toBeCloseTo(0.7273, 4);
    expect(smoothed(recent(300, 0), 'x').rate).toBeLessThan(0.03);
    expect(smoothed(recent(300, 300), 'x').rate).toBeGreaterThan(0.99);
  });

  it('follows like circumstances once there are enough of them', () => {
    const like = new Map([
      ['visa', { attempts: 200, approved: 40 }],
      ['elo', { attempts: 1, approved: 0 }],
    ]);
    const figures = recent(300, 140, like);
    expect(smoothed(figures, 'visa')).toEqual({ rate: expect.closeTo(0.22, 1), attempts: 200 });
    expect(smoothed(figures, 'elo').rate).toBeGreaterThan(0.4);
  });

  it('is a rate', () => {
    const tally = fc
      .tuple(fc.nat(300), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([attempts, share]) => ({ attempts, approved: Math.floor(attempts * share) }));
    fc.assert(
      fc.property(tally, tally, (all, some) => {
        const { rate } = smoothed({ ...all, like: new Map([['x', some]]) }, 'x');
        return rate > 0 && rate < 1;
      }),
    );
  });
});

describe('an attempt', () => {
  it.each([
    ['succeeded', null, true],
    ['orphan', null, true],
    ['pending', null, true],
    ['declined', 'card_declined', false],
    ['declined', 'expired', true],
    ['declined', 'cancelled', true],
    ['failed', 'refused', false],
    ['failed', null, false],
    ['failed', 'breaker', undefined],
    ['failed', 'late', undefined],
    ['sent', null, undefined],
    ['unknown', 'timeout', undefined],
  ] as const)('%s %s: %s', (state, code, expected) => {
    expect(approvedOf(state, code)).toBe(expected);
  });
});
