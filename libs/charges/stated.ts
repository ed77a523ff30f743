import type { Em } from '@libs/kernel/transaction.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import { type Cents, cents } from '@libs/money/cents.js';
import { fee, feeFrom } from '@libs/money/fee.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import { unowned } from '@libs/routing/suspense.js';

/**
 * What a fee that the provider states adds to, or takes off, what the sale has booked as its cost: nothing, where both
 * are the same. The first of an attempt is that cost; a later one is one more.
 */
export async function stated(
  em: Em,
  amountPaid: Cents,
  movement: Movement,
  attempt?: AttemptView,
  installments = 1,
): Promise<readonly EntryDraft[]> {
  const earlier = `select 1 from movement where attempt_id = ? and kind = 'fee' and row_id <> ? limit 1`;
  const first = attempt && (await em.execute<unknown[]>(earlier, [attempt.id, movement.rowId])).length === 0;
  const booked = first && amountPaid > 0n ? fee(amountPaid, feeFrom(attempt.cost), installments) : cents(0);
  const { reference, postings } = unowned(movement);
  const { amount } = movement;
  if (amount === booked) return [];
  const rest = cents(amount > booked ? amount - booked : booked - amount);
  const way = ({ from, to }: { from: string; to: string }) => (amount > booked ? { from, to } : { from: to, to: from });
  return [{ reference, postings: postings.map((it) => ({ ...it, ...way(it), amount: rest })) }];
}
