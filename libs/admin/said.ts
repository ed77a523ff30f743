import { now } from '@libs/kernel/clock.js';
import { refusedField } from '@libs/kernel/fault.js';
import { cents } from '@libs/money/cents.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import type { Said } from './resolution.entity.js';

type Act = Pick<AttemptView, 'operation' | 'amount' | 'currency' | 'ref' | 'receipt' | 'key'>;

/** What was moved, in cents: a cancel moves nothing, and what follows a sale moves what it was asked to. */
function moved({ operation, amount }: Act, said: number | undefined): number | bigint {
  if (operation.endsWith('.cancel')) return 0;
  if (said === undefined) throw refusedField('amount', 'required', 'Campo obrigatório.');
  if (!operation.endsWith('.create') && cents(said) !== amount) {
    throw refusedField('amount', 'invalid', 'Difere do valor da operação.');
  }
  return said;
}

/** An administrator's word as news. @throws InvalidFault on `amount`. */
export function newsOf(attempt: Act, { finding, amount, ref, receipt }: Said): Finding {
  switch (finding) {
    case 'done':
      return {
        kind: 'done',
        ref: ref ?? attempt.ref ?? attempt.key,
        receipt: receipt ?? attempt.receipt ?? undefined,
        at: now(),
        amount: cents(moved(attempt, amount)),
        currency: attempt.currency,
        data: {},
      };
    case 'declined': // merchants read the message
      return { kind: 'declined', code: 'not_allowed', message: 'Recusado pelo provedor.', ref };
    case 'absent':
      return { kind: 'absent' };
  }
}

/** Whether no answer of the provider can prove this act, or none can any more. */
export function onlyHumans({ proof, saleAt }: Pick<AttemptView, 'proof' | 'saleAt'>): boolean {
  if (proof.by === 'human') return true;
  const forgetsMs = proof.by === 'key' || proof.by === 'state' ? proof.forgetsMs : undefined;
  return forgetsMs !== undefined && now().getTime() - saleAt.getTime() > forgetsMs;
}
