import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stripe } from 'stripe';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { pick, sleep } from './sandbox.client.js';
import { Buyer, form, refusal } from './stripe.client.js';
import { inbox } from './stripe.inbox.js';
import { Published } from './stripe.published.js';

const published = Published.open();
const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const start = (): Promise<Sandbox> => startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
let sandbox: Sandbox;
let buyer: Buyer;

beforeAll(async () => {
  sandbox = await start();
  buyer = new Buyer(sandbox);
});
beforeEach(async () => {
  await buyer.sim('DELETE', 'faults');
  await buyer.sim('POST', 'reset');
});
afterAll(async () => {
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

const sale = form({
  amount: 1000,
  currency: 'brl',
  confirm: true,
  payment_method: 'pm_card_visa',
  'allowed_payment_method_types[0]': 'card',
  'metadata[attempt]': 'a',
});
const sell = (key: string, body = sale, giveUpMs = 5000) =>
  buyer.call('/v1/payment_intents', body, { 'idempotency-key': key }, giveUpMs);
const count = async (): Promise<number> => (await buyer.sdk.paymentIntents.list()).data.length;

describe('an idempotency key', () => {
  it('has one answer, whatever came of it, for 24 hours', async () => {
    const [first, second] = [await sell('k'), await sell('k')];
    expect([first.headers.get('idempotent-replayed'), second.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(second.headers.get('original-request')).toBe(first.headers.get('request-id'));
    expect([second.status, second.text]).toEqual([200, first.text]);
    const declined = sale.replace('pm_card_visa', 'pm_card_chargeDeclined');
    const [no, never] = [await sell('d', declined), await sell('d', declined)];
    expect([no.status, never.status, never.headers.get('idempotent-replayed')]).toEqual([402, 402, 'true']);
    expect(await count()).toBe(2);
    await buyer.sim('POST', 'clock', { advanceSeconds: 86_401 });
    expect((await sell('k')).headers.get('idempotent-replayed')).toBeNull();
    expect(await buyer.effects()).toEqual(['cards.authorize k 1000', 'cards.authorize k 1000']);
  });

  it('is for one request only', async () => {
    await sell('k');
    const other = await sell('k', sale.replace('1000', '1001'));
    expect([other.status, pick(other.body, 'error.type')]).toEqual([400, 'idempotency_error']);
    const elsewhere = await buyer.call('/v1/refunds', 'payment_intent=pi_1', { 'idempotency-key': 'k' });
    expect(elsewhere.status).toBe(400);
    expect(await refusal(buyer.sdk.refunds.create({ payment_intent: 'pi_1' }, { idempotencyKey: 'k' }))).toBeInstanceOf(
      Stripe.errors.StripeIdempotencyError,
    );
    expect((await sell('k'.repeat(256))).status).toBe(400);
    expect(await count()).toBe(1);
  });

  it('is not spent on what was not understood, and cannot be used twice at once', async () => {
    expect((await sell('k', `${sale}&colour=red`)).status).toBe(400);
    expect((await sell('k')).status).toBe(200);
    await buyer.arm('slow', 'cards.authorize', { times: 1, delayMs: 1500 });
    const slow = sell('s');
    for (let waited = 0; (await buyer.effects()).length < 2 && waited < 4000; waited += 20) await sleep(20);
    const early = await sell('s');
    expect([early.status, pick(early.body, 'error.code')]).toEqual([409, 'idempotency_key_in_use']);
    expect((await slow).status).toBe(200);
    expect((await sell('s')).text).toBe((await slow).text);
    expect(await count()).toBe(2);
  });

  it('keeps a state’s refusal, and a failure of theirs', async () => {
    const { body } = await sell('k', `${sale}&capture_method=manual`);
    const cancel = () => buyer.call(`/v1/payment_intents/${pick(body, 'id')}/cancel`, '', { 'idempotency-key': 'c' });
    await buyer.arm('http_500_after', 'cards.void', { times: 1 });
    const answers = [await cancel(), await cancel()];
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect(pick((await buyer.call(`/v1/payment_intents/${pick(body, 'id')}`)).body, 'status')).toBe('canceled');
    expect(await buyer.effects()).toEqual(['cards.authorize k 1000', 'cards.void c 1000']);
  });
});

describe('what goes wrong on the wire', () => {
  it.each([
    ['timeout_before', 0],
    ['timeout_after', 1],
    ['reset_after', 1],
    ['truncated', 1],
  ])('%s: nothing whole is read, %d done, and once at most when it is sent again', async (kind, done) => {
    await buyer.arm(kind, 'cards.authorize', { times: 1 });
    await expect(sell('k', sale, 1000)).rejects.toThrow();
    expect((await buyer.effects()).length).toBe(done);
    const again = await sell('k');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, done === 1 ? 'true' : null]);
    expect(await buyer.effects()).toEqual(['cards.authorize k 1000']);
  });

  it.each([
    ['http_500_before', 500, 0],
    ['http_429', 429, 0],
    ['http_401', 401, 0],
    ['http_500_after', 500, 1],
    ['garbled', 200, 1],
  ])('%s: %d, %d done', async (kind, status, done) => {
    await buyer.arm(kind, '*', { times: 1 });
    await buyer.call('/v1/account');
    const answer = await sell('k');
    expect([answer.status, answer.body === undefined, await count()]).toEqual([status, kind === 'garbled', done]);
    expect(await buyer.effects()).toHaveLength(done);
  });

  it('the official client sees what it should', async () => {
    await buyer.arm('http_429', 'cards.authorize', { times: 1 });
    expect(await refusal(buyer.pay('pm_card_visa'))).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    await buyer.arm('reset_after', 'cards.authorize', { times: 1 });
    // It sends once more after a reset, whatever it is told: only the key keeps that harmless.
    expect((await buyer.pay('pm_card_visa', {}, 'k')).status).toBe('succeeded');
    expect(await buyer.effects()).toEqual(['cards.authorize k 1000']);
    await buyer.arm('refuse', '*');
    expect(await refusal(buyer.pay('pm_card_visa'))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await buyer.sim('DELETE', 'faults');
    expect((await buyer.pay('pm_card_visa')).status).toBe('succeeded');
  });

  it('lies, looks away, or is another’s', async () => {
    const { body } = await sell('k');
    const id = pick(body, 'id');
    const look = async (): Promise<string> => {
      const answer = await buyer.call(`/v1/payment_intents/${id}`);
      return `${answer.status} ${pick(answer.body, 'amount_received')}`.trim();
    };
    await buyer.arm('wrong_amount', 'cards.find', { times: 1 });
    expect([await look(), await look()]).toEqual(['200 1001', '200 1000']);
    await buyer.arm('find_refused', 'cards.authorize', { times: 1 });
    expect([await look(), await look()]).toEqual(['403', '200 1000']);
    await buyer.arm('find_404_then_found', 'cards.authorize');
    expect([await count(), await count(), await look()]).toEqual([0, 1, '200 1000']);
    await buyer.arm('wrong_store_404', 'cards.find', { times: 2 });
    expect([await count(), await look(), await look()]).toEqual([0, '404', '200 1000']);
    await buyer.arm('duplicate_key_first_send', 'cards.authorize');
    expect(pick((await sell('new')).body, 'error.type')).toBe('idempotency_error');
    expect(pick((await sell('new')).body, 'error.type')).toBe('idempotency_error');
    expect(await count()).toBe(1);
  });

  it('has a hand of its own: a refund that fails, a dispute, somebody at the portal', async () => {
    const state = async (): Promise<string[]> => (await buyer.effects()).map((it) => it.replace(/ k\w? /, ' '));
    const until = async (wanted: string[]): Promise<void> => {
      for (let waited = 0; (await state()).join() !== wanted.join() && waited < 4000; waited += 50) await sleep(50);
      expect(await state()).toEqual(wanted);
    };
    await buyer.arm('portal_void', 'cards.authorize', { times: 1 });
    await sell('k');
    await until(['cards.authorize 1000', 'cards.refund  500']);
    await buyer.sim('POST', 'reset');
    await buyer.arm('portal_void', 'cards.authorize', { times: 1 });
    await sell('k', `${sale}&capture_method=manual`);
    await until(['cards.authorize 1000', 'cards.void  1000']);
    await buyer.sim('POST', 'reset');
    await buyer.arm('chargeback', 'cards.authorize', { times: 1, delayMs: 20 });
    await sell('k');
    await until(['cards.authorize 1000', 'cards.chargeback 1000']);
    await buyer.sim('POST', 'reset');
    const { id } = await buyer.pay('pm_card_visa', {}, 'k');
    await buyer.arm('refund_fails', 'cards.refund', { times: 1 });
    const never = await buyer.sdk.refunds.create({ payment_intent: id });
    await buyer.arm('refund_fails_after_success', 'cards.refund', { times: 1, delayMs: 1500 });
    const { data } = await buyer.sdk.refunds.list();
    expect(data.map(({ status }) => status)).toEqual(['pending']);
    for (
      let waited = 0;
      (await buyer.sdk.refunds.retrieve(never.id)).status !== 'failed' && waited < 4000;
      waited += 50
    )
      await sleep(50);
    expect((await buyer.sdk.refunds.create({ payment_intent: id }, { idempotencyKey: 'kr' })).status).toBe('succeeded');
    expect(await state()).toEqual(['cards.authorize 1000', 'cards.refund 1000']);
    await until(['cards.authorize 1000']);
  });
});

describe('events', () => {
  const types: Stripe.WebhookEndpointCreateParams.EnabledEvent[] = [
    'payment_intent.succeeded',
    'payment_intent.payment_failed',
    'payment_intent.processing',
    'refund.created',
  ];
  let box: Awaited<ReturnType<typeof inbox>>;
  let endpoint: Stripe.WebhookEndpoint;
  const open =
    (from = endpoint) =>
    (call: { raw: Buffer; signature: string }) =>
      Stripe.webhooks.constructEvent(call.raw, call.signature, from.secret ?? '', 3e10);

  beforeEach(async () => {
    box = await inbox();
    for (const { id } of (await buyer.sdk.webhookEndpoints.list()).data) await buyer.sdk.webhookEndpoints.del(id);
    endpoint = await buyer.sdk.webhookEndpoints.create({ url: box.url, enabled_events: types });
    await buyer.sim('POST', 'reset');
  });
  afterEach(async () => {
    await box.close();
  });

  it('are told to whoever registered, signed with a secret that is shown once', async () => {
    expect(published?.faults(JSON.parse(JSON.stringify(endpoint))) ?? []).toEqual([]);
    expect(endpoint.secret).toMatch(/^whsec_\w+$/);
    expect((await buyer.sdk.webhookEndpoints.retrieve(endpoint.id)).secret).toBeUndefined();
    const paid = await buyer.pay('pm_card_visa', {}, 'k');
    const [call] = await box.of('payment_intent.succeeded');
    const event = open()(call!);
    expect(published?.faults(JSON.parse(call!.raw.toString())) ?? []).toEqual([]);
    expect(event).toMatchObject({
      data: { object: { id: paid.id, status: 'succeeded' } },
      request: { idempotency_key: 'k' },
    });
    expect(() => Stripe.webhooks.constructEvent(call!.raw, call!.signature, 'whsec_other', 3e10)).toThrow();
    expect(() => open()({ raw: Buffer.concat([call!.raw, Buffer.from(' ')]), signature: call!.signature })).toThrow();
    expect(box.calls.map(({ event: { type } }) => type)).toEqual(['payment_intent.succeeded']);
    const kept = await buyer.sdk.events.list({ type: 'payment_intent.succeeded' });
    expect(kept.data[0]).toMatchObject({ id: event.id });
    expect((await buyer.sdk.events.list()).data.map(({ type }) => type)).toContain('charge.succeeded');
    await buyer.sdk.webhookEndpoints.update(endpoint.id, { disabled: true });
    await buyer.pay('pm_card_visa');
    await sleep(100);
    expect(box.calls).toHaveLength(1);
  });

  it('come late, twice, again until they are taken, or not at all', async () => {
    await buyer.arm('duplicate_callback', 'cards.authorize', { times: 1 });
    await buyer.pay('pm_card_visa');
    const twice = await box.of('payment_intent.succeeded', 2);
    expect(new Set(twice.map(({ event }) => event.id)).size).toBe(1);
    await buyer.arm('no_callback', 'cards.authorize', { times: 1 });
    await buyer.pay('pm_card_visa');
    box.answers.push(500);
    await buyer.sdk.refunds.create({ payment_intent: (await buyer.pay('pm_card_visa')).id });
    expect(await box.of('payment_intent.succeeded', 4)).toHaveLength(4);
    const told = await box.of('refund.created');
    expect(told.map(({ event }) => event.data.object)).toMatchObject([{ object: 'refund', status: 'succeeded' }]);
  });

  it('are forged without the secret, and told of another state under it', async () => {
    await buyer.arm('forged_callback', 'cards.authorize', { times: 1 });
    const waiting = await buyer.pay('pm_card_authenticationRequired');
    const [forged] = await box.of('payment_intent.succeeded');
    expect(forged?.event.data.object).toMatchObject({ id: waiting.id, status: 'succeeded' });
    expect(() => open()(forged!)).toThrow();
    await buyer.arm('same_callback_twice_different_state', 'cards.authorize', { times: 1 });
    await buyer.sim('POST', `cards/${waiting.id}/3ds`, { result: 'succeed' });
    const [stale] = await box.of('payment_intent.processing');
    expect(open()(stale!).data.object).toMatchObject({ id: waiting.id, status: 'processing' });
  });

  it('are still owed after a restart, and the world is as it was', async () => {
    const { body } = await sell('k');
    await buyer.arm('late_callback', 'cards.refund', { times: 1, delayMs: 60_000 });
    const refund = await buyer.sdk.refunds.create({ payment_intent: pick(body, 'id') }, { idempotencyKey: 'r' });
    const late = await buyer.pay('pm_card_pendingRefund');
    const pending = await buyer.sdk.refunds.create({ payment_intent: late.id });
    await sandbox.close();
    sandbox = await start();
    buyer = new Buyer(sandbox);
    const told = (): boolean[] => {
      const ids = box.calls.map((call) => pick(open()(call).data.object, 'id'));
      return [refund.id, pending.id].map((id) => ids.includes(id));
    };
    for (let waited = 0; told().includes(false) && waited < 8000; waited += 50) await sleep(50);
    expect(told()).toEqual([true, true]);
    expect((await sell('k')).text).toBe(JSON.stringify(body));
    for (
      let waited = 0;
      (await buyer.sdk.refunds.retrieve(pending.id)).status === 'pending' && waited < 4000;
      waited += 50
    )
      await sleep(50);
    const effects = await buyer.effects();
    expect(effects.slice(0, 2)).toEqual(['cards.authorize k 1000', 'cards.refund r 1000']);
    expect(effects).toHaveLength(4);
  });
});
