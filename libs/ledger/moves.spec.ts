import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { cents } from '@libs/money/cents.js';
import { merchantPayable, merchantReceivable, platformFees, providerClearing } from './address.js';
import { check, moves } from './moves.js';
import type { EntryDraft, PostingDraft } from './sale.js';

const payable = merchantPayable('m');
const clearing = providerClearing('gerencianet');
const entry = (...postings: PostingDraft[]): EntryDraft => ({ reference: 'r', postings });
const post = (from: string, to: string, amount: bigint, claim?: true): PostingDraft => ({
  from,
  to,
  amount: cents(amount),
  currency: 'BRL',
  ...(claim ? { claim } : {}),
});

describe('what is refused as a bug', () => {
  it.each([
    ['no posting', entry()],
    ['no reference', { reference: '', postings: [post(clearing, payable, 1n)] }],
    ['an amount of zero', entry(post(clearing, payable, 0n))],
    ['a negative amount', entry(post(clearing, payable, -1n))],
    ['an address to itself', entry(post(payable, payable, 1n))],
    ['an unknown address', entry(post(clearing, 'merchant:m:payabel', 1n))],
    ['a claim that nobody can refuse', entry(post(platformFees, payable, 1n, true))],
  ])('%s', (_, bad) => {
    expect(() => check([bad])).toThrow(RangeError);
  });

  it('is not what is ordinary', () => {
    expect(() => check([entry(post(clearing, payable, 1n), post(payable, clearing, 1n, true))])).not.toThrow();
  });
});

describe('moves', () => {
  it('asks only for what a claim lacks when its turn comes', () => {
    const sold = post(clearing, payable, 10n);
    expect(moves([entry(sold, post(payable, clearing, 12n, true))])).toEqual([
      { address: payable, currency: 'BRL', delta: -2n, need: 2n },
    ]);
    expect(moves([entry(post(payable, clearing, 12n, true), sold)])).toEqual([
      { address: payable, currency: 'BRL', delta: -2n, need: 12n },
    ]);
  });

  const addresses = [payable, merchantReceivable('m'), merchantPayable('n'), clearing, platformFees];
  const postings = fc
    .array(
      fc.record({
        from: fc.constantFrom(...addresses),
        to: fc.constantFrom(...addresses),
        amount: fc.bigInt({ min: 1n, max: 20n }).map(cents),
        currency: fc.constantFrom('BRL' as const, 'EUR' as const),
        claim: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((all) => all.filter(({ from, to }) => from !== to))
    .map((all): PostingDraft[] =>
      all.map(({ claim, ...it }) => ({ ...it, ...(claim && it.from.startsWith('merchant:') ? { claim: true } : {}) })),
    );
  const starts = fc.array(fc.bigInt({ min: -20n, max: 40n }), { minLength: 10, maxLength: 10 });

  it('does at once what the postings do one by one', () => {
    fc.assert(
      fc.property(postings, starts, (series, start) => {
        const balances = new Map<string, bigint>();
        addresses.forEach((address, i) => {
          balances.set(`${address} BRL`, start[i * 2]!);
          balances.set(`${address} EUR`, start[i * 2 + 1]!);
        });
        const before = new Map(balances);
        let holds = true;
        for (const { from, to, amount, currency, claim } of series) {
          const left = balances.get(`${from} ${currency}`)! - amount;
          if (claim && left < 0n) holds = false;
          balances.set(`${from} ${currency}`, left);
          balances.set(`${to} ${currency}`, balances.get(`${to} ${currency}`)! + amount);
        }
        const found = moves([entry(...series)]);
        const bears = found.every(({ address, currency, need }) => {
          return need === undefined || before.get(`${address} ${currency}`)! >= need;
        });
        expect(bears).toBe(holds);
        for (const { address, currency, delta } of found) {
          expect(before.get(`${address} ${currency}`)! + delta).toBe(balances.get(`${address} ${currency}`));
        }
        const touched = new Set(
          series.flatMap(({ from, to, currency }) => [`${from} ${currency}`, `${to} ${currency}`]),
        );
        expect(found).toHaveLength([...touched].filter((it) => it.startsWith('merchant:')).length);
      }),
      { numRuns: 500 },
    );
  });
});
