import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { refusal, toCents } from './amount.js';

describe('an amount of a request', () => {
  it('is an integer or a string of digits, from 1 to 10^12', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (it) => {
        expect(toCents(it)).toBe(BigInt(it));
        expect(toCents(String(it))).toBe(BigInt(it));
      }),
    );
  });

  it('refuses zero and what is beyond the limit by its size', () => {
    for (const bad of [0, '0', -1, 10 ** 12 + 1, '1000000000001', '9'.repeat(30)]) {
      expect([bad, refusal(toCents(bad))]).toEqual([bad, 'out_of_range']);
    }
  });

  it('refuses whatever is written otherwise', () => {
    for (const bad of [
      1.5,
      NaN,
      2 ** 60,
      '',
      ' 1',
      '1 ',
      '+1',
      '-1',
      '01',
      '1e3',
      '1.0',
      '1,00',
      '１',
      true,
      [],
      [1],
      {},
    ]) {
      expect([bad, refusal(toCents(bad))]).toEqual([bad, 'invalid']);
    }
    expect([undefined, null].map((it) => refusal(toCents(it)))).toEqual(['required', 'required']);
  });

  it('never lets anything but Cents of the range through', () => {
    fc.assert(
      fc.property(fc.anything(), (it) => {
        const read = toCents(it);
        if (refusal(read) === undefined && typeof it !== 'bigint') {
          expect(typeof read === 'bigint' && read >= 1n && read <= 10n ** 12n).toBe(true);
        }
      }),
    );
  });
});
