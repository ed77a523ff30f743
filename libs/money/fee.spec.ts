import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { bps, cents } from './cents.js';
import { fee } from './fee.js';

describe('fee', () => {
  it('is the rate plus what is fixed, and never below its minimum', () => {
    expect(fee(cents(10_000), { rateBps: bps(99), fixed: cents(10) })).toBe(109n);
    expect(fee(cents(100), { rateBps: bps(99), fixed: cents(0), minimum: cents(5) })).toBe(5n);
  });

  it('takes the rate of the highest step that the instalments reach', () => {
    const by = {
      rateBps: bps(100),
      fixed: cents(0),
      byInstallments: [
        { installments: 2, rateBps: bps(200) },
        { installments: 7, rateBps: bps(300) },
      ],
    };
    expect([1, 2, 6, 7, 12].map((it) => fee(cents(1_000), by, it))).toEqual([10n, 20n, 20n, 30n, 30n]);
  });

  it('grows with the amount', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 12n }).map(cents);
    const rate = fc.integer({ min: 0, max: 10_000 }).map(bps);
    fc.assert(
      fc.property(amount, amount, rate, (a, b, rateBps) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        const by = { rateBps, fixed: cents(10), minimum: cents(30) };
        return fee(less, by) <= fee(more, by) && fee(less, by) >= 30n;
      }),
    );
  });
});
