import type { Em } from '@libs/kernel/transaction.js';
import type { EventDraft } from '@libs/outbox/outbox.service.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import type { Decision } from '@libs/routing/plan.js';
import type { Charge } from './charges.entity.js';
import type { Method } from './methods.js';
import { Refund } from './refund.entity.js';
import { chargeView, refundView } from './view.js';

/** The next number of an object's counter of one type, raised under the lock that its transaction holds. */
function next(charge: Charge, type: string): number {
  const sequence = (charge.sequences[type] ?? 0) + 1;
  charge.sequences = { ...charge.sequences, [type]: sequence };
  return sequence;
}

/** The refunds of some charges, oldest first. */
export const refundsOf = async (em: Em, ...charges: readonly string[]): Promise<Refund[]> =>
  charges.length > 0 ? em.find(Refund, { chargeId: { $in: [...charges] } }, { orderBy: { createdAt: 1, id: 1 } }) : [];

/** What the caller holds already of what an announcement shows, and what goes beside it. */
interface Known {
  readonly attempt?: AttemptView;
  readonly refunds?: readonly Refund[];
  readonly extra?: Readonly<Record<string, unknown>>;
}
/**
 * One step of a charge, as its GET shows it at this moment. `type`: the method's money or change event, or `dispute`.
 */
export async function announce(
  em: Em,
  charge: Charge,
  method: Method,
  type: string,
  { attempt, refunds, extra = {} }: Known = {},
): Promise<EventDraft> {
  const decision = attempt?.id === charge.attemptId ? attempt?.decision : await decisionOf(em, charge.attemptId);
  const asked = refunds ?? (charge.fees ? await refundsOf(em, charge.id) : []); // nothing is given back of nothing
  return {
    merchantId: charge.merchantId,
    mode: charge.mode,
    objectId: charge.id,
    type,
    sequence: next(charge, type),
    late: type === method.money && charge.late,
    data: chargeView(charge, method, asked, decision),
    extra,
  };
}

async function decisionOf(em: Em, attempt: string | null | undefined): Promise<Decision | undefined> {
  if (!attempt) return undefined;
  const [row] = await em.execute<{ decision: Decision }[]>('select decision from attempt where id = ?', [attempt]);
  return row?.decision;
}

/** A change of a refund; it counts on its own row. */
export function announceRefund(refund: Refund): EventDraft {
  refund.sequence += 1;
  return {
    merchantId: refund.merchantId,
    mode: refund.mode,
    objectId: refund.id,
    type: 'refund',
    sequence: refund.sequence,
    data: { ...refundView(refund), chargeId: refund.chargeId },
  };
}
