import { chargeShape, intentShape } from './shapes.js';
import { seconds } from './room.js';
import { type Charge, type Intent, type Method, charges, intents, methods } from './tables.js';
import type { Turn } from './turn.js';

/** The method of a charge; no charge is without one. */
export function methodOf(turn: Turn, charge: Charge): Method {
  const found = turn.find(methods, charge.method);
  if (!found) throw new Error(`the charge ${charge.id} has lost its method`);
  return found;
}

/** Ends a payment that has not been captured: what was held is let go. An act of the customer's is an effect. */
export function release(turn: Turn, intent: Intent, canceledFor: string | undefined, key?: string): Intent {
  const { challenge: _over, ...rest } = intent;
  const next = turn.put(intents, {
    ...rest,
    status: 'canceled',
    capturable: 0n,
    canceledAt: seconds(),
    ...(canceledFor !== undefined && { canceledFor }),
  });
  turn.tell('cards.void', 'payment_intent.canceled', intentShape(next));
  const charge = intent.status === 'requires_capture' ? turn.find(charges, intent.charge ?? '') : undefined;
  if (!charge) return next;
  const freed = turn.put(charges, { ...charge, settled: true, released: charge.amount });
  turn.also('cards.void', 'charge.refunded', chargeShape(turn.room, freed, methodOf(turn, freed)));
  if (canceledFor !== 'automatic') turn.effect('cards.void', intent.id, charge.amount, key);
  return next;
}

/** The payment as it is now: a hold that nobody captured in time has lapsed. */
export function live(turn: Turn, id: string): Intent | undefined {
  const intent = turn.find(intents, id);
  const charge = intent?.status === 'requires_capture' ? turn.find(charges, intent.charge ?? '') : undefined;
  const lapsed = charge !== undefined && seconds() - charge.created >= turn.room.wire.holdDays * 86_400;
  return intent && lapsed ? release(turn, intent, 'automatic') : intent;
}

/** All of them, oldest first. */
export const everyIntent = (turn: Turn): readonly Intent[] =>
  [...turn.room.world.of(intents).keys()].flatMap((id) => live(turn, id) ?? []);
