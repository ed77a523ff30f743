import { createHmac } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { type Call, type Reply, done } from './call.js';
import { type Card, card, named } from './cards.js';
import type { Form } from './form.js';
import { absent, hash, merged, metadata, oneOf, params, required, text, whole } from './params.js';
import { invalid, missing } from './refusal.js';
import { identity, seconds } from './room.js';
import { methodShape } from './shapes.js';
import { type Method, methods } from './tables.js';
import type { Turn } from './turn.js';

const address = hash({
  city: text(),
  country: text(),
  line1: text(),
  line2: text(),
  postal_code: text(),
  state: text(),
});
const billing = hash({ address, email: text(), name: text(), phone: text(), tax_id: text() });
const printed = hash({
  number: required(text()),
  exp_month: required(whole),
  exp_year: required(whole),
  cvc: text(),
  token: absent,
  networks: absent,
});

/** What a payment method is made of, by itself and inside a payment. */
export const methodRules = {
  type: required(oneOf('card')),
  card: required(printed),
  billing_details: billing,
  metadata,
  allow_redisplay: oneOf('always', 'limited', 'unspecified'),
  radar_options: absent,
};
type Wanted = ReturnType<typeof read>;
const read = (form: Form) => params(form, methodRules);

/** The same for the same number, and of no use to whoever reads it. */
const fingerprint = (turn: Turn, number: string): string =>
  createHmac('sha256', turn.room.account.secretKey).update(number).digest('base64url').slice(0, 16);

const kept = (turn: Turn, it: Card, print: string, wanted?: Wanted): Method =>
  turn.put(methods, {
    id: identity('pm'),
    created: seconds(),
    card: it,
    fingerprint: print,
    billing: wanted?.billing_details ?? {},
    metadata: merged({}, wanted?.metadata),
    spent: false,
  });

/** Makes one of a card as it was sent. Of the number only its ends are kept. */
export function make(turn: Turn, wanted: Wanted): Method {
  if (!turn.room.wire.rawCards) throw invalid('This account may not send card numbers to the API.', { param: 'card' });
  const { number, exp_month: expMonth, exp_year: expYear, cvc } = wanted.card;
  const it = card({ number, expMonth, expYear, ...(cvc !== undefined && { cvc }) }, now());
  return kept(turn, it, fingerprint(turn, number.replaceAll(/\D/g, '')), wanted);
}

/** The one with this id; a published name such as `pm_card_visa` makes a new one of its card. */
export function method(turn: Turn, id: string): Method {
  const found = turn.find(methods, id);
  if (found) return found;
  const test = named(id, now());
  if (test) return kept(turn, test, fingerprint(turn, `${test.first6}${test.last4}`));
  throw missing('PaymentMethod', id, 'payment_method');
}

/** `POST /v1/payment_methods`. */
export const createMethod = ({ turn, form }: Call): Reply => done(methodShape(make(turn, read(form))));

/** `GET /v1/payment_methods/{id}`. */
export function findMethod({ turn, path, form }: Call): Reply {
  params(form, {});
  const id = path['id'] ?? '';
  const found = turn.find(methods, id);
  if (!found) throw missing('PaymentMethod', id, 'payment_method');
  return done(methodShape(found));
}
