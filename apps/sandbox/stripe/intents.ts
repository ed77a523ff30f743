import { type Call, type Reply, done } from './call.js';
import { type Manner, attempt } from './attempts.js';
import type { Form } from './form.js';
import { page } from './lists.js';
import { make, method, methodRules } from './methods.js';
import { absent, flag, hash, list, merged, metadata, oneOf, params, required, text, whole } from './params.js';
import { forbidden, invalid, missing } from './refusal.js';
import type { Seen } from './refunds.js';
import { everyIntent, live } from './releases.js';
import { identity, seconds } from './room.js';
import { intentShape } from './shapes.js';
import { type Intent, type Method, intents } from './tables.js';
import type { Turn } from './turn.js';

const questions = ['cards.find', 'cards.authorize', 'cards.capture', 'cards.void'];
const currencies = ['brl', 'eur', 'gbp', 'usd'];

/** What has to be said once somebody pays; the same at creation and at confirmation. */
const paying = {
  payment_method: text(),
  payment_method_data: hash(methodRules),
  payment_method_options: hash({
    card: hash({ request_three_d_secure: oneOf('any', 'automatic', 'challenge'), installments: absent }),
  }),
  return_url: text(),
  off_session: flag,
  error_on_requires_action: flag,
  use_stripe_sdk: flag,
  receipt_email: text(800),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  setup_future_usage: absent,
  shipping: absent,
  mandate: absent,
  mandate_data: absent,
  radar_options: absent,
  confirmation_token: absent,
  amount_details: absent,
  payment_details: absent,
  hooks: absent,
  allowed_payment_method_types: list(oneOf('card')),
  excluded_payment_method_types: absent,
};
const suffix: typeof described = (value, name) => {
  const read = described(value, name);
  if (read !== undefined && (!/[a-zA-Z]/.test(read) || /[<>\\'"*]/.test(read)))
    throw invalid('The statement descriptor suffix must have a letter and none of < > \\ \' " *.', { param: name });
  return read;
};
const described = text(22);
const creation = {
  ...paying,
  amount: required(whole),
  currency: required(text(3)),
  confirm: flag,
  confirmation_method: oneOf('automatic', 'manual'),
  automatic_payment_methods: hash({ enabled: required(flag), allow_redirects: oneOf('always', 'never') }),
  description: text(1000),
  statement_descriptor_suffix: suffix,
  transfer_group: text(),
  metadata,
  statement_descriptor: absent,
  application_fee_amount: absent,
  transfer_data: absent,
  on_behalf_of: absent,
  customer: absent,
  customer_account: absent,
  payment_method_configuration: absent,
};
type Creation = ReturnType<typeof params<typeof creation>>;

function amountOf(turn: Turn, { amount, currency }: Creation): void {
  const { least, most } = turn.room.wire;
  const wrong = (code: string, message: string) => invalid(message, { code, param: 'amount' });
  if (!currencies.includes(currency.toLowerCase()))
    throw invalid(`Invalid currency: ${currency}. The sandbox knows ${currencies.join(', ')}.`, { param: 'currency' });
  if (amount < 1n) throw wrong('parameter_invalid_integer', 'This value must be greater than or equal to 1.');
  if (amount < least) throw wrong('amount_too_small', `Amount must be at least ${least} ${currency}`);
  if (amount > most) throw wrong('amount_too_large', `Amount must be no more than ${most} ${currency}`);
}

function returnUrl(given: string | undefined): string | undefined {
  const url = given === undefined ? undefined : URL.parse(given);
  if (url === null) throw invalid('Not a valid URL', { code: 'url_invalid', param: 'return_url' });
  return given;
}

/** The method named or sent; neither: the one the payment has already. */
function methodOf(turn: Turn, it: Pick<Creation, 'payment_method' | 'payment_method_data'>, old?: string) {
  if (it.payment_method !== undefined && it.payment_method_data !== undefined)
    throw invalid('You may only specify one of these parameters: payment_method, payment_method_data.', {
      code: 'parameters_exclusive',
    });
  if (it.payment_method_data) return make(turn, it.payment_method_data);
  const id = it.payment_method ?? old;
  return id === undefined ? undefined : method(turn, id);
}

/** Tries to pay, where everything that it takes has been said. */
function paid(turn: Turn, intent: Intent, paidBy: Method | undefined, host: string, it: Partial<Creation>): Reply {
  if (!paidBy)
    throw forbidden("You cannot confirm this PaymentIntent because it's missing a payment method.", {
      code: 'payment_intent_unexpected_state',
      payment_intent: intentShape(intent),
    });
  const back = returnUrl(it.return_url);
  if (intent.redirects === 'always' && back === undefined && !it.use_stripe_sdk && !it.off_session)
    throw invalid('Automatic payment methods may redirect: a return_url is needed to confirm.', {
      param: 'return_url',
    });
  const challenge = it.payment_method_options?.card?.request_three_d_secure;
  const manner: Manner = {
    host,
    ...(back !== undefined && !it.use_stripe_sdk && { returnUrl: back }),
    absent: it.off_session ?? false,
    refuseAction: it.error_on_requires_action ?? false,
    challenge: challenge === 'any' || challenge === 'challenge',
  };
  return attempt(turn, intent, paidBy, manner);
}

/** Everything the payment is, before anybody has tried to pay it. */
function drafted(it: Creation, id: string): Intent {
  const captureMethod = it.capture_method ?? 'automatic_async';
  return {
    id,
    secret: `${id}_secret_${identity('s').slice(2)}`,
    created: seconds(),
    status: 'requires_payment_method',
    amount: it.amount,
    currency: it.currency.toLowerCase(),
    capturable: 0n,
    received: 0n,
    manual: captureMethod === 'manual',
    captureMethod,
    confirmationMethod: it.confirmation_method ?? 'automatic',
    ...(it.allowed_payment_method_types
      ? { cardOnly: true }
      : { redirects: it.automatic_payment_methods?.allow_redirects ?? 'always' }),
    ...(it.description !== undefined && { description: it.description }),
    ...(it.receipt_email !== undefined && { receiptEmail: it.receipt_email }),
    ...(it.statement_descriptor_suffix !== undefined && { suffix: it.statement_descriptor_suffix }),
    ...(it.transfer_group !== undefined && { transferGroup: it.transfer_group }),
    metadata: merged({}, it.metadata),
    key: '',
  };
}

/** Older versions of the API call it `payment_method_types`; the current one does not know that name any more. */
function renamed(turn: Turn, form: Form): Form {
  const { payment_method_types: old, ...rest } = form;
  return old !== undefined && turn.room.wire.oldMethodTypes ? { allowed_payment_method_types: old, ...rest } : form;
}

/** `POST /v1/payment_intents`, confirmed in the same call where that is asked. */
export function createIntent({ turn, form, host }: Call): Reply {
  const it = params(renamed(turn, form), creation);
  amountOf(turn, it);
  if (!it.confirm && it.return_url !== undefined)
    throw invalid('A return_url may only be set while confirming.', { param: 'return_url' });
  const paidBy = methodOf(turn, it);
  const draft = drafted(it, identity('pi'));
  turn.also('cards.authorize', 'payment_intent.created', intentShape(draft));
  if (it.confirm) return paid(turn, draft, paidBy, host, it);
  const next: Intent = paidBy ? { ...draft, method: paidBy.id, status: 'requires_confirmation' } : draft;
  return done(intentShape(turn.put(intents, next)));
}

function known(turn: Turn, id: string): Intent {
  const intent = live(turn, id);
  if (!intent) throw missing('payment_intent', id, 'intent');
  return intent;
}

/** `POST /v1/payment_intents/{id}/confirm`. */
export function confirmIntent({ turn, path, form, host }: Call): Reply {
  const intent = known(turn, path['id'] ?? '');
  const it = params(form, paying);
  if (!['requires_payment_method', 'requires_confirmation'].includes(intent.status))
    throw forbidden(`You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`, {
      code: 'payment_intent_unexpected_state',
      payment_intent: intentShape(intent),
    });
  const captureMethod = it.capture_method ?? intent.captureMethod;
  const manual = captureMethod === 'manual';
  const { redirects: _open, ...rest } = intent;
  const kept: Intent = it.allowed_payment_method_types ? { ...rest, cardOnly: true } : intent;
  return paid(turn, { ...kept, captureMethod, manual }, methodOf(turn, it, intent.method), host, it);
}

/** `GET /v1/payment_intents/{id}`. */
export const findIntent =
  (seen: Seen) =>
  ({ turn, path, form }: Call): Reply => {
    params(form, { client_secret: text() });
    const intent = known(turn, path['id'] ?? '');
    if (!seen(turn, questions, intent.id)) throw missing('payment_intent', intent.id, 'intent');
    return done(intentShape(intent));
  };

/** `POST /v1/payment_intents/{id}`: what may be changed without paying. */
export function changeIntent({ turn, path, form }: Call): Reply {
  const intent = known(turn, path['id'] ?? '');
  const it = params(form, { description: text(1000), receipt_email: text(800), transfer_group: text(), metadata });
  return done(
    intentShape(
      turn.put(intents, {
        ...intent,
        ...(it.description !== undefined && { description: it.description }),
        ...(it.receipt_email !== undefined && { receiptEmail: it.receipt_email }),
        ...(it.transfer_group !== undefined && { transferGroup: it.transfer_group }),
        metadata: merged(intent.metadata, it.metadata),
      }),
    ),
  );
}

/** `GET /v1/payment_intents`. No payment here has a customer. */
export const listIntents =
  (seen: Seen) =>
  (call: Call): Reply =>
    page(
      call,
      '/v1/payment_intents',
      everyIntent(call.turn),
      { customer: text() },
      (row, it) => it.customer === undefined && seen(call.turn, questions, row.id),
      intentShape,
    );

const clause = /^\s*(?:metadata\[['"]([^'"]+)['"]\]|(status|currency|amount))\s*:\s*['"]?([^'"]*)['"]?\s*$/;

/** `GET /v1/payment_intents/search`: behind the truth by a while, so that it proves nothing. */
export const searchIntents =
  (seen: Seen) =>
  ({ turn, form }: Call): Reply => {
    const it = params(form, { query: required(text()), limit: whole, page: text() });
    const clauses = it.query.split(/ AND /i).map((part) => clause.exec(part));
    if (clauses.includes(null)) throw invalid('The search query cannot be read.', { param: 'query' });
    const young = seconds() - turn.room.wire.searchLagSeconds;
    const fits = (intent: Intent): boolean =>
      clauses.every((found) => {
        const [, key, member, value] = found ?? [];
        const { status, currency, amount } = intent;
        const own: Readonly<Record<string, string>> = { status, currency, amount: `${amount}` };
        return (key !== undefined ? intent.metadata[key] : own[member ?? '']) === value;
      });
    const rows = everyIntent(turn)
      .toReversed()
      .filter((row) => row.created <= young && fits(row));
    const data = rows.filter(({ id }) => seen(turn, questions, id)).map(intentShape);
    const url = '/v1/payment_intents/search';
    return done({ object: 'search_result', data: data.slice(0, 100), has_more: false, next_page: null, url });
  };
