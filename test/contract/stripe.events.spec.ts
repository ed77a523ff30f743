import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { validateSync } from 'class-validator';
import { uuid } from '@libs/kernel/ids.js';
import { now } from '@libs/kernel/clock.js';
import { cents } from '@libs/money/cents.js';
import { configureProviders } from '@libs/providers/settings.js';
import { callbacks } from '@libs/providers/stripe/stripe.callback.js';
import { stripe } from '@libs/providers/stripe/stripe.provider.js';
import { inbox } from './stripe.inbox.js';
import { Till, leftMs, numbers, refOf, sale, ten } from './stripe.till.js';

let till: Till;

beforeAll(async () => {
  till = await Till.open();
});
afterEach(() => till.buyer.sim('DELETE', 'faults'));
afterAll(() => till.close());

describe('events', () => {
  const headers = (signature: string) => ({ 'stripe-signature': signature });

  it('come signed, with the secret that only the making of the endpoint told', async () => {
    const box = await inbox();
    const told = () =>
      callbacks.register!({ credentials: till.credentials(), input: { url: box.url, held: false }, leftMs: leftMs() });
    const answer = await told();
    expect(answer).toEqual({ kind: 'read', data: { secret: expect.stringMatching(/^whsec_/) } });
    expect(await told()).toEqual(answer);
    const secret = answer.kind === 'read' ? (answer.data.secret ?? '') : '';
    const key = uuid();
    const ref = refOf(await till.pay(sale(), key));
    const [call] = await box.of('payment_intent.succeeded');
    const { raw, signature } = call!;
    const verify = (secrets: readonly string[], at = now(), body = raw) =>
      callbacks.verify(body, headers(signature), secrets, at);
    expect(verify([secret])).toBe('genuine');
    expect(verify(['whsec_older', secret])).toBe('genuine');
    expect(verify(['whsec_older'])).toBe('forged');
    expect(verify([])).toBe('ask-for-keys');
    expect(verify([secret], new Date(now().getTime() + 301_000))).toBe('stale');
    expect(verify([secret], now(), Buffer.concat([raw, Buffer.from(' ')]))).toBe('forged');
    expect(callbacks.verify(raw, {}, [secret], now())).toBe('forged');
    expect(callbacks.read(raw)).toEqual([
      {
        kind: 'event',
        id: call!.event.id,
        about: { key, ref },
        news: expect.objectContaining({ kind: 'done', ref, amount: ten }),
      },
    ]);
    await box.close();
  });

  it('go to one endpoint of an address, whose secret is told again only while Stripe remembers', async () => {
    const url = 'http://127.0.0.1:9/callbacks/stripe/s3cret';
    const { webhookEndpoints } = till.buyer.sdk;
    const tell = async (held: boolean): Promise<string | undefined> => {
      const answer = await callbacks.register!({
        credentials: till.credentials(),
        input: { url, held },
        leftMs: leftMs(),
      });
      expect(answer).toMatchObject({ kind: 'read' });
      return answer.kind === 'read' ? answer.data.secret : undefined;
    };
    const there = async () => (await webhookEndpoints.list({ limit: 100 })).data.filter((it) => it.url === url);
    const first = await tell(false);
    const [made] = await there();
    await webhookEndpoints.update(made!.id, { disabled: true });
    expect(await tell(true)).toBeUndefined();
    expect(await there()).toMatchObject([{ id: made!.id, status: 'enabled' }]);
    expect(await tell(false)).toBe(first);
    // Somebody deletes it: another one is made, and told again as long as its secret is not kept.
    await webhookEndpoints.del(made!.id);
    const second = await tell(true);
    expect(second).toMatch(/^whsec_/);
    expect(second).not.toBe(first);
    expect(await tell(false)).toBe(second);
    // One of ours whose making is forgotten: its secret is lost, and it with it. What a human has made is his.
    const [now] = await there();
    await webhookEndpoints.del(now!.id);
    const lost = { url, enabled_events: ['*'], metadata: { maker: 'trilho' } } as const;
    const old = await webhookEndpoints.create({ ...lost, enabled_events: ['*'] });
    const his = await webhookEndpoints.create({ url, enabled_events: ['*'] });
    const third = await tell(false);
    expect([first, second, old.secret]).not.toContain(third);
    const left = (await there()).map(({ id }) => id);
    expect(left).toHaveLength(2);
    expect(left).toContain(his.id);
    expect(left).not.toContain(old.id);
    for (const id of left) await webhookEndpoints.del(id);
  });

  it('tell of captures, refunds and disputes by their own names', async () => {
    const box = await inbox();
    await callbacks.register!({
      credentials: till.credentials(),
      input: { url: box.url, held: false },
      leftMs: leftMs(),
    });
    const read = async (type: string) => (await box.of(type)).flatMap(({ raw }) => callbacks.read(raw));
    const [sold, taken, given] = [uuid(), uuid(), uuid()];
    const ref = refOf(await till.pay(sale({ capture: false }), sold));
    expect(await read('payment_intent.amount_capturable_updated')).toMatchObject([
      { kind: 'event', about: { key: sold, ref }, news: { kind: 'done', amount: ten } },
    ]);
    await till.follow('capture', ref, ten, taken);
    expect(await read('payment_intent.succeeded')).toMatchObject([
      { about: { key: taken, ref }, news: { kind: 'done', amount: ten } },
    ]);
    const now400 = cents(400);
    await till.buyer.arm('refund_fails_after_success', 'cards.refund', { times: 1 });
    const back = refOf(await till.follow('refund', ref, now400, given));
    expect(await read('refund.failed')).toMatchObject([{ about: { key: given, ref: back } }]);
    await till.buyer.sim('POST', `cards/${ref}/dispute`, {});
    await till.buyer.sim('POST', `cards/${ref}/dispute`, { result: 'won' });
    const moved = { about: { ref }, amount: ten, currency: 'BRL' };
    for (const [type, kind] of [
      ['charge.dispute.created', 'taken'],
      ['charge.dispute.funds_withdrawn', 'taken'],
      ['charge.dispute.closed', 'given'],
      ['charge.dispute.funds_reinstated', 'given'],
    ] as const) {
      expect(await read(type)).toMatchObject([{ kind: 'event', about: { ref }, news: { ...moved, kind } }]);
    }
    const look = await callbacks.look!({ credentials: till.credentials(), input: { ref }, leftMs: leftMs() });
    const movements = [
      { ...moved, kind: 'taken' },
      { ...moved, kind: 'given' },
    ];
    expect(look).toMatchObject({ kind: 'read', data: movements });
    expect(await till.find('authorize', sold, { ref })).toMatchObject({ kind: 'done', amount: ten, moved: movements });
    await box.close();
  });

  it('are told of a payment that failed without saying that it is over', async () => {
    const box = await inbox();
    await callbacks.register!({
      credentials: till.credentials(),
      input: { url: box.url, held: false },
      leftMs: leftMs(),
    });
    const key = uuid();
    await till.pay(sale({}, numbers.poor), key);
    const [failed] = await box.of('payment_intent.payment_failed');
    expect(callbacks.read(failed!.raw)).toMatchObject([{ about: { key }, news: { kind: 'pending' } }]);
    const [over] = await box.of('payment_intent.canceled');
    expect(callbacks.read(over!.raw)).toMatchObject([{ about: { key }, news: { kind: 'declined' } }]);
    await box.close();
  });

  it('mean nothing when they are not ours', async () => {
    const box = await inbox();
    await callbacks.register!({
      credentials: till.credentials(),
      input: { url: box.url, held: false },
      leftMs: leftMs(),
    });
    await till.buyer.pay('pm_card_visa');
    const [call] = await box.of('payment_intent.succeeded');
    expect(callbacks.read(call!.raw)).toEqual([]);
    const plain = {
      credentials: till.credentials({ environment: 'production' }),
      input: { url: 'http://x', held: false },
    };
    expect(await callbacks.register!({ ...plain, leftMs: leftMs() })).toMatchObject({ kind: 'refused' });
    await box.close();
  });
});

describe('the declaration', () => {
  const ids = { uuid: uuid(), short: 's'.repeat(25), number: 7 };
  it('tells whose account it is', async () => {
    const identify = (by = till.credentials()) => stripe.identify({ credentials: by, input: {}, leftMs: leftMs() });
    expect(await identify()).toEqual({ kind: 'read', data: till.sandbox.accounts.stripe.id });
    expect(await identify(till.credentials({ secretKey: 'sk_test_other' }))).toMatchObject({ kind: 'refused' });
    expect(await identify(till.credentials({ id: 'acct_other' }))).toMatchObject({ kind: 'refused' });
    expect(await identify(till.credentials(till.sandbox.accounts.stripe))).toMatchObject({ kind: 'read' });
    configureProviders({});
    expect(await identify()).toMatchObject({ kind: 'unread' });
  });

  it('names keys and objects', () => {
    expect(stripe.keyOf('cards.authorize', ids, 'wish')).toBe(ids.uuid);
    expect(stripe.objectOf?.('cards.capture', { ref: 'pi_1' })).toBe('pi_1');
    expect(stripe.objectOf?.('cards.refund', { ref: 'pi_1' })).toBeUndefined();
  });

  it('refuses what Stripe has not', () => {
    const unfit = (over: object): unknown => stripe.unfit?.('cards.authorize', { ...sale(), ...over });
    expect(unfit({})).toBeUndefined();
    for (const over of [{ installments: 2 }, { type: 'debit' }, { currency: 'USD' }, { amount: cents(10n ** 8n) }]) {
      expect(unfit(over)).toEqual(expect.any(String));
    }
  });

  it('checks credentials', () => {
    expect(validateSync(till.credentials())).toEqual([]);
    expect(validateSync(till.credentials({ secretKey: 'pk_test_1' }))).toHaveLength(1);
  });
});
