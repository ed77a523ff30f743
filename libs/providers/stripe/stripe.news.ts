import { now } from '@libs/kernel/clock.js';
import { type Cents, type Currency, cents } from '@libs/money/cents.js';
import type { CardData } from '@libs/providers/contract/inputs.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import * as wire from './stripe.wire.js';

/** What an answer means for the act that was asked for. Pure: nothing here touches the wire. */
type Kind<K extends Outcome['kind']> = Extract<Outcome<CardData>, { kind: K }>;
type News = Exclude<Finding<CardData>, { kind: 'absent' }>;
const unlike = 'what stands there is not what was asked for';
const dayMs = 86_400_000;

/** What an act was about: the key it bears, how much of what. */
export interface Wanted {
  readonly key: string;
  readonly amount: Cents;
  readonly currency: Currency;
}
/** A follow-up: `ref` is the intent. */
export interface Upon extends Wanted {
  readonly ref: string;
}

/** The answer to `POST /v1/payment_intents`; a 402 is not for here, its intent is still open. */
export function authorised(answer: Answered, by: Wanted, capture: boolean, brand: string): Outcome<CardData> {
  const intent = answer.status === 200 ? wire.intentOf(answer.json) : undefined;
  if (intent === undefined) return wire.refusal(answer);
  const decided = intent.state === 'held' || intent.state === 'paid';
  if (decided && capture !== (intent.state === 'paid')) return wire.garbled(unlike);
  return standing(intent, by, false, brand);
}

/** How an authorisation stands. `unheard`: nobody here has known it yet: a hold that is over need not become one. */
export function standing(intent: wire.Intent, by: Wanted, unheard = false, brand = intent.charge?.brand ?? ''): News {
  if (intent.attempt !== by.key || intent.amount !== by.amount || intent.currency !== by.currency) {
    return wire.garbled(unlike);
  }
  const { id: ref, amount, currency, created: at, received, capturable, manual, state, charge } = intent;
  const data = dataOf(intent, brand);
  if ((state === 'held' || state === 'paid') && charge?.succeeded === false) return wire.garbled(unlike);
  switch (state) {
    case 'open':
      return { kind: 'pending', ref, data };
    case 'held':
      if (manual !== true || capturable !== amount || received !== 0n) return wire.garbled(unlike);
      return { kind: 'done', ref, at, amount, currency, data: { ...data, captureBy: captureByOf(intent) } };
    case 'paid':
      // What was held was the whole; what has been captured of it since is told beside.
      if (manual === undefined || received <= 0n || received > amount || capturable !== 0n) return wire.garbled(unlike);
      if (!manual && received !== amount) return wire.garbled(unlike);
      return { kind: 'done', ref, at, amount, currency, data };
    case 'gone':
      // A hold that was let go since had been one: the act is what it was.
      return hadHeld(intent) && !unheard ? { kind: 'done', ref, at, amount, currency, data } : canceled(intent);
    case undefined:
      return wire.garbled('a status that nobody knows');
  }
}

const hadHeld = ({ charge, problem }: wire.Intent): boolean => charge?.succeeded === true && problem === undefined;

/** Canceled is for good, whatever the words of the refusal before it. */
function canceled({ id: ref, problem, lapsed }: wire.Intent): Kind<'declined'> {
  const declined = problem && wire.declineOf(problem, ref);
  if (declined) return declined;
  const message = lapsed ? 'A reserva expirou.' : 'Pagamento cancelado.';
  return { kind: 'declined', code: lapsed ? 'expired' : 'cancelled', message, ref };
}

const captureByOf = ({ charge, created }: wire.Intent): Date =>
  charge?.captureBy ?? new Date(created.getTime() + wire.holdDays * dayMs);

const dataOf = (intent: wire.Intent, brand: string): CardData => ({
  brand,
  captured: intent.received,
  ...(intent.redirectUrl === undefined ? {} : { redirectUrl: intent.redirectUrl }),
  ...(intent.charge?.authorization === undefined ? {} : { authorization: intent.charge.authorization }),
});

/** The answer to a confirmation that was refused with 402, once its intent has been canceled, or has not. */
export function refused(answer: Answered, intent: wire.Intent, cancel: Answered | undefined): Outcome<CardData> {
  const said = wire.complaintOf(answer.json);
  const after = cancel && canceledIn(cancel, intent.id);
  const declined = said && after && wire.declineOf(said, intent.id);
  const message = after ? `402 ${said?.code}: a refusal that nobody knows` : '402, and the intent is not canceled yet';
  return declined ?? { kind: 'unknown', why: 'fault', message: wire.shown(message), ref: intent.id };
}

/** The intent of a refusal, when it is ours and waits for another try. */
export function refusedIntent(answer: Answered, key: string): wire.Intent | undefined {
  const said = answer.status === 402 ? wire.complaintOf(answer.json) : undefined;
  const intent = said?.type === 'card_error' ? wire.intentOf(said.intent) : undefined;
  return intent?.attempt === key && (intent.state === 'open' || intent.state === 'gone') ? intent : undefined;
}

const canceledIn = (answer: Answered, ref: string): wire.Intent | undefined => {
  const intent = answer.status === 200 ? wire.intentOf(answer.json) : wire.unexpected(answer);
  return intent?.id === ref && intent.state === 'gone' ? intent : undefined;
};

/** The answer to a capture. */
export function captured(answer: Answered, by: Upon): Outcome<CardData> {
  if (answer.status === 200) {
    const intent = wire.intentOf(answer.json);
    return intent?.state === 'paid' ? known(captureIn(intent, by)) : wire.refusal(answer);
  }
  const intent = wire.unexpected(answer);
  return intent ? known(captureIn(intent, by)) : wire.refusal(answer);
}

/** How a capture stands: a hold that still is one shows that there was none. */
export function captureIn(intent: wire.Intent, by: Upon): Finding<CardData> {
  const { id: ref, received: amount, currency, state, manual, capturable } = intent;
  if (ref !== by.ref || currency !== by.currency || manual !== true) return wire.garbled(unlike);
  if (state === 'held') return amount === 0n && capturable > 0n ? { kind: 'absent' } : wire.garbled(unlike);
  if (state === 'gone') return { kind: 'declined', code: 'expired', message: 'A reserva não existe mais.', ref };
  if (state !== 'paid' || amount !== by.amount) return wire.garbled(unlike);
  return { kind: 'done', ref, at: now(), amount, currency, data: dataOf(intent, '') };
}

/** The answer to a cancel. */
export function voided(answer: Answered, ref: string): Outcome<CardData> {
  if (answer.status === 200) {
    const intent = wire.intentOf(answer.json);
    return intent?.state === 'gone' ? known(voidIn(intent, ref)) : wire.refusal(answer);
  }
  const intent = wire.unexpected(answer);
  return intent ? known(voidIn(intent, ref)) : wire.refusal(answer);
}

/** How a cancel stands. It moves nothing. */
export function voidIn(intent: wire.Intent, by: string): Finding<CardData> {
  const { id: ref, currency, state } = intent;
  if (ref !== by) return wire.garbled(unlike);
  switch (state) {
    case 'gone':
      return { kind: 'done', ref, at: now(), amount: cents(0), currency, data: dataOf(intent, '') };
    case 'paid':
      return { kind: 'declined', code: 'not_allowed', message: 'O pagamento já foi capturado.', ref };
    case 'open':
    case 'held':
      return { kind: 'absent' };
    case undefined:
      return wire.garbled('a status that nobody knows');
  }
}

/** The answer to `POST /v1/refunds`. */
export function refunded(answer: Answered, by: Upon): Outcome<CardData> {
  const refund = answer.status === 200 ? wire.refundOf(answer.json) : undefined;
  return refund ? refundIn(refund, by) : wire.refusal(answer);
}

/** How a refund stands. One that failed after the money had left is done, and has come back. */
export function refundIn(refund: wire.Refund, by: Upon): News {
  const { id: ref, amount, currency, created: at, state, reason } = refund;
  if (refund.attempt !== by.key || refund.intent !== by.ref || amount !== by.amount || currency !== by.currency) {
    return wire.garbled(unlike);
  }
  // Of the card itself a refund says nothing.
  const data: CardData = { brand: '', captured: cents(0) };
  const done: Kind<'done'> = { kind: 'done', ref, at, amount, currency, data };
  switch (state) {
    case 'pending':
      return { kind: 'pending', ref, data };
    case 'done':
      return done;
    case 'refused':
      if (refund.returned) return { ...done, moved: [returnedOf(refund, now())] };
      return { kind: 'declined', code: 'not_allowed', message: `Devolução recusada: ${wire.shown(reason)}`, ref };
    case undefined:
      return wire.garbled('a status that nobody knows');
  }
}

export const returnedOf = ({ id, amount, currency, attempt }: wire.Refund, at: Date): Moved => ({
  kind: 'returned',
  id,
  about: { ...(attempt === undefined ? {} : { key: attempt }), ref: id },
  amount,
  currency,
  at,
});

/** What a dispute has moved so far: taken, and given back when it was won. */
export function disputedOf({ id, state, amount, currency, intent, created }: wire.Dispute, at: Date): readonly Moved[] {
  const of = { id, about: { ref: intent }, amount, currency };
  const taken: Moved = { ...of, kind: 'taken', at: created };
  if (state === 'asked') return [];
  return state === 'taken' ? [taken] : [taken, { ...of, kind: 'given', at }];
}

/** What an act may hear: that nothing has happened is for questions only. */
const known = (found: Finding<CardData>): Outcome<CardData> =>
  found.kind === 'absent'
    ? { kind: 'unknown', why: 'fault', message: 'refused, and yet nothing stands against it' }
    : found;
