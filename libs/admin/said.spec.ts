import { describe, expect, it } from 'vitest';
import { now } from '@libs/kernel/clock.js';
import { InvalidFault } from '@libs/kernel/fault.js';
import { cents } from '@libs/money/cents.js';
import { newsOf, onlyHumans } from './said.js';

const create = {
  operation: 'pix.create',
  amount: cents(1_000),
  currency: 'BRL',
  key: 'tkey',
  ref: null,
  receipt: null,
} as const;
const refund = { ...create, operation: 'pix.refund', ref: 'D1' } as const;
const cancel = { ...create, operation: 'pix.cancel' } as const;

describe("an administrator's word", () => {
  it('says what moved, by the names that are known', () => {
    expect(newsOf(create, { finding: 'done', amount: 900, receipt: 'E1' })).toMatchObject({
      kind: 'done',
      ref: 'tkey',
      receipt: 'E1',
      amount: 900n,
      currency: 'BRL',
      data: {},
    });
    expect(newsOf(refund, { finding: 'done', amount: 1_000 })).toMatchObject({ ref: 'D1', receipt: undefined });
    expect(newsOf(refund, { finding: 'done', amount: 1_000, ref: 'D2' })).toMatchObject({ ref: 'D2' });
    expect(newsOf(cancel, { finding: 'done' })).toMatchObject({ kind: 'done', amount: 0n });
  });

  it('needs an amount for money, and for a refund the amount asked', () => {
    expect(() => newsOf(create, { finding: 'done' })).toThrow(InvalidFault);
    expect(() => newsOf(refund, { finding: 'done', amount: 999 })).toThrow(InvalidFault);
  });

  it('says no without telling merchants the evidence', () => {
    expect(newsOf(create, { finding: 'declined' })).toMatchObject({ kind: 'declined', code: 'not_allowed' });
    expect(newsOf(create, { finding: 'absent' })).toEqual({ kind: 'absent' });
  });
});

describe('two people', () => {
  const ago = (ms: number): Date => new Date(now().getTime() - ms);

  it('are needed where only humans prove it, or the provider has forgotten', () => {
    expect(onlyHumans({ proof: { by: 'human' }, saleAt: ago(0) })).toBe(true);
    expect(onlyHumans({ proof: { by: 'key', afterMs: 1, forgetsMs: 50_000 }, saleAt: ago(60_000) })).toBe(true);
    expect(onlyHumans({ proof: { by: 'key', afterMs: 1, forgetsMs: 50_000 }, saleAt: ago(10_000) })).toBe(false);
    expect(onlyHumans({ proof: { by: 'state', afterMs: 1 }, saleAt: ago(60_000) })).toBe(false);
    expect(onlyHumans({ proof: { by: 'again', untilMs: 1 }, saleAt: ago(60_000) })).toBe(false);
  });
});
