import { type Cents, cents, sum, toJson } from '@libs/money/cents.js';
import type { Decision } from '@libs/routing/plan.js';
import type { Charge } from './charges.entity.js';
import type { Method } from './methods.js';
import type { Refund } from './refund.entity.js';

/** What can still be given back, in cents: not what a dispute has taken. */
export function refundable({ amountPaid, refundedAmount, refundingAmount, disputes }: Readonly<Charge>): Cents {
  const disputed = sum(disputes.map(({ amount }) => cents(amount)));
  const left = amountPaid - refundedAmount - refundingAmount - disputed;
  return cents(left > 0n ? left : 0n);
}

/** Members whose value is known. */
const known = (members: Readonly<Record<string, string | null | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(members).filter((it): it is [string, string] => typeof it[1] === 'string'));

/** What is under way beside the status. */
function pendingOf({ inFlight, refundingAmount }: Readonly<Charge>): string | null {
  if (inFlight) return inFlight === 'capturing' ? 'capture' : 'cancel';
  return refundingAmount > 0n ? 'refund' : null;
}

const iso = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;

export const refundView = (refund: Readonly<Refund>): Readonly<Record<string, unknown>> => ({
  id: refund.id,
  amount: toJson(refund.amount),
  status: refund.status,
  createdAt: iso(refund.createdAt),
  doneAt: iso(refund.doneAt),
});

/** A charge as merchants see it, in answers, events and webhooks alike. Amounts are integers of cents. */
export function chargeView(
  charge: Readonly<Charge>,
  method: Method,
  refunds: readonly Readonly<Refund>[],
  decision?: Decision,
): Readonly<Record<string, unknown>> {
  const { customCode } = charge;
  const chosen = decision ?? method.decision?.(charge);
  return {
    id: method.name?.(charge) ?? charge.id,
    customCode: customCode ?? null,
    amount: toJson(charge.amount),
    currency: charge.currency,
    amountPaid: toJson(charge.amountPaid),
    status: charge.status,
    provider: charge.provider ?? null,
    type: charge.type,
    customer: charge.customer ?? null,
    metadata: {
      ...charge.metadata,
      ...known({
        ...method.metadata(charge),
        customCode,
        returnCode: charge.returnCode,
        returnMessage: charge.returnMessage,
      }),
    },
    ...method.view(charge),
    createdAt: iso(charge.createdAt),
    paidAt: iso(charge.paidAt),
    capturedDate: iso(charge.capturedAt),
    refundedDate: iso(charge.refundedAt),
    refundedAmount: toJson(charge.refundedAmount),
    amountRefundable: toJson(refundable(charge)),
    refunds: refunds.filter((it) => it.kind === 'asked').map(refundView),
    pendingOperation: pendingOf(charge),
    split: null,
    fees: charge.fees ? { price: charge.fees.price, shares: [], net: charge.fees.net } : null,
    routing: {
      candidates: (chosen?.candidates ?? []).map(({ provider, outcome, reason }) => ({ provider, outcome, reason })),
    },
  };
}
