import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuid } from '@libs/kernel/ids.js';
import { cents } from '@libs/money/cents.js';
import { cards } from '@libs/providers/stripe/stripe.cards.js';
import { sleep } from './sandbox.client.js';
import { Till, leftMs, numbers, refOf, sale, ten } from './stripe.till.js';

let till: Till;

beforeAll(async () => {
  till = await Till.open();
});
afterEach(() => till.buyer.sim('DELETE', 'faults'));
afterAll(() => till.close());

describe('a sale', () => {
  it('is paid at once, found by its key and by its name, and made once', async () => {
    const key = uuid();
    const before = (await till.buyer.effects()).length;
    const said = await till.pay(sale(), key);
    expect(said).toMatchObject({ kind: 'done', amount: ten, currency: 'BRL', data: { brand: 'Visa', captured: ten } });
    expect(await till.pay(sale(), key)).toMatchObject({ kind: 'done', ref: refOf(said) });
    expect(await till.find('authorize', key)).toMatchObject({ kind: 'done', ref: refOf(said), amount: ten });
    const found = await till.find('authorize', key, { ref: refOf(said) });
    expect(found).toMatchObject({ kind: 'done', data: { brand: 'visa', authorization: expect.any(String) } });
    expect((await till.buyer.effects()).length).toBe(before + 1);
    expect(await till.find('authorize', uuid())).toEqual({ kind: 'absent' });
    expect(await till.find('authorize', key, { amount: cents(1001) })).toMatchObject({
      kind: 'unknown',
      why: 'garbled',
    });
  });

  it('in euros', async () => {
    expect(await till.pay(sale({ currency: 'EUR' }))).toMatchObject({ kind: 'done', currency: 'EUR' });
  });

  it.each([
    ['insufficient_funds', numbers.poor],
    ['card_declined', '4000000000000002'],
    ['suspected_fraud', '4000000000009987'],
    ['card_expired', '4000000000000069'],
    ['card_invalid', '4000000000000127'],
    ['card_invalid', '4242424242424241'],
    ['card_declined', '4000000000000119'],
  ])('declined: %s', async (code, digits) => {
    const key = uuid();
    const said = await till.pay(sale({}, digits), key);
    expect(said).toMatchObject({ kind: 'declined', code, returnCode: expect.any(String) });
    expect(JSON.stringify(said)).not.toContain(digits);
    const found = await till.find('authorize', key);
    expect(found).toMatchObject(refOf(said) === '' ? { kind: 'absent' } : { kind: 'declined', code });
  });

  it('declined, and not canceled yet, is not known: the intent is still open', async () => {
    const key = uuid();
    await till.buyer.arm('http_500_before', 'cards.void', { times: 1 });
    const said = await till.pay(sale({}, numbers.poor), key);
    expect(said).toMatchObject({ kind: 'unknown', why: 'fault', ref: expect.stringMatching(/^pi_/) });
    expect(await till.find('authorize', key, { ref: refOf(said) })).toMatchObject({
      kind: 'pending',
      ref: refOf(said),
    });
  });

  it('that the bank asks about waits for the payer, and then is what he said', async () => {
    const returnUrl = 'https://shop.example/back';
    for (const [result, kind] of [
      ['succeed', 'done'],
      ['decline', 'pending'],
    ] as const) {
      const key = uuid();
      const said = await till.pay(sale({ returnUrl }, numbers.asks), key);
      expect(said).toMatchObject({ kind: 'pending', data: { redirectUrl: expect.stringContaining('/3ds/') } });
      await till.buyer.sim('POST', `cards/${refOf(said)}/3ds`, { result });
      expect(await till.find('authorize', key, { ref: refOf(said) })).toMatchObject({ kind });
    }
    expect(await till.pay(sale({}, numbers.asks))).toMatchObject({ kind: 'declined', code: 'card_declined' });
  });

  it('under a key that another one has used is never adopted', async () => {
    const key = uuid();
    await till.pay(sale(), key);
    expect(await till.pay(sale({ amount: cents(1001) }), key)).toMatchObject({ kind: 'unknown', why: 'duplicate' });
    expect(await till.pay(sale({}, '5555555555554444'), key)).toMatchObject({ kind: 'unknown', why: 'duplicate' });
    await till.buyer.arm('slow', 'cards.authorize', { times: 1 });
    const slow = uuid();
    const first = till.pay(sale(), slow);
    await sleep(300);
    expect(await till.pay(sale(), slow)).toMatchObject({ kind: 'unknown', why: 'early' });
    expect(await first).toMatchObject({ kind: 'done' });
  });
});

describe('what goes wrong on the way', () => {
  it.each([
    ['http_401', 'unsent', 0],
    ['http_429', 'unsent', 0],
    ['http_500_before', 'unknown', 0],
    ['timeout_before', 'unknown', 0],
    ['timeout_after', 'unknown', 1],
    ['reset_after', 'unknown', 1],
    ['http_500_after', 'unknown', 1],
    ['garbled', 'unknown', 1],
    ['truncated', 'unknown', 1],
    ['wrong_amount', 'unknown', 1],
  ])('%s: %s, %s time(s), and never twice', async (kind, said, made) => {
    const key = uuid();
    const before = (await till.buyer.effects()).length;
    await till.buyer.arm(kind, 'cards.authorize', { times: 1 });
    expect(await till.pay(sale(), key, 700)).toMatchObject({ kind: said });
    expect((await till.buyer.effects()).length).toBe(before + made);
    expect(await till.find('authorize', key)).toMatchObject({ kind: made === 1 ? 'done' : 'absent' });
  });

  it('before the card is taken there is no payment, whatever it was', async () => {
    for (const kind of ['http_500_before', 'http_500_after', 'reset_after', 'garbled', 'http_429', 'http_401']) {
      const key = uuid();
      await till.buyer.arm(kind, 'method', { times: 1 });
      expect([kind, (await till.pay(sale(), key)).kind]).toEqual([kind, 'unsent']);
      expect(await till.find('authorize', key)).toEqual({ kind: 'absent' });
    }
  });

  it('a key of the other world goes nowhere', async () => {
    const live = till.credentials({ secretKey: 'sk_live_abc' });
    const rehearsal = till.credentials({ environment: 'production' });
    for (const by of [live, rehearsal]) {
      const said = await cards.authorize({ key: uuid(), input: sale(), credentials: by, leftMs: leftMs() });
      expect(said).toMatchObject({ kind: 'unsent', why: 'credentials' });
    }
  });

  it('more than one under a key: the first is ours', async () => {
    const key = uuid();
    const said = await till.pay(sale(), key);
    const twin = await till.buyer.pay('pm_card_visa', { metadata: { attempt: key } });
    expect(await till.find('authorize', key)).toMatchObject({ kind: 'done', ref: refOf(said), twins: [twin.id] });
  });
});

describe('a hold', () => {
  const held = async (key = uuid()): Promise<string> => {
    const said = await till.pay(sale({ capture: false }), key);
    expect(said).toMatchObject({ kind: 'done', amount: ten, data: { captured: 0n, captureBy: expect.any(Date) } });
    return refOf(said);
  };

  it('is captured once, in part', async () => {
    const [sold, key] = [uuid(), uuid()];
    const ref = await held(sold);
    const four = cents(400);
    expect(await till.find('capture', key, { parent: ref, amount: four })).toEqual({ kind: 'absent' });
    const done = { kind: 'done', ref, amount: four, data: { captured: four } };
    expect(await till.follow('capture', ref, four, key)).toMatchObject(done);
    expect(await till.follow('capture', ref, four, key)).toMatchObject(done);
    expect(await till.find('capture', key, { parent: ref, amount: four })).toMatchObject(done);
    expect(await till.find('capture', key, { parent: ref })).toMatchObject({ kind: 'unknown' });
    expect(await till.follow('capture', ref, cents(600))).toMatchObject({ kind: 'unknown', why: 'garbled' });
    expect(await till.find('authorize', sold, { ref })).toMatchObject({
      kind: 'done',
      amount: ten,
      data: { captured: four },
    });
    expect(await till.cancel(ref)).toMatchObject({ kind: 'declined', code: 'not_allowed' });
  });

  it('is let go, once', async () => {
    const [sold, key] = [uuid(), uuid()];
    const ref = await held(sold);
    expect(await till.find('void', key, { parent: ref })).toEqual({ kind: 'absent' });
    for (let i = 0; i < 2; i += 1) expect(await till.cancel(ref, key)).toMatchObject({ kind: 'done', ref, amount: 0n });
    expect(await till.cancel(ref)).toMatchObject({ kind: 'done' });
    expect(await till.find('void', key, { parent: ref })).toMatchObject({ kind: 'done', amount: 0n });
    expect(await till.follow('capture', ref)).toMatchObject({ kind: 'declined', code: 'expired' });
    expect(await till.find('authorize', sold, { ref })).toMatchObject({
      kind: 'done',
      amount: ten,
      data: { captured: 0n },
    });
    expect(await till.find('authorize', sold)).toMatchObject({ kind: 'declined', code: 'cancelled' });
  });
});

describe('a refund', () => {
  it('is given in parts, each found by its key', async () => {
    const ref = refOf(await till.pay(sale()));
    const [one, other] = [uuid(), uuid()];
    expect(await till.find('refund', one, { parent: ref, amount: cents(300) })).toEqual({ kind: 'absent' });
    const done = { kind: 'done', ref: expect.stringMatching(/^re_/), amount: cents(300) };
    for (let i = 0; i < 2; i += 1) expect(await till.follow('refund', ref, cents(300), one)).toMatchObject(done);
    expect(await till.follow('refund', ref, cents(300), other)).toMatchObject(done);
    const [a, b] = await Promise.all(
      [one, other].map((key) => till.find('refund', key, { parent: ref, amount: cents(300) })),
    );
    expect([a, b]).toEqual([expect.objectContaining(done), expect.objectContaining(done)]);
    expect(refOf(a!)).not.toBe(refOf(b!));
    await till.follow('refund', ref, cents(400));
    expect(await till.follow('refund', ref)).toMatchObject({ kind: 'declined', code: 'not_allowed' });
  });

  it('may wait, and may be refused', async () => {
    const ref = refOf(await till.pay(sale({}, '4000000000007726')));
    const key = uuid();
    expect(await till.follow('refund', ref, ten, key)).toMatchObject({ kind: 'pending' });
    await sleep(400);
    expect(await till.find('refund', key, { parent: ref })).toMatchObject({ kind: 'done', amount: ten });
    const sold = refOf(await till.pay(sale()));
    await till.buyer.arm('refund_fails', 'cards.refund', { times: 1 });
    const refused = uuid();
    expect(await till.follow('refund', sold, ten, refused)).toMatchObject({ kind: 'pending' });
    await sleep(400);
    expect(await till.find('refund', refused, { parent: sold })).toMatchObject({
      kind: 'declined',
      code: 'not_allowed',
    });
  });
});
