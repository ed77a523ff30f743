import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import * as news from './stripe.news.js';
import * as wire from './stripe.wire.js';

const [key, ref, ten] = ['k1', 'pi_1', cents(1000)];
const wanted = { key, amount: ten, currency: 'BRL' } as const;
const upon = { ...wanted, ref };
const seconds = 1_792_000_000;
const at = new Date(seconds * 1_000);
const answer = (status: number, json: unknown): Answered => ({
  kind: 'answered',
  status,
  headers: {},
  text: JSON.stringify(json),
  json,
});
const short = (it: Outcome | Finding): string =>
  `${it.kind} ${'why' in it ? it.why : 'code' in it ? it.code : ''}`.trim();

const intent = (over: object = {}): object => ({
  id: ref,
  object: 'payment_intent',
  status: 'succeeded',
  amount: 1000,
  amount_received: 1000,
  amount_capturable: 0,
  currency: 'brl',
  capture_method: 'automatic',
  created: seconds,
  metadata: { attempt: key },
  latest_charge: 'ch_1',
  ...over,
});
const held = (over: object = {}): object =>
  intent({
    status: 'requires_capture',
    amount_received: 0,
    amount_capturable: 1000,
    capture_method: 'manual',
    ...over,
  });
const open = (over: object = {}): object => intent({ status: 'requires_payment_method', amount_received: 0, ...over });
const gone = (over: object = {}): object => open({ status: 'canceled', ...over });
const problem = (code: string | undefined, over: object = {}): object => ({
  error: { type: 'invalid_request_error', code, message: 'No.', ...over },
});
const decline = (code: string, decline_code?: string, it = open()): object =>
  problem(code, { type: 'card_error', decline_code, payment_intent: it });

/** What becomes of an act whose answer is no answer, whatever was asked. */
const refusals: [string, Answered, string][] = [
  ['a new parameter error', answer(400, problem('parameter_of_tomorrow')), 'unknown fault'],
  ['an error without a code', answer(400, problem(undefined)), 'unknown fault'],
  ['a missing parameter', answer(400, problem('parameter_missing')), 'declined request_invalid'],
  ['the same under another status', answer(404, problem('parameter_missing')), 'unknown fault'],
  ['no such thing', answer(404, problem('resource_missing')), 'unknown fault'],
  ['another use of the key', answer(400, problem(undefined, { type: 'idempotency_error' })), 'unknown duplicate'],
  ['a use of the key that is under way', answer(409, problem('idempotency_key_in_use')), 'unknown early'],
  ['another conflict', answer(409, problem('lock_timeout')), 'unknown fault'],
  ['a bad key', answer(401, problem(undefined)), 'unsent credentials'],
  ['no permission', answer(403, problem('account_invalid')), 'unsent credentials'],
  ['too many calls', answer(429, problem('rate_limit')), 'unsent limited'],
  ["somebody else's 401", answer(401, { message: 'no' }), 'unknown fault'],
  ["somebody else's 429", answer(429, 'slow down'), 'unknown fault'],
  ['an error of theirs', answer(500, problem(undefined, { type: 'api_error' })), 'unknown fault'],
  ['an error of a new type', answer(400, problem('parameter_missing', { type: 'new_error' })), 'unknown fault'],
  ['a redirect', answer(302, undefined), 'unknown fault'],
  ['nothing', answer(200, undefined), 'unknown garbled'],
  ['a list', answer(200, []), 'unknown garbled'],
];

describe('an authorisation', () => {
  const told = (json: unknown, capture = true): string =>
    short(news.authorised(answer(200, json), wanted, capture, 'Visa'));

  it.each([
    ['paid', intent(), true, 'done'],
    ['held', held(), false, 'done'],
    ['held, where it was to be paid', held(), true, 'unknown garbled'],
    ['paid, where it was to be held', intent(), false, 'unknown garbled'],
    ['held by a word that nobody knows', held({ capture_method: 'later' }), false, 'unknown garbled'],
    ['half held', held({ amount_capturable: 500 }), false, 'unknown garbled'],
    ['half paid', intent({ amount_received: 500 }), true, 'unknown garbled'],
    ['of another amount', intent({ amount: 1001, amount_received: 1001 }), true, 'unknown garbled'],
    ['of an amount that is no whole number', intent({ amount: 10.5 }), true, 'unknown garbled'],
    ['in another currency', intent({ currency: 'usd' }), true, 'unknown garbled'],
    ["somebody else's", intent({ metadata: { attempt: 'k2' } }), true, 'unknown garbled'],
    ["nobody's", intent({ metadata: {} }), true, 'unknown garbled'],
    ['under way', open({ status: 'processing' }), true, 'pending'],
    ['asked of the payer', open({ status: 'requires_action' }), true, 'pending'],
    ['failed, and open', open(), true, 'pending'],
    ['canceled', gone(), true, 'declined cancelled'],
    ['lapsed', gone({ cancellation_reason: 'automatic' }), true, 'declined expired'],
    [
      'canceled after a decline',
      gone({ last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' } }),
      true,
      'declined insufficient_funds',
    ],
    ['of a new status', intent({ status: 'paid_tomorrow' }), true, 'unknown garbled'],
    ['another object', { ...intent(), object: 'charge' }, true, 'unknown garbled'],
  ])('%s', (_, json, capture, expected) => expect(told(json, capture)).toBe(expected));

  it.each(refusals)('%s', (_, given, expected) => {
    expect(short(news.authorised(given, wanted, true, 'Visa'))).toBe(expected);
  });

  it('tells until when a hold stands, and by which number of the bank', () => {
    const card = { brand: 'visa', authorization_code: 'A1', capture_before: seconds + 60 };
    const charge = {
      id: 'ch_1',
      object: 'charge',
      status: 'succeeded',
      payment_method_details: { card },
      disputed: false,
    };
    const done = { kind: 'done', ref, at, amount: ten, currency: 'BRL' };
    expect(told(held({ latest_charge: { ...charge, status: 'new' } }), false)).toBe('unknown garbled');
    expect(news.authorised(answer(200, held({ latest_charge: charge })), wanted, false, 'Visa')).toEqual({
      ...done,
      data: { brand: 'Visa', captured: 0n, authorization: 'A1', captureBy: new Date((seconds + 60) * 1_000) },
    });
    expect(news.authorised(answer(200, held()), wanted, false, 'Visa')).toMatchObject({
      ...done,
      data: { captureBy: new Date((seconds + 7 * 86_400) * 1_000) },
    });
  });

  it('leads the payer to his bank', () => {
    const next_action = {
      type: 'redirect_to_url',
      redirect_to_url: { url: 'https://bank', return_url: 'https://shop' },
    };
    const json = open({ status: 'requires_action', next_action });
    expect(news.authorised(answer(200, json), wanted, true, 'Visa')).toMatchObject({
      kind: 'pending',
      ref,
      data: { redirectUrl: 'https://bank' },
    });
  });
});

describe('a 402 on our own confirmation', () => {
  const refused = (json: object, cancel?: Answered): string => {
    const given = answer(402, json);
    const it = news.refusedIntent(given, key);
    return it ? short(news.refused(given, it, cancel)) : short(news.authorised(given, wanted, true, 'Visa'));
  };
  const canceled = answer(200, gone());

  it.each([
    ['declined', decline('card_declined', 'insufficient_funds'), 'declined insufficient_funds'],
    ['by a new word of the issuer', decline('card_declined', 'bad_moon'), 'declined card_declined'],
    ['lost', decline('card_declined', 'lost_card'), 'declined suspected_fraud'],
    ['expired', decline('expired_card', 'expired_card'), 'declined card_expired'],
    ["by a new word of Stripe's", decline('card_of_tomorrow', 'insufficient_funds'), 'unknown fault'],
    ["of somebody else's intent", decline('card_declined', '', open({ metadata: {} })), 'declined card_declined'],
    ['of an intent that was paid', decline('card_declined', '', intent()), 'declined card_declined'],
  ])('%s', (_, json, expected) => expect(refused(json, canceled)).toBe(expected));

  it('is no before its intent is canceled', () => {
    const json = decline('card_declined');
    const unexpected = (it: object): Answered =>
      answer(400, problem('payment_intent_unexpected_state', { payment_intent: it }));
    expect(refused(json)).toBe('unknown fault');
    expect(refused(json, answer(500, {}))).toBe('unknown fault');
    expect(refused(json, answer(200, open()))).toBe('unknown fault');
    expect(refused(json, answer(200, gone({ id: 'pi_2' })))).toBe('unknown fault');
    expect(refused(json, unexpected(intent()))).toBe('unknown fault');
    expect(refused(json, unexpected(gone()))).toBe('declined card_declined');
  });

  it('shows no card number, right or wrong', () => {
    const message = 'Card 4242 4242 4242 4242 or 4242424242424241 with sk_test_abcdef is bad';
    const said = wire.refusal(answer(402, problem('incorrect_number', { type: 'card_error', message })));
    expect(said).toMatchObject({ kind: 'declined', code: 'card_invalid' });
    expect(JSON.stringify(said)).not.toMatch(/4242|abcdef/);
  });
});

describe('a capture', () => {
  const unexpected = (it: object): Answered =>
    answer(400, problem('payment_intent_unexpected_state', { payment_intent: it }));
  const paid = (over: object = {}): object => intent({ capture_method: 'manual', ...over });
  it.each([
    ['done', paid(), 'done', 'done'],
    ['in part, where the whole was asked for', paid({ amount_received: 400 }), 'unknown garbled', 'unknown garbled'],
    ['not done', held(), 'unknown garbled', 'absent'],
    ['too late', gone({ capture_method: 'manual' }), 'unknown garbled', 'declined expired'],
    ['of another intent', paid({ id: 'pi_2' }), 'unknown garbled', 'unknown garbled'],
    ['of what was never held', intent(), 'unknown garbled', 'unknown garbled'],
    ['in a new status', paid({ status: 'x' }), 'unknown garbled', 'unknown garbled'],
  ])('%s', (_, json, told, found) => {
    expect(short(news.captured(answer(200, json), upon))).toBe(told);
    const read = wire.intentOf(json);
    expect(read && short(news.captureIn(read, upon))).toBe(found);
  });
  it.each(refusals)('%s', (_, given, expected) => expect(short(news.captured(given, upon))).toBe(expected));
  it('refused for its state is what the state says', () => {
    expect(short(news.captured(unexpected(paid()), upon))).toBe('done');
    expect(short(news.captured(unexpected(held()), upon))).toBe('unknown fault');
    expect(short(news.captured(unexpected(gone({ capture_method: 'manual' })), upon))).toBe('declined expired');
  });
});

describe('a cancel', () => {
  it.each([
    ['done', gone(), 'done', 'done'],
    ['of what was captured', intent(), 'unknown garbled', 'declined not_allowed'],
    ['not done', held(), 'unknown garbled', 'absent'],
    ['of another intent', gone({ id: 'pi_2' }), 'unknown garbled', 'unknown garbled'],
    ['in a new status', intent({ status: 'x' }), 'unknown garbled', 'unknown garbled'],
  ])('%s', (_, json, told, found) => {
    expect(short(news.voided(answer(200, json), ref))).toBe(told);
    const read = wire.intentOf(json);
    expect(read && short(news.voidIn(read, ref))).toBe(found);
  });
  it.each(refusals)('%s', (_, given, expected) => expect(short(news.voided(given, ref))).toBe(expected));
});

describe('a refund', () => {
  const refund = (over: object = {}): object => ({
    id: 're_1',
    object: 'refund',
    status: 'succeeded',
    amount: 1000,
    currency: 'brl',
    payment_intent: ref,
    metadata: { attempt: key },
    created: seconds,
    ...over,
  });
  it.each([
    ['done', refund(), 'done'],
    ['waiting', refund({ status: 'pending' }), 'pending'],
    ['waiting for the payer', refund({ status: 'requires_action' }), 'pending'],
    ['failed', refund({ status: 'failed' }), 'declined not_allowed'],
    ['canceled', refund({ status: 'canceled' }), 'declined not_allowed'],
    ['of another amount', refund({ amount: 1 }), 'unknown garbled'],
    ['of another payment', refund({ payment_intent: 'pi_2' }), 'unknown garbled'],
    ["somebody else's", refund({ metadata: {} }), 'unknown garbled'],
    ['in a new status', refund({ status: 'x' }), 'unknown garbled'],
    ['without a status', refund({ status: null }), 'unknown garbled'],
  ])('%s', (_, json, expected) => expect(short(news.refunded(answer(200, json), upon))).toBe(expected));
  it.each(refusals)('%s', (_, given, expected) => expect(short(news.refunded(given, upon))).toBe(expected));
});
