import { type Cents, cents, type Currency, sum, toJson } from '@libs/money/cents.js';
import { fee, feeFrom } from '@libs/money/fee.js';
import { merchantPayable, merchantReceivable, platformFees, providerClearing } from '@libs/ledger/address.js';
import { type EntryDraft, type Held, type Sale, saleEntry, takeBack } from '@libs/ledger/sale.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import type { Charge, FeesRow, ShareRow } from './charges.entity.js';
import type { Part, Refund } from './refund.entity.js';

/** What came in for a charge. */
export interface Receipt {
  readonly amount: Cents;
  readonly currency: Currency;
  readonly at: Date;
}
/** The whole of a sale is the merchant's until splits say otherwise; the weight is the amount asked. */
export const wholeSale = (amount: Cents): readonly ShareRow[] => [
  { to: 'seller', weight: toJson(amount), liable: true },
];

/** What was agreed of money before it came; `reference` names its entry. */
export interface Terms extends Pick<AttemptView, 'provider' | 'settleDays' | 'cost' | 'price'> {
  readonly reference: string;
}
/**
 * The entry of a settled sale and what the charge shows of it. The same for every method; total from one cent up.
 * `installments`: in how many parts its payer pays, which the fees may depend on.
 */
export function sold(
  charge: Pick<Charge, 'merchantId' | 'shares'>,
  terms: Terms,
  receipt: Receipt,
  source: string = providerClearing(terms.provider),
  installments = 1,
): { readonly entry: EntryDraft; readonly fees: FeesRow } {
  const { reference, provider, settleDays } = terms;
  const seller = settleDays === 0 ? merchantPayable(charge.merchantId) : merchantReceivable(charge.merchantId);
  const sale: Sale = {
    reference,
    provider,
    currency: receipt.currency,
    source,
    seller,
    gross: receipt.amount,
    cost: fee(receipt.amount, feeFrom(terms.cost), installments),
    price: fee(receipt.amount, feeFrom(terms.price), installments),
    shares: charge.shares.map(({ to, weight, liable }) => ({
      address: to === 'seller' ? seller : to,
      weight: BigInt(weight),
      liable,
    })),
  };
  const entry = saleEntry(sale);
  const price = sum(entry.postings.filter((it) => it.to === platformFees).map((it) => it.amount));
  return { entry, fees: { price: toJson(price), net: toJson(cents(receipt.amount - price)), seller } };
}

type Gone = Pick<Refund, 'status' | 'held' | 'kind'>;
/** What has gone back of a charge in all: by refunds, and by disputes that were not won. */
export const goneOf = ({ disputes }: Pick<Charge, 'disputes'>, refunds: readonly Gone[]): readonly Gone[] => [
  ...refunds,
  ...disputes
    .filter(({ amount }) => amount > 0)
    .map(({ parts }) => ({ status: 'done', kind: 'asked', held: parts }) as const),
];

/** Who still holds how much of a paid charge: its parts of the sale less what has gone back, and has not failed. */
export function heldOf(fees: FeesRow, refunds: readonly Gone[]): readonly Held[] {
  const given = new Map<string, bigint>();
  for (const { status, held, kind } of refunds) {
    if (status === 'failed' || kind === 'undo') continue;
    for (const { address, amount } of held) given.set(address, (given.get(address) ?? 0n) + BigInt(amount));
  }
  const left = (address: string, part: number): Cents => cents(BigInt(part) - (given.get(address) ?? 0n));
  return [
    { address: fees.seller, left: left(fees.seller, fees.released ?? fees.net), claim: true },
    { address: platformFees, left: left(platformFees, fees.price), claim: false },
  ];
}

/**
 * Takes a part of a paid charge back from those who hold it. `facts`: nobody can refuse any more, and what is above all
 * that is held is the seller's to bear: a dispute may come after everything has been refunded.
 */
export function givenBack(
  charge: Pick<Charge, 'currency'> & { readonly fees: FeesRow },
  refunds: readonly Gone[],
  back: { readonly reference: string; readonly amount: Cents; readonly to: string; readonly facts?: true },
): { readonly entry: EntryDraft; readonly parts: readonly Part[] } {
  const all = heldOf(charge.fees, refunds);
  const held = back.facts ? asFacts(all, charge.fees.seller, back.amount) : all;
  const entry = takeBack(back.reference, back.amount, charge.currency, back.to, held);
  const parts = entry.postings.map(({ from, amount, claim }) => ({
    address: from,
    amount: toJson(amount),
    claim: claim === true,
  }));
  return { entry, parts };
}

function asFacts(held: readonly Held[], seller: string, amount: Cents): readonly Held[] {
  const left = sum(held.map((it) => it.left));
  const over = amount > left ? amount - left : 0n;
  return held.map((it) => ({ ...it, left: it.address === seller ? cents(it.left + over) : it.left, claim: false }));
}

/** Parts as they go back now: what the seller gave before the release returns to where the rest of it lies. */
export function goingBack(
  charge: Pick<Charge, 'merchantId' | 'fees'>,
  parts: readonly Part[],
): { readonly parts: readonly Part[]; readonly fees: FeesRow | null } {
  const { fees } = charge;
  if (fees?.released === undefined) return { parts, fees: fees ?? null };
  const before = merchantReceivable(charge.merchantId);
  const late = parts.filter((it) => it.address === before);
  const released = toJson(sum([cents(fees.released), ...late.map((it) => cents(it.amount))]));
  return {
    parts: parts.map((it) => (it.address === before ? { ...it, address: fees.seller } : it)),
    fees: { ...fees, released },
  };
}

/** The way back of parts: from where they wait to those who gave them. */
export const restored = (reference: string, from: string, currency: Currency, parts: readonly Part[]): EntryDraft => ({
  reference,
  postings: parts.map(({ address, amount }) => ({ from, to: address, amount: cents(amount), currency })),
});
