import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { pairs, parse, type Node } from '@apps/sandbox/stripe/form.js';
import { sleep } from './sandbox.client.js';
import { Buyer, refusal } from './stripe.client.js';
import { Published } from './stripe.published.js';

const published = Published.open();
const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let buyer: Buyer;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
  buyer = new Buyer(sandbox);
});
afterEach(async () => {
  await buyer.sim('POST', 'reset');
});
afterAll(async () => {
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

/** The answer as the client gives it, once the published contract agrees. */
async function sound<T>(promise: Promise<T>): Promise<T> {
  const answer = await promise;
  expect(published?.faults(JSON.parse(JSON.stringify(answer))) ?? []).toEqual([]);
  return answer;
}
const card = (number: string, more: object = {}) => ({
  type: 'card' as const,
  card: { number, exp_month: 12, exp_year: 2040, cvc: '123', ...more },
});
const idOf = (it: string | { id: string } | null | undefined): string => (typeof it === 'string' ? it : (it?.id ?? ''));

describe('a card payment by the official client', () => {
  it('is held, captured in part, and given back in parts', async () => {
    const method = await sound(
      buyer.sdk.paymentMethods.create({ ...card('4242424242424242'), billing_details: { name: 'Ana' } }),
    );
    expect(method.card).toMatchObject({ brand: 'visa', last4: '4242', exp_month: 12, funding: 'credit' });
    expect(await sound(buyer.sdk.paymentMethods.retrieve(method.id))).toMatchObject({ id: method.id });
    const held = await sound(
      buyer.pay(method.id, { capture_method: 'manual', metadata: { attempt: 'a1' }, description: 'Café & 100%' }, 'k1'),
    );
    expect(held).toMatchObject({
      status: 'requires_capture',
      amount_capturable: 1000,
      amount_received: 0,
      metadata: { attempt: 'a1' },
      description: 'Café & 100%',
    });
    const captured = await sound(
      buyer.sdk.paymentIntents.capture(held.id, { amount_to_capture: 700 }, { idempotencyKey: 'k2' }),
    );
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 700, amount_capturable: 0 });
    const charge = await sound(buyer.sdk.charges.retrieve(idOf(captured.latest_charge)));
    expect(charge).toMatchObject({ captured: true, amount: 1000, amount_captured: 700, amount_refunded: 300 });
    const first = await sound(
      buyer.sdk.refunds.create(
        { payment_intent: held.id, amount: 200, metadata: { attempt: 'a3' } },
        { idempotencyKey: 'k3' },
      ),
    );
    expect(first).toMatchObject({ status: 'succeeded', amount: 200, charge: charge.id, metadata: { attempt: 'a3' } });
    await sound(buyer.sdk.refunds.create({ charge: charge.id }, { idempotencyKey: 'k4' }));
    const { data } = await sound(buyer.sdk.refunds.list({ payment_intent: held.id }));
    expect(data.map(({ amount }) => amount)).toEqual([500, 200]);
    expect(await refusal(buyer.sdk.refunds.create({ payment_intent: held.id }))).toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    });
    expect(await buyer.effects()).toEqual([
      'cards.authorize k1 1000',
      'cards.capture k2 700',
      'cards.refund k3 200',
      'cards.refund k4 500',
    ]);
  });

  it('is paid at once, or held and let go', async () => {
    expect(await sound(buyer.pay('pm_card_mastercard', {}, 'k1'))).toMatchObject({ status: 'succeeded' });
    const held = await sound(buyer.pay('pm_card_visa', { capture_method: 'manual' }, 'k2'));
    const gone = await sound(
      buyer.sdk.paymentIntents.cancel(
        held.id,
        { cancellation_reason: 'requested_by_customer' },
        { idempotencyKey: 'k3' },
      ),
    );
    expect(gone).toMatchObject({ status: 'canceled', cancellation_reason: 'requested_by_customer' });
    expect(await refusal(buyer.sdk.paymentIntents.cancel(held.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    expect(await refusal(buyer.sdk.paymentIntents.capture(held.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    expect(await buyer.effects()).toEqual(['cards.authorize k1 1000', 'cards.authorize k2 1000', 'cards.void k3 1000']);
  });

  it('is made first and confirmed later, and changed meanwhile', async () => {
    const made = await sound(buyer.sdk.paymentIntents.create({ amount: 500, currency: 'BRL' }));
    expect(made).toMatchObject({ status: 'requires_payment_method', currency: 'brl', latest_charge: null });
    expect(made.client_secret).toMatch(new RegExp(`^${made.id}_secret_\\w+$`));
    const changed = await sound(buyer.sdk.paymentIntents.update(made.id, { metadata: { a: '1', b: '2' } }));
    expect(changed.metadata).toEqual({ a: '1', b: '2' });
    expect((await buyer.sdk.paymentIntents.update(made.id, { metadata: { a: '' } })).metadata).toEqual({ b: '2' });
    expect(await refusal(buyer.sdk.paymentIntents.confirm(made.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    const paid = await sound(
      buyer.sdk.paymentIntents.confirm(made.id, { payment_method: 'pm_card_visa', return_url: 'https://x.test/' }),
    );
    expect(paid.status).toBe('succeeded');
  });

  it('is refused by the issuer, with everything that is known of it', async () => {
    const error = await refusal(
      buyer.pay('pm_card_visa_chargeDeclinedInsufficientFunds', { metadata: { attempt: 'a' } }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'insufficient_funds' });
    expect(published?.faults({ error: error.raw }) ?? []).toEqual([]);
    const intent = error.payment_intent;
    expect(intent).toMatchObject({ status: 'requires_payment_method', metadata: { attempt: 'a' } });
    const again = await sound(buyer.sdk.paymentIntents.retrieve(intent?.id ?? '', { expand: ['latest_charge'] }));
    expect(again.latest_charge).toMatchObject({ status: 'failed', failure_code: 'card_declined', paid: false });
    expect((await sound(buyer.sdk.paymentIntents.cancel(again.id))).status).toBe('canceled');
    expect(await buyer.effects()).toEqual([]);
  });

  it.each([
    ['4000000000000002', 'card_declined', 'generic_decline'],
    ['4000000000009995', 'card_declined', 'insufficient_funds'],
    ['4000000000009987', 'card_declined', 'lost_card'],
    ['4000000000009979', 'card_declined', 'stolen_card'],
    ['4000000000000069', 'expired_card', 'expired_card'],
    ['4000000000000127', 'incorrect_cvc', 'incorrect_cvc'],
    ['4000000000000119', 'processing_error', 'processing_error'],
  ])('%s keeps its meaning: %s', async (number, code, decline_code) => {
    const method = await buyer.sdk.paymentMethods.create(card(number));
    expect(await refusal(buyer.pay(method.id))).toMatchObject({ statusCode: 402, code, decline_code });
  });

  it('is not refused for a code that was not sent, nor for any other card or amount', async () => {
    const without = await buyer.sdk.paymentMethods.create(card('4000000000000127', { cvc: undefined }));
    expect((await buyer.pay(without.id)).status).toBe('succeeded');
    const other = await buyer.sdk.paymentMethods.create(card('4111111111111111'));
    expect((await buyer.pay(other.id, { amount: 40002 })).status).toBe('succeeded');
    expect(await refusal(buyer.pay(other.id))).toMatchObject({ statusCode: 400, param: 'payment_method' });
  });
});

describe('the payer’s bank', () => {
  const secured = { capture_method: 'manual' as const, return_url: 'https://x.test/back?a=1' };

  it('asks at its own page, and sends the payer back', async () => {
    const waiting = await sound(buyer.pay('pm_card_authenticationRequired', secured, 'k1'));
    expect(waiting.status).toBe('requires_action');
    const { url } = waiting.next_action?.redirect_to_url ?? {};
    const page = await fetch(url ?? '');
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('name="result"')]);
    const body = new URLSearchParams({ result: 'succeed' });
    const back = await fetch(url ?? '', { method: 'POST', body, redirect: 'manual' });
    expect(back.status).toBe(303);
    expect(back.headers.get('location')).toMatch(
      new RegExp(`^https://x.test/back\\?a=1&payment_intent=${waiting.id}&.*redirect_status=succeeded$`),
    );
    const held = await sound(buyer.sdk.paymentIntents.retrieve(waiting.id, { expand: ['latest_charge'] }));
    expect(held).toMatchObject({ status: 'requires_capture', next_action: null });
    expect(held.latest_charge).toMatchObject({
      payment_method_details: { card: { three_d_secure: { result: 'authenticated' } } },
    });
    expect(await buyer.effects()).toEqual(['cards.authorize k1 1000']);
    expect((await fetch(url ?? '')).status).toBe(404);
  });

  it('is answered by hand too, and refused by who is not there', async () => {
    const asked = await buyer.pay('pm_card_authenticationRequired', secured);
    expect((await buyer.sim('POST', `cards/${asked.id}/3ds`, { result: 'decline' })).status).toBe(200);
    const failed = await sound(buyer.sdk.paymentIntents.retrieve(asked.id));
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
    expect((await buyer.sim('POST', `cards/${asked.id}/3ds`, { result: 'succeed' })).status).toBe(409);
    expect((await buyer.sim('POST', `cards/${asked.id}/3ds`, { result: 'maybe' })).status).toBe(422);
    expect((await buyer.sim('POST', 'cards/pi_nobody/3ds', { result: 'succeed' })).status).toBe(404);
    expect(await refusal(buyer.pay('pm_card_authenticationRequired', { off_session: true }))).toMatchObject({
      code: 'authentication_required',
    });
    expect((await sound(buyer.pay('pm_card_authenticationRequired'))).next_action?.type).toBe('use_stripe_sdk');
    expect(await buyer.effects()).toEqual([]);
  });
});

describe('what comes later', () => {
  it('a refund is decided late, or undone after it was done', async () => {
    const [late, lost] = [await buyer.pay('pm_card_pendingRefund'), await buyer.pay('pm_card_refundFail')];
    const pending = await sound(buyer.sdk.refunds.create({ payment_intent: late.id }, { idempotencyKey: 'r1' }));
    const done = await sound(buyer.sdk.refunds.create({ payment_intent: lost.id }, { idempotencyKey: 'r2' }));
    expect([pending.status, done.status]).toEqual(['pending', 'succeeded']);
    const status = async (id: string) => (await sound(buyer.sdk.refunds.retrieve(id))).status;
    for (let waited = 0; (await status(pending.id)) === 'pending' && waited < 4000; waited += 50) await sleep(50);
    for (let waited = 0; (await status(done.id)) === 'succeeded' && waited < 4000; waited += 50) await sleep(50);
    expect(await sound(buyer.sdk.refunds.retrieve(done.id))).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    });
    const refunds = (await buyer.effects()).filter((effect) => effect.startsWith('cards.refund'));
    expect(refunds).toEqual(['cards.refund r1 1000']);
    expect((await buyer.sdk.refunds.create({ payment_intent: lost.id })).amount).toBe(1000);
  });

  it('a dispute takes the money, and may give it back', async () => {
    const paid = await buyer.pay('pm_card_createDispute', {}, 'k1');
    const open = async () => (await sound(buyer.sdk.disputes.list({ payment_intent: paid.id }))).data[0];
    for (let waited = 0; !(await open()) && waited < 4000; waited += 50) await sleep(50);
    const dispute = await open();
    expect(dispute).toMatchObject({ amount: 1000, reason: 'fraudulent', status: 'needs_response' });
    expect(await refusal(buyer.sdk.refunds.create({ payment_intent: paid.id }))).toMatchObject({
      code: 'charge_disputed',
    });
    const evidence = { uncategorized_text: 'winning_evidence' };
    expect((await sound(buyer.sdk.disputes.update(dispute?.id ?? '', { evidence }))).status).toBe('won');
    const other = await buyer.pay('pm_card_visa', {}, 'k2');
    expect(await buyer.sim('POST', `cards/${other.id}/dispute`)).toMatchObject({
      status: 200,
      body: { amount: 1000, status: 'needs_response' },
    });
    expect((await buyer.sim('POST', `cards/${other.id}/dispute`)).status).toBe(409);
    const lose = () => buyer.sim('POST', `cards/${other.id}/dispute`, { result: 'lost' });
    expect([(await lose()).status, (await lose()).status]).toEqual([200, 409]);
    expect((await buyer.effects()).filter((effect) => effect.includes('chargeback'))).toEqual([
      'cards.chargeback k1 1000',
      'cards.chargeback_reversed k1 1000',
      'cards.chargeback k2 1000',
    ]);
  });

  it('a hold lapses after seven days', async () => {
    const held = await buyer.pay('pm_card_visa', { capture_method: 'manual' });
    await buyer.sim('POST', 'clock', { advanceSeconds: 7 * 86_400 });
    const { data } = await sound(buyer.sdk.paymentIntents.list());
    expect(data[0]).toMatchObject({ id: held.id, status: 'canceled', cancellation_reason: 'automatic' });
  });
});

describe('lists', () => {
  it('tell what was made, newest first, by pages and by time; a search lags behind', async () => {
    const made: string[] = [];
    for (const attempt of ['a', 'b', 'c'])
      made.unshift((await buyer.pay('pm_card_visa', { metadata: { attempt } })).id);
    const first = await sound(buyer.sdk.paymentIntents.list({ limit: 2 }));
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([made.slice(0, 2), true]);
    const all: string[] = [];
    for await (const { id } of buyer.sdk.paymentIntents.list({ limit: 1 })) all.push(id);
    expect(all).toEqual(made);
    const { created } = await buyer.sdk.paymentIntents.retrieve(made[2] ?? '');
    const since = async (gte: number) => (await buyer.sdk.paymentIntents.list({ created: { gte } })).data.length;
    expect([await since(created), await since(created + 3600)]).toEqual([3, 0]);
    const search = async () =>
      (await sound(buyer.sdk.paymentIntents.search({ query: "metadata['attempt']:'b'" }))).data.map(({ id }) => id);
    expect(await search()).toEqual([]);
    await buyer.sim('POST', 'clock', { advanceSeconds: 61 });
    expect(await search()).toEqual([made[1]]);
    expect(await sound(buyer.sdk.accounts.retrieveCurrent())).toMatchObject({ id: sandbox.accounts.stripe.id });
  });
});

(published ? describe : describe.skip)('the published contract', () => {
  const leaves = (node: Node): string[] => (typeof node === 'string' ? [node] : Object.values(node).flatMap(leaves));

  it('tells a wrong answer from a right one, and the simulator reads what the client writes', async () => {
    const intent = JSON.parse(JSON.stringify(await buyer.pay('pm_card_visa'))) as Record<string, unknown>;
    expect(published!.faults(intent)).toEqual([]);
    expect(published!.faults({ ...intent, amount: '10' })).not.toEqual([]);
    expect(published!.faults({ ...intent, paid: true })).not.toEqual([]);
    expect(published!.faults({ ...intent, status: undefined })).not.toEqual([]);
    for (const { body } of published!.samples)
      expect(leaves(parse(body))).toEqual(pairs(body).map(([, value]) => value));
  });
});
