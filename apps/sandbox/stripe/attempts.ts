import { type Conduct, type Decline, conductOf, declines } from './cards.js';
import { type Reply, done } from './call.js';
import { foretell } from './fates.js';
import { type Problem, invalid } from './refusal.js';
import { identity, seconds } from './room.js';
import { chargeShape, intentShape, methodShape } from './shapes.js';
import { type Charge, type Intent, type Method, charges, intents, methods } from './tables.js';
import type { Turn } from './turn.js';

/** How the payer is there, and what may be asked of him. */
export interface Manner {
  readonly host: string;
  readonly returnUrl?: string;
  readonly absent?: boolean; // off session: nobody can answer a challenge
  readonly refuseAction?: boolean;
  readonly challenge?: boolean; // wanted wherever the card knows it
}

const act = 'cards.authorize';

function chargeOf(turn: Turn, intent: Intent, method: Method, authenticated: boolean, problem?: Problem): Charge {
  const kept = problem === undefined && !intent.manual;
  return turn.put(charges, {
    id: identity('ch'),
    created: seconds(),
    intent: intent.id,
    method: method.id,
    amount: intent.amount,
    captured: kept ? intent.amount : 0n,
    released: 0n,
    refunded: 0n,
    currency: intent.currency,
    settled: kept || problem !== undefined,
    ...(problem && { problem }),
    disputed: false,
    authenticated,
    authorization: identity('a', 6).slice(2).toUpperCase(),
    ...(intent.description !== undefined && { description: intent.description }),
    ...(intent.suffix !== undefined && { suffix: intent.suffix }),
    ...(intent.receiptEmail !== undefined && { receiptEmail: intent.receiptEmail }),
    ...(intent.transferGroup !== undefined && { transferGroup: intent.transferGroup }),
    metadata: intent.metadata,
  });
}

/** The refusal as an answer, with the whole payment in it: it has happened, and is told. */
function failed(turn: Turn, intent: Intent, status: number, problem: Problem): Reply {
  const { challenge: _over, ...rest } = intent;
  const next = turn.put(intents, { ...rest, status: 'requires_payment_method', failure: problem });
  turn.tell(act, 'payment_intent.payment_failed', intentShape(next));
  return { status, body: { error: { ...problem, payment_intent: intentShape(next) } } };
}

function declined(turn: Turn, intent: Intent, method: Method, why: Decline, authenticated: boolean): Reply {
  const [code, declineCode, message] = declines[why];
  const problem: Problem = { type: 'card_error', code, decline_code: declineCode, message };
  const charge = chargeOf(turn, intent, method, authenticated, problem);
  turn.also(act, 'charge.failed', chargeShape(turn.room, charge, method));
  const whole = { ...problem, charge: charge.id, payment_method: methodShape(method) };
  const { method: _refused, ...rest } = intent;
  return failed(turn, { ...rest, charge: charge.id }, 402, whole);
}

/** The bank asked the payer, and it was not he, or he would not. */
export const unauthenticated = (turn: Turn, intent: Intent, method: Method): Reply =>
  failed(turn, intent, 402, {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message: 'The provided PaymentMethod has failed authentication.',
    payment_method: methodShape(method),
  });

function challenged(turn: Turn, intent: Intent, { host, returnUrl }: Manner): Reply {
  const token = identity('src');
  const url = `http://${host}/3ds/${intent.id}/${token}`;
  const challenge = { token, url, ...(returnUrl !== undefined && { returnUrl }) };
  const next = turn.put(intents, { ...intent, status: 'requires_action', challenge });
  const shape = intentShape(next);
  turn.tell(act, 'payment_intent.requires_action', shape);
  turn.forged(act, 'payment_intent.succeeded', { ...shape, status: 'succeeded', amount_received: shape['amount'] });
  return done(shape);
}

/** What the card's own conduct, or a brand that nobody here accepts, makes of the attempt. */
function refusalOf(turn: Turn, { card }: Method, conduct: Conduct): Decline | undefined {
  if (card.brand === 'unknown' && turn.room.wire.unknownBrands === 'declined') return 'card_not_supported';
  return conduct.decline === 'incorrect_cvc' && !card.withCvc ? undefined : conduct.decline;
}

/** The issuer decides: the amount is held, or paid at once, or refused. */
export function authorise(turn: Turn, intent: Intent, method: Method, authenticated: boolean): Reply {
  const conduct = conductOf(method.card);
  const why = refusalOf(turn, method, conduct);
  if (why !== undefined) return declined(turn, intent, method, why, authenticated);
  const charge = chargeOf(turn, intent, method, authenticated);
  if (turn.room.wire.methodsOnce) turn.put(methods, { ...method, spent: true });
  const { failure: _before, challenge: _over, ...rest } = intent;
  const next = turn.put(intents, {
    ...rest,
    charge: charge.id,
    method: method.id,
    status: intent.manual ? 'requires_capture' : 'succeeded',
    capturable: intent.manual ? intent.amount : 0n,
    received: intent.manual ? 0n : intent.amount,
  });
  turn.effect(act, intent.id, intent.amount, intent.key);
  if (!intent.manual) turn.bookSale(charge, intent.amount);
  turn.also(act, 'charge.succeeded', chargeShape(turn.room, charge, method));
  const type = intent.manual ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded';
  turn.tell(act, type, intentShape(next));
  foretell(turn, charge, conduct);
  return done(intentShape(next));
}

/** One try to pay: it may need the payer first, and then waits for him. */
export function attempt(turn: Turn, intent: Intent, method: Method, manner: Manner): Reply {
  if (method.spent)
    throw invalid(
      'This PaymentMethod was used before without being attached to a Customer. It may not be used again.',
      {
        param: 'payment_method',
      },
    );
  const started: Intent = { ...intent, method: method.id, key: turn.key };
  const { authentication } = conductOf(method.card);
  const asks = authentication === 'required' || (authentication === 'supported' && manner.challenge === true);
  if (!asks) return authorise(turn, started, method, false);
  if (manner.absent || manner.refuseAction) return declined(turn, started, method, 'authentication_required', false);
  return challenged(turn, started, manner);
}
