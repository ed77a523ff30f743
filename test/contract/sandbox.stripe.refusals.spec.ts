import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { pick } from './sandbox.client.js';
import { Buyer } from './stripe.client.js';
import { Published } from './stripe.published.js';

const published = Published.open();
const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const logged: unknown[] = [];
let sandbox: Sandbox;
let buyer: Buyer;

beforeAll(async () => {
  sandbox = await startSandbox({
    port: 0,
    directory,
    onAdvance: () => Promise.resolve(),
    log: (line) => logged.push(line),
  });
  buyer = new Buyer(sandbox);
});
afterEach(async () => {
  await buyer.sim('POST', 'reset');
});
afterAll(async () => {
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

const intent = 'amount=1000&currency=brl';
const card = (number: string, rest = 'card[exp_month]=12&card[exp_year]=2040&card[cvc]=123'): string =>
  `type=card&card[number]=${number}&${rest}`;
const good = card('4242424242424242');

describe('what is not understood', () => {
  it.each([
    ['payment_intents', 'currency=brl', 400, 'parameter_missing', 'amount'],
    ['payment_intents', 'amount=1000', 400, 'parameter_missing', 'currency'],
    ['payment_intents', 'amount=ten&currency=brl', 400, 'parameter_invalid_integer', 'amount'],
    ['payment_intents', 'amount=10.5&currency=brl', 400, 'parameter_invalid_integer', 'amount'],
    ['payment_intents', 'amount=0&currency=brl', 400, 'parameter_invalid_integer', 'amount'],
    ['payment_intents', 'amount=-5&currency=brl', 400, 'parameter_invalid_integer', 'amount'],
    ['payment_intents', 'amount=&currency=brl', 400, 'parameter_invalid_empty', 'amount'],
    ['payment_intents', 'amount[a]=1&currency=brl', 400, '', 'amount'],
    ['payment_intents', 'amount=49&currency=brl', 400, 'amount_too_small', 'amount'],
    ['payment_intents', 'amount=100000000&currency=brl', 400, 'amount_too_large', 'amount'],
    ['payment_intents', 'amount=1000&currency=xyz', 400, '', 'currency'],
    ['payment_intents', `${intent}&colour=red`, 400, 'parameter_unknown', 'colour'],
    ['payment_intents', `${intent}&payment_method_types[0]=card`, 400, 'parameter_unknown', 'payment_method_types'],
    ['payment_intents', `${intent}&allowed_payment_method_types[0]=pix`, 400, '', 'allowed_payment_method_types[0]'],
    ['payment_intents', `${intent}&confirm=yes`, 400, '', 'confirm'],
    ['payment_intents', `${intent}&confirm=true`, 400, 'payment_intent_unexpected_state', ''],
    ['payment_intents', `${intent}&confirm=true&payment_method=pm_card_visa`, 400, '', 'return_url'],
    ['payment_intents', `${intent}&confirm=true&payment_method=pm_1`, 404, 'resource_missing', 'payment_method'],
    ['payment_intents', `${intent}&return_url=https://x.test/`, 400, '', 'return_url'],
    ['payment_intents', `${intent}&capture_method=never`, 400, '', 'capture_method'],
    ['payment_intents', `${intent}&metadata=x`, 400, '', 'metadata'],
    ['payment_intents', `${intent}&metadata[${'k'.repeat(41)}]=x`, 400, '', 'metadata'],
    ['payment_intents', `${intent}&metadata[k]=${'x'.repeat(501)}`, 400, '', 'metadata[k]'],
    ['payment_intents', `${intent}&statement_descriptor_suffix=123`, 400, '', 'statement_descriptor_suffix'],
    [
      'payment_intents',
      `${intent}&statement_descriptor_suffix=${'a'.repeat(23)}`,
      400,
      'parameter_invalid_string_length',
      'statement_descriptor_suffix',
    ],
    ['payment_intents', `${intent}&transfer_data[destination]=acct_1`, 400, '', 'transfer_data'],
    [
      'payment_intents',
      `${intent}&payment_method_options[card][installments][enabled]=true`,
      400,
      '',
      'payment_method_options[card][installments]',
    ],
    ['payment_intents', `${intent}&expand[0]=amount`, 400, '', 'expand'],
    ['payment_intents', 'amount=%zz', 400, '', ''],
    ['payment_intents', 'a[b=1', 400, '', ''],
    ['payment_intents/pi_1/confirm', '', 404, 'resource_missing', 'intent'],
    ['payment_intents/pi_1/capture', '', 404, 'resource_missing', 'intent'],
    ['payment_intents/pi_1/cancel', '', 404, 'resource_missing', 'intent'],
    ['payment_methods', 'type=card', 400, 'parameter_missing', 'card'],
    ['payment_methods', `${good}&type=boleto`, 400, '', 'type'],
    ['payment_methods', card('4242424242424241'), 402, 'incorrect_number', 'number'],
    ['payment_methods', card('1234'), 402, 'incorrect_number', 'number'],
    [
      'payment_methods',
      card('4242424242424242', 'card[exp_month]=13&card[exp_year]=2040'),
      402,
      'invalid_expiry_month',
      'exp_month',
    ],
    [
      'payment_methods',
      card('4242424242424242', 'card[exp_month]=12&card[exp_year]=2019'),
      402,
      'invalid_expiry_year',
      'exp_year',
    ],
    [
      'payment_methods',
      card('4242424242424242', 'card[exp_month]=12&card[exp_year]=40&card[cvc]=12'),
      402,
      'invalid_cvc',
      'cvc',
    ],
    [
      'payment_methods',
      card('4242424242424242', 'card[exp_month]=x&card[exp_year]=40'),
      400,
      'parameter_invalid_integer',
      'card[exp_month]',
    ],
    ['refunds', '', 400, 'parameter_missing', 'payment_intent'],
    ['refunds', 'payment_intent=pi_1', 404, 'resource_missing', 'payment_intent'],
    ['refunds', 'charge=ch_1', 404, 'resource_missing', 'charge'],
    ['refunds', 'charge=ch_1&payment_intent=pi_1', 400, 'parameters_exclusive', ''],
    ['refunds', 'payment_intent=pi_1&reason=whim', 400, '', 'reason'],
    ['webhook_endpoints', 'url=https://x.test/', 400, 'parameter_missing', 'enabled_events'],
    ['webhook_endpoints', 'url=nowhere&enabled_events[]=*', 400, 'url_invalid', 'url'],
    ['nothing', '', 404, '', ''],
  ])('POST %s %s: %d %s %s', async (path, body, status, code, param) => {
    const answer = await buyer.call(`/v1/${path}`, body);
    expect([answer.status, pick(answer.body, 'error.code'), pick(answer.body, 'error.param')]).toEqual([
      status,
      code,
      param,
    ]);
    expect(published?.faults(answer.body) ?? []).toEqual([]);
    expect(await buyer.effects()).toEqual([]);
  });

  it.each([
    ['payment_intents?limit=0', 400, 'limit'],
    ['payment_intents?limit=101', 400, 'limit'],
    ['payment_intents?created[since]=1', 400, 'created[since]'],
    ['payment_intents?starting_after=pi_1', 400, 'starting_after'],
    ['payment_intents?starting_after=a&ending_before=b', 400, ''],
    ['payment_intents/search?query=anything', 400, 'query'],
    ['payment_intents/pi_1', 404, 'intent'],
    ['payment_methods/pm_1', 404, 'payment_method'],
    ['charges/ch_1', 404, 'id'],
    ['refunds/re_1', 404, 'id'],
    ['disputes/du_1', 404, 'dispute'],
    ['events/evt_1', 404, 'id'],
    ['webhook_endpoints/we_1', 404, 'webhook_endpoint'],
  ])('GET %s: %d %s', async (path, status, param) => {
    const answer = await buyer.call(`/v1/${path}`);
    expect([answer.status, pick(answer.body, 'error.param')]).toEqual([status, param]);
    expect(published?.faults(answer.body) ?? []).toEqual([]);
  });

  it('is read however it is encoded', async () => {
    const body =
      'amount=1000&currency=brl&description=Caf%C3%A9+com+leite&metadata%5Ba+b%5D=1&expand%5B%5D=latest_charge';
    expect(await buyer.call('/v1/payment_intents', body)).toMatchObject({
      status: 200,
      body: { description: 'Café com leite', metadata: { 'a b': '1' }, latest_charge: null },
    });
    const json = await buyer.call('/v1/payment_intents', '{"amount":1}', { 'content-type': 'application/json' });
    expect(json.status).toBe(400);
    const version = await buyer.call('/v1/payment_intents', intent, { 'stripe-version': 'latest' });
    expect(version.status).toBe(400);
  });
});

describe('who may not ask', () => {
  const basic = (user: string): string => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;

  it('has no key, or not ours, or means another account', async () => {
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await buyer.call('/v1/payment_intents', undefined, headers)).status;
    expect(await status({ authorization: '' })).toBe(401);
    expect(await status({ authorization: 'Bearer sk_test_wrong' })).toBe(401);
    expect(await status({ authorization: basic('sk_test_wrong') })).toBe(401);
    expect(await status({ authorization: basic(buyer.key) })).toBe(200);
    expect(await status({ 'stripe-account': sandbox.accounts.stripe.id })).toBe(200);
    const other = await buyer.call('/v1/payment_intents', undefined, { 'stripe-account': 'acct_other' });
    expect([other.status, pick(other.body, 'error.code')]).toEqual([403, 'account_invalid']);
  });
});

describe('what the state forbids', () => {
  it('a capture of more, a second one, a refund of more, or of what was not captured', async () => {
    const held = await buyer.pay('pm_card_visa', { capture_method: 'manual' });
    const code = async (path: string, body: string): Promise<string> => {
      const answer = await buyer.call(`/v1/${path}`, body);
      expect(published?.faults(answer.body) ?? []).toEqual([]);
      return `${answer.status} ${pick(answer.body, 'error.code') || pick(answer.body, 'error.param')}`;
    };
    const capture = `payment_intents/${held.id}/capture`;
    expect(await code(capture, 'amount_to_capture=1001')).toBe('400 amount_too_large');
    expect(await code(capture, 'amount_to_capture=0')).toBe('400 parameter_invalid_integer');
    expect(await code('refunds', `payment_intent=${held.id}`)).toBe('400 payment_intent_unexpected_state');
    expect(await code('refunds', `charge=${pick(held, 'latest_charge')}`)).toBe('400 charge_not_refundable');
    expect((await buyer.call(`/v1/${capture}`, '')).status).toBe(200);
    expect(await code(capture, '')).toBe('400 payment_intent_unexpected_state');
    expect(await code(`payment_intents/${held.id}/cancel`, '')).toBe('400 payment_intent_unexpected_state');
    expect(await code(`payment_intents/${held.id}/confirm`, '')).toBe('400 payment_intent_unexpected_state');
    expect(await code('refunds', `payment_intent=${held.id}&amount=1001`)).toBe('400 amount');
  });
});

describe('a card', () => {
  it('is nowhere: not in the journal, not in the list of requests, not in the log', async () => {
    const number = '4539578763621486';
    const made = await buyer.call('/v1/payment_methods', {
      ...fields(number),
      'metadata[note]': `card ${number}`,
      'metadata[number]': number,
    });
    expect(made.status).toBe(200);
    expect(made.text).not.toContain('"987"');
    const data = { 'payment_method_data[type]': 'card', 'payment_method_data[card][number]': number };
    const more = { 'payment_method_data[card][exp_month]': 1, 'payment_method_data[card][exp_year]': 40 };
    const cvc = { 'payment_method_data[card][cvc]': '987', 'allowed_payment_method_types[0]': 'card' };
    const paid = await buyer.call('/v1/payment_intents', {
      amount: 1000,
      currency: 'brl',
      confirm: true,
      ...data,
      ...more,
      ...cvc,
    });
    expect(pick(paid.body, 'status')).toBe('succeeded');
    await buyer.call(`/v1/payment_intents/${number}?client_secret=${number}`);
    await buyer.call('/v1/payment_methods', { ...fields(`${number}1`) });
    const requests = (await buyer.sim('GET', 'requests?provider=stripe')).text;
    expect(requests).toContain('"operation":"cards.authorize"');
    const journal = readFileSync(join(directory, 'journal.jsonl'), 'utf8');
    for (const place of [requests, JSON.stringify(logged), journal]) {
      expect(place).not.toContain(number);
      expect(place).not.toContain('"987"');
      expect(place).not.toContain(buyer.key);
    }
  });

  const fields = (number: string) => ({
    type: 'card',
    'card[number]': number,
    'card[exp_month]': 1,
    'card[exp_year]': 40,
    'card[cvc]': '987',
  });
});
