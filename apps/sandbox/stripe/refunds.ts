import { type Call, type Reply, done } from './call.js';
import { conductOf } from './cards.js';
import { page } from './lists.js';
import { absent, flag, merged, metadata, oneOf, params, text, whole } from './params.js';
import { forbidden, invalid, missing } from './refusal.js';
import { live, methodOf } from './releases.js';
import { type Room, identity, seconds } from './room.js';
import { type Shape, chargeShape, intentShape, refundShape } from './shapes.js';
import { type Charge, type Refund, charges, refunds } from './tables.js';
import { Turn } from './turn.js';

const act = 'cards.refund';
const questions = ['cards.find', 'cards.refund'];
export type Seen = (turn: Turn, of: readonly string[], id: string) => boolean;

/** What of a charge has neither been given back nor is on its way back. */
export const left = (charge: Charge): bigint => charge.captured - charge.refunded;

function wanted(turn: Turn, form: Call['form']) {
  const it = params(form, {
    amount: whole,
    charge: text(),
    payment_intent: text(),
    reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    metadata,
    reverse_transfer: flag,
    refund_application_fee: flag,
    instructions_email: text(),
    currency: absent,
    customer: absent,
    origin: absent,
  });
  if (it.charge !== undefined && it.payment_intent !== undefined)
    throw invalid('You may only specify one of these parameters: charge, payment_intent.', {
      code: 'parameters_exclusive',
    });
  if (it.charge === undefined && it.payment_intent === undefined)
    throw invalid('One of the following params should be provided: charge, payment_intent.', {
      code: 'parameter_missing',
      param: 'payment_intent',
    });
  if (it.amount !== undefined && it.amount < 1n)
    throw invalid('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
  const { charge = charged(turn, it.payment_intent ?? '') } = it;
  const found = turn.find(charges, charge);
  if (!found) throw missing('charge', charge, 'charge');
  return { ...it, found };
}

function charged(turn: Turn, id: string): string {
  const intent = live(turn, id);
  if (!intent) throw missing('payment_intent', id, 'payment_intent');
  if (intent.status === 'succeeded' && intent.charge !== undefined) return intent.charge;
  const message = `This PaymentIntent (${id}) does not have a successful charge to refund.`;
  throw forbidden(message, { code: 'payment_intent_unexpected_state', payment_intent: intentShape(intent) });
}

function allowed(charge: Charge, amount: bigint): void {
  const { id } = charge;
  if (charge.problem || charge.captured === 0n)
    throw forbidden(`Charge ${id} has not been captured.`, { code: 'charge_not_refundable', charge: id });
  if (charge.disputed)
    throw forbidden(`Charge ${id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
      charge: id,
    });
  if (left(charge) === 0n)
    throw forbidden(`Charge ${id} has already been refunded.`, { code: 'charge_already_refunded', charge: id });
  if (amount > left(charge))
    throw forbidden(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left(charge)})`, {
      param: 'amount',
    });
}

/** How a refund of this charge will go: by its card, or by a fault. */
function course(turn: Turn, charge: Charge): Pick<Refund, 'status' | 'next'> {
  const { faults, wire } = turn.room;
  const { refund: conduct } = conductOf(methodOf(turn, charge).card);
  const afterMs = wire.refundDelayMs;
  const never = faults.take(act, ['refund_fails'], charge.id);
  if (never) return { status: 'pending', next: { status: 'failed', afterMs: never.delayMs ?? afterMs } };
  const back = faults.take(act, ['refund_fails_after_success'], charge.id);
  if (back || conduct === 'fails')
    return { status: 'succeeded', next: { status: 'failed', afterMs: back?.delayMs ?? afterMs } };
  if (conduct === 'pending') return { status: 'pending', next: { status: 'succeeded', afterMs } };
  return { status: 'succeeded' };
}

/** Gives back so much of a charge, whoever asked for it. */
function give(turn: Turn, charge: Charge, it: Pick<Refund, 'amount' | 'reason' | 'metadata'>): Refund {
  const refund = turn.put(refunds, {
    ...it,
    ...course(turn, charge),
    id: identity('re'),
    created: seconds(),
    charge: charge.id,
    intent: charge.intent,
    currency: charge.currency,
    key: turn.key,
  });
  const next = turn.put(charges, { ...charge, refunded: charge.refunded + refund.amount });
  if (refund.status === 'succeeded') {
    turn.effect(act, refund.id, refund.amount);
    turn.book('refund', refund.id, -refund.amount, refund.currency);
  }
  const shape = refundShape(refund);
  turn.tell(act, 'refund.created', shape);
  if (refund.status === 'pending') turn.forged(act, 'refund.updated', { ...shape, status: 'succeeded' });
  turn.also(act, 'charge.refunded', chargeShape(turn.room, next, methodOf(turn, next)));
  turn.afterwards(() => decideLater(turn.room, refund));
  return refund;
}

/** `POST /v1/refunds`. */
export function createRefund({ turn, form }: Call): Reply {
  const it = wanted(turn, form);
  if (it.reverse_transfer || it.refund_application_fee)
    throw forbidden('The charge has no transfer to reverse and no application fee.', { charge: it.found.id });
  const amount = it.amount ?? left(it.found);
  allowed(it.found, amount);
  const { reason } = it;
  return done(
    refundShape(give(turn, it.found, { amount, ...(reason && { reason }), metadata: merged({}, it.metadata) })),
  );
}

/** Somebody at the provider's own pages gives half of a charge back. */
export function refundByHand(turn: Turn, charge: Charge): void {
  const rest = left(charge);
  if (rest > 0n && !charge.disputed) give(turn, charge, { amount: rest > 1n ? rest / 2n : rest, metadata: {} });
}

/** Decides a refund some time after it was made, where that is to come. */
export function decideLater(room: Room, { id, next }: Refund): void {
  if (!next) return;
  room.after(next.afterMs, () => {
    const turn = new Turn(room);
    const refund = turn.find(refunds, id);
    if (!refund?.next) return;
    const { next: _spent, ...rest } = refund;
    const failed = next.status === 'failed';
    const fresh = turn.put(refunds, {
      ...rest,
      status: next.status,
      ...(failed && { failure: 'expired_or_canceled_card' }),
      // What had left the balance is booked back to it.
      ...(failed && refund.status === 'succeeded' && { reversal: identity('txn') }),
    });
    const charge = turn.find(charges, refund.charge);
    if (failed && charge) turn.put(charges, { ...charge, refunded: charge.refunded - refund.amount });
    if (fresh.reversal !== undefined) {
      turn.undone(act, id);
      turn.book('refund_failure', id, refund.amount, refund.currency, 0n, fresh.reversal);
    }
    if (!failed) {
      turn.effect(act, id, refund.amount, refund.key);
      turn.book('refund', id, -refund.amount, refund.currency);
    }
    const shape = refundShape(fresh);
    turn.tell(act, failed ? 'refund.failed' : 'refund.updated', shape);
    turn.also(act, 'charge.refund.updated', shape);
    turn.commit();
  });
}

function known(turn: Turn, path: Call['path']): Refund {
  const id = path['id'] ?? '';
  const found = turn.find(refunds, id);
  if (!found) throw missing('refund', id, 'id');
  return found;
}

/** `GET /v1/refunds/{id}`. */
export const findRefund =
  (seen: Seen) =>
  ({ turn, path, form }: Call): Reply => {
    params(form, {});
    const found = known(turn, path);
    if (!seen(turn, questions, found.id)) throw missing('refund', found.id, 'id');
    return done(refundShape(found));
  };

/** `POST /v1/refunds/{id}`: only its metadata can be changed. */
export function changeRefund({ turn, path, form }: Call): Reply {
  const found = known(turn, path);
  const it = params(form, { metadata });
  return done(refundShape(turn.put(refunds, { ...found, metadata: merged(found.metadata, it.metadata) })));
}

/** `POST /v1/refunds/{id}/cancel`: no refund to a card waits for anybody. */
export function cancelRefund({ turn, path, form }: Call): Reply {
  params(form, {});
  throw forbidden(`You cannot cancel this refund because it has a status of ${known(turn, path).status}.`, {});
}

/** `GET /v1/refunds`. */
export const listRefunds =
  (seen: Seen) =>
  (call: Call): Reply => {
    const rows = [...call.turn.room.world.of(refunds).values()];
    const fits = (row: Refund, it: { readonly charge?: string; readonly payment_intent?: string }): boolean =>
      (it.charge ?? row.charge) === row.charge &&
      (it.payment_intent ?? row.intent) === row.intent &&
      seen(call.turn, questions, row.id);
    return page(call, '/v1/refunds', rows, { charge: text(), payment_intent: text() }, fits, (row): Shape =>
      refundShape(row),
    );
  };
