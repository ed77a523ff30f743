import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { allocate, bps, cents, rate, sum, toJson } from './cents.js';

const amounts = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(cents);
const weights = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 21 })
  .filter((all) => all.some((it) => it > 0n));

describe('cents', () => {
  it('refuses fractions, what a double does not hold, and what is no payment', () => {
    for (const bad of [0.1, NaN, Infinity, 2 ** 53, 10 ** 15 + 1]) expect(() => cents(bad)).toThrow(RangeError);
    expect(() => cents(-(10n ** 15n) - 1n)).toThrow(RangeError);
  });

  it('comes back from JSON as it went', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (it) => BigInt(toJson(cents(it))) === it),
    );
  });
});

describe('sum', () => {
  it('adds in any order', () => {
    fc.assert(fc.property(fc.array(amounts, { maxLength: 100 }), (all) => sum(all) === sum(all.toReversed())));
    expect(sum([])).toBe(0n);
  });
});

describe('rate', () => {
  it('is never more than half a cent away from the exact share', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 10_000 }), (amount, by) => {
        const off = rate(amount, bps(by)) * 10_000n - amount * BigInt(by);
        return off <= 5_000n && off > -5_000n;
      }),
    );
  });

  it('rounds half a cent away from zero, on both sides of it', () => {
    expect(rate(cents(50), bps(100))).toBe(1n);
    expect(rate(cents(49), bps(100))).toBe(0n);
    expect(rate(cents(-50), bps(100))).toBe(-1n);
  });

  it('knows no rate below nothing or above all', () => {
    for (const bad of [-1, 10_001, 1.5]) expect(() => bps(bad)).toThrow(RangeError);
  });
});

describe('allocate', () => {
  it('gives out exactly the total, to nobody a cent more or less than its share rounded', () => {
    fc.assert(
      fc.property(amounts, weights, (total, by) => {
        const parts = allocate(total, by);
        const whole = by.reduce((a, b) => a + b, 0n);
        expect(sum(parts)).toBe(total);
        for (const [i, part] of parts.entries()) {
          const floor = (total * by[i]!) / whole;
          expect(part === floor || part === floor + 1n).toBe(true);
          if (by[i] === 0n) expect(part).toBe(0n);
        }
      }),
    );
  });

  it('gives spare cents to the largest remainders, the first of equals first', () => {
    expect(allocate(cents(100), [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
    expect(allocate(cents(10), [1n, 2n])).toEqual([3n, 7n]);
  });

  it('refuses to divide by nothing, or something below nothing', () => {
    expect(() => allocate(cents(1), [])).toThrow(RangeError);
    expect(() => allocate(cents(1), [0n])).toThrow(RangeError);
    expect(() => allocate(cents(1), [2n, -1n])).toThrow(RangeError);
    expect(() => allocate(cents(-1), [1n])).toThrow(RangeError);
  });
});
