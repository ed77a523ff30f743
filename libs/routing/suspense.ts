import { providerClearing, providerSuspense } from '@libs/ledger/address.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Movement } from './movement.entity.js';

/** Movements without an owner. Fees and what the provider pays out need none. */
export function unowned(movement: Movement): EntryDraft {
  const { provider, kind, amount, currency } = movement;
  const [clearing, suspense] = [providerClearing(provider), providerSuspense(provider)];
  const arrived = [clearing, suspense] as const;
  const ends: Record<Moved['kind'], readonly [string, string]> = {
    received: arrived,
    returned: arrived,
    given: arrived,
    taken: [suspense, clearing],
    fee: ['platform:fees', `provider:${provider}:fees`],
    banked: ['platform:bank', clearing], // it owes us so much less, as after a refund
  };
  const [from, to] = ends[kind];
  return { reference: `movement:${movement.rowId}`, postings: [{ from, to, amount, currency }] };
}

/** Entries of a movement that was posted to suspense before: its money is there, no more with the provider. */
export function outOfSuspense(
  { rowId, provider }: Pick<Movement, 'rowId' | 'provider'>,
  entries: readonly EntryDraft[],
): readonly EntryDraft[] {
  const [own, clearing] = [`movement:${rowId}`, providerClearing(provider)];
  const there = (address: string): string => (address === clearing ? providerSuspense(provider) : address);
  const moved = entries.map(({ reference, postings }): EntryDraft => {
    if (reference !== own) return { reference, postings };
    const others = postings.map((it) => ({ ...it, from: there(it.from), to: there(it.to) }));
    return { reference: `matched:${rowId}`, postings: others.filter((it) => it.from !== it.to) };
  });
  return moved.filter((it) => it.postings.length > 0);
}
