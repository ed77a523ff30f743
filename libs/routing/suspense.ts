import type { EntryDraft } from '@libs/ledger/sale.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Movement } from './movement.entity.js';

/** Movements without an owner. Fees and what the provider pays out need none. */
export function unowned(movement: Movement): EntryDraft {
  const { provider, kind, amount, currency } = movement;
  const clearing = `provider:${provider}:clearing`;
  const suspense = `provider:${provider}:suspense`;
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
