import { describe, expect, it } from '@jest/globals';
import { cents } from '@libs/money/cents.js';
import type { Conditions } from './lane.entity.js';
import { holds } from './rules.js';

const wish = { operation: 'pix.create', amount: cents(1000), currency: 'BRL' };
const noon = new Date('2026-03-02T15:00:00Z'); // Monday, 12:00 in São Paulo
const met = (conditions: Conditions, at = noon): boolean => holds(conditions, wish, at);

describe('the conditions of a lane', () => {
  it('hold when there are none', () => {
    expect(met({})).toBe(true);
  });

  it.each<[Conditions, boolean]>([
    [{ method: 'pix' }, true],
    [{ method: 'cards' }, false],
    [{ amountMin: 1000, amountMax: 1000 }, true],
    [{ amountMin: 1001 }, false],
    [{ amountMax: 999 }, false],
    [{ currency: 'BRL' }, true],
    [{ currency: 'EUR' }, false],
    [{ weekdays: [1, 5] }, true],
    [{ weekdays: [2, 7] }, false],
    [{ hours: { from: 12, to: 13 } }, true],
    [{ hours: { from: 13, to: 12 } }, false],
    [{ hours: { from: 8, to: 12 } }, false],
    [{ method: 'pix', amountMin: 1, weekdays: [1], hours: { from: 0, to: 24 } }, true],
    [{ method: 'pix', amountMin: 1, weekdays: [1], hours: { from: 0, to: 12 } }, false],
  ])('%j: %s', (conditions, expected) => {
    expect(met(conditions)).toBe(expected);
  });

  it('read day and hour in São Paulo', () => {
    const sundayThere = new Date('2026-03-02T02:59:00Z'); // Monday in UTC, Sunday 23:59 there
    expect(met({ weekdays: [7], hours: { from: 23, to: 24 } }, sundayThere)).toBe(true);
    expect(met({ weekdays: [1] }, sundayThere)).toBe(false);
  });

  it('go over midnight', () => {
    const night = { hours: { from: 20, to: 6 } };
    const hour = (h: number): Date => new Date(Date.UTC(2026, 2, 2, h + 3));
    const open = Array.from({ length: 24 }, (_, h) => h).filter((h) => met(night, hour(h)));
    expect(open).toEqual([0, 1, 2, 3, 4, 5, 20, 21, 22, 23]);
  });
});
