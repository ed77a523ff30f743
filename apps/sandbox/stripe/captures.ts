import { type Call, type Reply, done } from './call.js';
import { conductOf } from './cards.js';
import { foretell } from './fates.js';
import { absent, flag, merged, metadata, oneOf, params, text, whole } from './params.js';
import { forbidden, invalid, missing } from './refusal.js';
import { live, methodOf, release } from './releases.js';
import { chargeShape, intentShape } from './shapes.js';
import { type Intent, charges, intents } from './tables.js';
import type { Turn } from './turn.js';

function known(turn: Turn, path: Call['path']): Intent {
  const id = path['id'] ?? '';
  const intent = live(turn, id);
  if (!intent) throw missing('payment_intent', id, 'intent');
  return intent;
}

const unexpected = (intent: Intent, verb: string) =>
  forbidden(`This PaymentIntent could not be ${verb} because it has a status of ${intent.status}.`, {
    code: 'payment_intent_unexpected_state',
    payment_intent: intentShape(intent),
  });

/** `POST /v1/payment_intents/{id}/capture`: once, whole or in part; what is not captured is let go. */
export function captureIntent({ turn, path, form }: Call): Reply {
  const intent = known(turn, path);
  const it = params(form, {
    amount_to_capture: whole,
    final_capture: flag,
    statement_descriptor_suffix: text(22),
    metadata,
    statement_descriptor: absent,
    application_fee_amount: absent,
    transfer_data: absent,
    amount_details: absent,
    payment_details: absent,
    hooks: absent,
  });
  if (it.final_capture === false)
    throw invalid('The payment is not eligible for several captures.', { param: 'final_capture' });
  const amount = it.amount_to_capture ?? intent.capturable;
  if (it.amount_to_capture !== undefined && it.amount_to_capture < 1n)
    throw invalid('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount_to_capture' });
  const charge = intent.status === 'requires_capture' ? turn.find(charges, intent.charge ?? '') : undefined;
  if (!charge) throw unexpected(intent, 'captured');
  if (amount > intent.capturable)
    throw forbidden('The requested capture amount is greater than the authorized amount.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
  const taken = turn.put(charges, { ...charge, settled: true, captured: amount, released: charge.amount - amount });
  const next = turn.put(intents, {
    ...intent,
    status: 'succeeded',
    capturable: 0n,
    received: amount,
    metadata: merged(intent.metadata, it.metadata),
  });
  const method = methodOf(turn, taken);
  turn.effect('cards.capture', charge.id, amount);
  turn.bookSale(charge, amount);
  turn.also('cards.capture', 'charge.captured', chargeShape(turn.room, taken, method));
  turn.tell('cards.capture', 'payment_intent.succeeded', intentShape(next));
  foretell(turn, taken, conductOf(method.card));
  return done(intentShape(next));
}

const reasons = ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'] as const;

/** `POST /v1/payment_intents/{id}/cancel`: anything that has not been captured. */
export function cancelIntent({ turn, path, form }: Call): Reply {
  const intent = known(turn, path);
  const it = params(form, { cancellation_reason: oneOf(...reasons) });
  if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpected(intent, 'canceled');
  return done(intentShape(release(turn, intent, it.cancellation_reason)));
}
