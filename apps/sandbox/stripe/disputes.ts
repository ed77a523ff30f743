import { type Call, type Reply, done } from './call.js';
import { page } from './lists.js';
import { flag, hash, metadata, params, text } from './params.js';
import { forbidden, missing } from './refusal.js';
import { live, methodOf } from './releases.js';
import { identity, seconds } from './room.js';
import { disputeShape } from './notices.js';
import { type Shape, chargeShape } from './shapes.js';
import { type Charge, type Dispute, charges, disputes } from './tables.js';
import type { Turn } from './turn.js';

const act = 'cards.dispute';
const takes = 'cards.chargeback';

export function shapeOf(turn: Turn, dispute: Dispute): Shape {
  const charge = turn.find(charges, dispute.charge);
  return disputeShape(dispute, charge ? methodOf(turn, charge).card.brand : 'visa');
}

/** The payer's bank disputes what is left of a captured charge. Nothing left, or disputed already: nothing happens. */
export function open(turn: Turn, charge: Charge, reason: string): Dispute | undefined {
  const amount = charge.captured - charge.refunded;
  if (amount <= 0n || charge.disputed) return undefined;
  const inquiry = reason === 'inquiry';
  const dispute = turn.put(disputes, {
    id: identity('du'),
    created: seconds(),
    charge: charge.id,
    intent: charge.intent,
    amount,
    currency: charge.currency,
    reason: inquiry ? 'general' : reason,
    inquiry,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
    evidence: false,
  });
  if (!inquiry) {
    const next = turn.put(charges, { ...charge, disputed: true });
    turn.effect(takes, dispute.id, amount, live(turn, charge.intent)?.key);
    turn.book('adjustment', dispute.id, -amount, charge.currency, turn.room.wire.disputeFee);
    turn.also(act, 'charge.updated', chargeShape(turn.room, next, methodOf(turn, next)));
    turn.also(act, 'charge.dispute.funds_withdrawn', shapeOf(turn, dispute));
  }
  turn.tell(act, 'charge.dispute.created', shapeOf(turn, dispute));
  return dispute;
}

/** The bank has decided. What is won comes back, and is an effect of its own. */
export function close(turn: Turn, dispute: Dispute, result: 'won' | 'lost'): Dispute {
  const status = dispute.inquiry ? 'warning_closed' : result;
  const next = turn.put(disputes, { ...dispute, status });
  if (status === 'won') {
    turn.book('adjustment', dispute.id, dispute.amount, dispute.currency);
    turn.effect('cards.chargeback_reversed', dispute.id, dispute.amount, live(turn, dispute.intent)?.key);
    turn.also(act, 'charge.dispute.funds_reinstated', shapeOf(turn, next));
  }
  turn.tell(act, 'charge.dispute.closed', shapeOf(turn, next));
  return next;
}

/** Whether it is still open, and the customer can say something to it. */
export const waits = ({ status }: Dispute): boolean =>
  status === 'needs_response' || status === 'warning_needs_response';

function found(turn: Turn, path: Call['path']): Dispute {
  const id = path['id'] ?? '';
  const dispute = turn.find(disputes, id);
  if (!dispute) throw missing('dispute', id, 'dispute');
  return dispute;
}

function waiting(turn: Turn, path: Call['path']): Dispute {
  const dispute = found(turn, path);
  if (!waits(dispute)) throw forbidden('This dispute is already closed.', {});
  return dispute;
}

/** `GET /v1/disputes/{id}`. */
export function findDispute({ turn, path, form }: Call): Reply {
  params(form, {});
  return done(shapeOf(turn, found(turn, path)));
}

/** `POST /v1/disputes/{id}`: the published texts of evidence decide it, as they do in test mode. */
export function answerDispute({ turn, path, form }: Call): Reply {
  const { evidence } = params(form, { evidence: hash({ uncategorized_text: text(20_000) }), submit: flag, metadata });
  const dispute = waiting(turn, path);
  if (!evidence) return done(shapeOf(turn, dispute));
  const answered = turn.put(disputes, { ...dispute, evidence: true });
  const said = evidence.uncategorized_text;
  if (said === 'winning_evidence') return done(shapeOf(turn, close(turn, answered, 'won')));
  if (said === 'losing_evidence') return done(shapeOf(turn, close(turn, answered, 'lost')));
  return done(shapeOf(turn, answered));
}

/** `POST /v1/disputes/{id}/close`: the customer gives in. */
export function closeDispute({ turn, path, form }: Call): Reply {
  params(form, {});
  return done(shapeOf(turn, close(turn, waiting(turn, path), 'lost')));
}

/** `GET /v1/disputes`. */
export const listDisputes = (call: Call): Reply =>
  page(
    call,
    '/v1/disputes',
    [...call.turn.room.world.of(disputes).values()],
    { charge: text(), payment_intent: text() },
    (row, it) => (it.charge ?? row.charge) === row.charge && (it.payment_intent ?? row.intent) === row.intent,
    (row) => shapeOf(call.turn, row),
  );
