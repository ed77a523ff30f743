import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bare, chance, explored, type Figures, rank, type Standing } from './ranking.js';
import type { Rule } from './rules.js';

const lane = (id: string, more: Partial<Figures> = {}, provider = id): Standing => ({
  lane: id,
  provider,
  figures: { priority: 1, cost: 10, price: 30, attempts: 0, approval: 0.8, ...more },
});
const order = (fit: readonly Standing[], rule?: Rule, seed = 'charge'): string =>
  rank(fit, rule, seed)
    .map((it) => `${it.lane} ${it.reason}`)
    .join(', ');

describe('the order of lanes', () => {
  const [a, b, c] = [
    lane('a', { priority: 3, cost: 5, approval: 0.7 }),
    lane('b', { priority: 2, cost: 20, approval: 0.9 }),
    lane('c', { priority: 1, cost: 10, price: 90, approval: 0.8 }),
  ];
  const all = [a, b, c];

  it.each<[Rule | undefined, string]>([
    [undefined, 'c priority, b priority, a priority'],
    [{ strategy: 'priority' }, 'c priority, b priority, a priority'],
    [{ prefer: ['a'] }, 'a rule, c priority, b priority'],
    [{ prefer: ['b', 'a', 'nobody'] }, 'b rule, a rule, c priority'],
    [{ split: { b: 7 } }, 'b weight, c priority, a priority'],
    [{ strategy: 'cost' }, 'a cost, c cost, b cost'],
    [{ strategy: 'approval' }, 'b approval, c approval, a approval'],
    [{ strategy: 'balanced' }, 'c approval, a approval, b approval'], // 0.8 × 80, 0.7 × 25, 0.9 × 10
  ])('%j: %s', (rule, expected) => {
    expect(order(all, rule)).toBe(expected);
  });

  it('goes by priority, then by id, where a rule knows no difference', () => {
    expect(order([lane('z'), lane('y'), lane('x', { priority: 2 })], { strategy: 'cost' })).toBe(
      'y cost, z cost, x cost',
    );
  });

  it('has unproven lanes after every other, unless a rule prefers them by name', () => {
    const unproven = lane('u', { priority: 0, unproven: 1, cost: 1 });
    const rules: Rule[] = [{ strategy: 'cost' }, { split: { u: 1 } }, { strategy: 'priority' }];
    for (const rule of [undefined, ...rules]) expect(order([unproven, a, b], rule)).toMatch(/, u \w+$/);
    expect(order([unproven, a, b], { prefer: ['u'] })).toMatch(/^u rule/);
  });

  it('has open breakers at the end, the one that half-opens first before the others, whatever the rule', () => {
    const open = [lane('late', { opensAt: 2000 }), lane('soon', { opensAt: 1000, unproven: 1 })];
    expect(order([...open, a, lane('u', { unproven: 1 })], { prefer: ['late'] })).toBe(
      'a priority, u priority, soon breaker, late breaker',
    );
    expect(order(open, { prefer: ['late'] })).toBe('soon breaker, late breaker');
  });

  it('shares one priority by the weights of lanes, and leaves one without a weight behind them', () => {
    const fit = [lane('light', { weight: 1 }), lane('heavy', { weight: 9 }), lane('none'), lane('zero', { weight: 0 })];
    const firsts = Array.from({ length: 400 }, (_, i) => rank(fit, undefined, `charge ${i}`)[0]!);
    expect(new Set(firsts.map((it) => it.reason))).toEqual(new Set(['weight']));
    const heavy = firsts.filter((it) => it.lane === 'heavy').length;
    expect(heavy).toBeGreaterThan(330);
    expect(heavy).toBeLessThan(390);
    expect(firsts.some((it) => it.lane === 'zero' || it.lane === 'none')).toBe(false);
    expect(order([lane('alone', { weight: 5 })])).toBe('alone priority');
  });

  it('says what it was made by', () => {
    const [first] = rank(all, { split: { b: 7 } }, 'charge');
    expect(first!.figures).toEqual({ ...b.figures, share: 7 });
    expect(bare(first!.figures)).toEqual(b.figures);
    expect(rank(all, { strategy: 'balanced' }, 'charge')[0]!.figures['expected']).toBe(64);
  });
});

describe('chance', () => {
  it('is even, and the same every time', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string(), (seed, salt) => {
        const drawn = chance(seed, salt);
        return drawn > 0 && drawn < 1 && chance(seed, salt) === drawn;
      }),
    );
    const tenths = new Map<number, number>();
    for (let i = 0; i < 20_000; i += 1) {
      // As UUIDv7 come, one after the other: alike but for their ends.
      const tenth = Math.floor(chance(`0199b0de-7a52-7e6b-8d3c-${i.toString(16).padStart(12, '0')}`, 'split a') * 10);
      tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
    }
    expect(Math.min(...tenths.values())).toBeGreaterThan(1_800);
    expect(Math.max(...tenths.values())).toBeLessThan(2_200);
  });
});

const weights = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 20 }), { minKeys: 1 });
const many = 1_500;

describe('a split', () => {
  it('converges to its weights, also among those that are left when one is missing', () => {
    fc.assert(
      fc.property(weights, fc.uuid(), fc.option(fc.constantFrom('a', 'b', 'c', 'd')), (split, salt, missing) => {
        const names = ['a', 'b', 'c', 'd'].filter((it) => it !== missing);
        const total = names.reduce((sum, it) => sum + (split[it] ?? 0), 0);
        fc.pre(total > 0);
        const fit = names.map((it) => lane(it));
        const firsts = Array.from({ length: many }, (_, i) => rank(fit, { split }, `${salt}${i}`)[0]!.lane);
        for (const name of names) {
          const p = (split[name] ?? 0) / total;
          const seen = firsts.filter((it) => it === name).length / many;
          // Five standard deviations: one run in millions is beyond.
          expect(Math.abs(seen - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / many));
        }
      }),
      { numRuns: 12 },
    );
  });

  it('keeps its choices for the charges whose provider stays, when another leaves', () => {
    const fit = ['a', 'b', 'c'].map((it) => lane(it));
    const split = { a: 1, b: 1, c: 1 };
    for (let i = 0; i < 200; i += 1) {
      const was = rank(fit, { split }, `charge ${i}`).map((it) => it.lane);
      const without = rank(fit.slice(0, 2), { split }, `charge ${i}`).map((it) => it.lane);
      expect(without).toEqual(was.filter((it) => it !== 'c'));
    }
  });
});

describe('exploration', () => {
  it('tries another lane than the best once in a while, well and proven ones only', () => {
    const fit = [
      lane('best', { approval: 0.95 }),
      lane('other', { approval: 0.5 }),
      lane('third', { approval: 0.4 }),
      lane('u', { approval: 0.99, unproven: 1 }),
      lane('open', { approval: 0.99, opensAt: 1 }),
    ];
    const firsts = Array.from({ length: 4_000 }, (_, i) => rank(fit, { strategy: 'approval' }, `charge ${i}`)[0]!);
    const share = (name: string): number => firsts.filter((it) => it.lane === name).length / firsts.length;
    expect(new Set(firsts.map((it) => it.lane))).toEqual(new Set(['best', 'other', 'third']));
    expect(Math.abs(share('best') - (1 - explored))).toBeLessThan(0.02);
    expect(Math.abs(share('other') - explored / 2)).toBeLessThan(0.015);
    expect(firsts.every((it) => (it.figures['explored'] === 1) === (it.lane !== 'best'))).toBe(true);
  });
});
