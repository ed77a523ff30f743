import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { Conditions } from './lane.entity.js';
import { type Circumstances, holds, likeOf, type Rule, ruleFor } from './rules.js';

const pix: Circumstances = { method: 'pix', amount: cents(1000), currency: 'BRL' };
const card: Circumstances = {
  ...pix,
  method: 'cards',
  type: 'credit',
  brand: 'visa',
  bin: '41111122',
  installments: 3,
  country: 'BR',
};
const noon = new Date('2026-03-02T15:00:00Z'); // Monday, 12:00 in São Paulo
const met = (conditions: Conditions, at = noon, it = pix): boolean => holds(conditions, it, at);

describe('conditions', () => {
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

  it.each<[Conditions, boolean, boolean]>([
    [{ type: 'credit' }, true, false],
    [{ type: 'debit' }, false, false],
    [{ brand: 'visa' }, true, false],
    [{ brand: 'elo' }, false, false],
    [{ bin: '411111' }, true, false],
    [{ bin: '41111122' }, true, false],
    [{ bin: '411112' }, false, false],
    [{ installmentsMax: 3 }, true, true],
    [{ installmentsMax: 2 }, false, true],
    [{ country: 'BR' }, true, false],
    [{ country: 'PT' }, false, false],
    [{ method: 'cards', type: 'credit', brand: 'visa', bin: '4111', installmentsMax: 6, country: 'BR' }, true, false],
  ])('%j of a card: %s, of a Pix: %s', (conditions, ofCard, ofPix) => {
    expect([met(conditions, noon, card), met(conditions)]).toEqual([ofCard, ofPix]);
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

describe('rules', () => {
  const rules: readonly Rule[] = [
    { when: { amountMin: 5000 }, strategy: 'cost' },
    { when: { method: 'cards', brand: 'visa' }, prefer: ['a'] },
    { when: { method: 'cards' }, prefer: ['b'] },
    { split: { a: 1 } },
    { strategy: 'priority' },
  ];
  it.each([
    [pix, 3],
    [card, 1],
    [{ ...card, brand: 'elo' }, 2],
    [{ ...card, amount: cents(5000) }, 0],
  ])('the first that holds decides', (it, index) => {
    expect(ruleFor(rules, it, noon)).toBe(rules[index]);
  });

  it('may all be silent', () => {
    expect(ruleFor(rules.slice(0, 3), pix, noon)).toBeUndefined();
  });
});

describe('circumstances that issuers treat alike', () => {
  it.each([
    [pix, ':::'],
    [card, 'credit:visa:parts:'],
    [{ ...card, installments: 1, amount: cents(100_000) }, 'credit:visa::big'],
  ])('have one name', (it, name) => {
    expect(likeOf(it)).toBe(name);
  });
});
