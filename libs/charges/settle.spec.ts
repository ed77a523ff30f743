import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { check } from '@libs/ledger/moves.js';
import {
  platformFees,
  providerClearing,
  providerFees,
  providerSuspense,
  refundsTransit,
} from '@libs/ledger/address.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import { type Cents, cents, toJson } from '@libs/money/cents.js';
import type { FeeRow } from '@libs/money/fee.js';
import type { FeesRow } from './charges.entity.js';
import type { Refund } from './refund.entity.js';
import { givenBack, heldOf, restored, sold, wholeSale } from './settle.js';

const merchantId = '01900000-0000-7000-8000-000000000001';
const clearing = providerClearing('gerencianet');
const most = 10n ** 12n;
const anyAmount = fc.oneof(fc.bigInt(1n, 300n), fc.bigInt(1n, 1_000_000n), fc.bigInt(1n, most)).map(cents);
const anyFee: fc.Arbitrary<FeeRow> = fc.record(
  {
    rateBps: fc.oneof(fc.constantFrom(0, 99, 399, 10_000), fc.integer({ min: 0, max: 10_000 })),
    fixed: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 })),
    minimum: fc.integer({ min: 0, max: 100_000 }),
  },
  { requiredKeys: ['rateBps', 'fixed'] },
);
const anySale = fc.record({
  asked: anyAmount,
  gross: anyAmount,
  cost: anyFee,
  price: anyFee,
  settleDays: fc.constantFrom(0, 30),
});
type SaleCase = typeof anySale extends fc.Arbitrary<infer T> ? T : never;

function sell({ asked, gross, cost, price, settleDays }: SaleCase): ReturnType<typeof sold> {
  const terms = { reference: 'attempt:a', provider: 'gerencianet', settleDays, cost, price };
  return sold({ merchantId, shares: wholeSale(asked) }, terms, { amount: gross, currency: 'BRL', at: new Date(0) });
}

/** What stands at every address after the entries, those at zero left out. */
function standing(entries: readonly EntryDraft[]): Map<string, bigint> {
  const at = new Map<string, bigint>();
  const add = (address: string, amount: bigint): void => void at.set(address, (at.get(address) ?? 0n) + amount);
  for (const { from, to, amount } of entries.flatMap((it) => it.postings)) {
    add(from, 0n - amount);
    add(to, amount);
  }
  return new Map([...at].filter(([, amount]) => amount !== 0n));
}
const total = (at: ReadonlyMap<string, bigint>): bigint => [...at.values()].reduce((a, b) => a + b, 0n);

describe('a settled sale', () => {
  it('is one balanced entry, for every charge and every amount from one cent up', () => {
    fc.assert(
      fc.property(anySale, (sale) => {
        const { entry, fees } = sell(sale);
        expect(() => check([entry])).not.toThrow();
        const at = standing([entry]);
        const cost = at.get(providerFees('gerencianet')) ?? 0n;
        expect(total(at)).toBe(0n);
        expect(at.get(clearing)).toBe(0n - sale.gross);
        expect(at.get(fees.seller) ?? 0n).toBe(BigInt(fees.net));
        expect((at.get(platformFees) ?? 0n) + cost).toBe(BigInt(fees.price));
        expect(BigInt(fees.net) + BigInt(fees.price)).toBe(sale.gross);
        expect(fees.net >= 0 && fees.price >= 0).toBe(true);
      }),
    );
  });

  it('takes from suspense what had been waiting there, and leaves nothing in it', () => {
    const suspense = providerSuspense('gerencianet');
    const terms = { reference: 'attempt:a', provider: 'gerencianet', settleDays: 0, cost: noCost, price: noCost };
    const receipt = { amount: cents(700), currency: 'BRL', at: new Date(0) } as const;
    const { entry } = sold({ merchantId, shares: wholeSale(cents(500)) }, terms, receipt, suspense);
    expect(standing([entry])).toEqual(
      new Map([
        [suspense, -700n],
        [`merchant:${merchantId}:payable`, 700n],
      ]),
    );
  });

  it('is receivable until its days are over', () => {
    const sale = { asked: cents(1000), gross: cents(1000), cost: noCost, price: { rateBps: 99, fixed: 0 } };
    expect(sell({ ...sale, settleDays: 0 }).fees).toEqual({
      price: 10,
      net: 990,
      seller: `merchant:${merchantId}:payable`,
    });
    expect(sell({ ...sale, settleDays: 30 }).fees.seller).toBe(`merchant:${merchantId}:receivable`);
  });
});

const noCost: FeeRow = { rateBps: 0, fixed: 0 };
type Row = Pick<Refund, 'status' | 'held' | 'kind'> & { readonly amount: Cents };

/** A sale and what is given back of it, as the service and the owner write them. */
class Story {
  readonly entries: EntryDraft[] = [];
  readonly refunds: { -readonly [K in keyof Row]: Row[K] }[] = [];
  readonly fees: FeesRow;

  constructor(readonly sale: SaleCase) {
    const { entry, fees } = sell(sale);
    this.entries.push(entry);
    this.fees = fees;
  }
  left(): bigint {
    return this.sale.gross - this.refunds.reduce((sum, it) => sum + (it.status === 'failed' ? 0n : it.amount), 0n);
  }
  ask(amount: bigint): void {
    if (amount < 1n || amount > this.left()) return;
    const back = { reference: `refund:${this.refunds.length}`, amount: cents(amount), to: refundsTransit };
    const { entry, parts } = givenBack({ currency: 'BRL', fees: this.fees }, this.refunds, back);
    check([entry]);
    this.entries.push(entry);
    this.refunds.push({ kind: 'asked', status: 'pending', held: parts, amount: cents(amount) });
  }
  end(index: number, status: 'done' | 'failed'): void {
    const refund = this.refunds[index];
    if (refund?.status !== 'pending') return;
    refund.status = status;
    const { amount, held } = refund;
    const done = [{ from: refundsTransit, to: clearing, amount, currency: 'BRL' as const }];
    const reference = `${status}:${index}`;
    this.entries.push(
      status === 'done' ? { reference, postings: done } : restored(reference, refundsTransit, 'BRL', held),
    );
  }
}

const anySteps = fc.array(
  fc.oneof(
    fc.record({ ask: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ end: fc.nat(8), status: fc.constantFrom('done' as const, 'failed' as const) }),
  ),
  { maxLength: 20 },
);
function tell(
  sale: SaleCase,
  steps: typeof anySteps extends fc.Arbitrary<infer T> ? T : never,
  each: (it: Story) => void,
): Story {
  const story = new Story(sale);
  for (const step of steps) {
    if ('ask' in step) story.ask((story.left() * BigInt(Math.ceil(step.ask * 1000))) / 1000n);
    else story.end(step.end, step.status);
    each(story);
  }
  return story;
}

describe('refunds in parts', () => {
  it('never take from anybody more than it holds', () => {
    fc.assert(
      fc.property(anySale, anySteps, (sale, steps) => {
        tell(sale, steps, (it) => {
          const held = heldOf(it.fees, it.refunds);
          expect(held.every(({ left }) => left >= 0n)).toBe(true);
          expect(held.reduce((sum, { left }) => sum + left, 0n)).toBe(it.left());
        });
      }),
    );
  });

  it('leave every address as before the sale when nothing remains, the provider’s cost apart', () => {
    fc.assert(
      fc.property(anySale, anySteps, (sale, steps) => {
        const story = tell(sale, steps, () => undefined);
        story.refunds.forEach((_, i) => story.end(i, i % 2 === 0 ? 'done' : 'failed'));
        story.ask(story.left());
        story.end(story.refunds.length - 1, 'done');
        const at = standing(story.entries);
        const cost = at.get(providerFees('gerencianet')) ?? 0n;
        const apart: [string, bigint][] = [
          [platformFees, -cost],
          [providerFees('gerencianet'), cost],
        ];
        expect(story.left()).toBe(0n);
        expect(at).toEqual(new Map(apart.filter(([, amount]) => amount !== 0n)));
      }),
    );
  });

  it('are the merchant’s to bear as a claim, the platform’s as a fact', () => {
    const story = new Story({
      asked: cents(1000),
      gross: cents(1000),
      cost: noCost,
      price: { rateBps: 99, fixed: 0 },
      settleDays: 0,
    });
    const back = { reference: 'r', amount: cents(500), to: refundsTransit };
    const { entry, parts } = givenBack({ currency: 'BRL', fees: story.fees }, [], back);
    expect(entry.postings.map(({ claim, amount }) => [toJson(amount), claim])).toEqual([
      [495, true],
      [5, undefined],
    ]);
    expect(parts.map(({ claim, amount }) => [amount, claim])).toEqual([
      [495, true],
      [5, false],
    ]);
    const facts = givenBack({ currency: 'BRL', fees: story.fees }, [], { ...back, facts: true });
    expect(facts.entry.postings.every((it) => it.claim === undefined)).toBe(true);
  });
});

describe('what was taken without asking', () => {
  it('always fits, also when nothing is held any more: the seller bears what nobody holds', () => {
    fc.assert(
      fc.property(anySale, anySteps, anyAmount, (sale, steps, amount) => {
        const story = tell(sale, steps, () => undefined);
        const back = { reference: 'taken', amount, to: clearing, facts: true } as const;
        const { entry } = givenBack({ currency: 'BRL', fees: story.fees }, story.refunds, back);
        expect(() => check([entry])).not.toThrow();
        expect(standing([entry]).get(clearing)).toBe(amount);
        const over = amount - story.left();
        const platform = standing([entry]).get(platformFees) ?? 0n;
        const held = heldOf(story.fees, story.refunds).find((it) => it.address === platformFees)!.left;
        if (over >= 0n) expect(-platform).toBe(held);
      }),
    );
  });
});
