import { providerClearing, providerSuspense } from '@libs/ledger/address.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import { allocate, type Cents, cents, sum, toJson } from '@libs/money/cents.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import type { Charge, DisputeRow, FeesRow } from './charges.entity.js';
import type { Part } from './refund.entity.js';
import { givenBack, goingBack, goneOf } from './settle.js';

type Refunds = Parameters<typeof goneOf>[1];
type Disputed = Pick<Charge, 'merchantId' | 'currency' | 'fees' | 'disputes'>;

/** So much of the parts, in their proportion, and what is left of them. */
function cut(parts: readonly Part[], amount: Cents): { readonly off: readonly Part[]; readonly left: readonly Part[] } {
  const whole = sum(parts.map((it) => cents(it.amount)));
  if (amount >= whole) return { off: parts, left: [] };
  const weights = parts.map((it) => BigInt(it.amount));
  const sized = (total: Cents): readonly Part[] =>
    allocate(total, weights).map((it, i) => ({ ...parts[i]!, amount: toJson(it) }));
  const off = sized(amount);
  return { off, left: parts.map((it, i) => ({ ...it, amount: it.amount - off[i]!.amount })) };
}

/**
 * What a dispute has taken, or given back, as one entry, and what is away of the charge afterwards. Whatever is told
 * first, both together leave everything where it was; what nobody has got yet is taken from suspense. Total.
 */
export function disputed(
  charge: Disputed,
  refunds: Refunds,
  {
    id,
    rowId,
    kind,
    amount,
    currency,
    provider,
  }: Pick<Movement, 'id' | 'rowId' | 'kind' | 'amount' | 'provider'> & {
    readonly currency: Charge['currency'];
  },
): { readonly entry: EntryDraft; readonly disputes: readonly DisputeRow[]; readonly fees: FeesRow | null } {
  const reference = `movement:${rowId}`;
  const [clearing, suspense] = [providerClearing(provider), providerSuspense(provider)];
  const taken = kind === 'taken';
  const row = charge.disputes.find((it) => it.id === id);
  const opposite = row && taken === row.amount < 0 ? row.parts : [];
  const { off, left } = cut(opposite, amount);
  const rest = cents(amount - sum(off.map((it) => cents(it.amount))));
  const { parts: back, fees } = taken ? { parts: off, fees: charge.fees ?? null } : goingBack(charge, off);
  const more = rest === 0n ? [] : moreOf({ ...charge, fees }, refunds, { taken, amount: rest, suspense });
  const parts = [...back, ...more].filter((it) => it.amount > 0);
  const postings = parts.map((it) => {
    const [from, to] = taken ? [it.address, clearing] : [clearing, it.address];
    return { from, to, amount: cents(it.amount), currency };
  });
  const others = charge.disputes.filter((it) => it.id !== id);
  const same = row && opposite.length === 0 ? row.parts : [];
  const away = [...left, ...same, ...more];
  const net = (row?.amount ?? 0) + (taken ? toJson(amount) : -toJson(amount));
  const disputes = net === 0 ? others : [...others, { id, amount: net, parts: away }];
  return { entry: { reference, postings }, disputes, fees };
}

/** Who bears, or gets, what no earlier word of the same dispute has settled. */
function moreOf(
  { fees, currency, disputes }: Disputed,
  refunds: Refunds,
  { taken, amount, suspense }: { readonly taken: boolean; readonly amount: Cents; readonly suspense: string },
): readonly Part[] {
  if (!fees || !taken) return [{ address: fees?.seller ?? suspense, amount: toJson(amount), claim: false }];
  const back = { reference: '', amount, to: suspense, facts: true } as const;
  return givenBack({ currency, fees }, goneOf({ disputes }, refunds), back).parts;
}
