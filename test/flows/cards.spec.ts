import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CardCharge, Counter, numbers } from '@test/support/counter.js';
import { as, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
let counter: Counter;
beforeAll(async () => {
  scene = await Scene.open();
  counter = new Counter(scene);
});
afterAll(() => scene.close());
afterEach(() => scene.calm());

const under = (key: string): { headers: Record<string, string> } => ({ headers: { 'idempotency-key': key } });
const candidates = ({ routing }: Pick<CardCharge, 'routing'>): readonly string[] =>
  routing.candidates.map(({ provider, outcome, reason }) => `${provider} ${outcome} ${reason}`);

describe('a sale on a credit card', () => {
  it('is paid, waits thirty days in receivable, and shows what the contract says', async () => {
    const customCode = fresh('order');
    let before = await counter.balance();
    const wish = { customCode, softDescriptor: 'LOJA', isGift: true, installments: 2 };
    let answer = await counter.ask('credit', wish);
    // What a query finds shows no code of the issuer: a busy machine that missed the deadline asks again.
    for (let tries = 1; answer.status !== 201 && tries < 5; tries += 1) {
      if (answer.status === 202) await counter.becomes(as<CardCharge>(answer.body).id, 'paid');
      before = await counter.balance();
      answer = await counter.ask('credit', { ...wish, customCode: `${customCode}${tries}` });
    }
    const charge = as<CardCharge>(answer.body);
    expect(charge).toMatchObject({
      type: 'creditCard',
      provider: 'cielo',
      amountPaid: 10_000,
      amountRefundable: 10_000,
      isGift: true,
      installments: 2,
      softDescriptor: 'LOJA',
      redirectUrl: null,
      fees: { price: 99, net: 9_901 },
    });
    expect(charge.metadata).toMatchObject({ returnCode: '6', returnMessage: 'Operation Successful' });
    expect(charge.metadata['autorizationCode']).toMatch(/^\d+$/);
    expect(charge.metadata['paymentId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(candidates(charge)).toEqual(['cielo chosen priority', 'stripe skipped capability']);
    expect(await counter.balance()).toEqual({ ...before, receivable: before.receivable + 9_901 });
    expect(await counter.story(charge.id)).toEqual(['paid']);
    const code = charge.customCode ?? '';
    expect(charge.metadata['customCode']).toBe(code);
    const found = await scene.api('GET', `/credit-card?customCode=${code}&providerName=cielo`);
    expect(as<CardCharge[]>(found.body).map((it) => it.id)).toEqual([charge.id]);
    const none = await scene.api('GET', `/credit-card?customCode=${code}&providerName=stripe`);
    expect(none.body).toEqual([]);
    expect((await scene.api('GET', `/debit-card/${charge.id}`)).status).toBe(404);
  });

  it.each<['credit' | 'debit', string, object, object]>([
    ['credit', 'paid', {}, {}],
    ['credit', 'authorized', { capture: false }, {}],
    ['credit', 'declined', {}, { number: numbers.denied }],
    ['debit', 'pending', {}, {}],
  ])('on %s that is %s answers what its GET shows', async (kind, status, over, card) => {
    let sale = await counter.ask(kind, over, card);
    // A busy machine that missed the deadline knows no more than that yet.
    for (let tries = 1; sale.status === 202 && tries < 5; tries += 1) sale = await counter.ask(kind, over, card);
    const made = as<CardCharge>(sale.body);
    expect(made.status).toBe(status);
    expect(await counter.charge(made.id, kind)).toEqual(made);
  });

  it.each<['credit' | 'debit', object, string]>([
    ['credit', {}, 'cielo chosen priority, stripe fallback priority'],
    ['credit', { installments: 2 }, 'cielo chosen priority, stripe skipped capability'],
    ['debit', { type: 'debit' }, 'cielo chosen priority, stripe skipped capability'],
  ])('on %s with %j is foreseen by the dry run', async (kind, more, line) => {
    const [merchant] = as<{ data: { id: string }[] }>((await scene.admin('GET', '/admin/merchants')).body).data;
    const asked = { merchantId: merchant!.id, operation: 'cards.authorize', amount: 10_000, ...more };
    const plan = await scene.admin('POST', '/admin/routing/plan', asked);
    const { candidates: foreseen } = as<CardCharge['routing']>(plan.body);
    expect(candidates({ routing: { candidates: foreseen } }).join(', ')).toBe(line);
    const sale = await counter.ask(kind, kind === 'debit' ? {} : more);
    expect(candidates(as<CardCharge>(sale.body)).join(', ')).toBe(line);
  });

  it('that the issuer refuses is an answer: declined, and why', async () => {
    let { status, body } = await counter.ask('credit', {}, { number: numbers.denied });
    for (let tries = 1; status !== 201 && tries < 5; tries += 1) {
      ({ status, body } = await counter.ask('credit', {}, { number: numbers.denied }));
    }
    expect([status, body['status'], body['amountPaid']]).toEqual([201, 'declined', 0]);
    expect(body['metadata']).toMatchObject({ returnCode: '05', returnMessage: 'Not Authorized' });
    expect(await counter.calls(as<CardCharge>(body).id)).toEqual(['cards.authorize cielo declined']);
  });

  it.each([
    ['card.number', { number: '1234567812345678' }],
    ['card.expirationDate', { expirationDate: '12/2022' }],
    ['card.brand', { brand: 'visa' }],
    ['card.cvv', { cvv: null }],
    ['card.holder', { holder: null }],
  ])('with a wrong %s is refused before anything is written', async (field, card) => {
    const { status, body, text } = await counter.ask('credit', {}, card);
    expect([status, as<{ errors: { field: string }[] }>(body).errors.map((it) => it.field)]).toEqual([422, [field]]);
    expect(text).not.toContain('1234567812345678');
  });

  it('goes by a token too, which wins over a number that stands beside it', async () => {
    const kept = await scene.api('POST', '/card-tokens', {
      number: numbers.good,
      holder: 'FULANO DE TAL',
      expirationDate: '12/2035',
    });
    const { token } = as<{ token: string }>(kept.body);
    const charge = await counter.made('paid', {}, { token, number: '1234567812345678', expirationDate: '12/2022' });
    expect(charge.provider).toBe('cielo');
    const unknown = await counter.ask('credit', {}, { token: 'c5a5929b-b967-4782-a9db-93af6334ee95' });
    expect(unknown.status).toBe(404);
  });
});

describe('an authorisation', () => {
  const hold = (): Promise<CardCharge> => counter.made('authorized', { capture: false });

  it('holds, posts nothing, and is captured once, in part: the rest is let go', async () => {
    const before = await counter.balance();
    const charge = await hold();
    expect(charge).toMatchObject({ amountPaid: 0, fees: null, paidAt: null });
    expect(await counter.balance()).toEqual(before);
    const above = await counter.act(charge.id, 'capture', { amount: 10_001 });
    expect([above.status, above.body['code']]).toEqual([409, 'amount_exceeds_remaining']);
    const key = fresh('key');
    const captured = await counter.act(charge.id, 'capture', { amount: 4_000 }, under(key));
    expect([captured.status, captured.body['status'], captured.body['amountPaid']]).toEqual([200, 'paid', 4_000]);
    expect(captured.body).toMatchObject({ amount: 10_000, amountRefundable: 4_000, fees: { price: 40, net: 3_960 } });
    expect(await counter.balance()).toEqual({ ...before, receivable: before.receivable + 3_960 });
    const repeat = await counter.act(charge.id, 'capture', { amount: 4_000 }, under(key));
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    const again = await counter.act(charge.id, 'capture');
    expect([again.status, again.body['status']]).toEqual([409, 'paid']);
    expect(await counter.story(charge.id)).toEqual(['authorized', 'paid']);
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000', 'cards.capture 4000']);
  });

  it('is let go by a cancel, and then it is over', async () => {
    const charge = await hold();
    const canceled = await counter.act(charge.id, 'cancel');
    expect([canceled.status, canceled.body['status']]).toEqual([200, 'canceled']);
    expect((await counter.act(charge.id, 'capture')).status).toBe(409);
    expect((await counter.act(charge.id, 'refund')).status).toBe(409);
    expect(await counter.story(charge.id)).toEqual(['authorized', 'canceled']);
  });

  it('whose capture nobody heard the answer of is captured once, and found', async () => {
    const charge = await hold();
    await counter.arm('cielo', 'cards.capture', 'timeout_after', { times: 1 });
    const { status, body } = await counter.act(charge.id, 'capture');
    expect([status, body['status'], body['pendingOperation']]).toEqual([202, 'authorized', 'capture']);
    expect((await counter.act(charge.id, 'cancel')).status).toBe(409);
    expect(await counter.becomes(charge.id, 'paid')).toMatchObject({ amountPaid: 10_000 });
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000', 'cards.capture 10000']);
  });

  it('that cannot be captured now stays held, and the same key tries again', async () => {
    const charge = await hold();
    const key = fresh('key');
    await counter.arm('cielo', '*', 'refuse');
    const none = await counter.act(charge.id, 'capture', {}, under(key));
    expect([none.status, none.body['code']]).toEqual([503, 'no_provider_available']);
    expect(await counter.charge(charge.id)).toMatchObject({ status: 'authorized', pendingOperation: null });
    await scene.calm();
    const then = await counter.act(charge.id, 'capture', {}, under(key));
    expect([200, 202]).toContain(then.status);
    await counter.becomes(charge.id, 'paid');
  });
});

describe('refunds', () => {
  it('go back in parts, of credit in the background', async () => {
    const before = await counter.balance();
    const charge = await counter.made('paid');
    const part = await counter.act(charge.id, 'refund', { amount: 2_500 });
    expect([part.status, part.body['status'], part.body['amountRefundable']]).toEqual([200, 'refund_requested', 7_500]);
    expect(await counter.becomes(charge.id, 'refunded')).toMatchObject({ refundedAmount: 2_500 });
    expect((await counter.act(charge.id, 'refund')).status).toBe(200);
    const over = await counter.until(charge.id, (it) => it.refundedAmount === 10_000);
    expect(over).toMatchObject({ status: 'refunded', amountRefundable: 0 });
    expect(await counter.balance()).toEqual(before);
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000', 'cards.refund 2500', 'cards.refund 7500']);
  });
});

describe('a debit card', () => {
  it('waits at the page of its bank, is paid there, and given back at once', async () => {
    const charge = await counter.made('pending', {}, { number: numbers.cielo }, 'debit');
    expect(charge).toMatchObject({ type: 'debitCard', provider: 'cielo', amountPaid: 0 });
    expect(charge.redirectUrl).toMatch(/^https?:/);
    expect(candidates(charge)).toEqual(['cielo chosen priority', 'stripe skipped capability']);
    const { status } = await scene.sim('POST', `/_sim/cards/${charge.metadata['paymentId']}/3ds`, {
      result: 'succeed',
    });
    expect(status).toBe(200);
    await counter.becomes(charge.id, 'paid', 'debit');
    const back = await counter.act(charge.id, 'refund', {}, {}, 'debit');
    expect([back.status, back.body['status']]).toEqual([200, 'refunded']);
    expect(await counter.story(charge.id, 'debit')).toEqual(['paid', 'refund_requested', 'refunded']);
  });

  it('whose payer his bank does not know is declined', async () => {
    const charge = await counter.made('pending', { returnUrl: undefined }, { number: numbers.cielo }, 'debit');
    await scene.sim('POST', `/_sim/cards/${charge.metadata['paymentId']}/3ds`, { result: 'decline' });
    await counter.becomes(charge.id, 'declined', 'debit');
    const page = await scene.api('GET', '/checkout/return');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });
});

describe('between two providers', () => {
  it('goes on where the first turns the call away, and says so', async () => {
    await counter.arm('cielo', '*', 'refuse');
    const charge = await counter.made('paid');
    expect(charge.provider).toBe('stripe');
    expect(await counter.calls(charge.id)).toEqual([
      'cards.authorize cielo failed',
      'cards.authorize stripe succeeded',
    ]);
    expect(charge.metadata['paymentId']).toMatch(/^pi_/);
    await scene.calm();
    expect((await counter.act(charge.id, 'refund', { amount: 1_000 })).status).toBe(200);
    expect(await counter.becomes(charge.id, 'refunded')).toMatchObject({ refundedAmount: 1_000 });
  });

  it('stays where the answer was lost: found there, once, and nowhere else', async () => {
    await counter.arm('cielo', 'cards.authorize', 'timeout_after', { times: 1 });
    const { status, body } = await counter.ask('credit');
    expect([status, body['status']]).toEqual([202, 'processing']);
    const charge = await counter.becomes(as<CardCharge>(body).id, 'paid');
    expect(await counter.calls(charge.id)).toEqual(['cards.authorize cielo succeeded']);
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000']);
  });

  it('is 503 when all turn it away; the same key then tries again', async () => {
    for (const provider of ['cielo', 'stripe']) await counter.arm(provider, '*', 'refuse');
    const key = fresh('key');
    const none = await counter.ask('credit', {}, {}, under(key));
    expect([none.status, none.body['code']]).toEqual([503, 'no_provider_available']);
    const { id } = as<CardCharge>(none.body);
    expect((await counter.charge(id)).status).toBe('failed');
    await scene.calm();
    const then = await counter.ask('credit', {}, {}, under(key));
    expect([201, 202]).toContain(then.status);
    expect(as<CardCharge>(then.body).id).not.toBe(id);
    await counter.becomes(as<CardCharge>(then.body).id, 'paid');
  });
});

describe('time', () => {
  it('warns a day before a hold lapses, and then lets it go', async () => {
    const charge = await counter.made('authorized', { capture: false });
    await scene.advance(14 * 86_400 + 3_600);
    await counter.until(charge.id, () => true);
    await expectStory(charge.id, ['authorized', 'authorized']);
    await scene.advance(86_400);
    await counter.becomes(charge.id, 'expired');
    await expectStory(charge.id, ['authorized', 'authorized', 'expired']);
  });

  it('ends the wait at the page of a bank after a day', async () => {
    const charge = await counter.made('pending', {}, { number: numbers.cielo }, 'debit');
    await scene.advance(86_400 + 60);
    await counter.becomes(charge.id, 'expired', 'debit');
  });

  it('leaves a ledger that proves itself', async () => {
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
  });
});

async function expectStory(id: string, story: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 100 && (await counter.story(id)).length < story.length; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await counter.story(id)).toEqual(story);
}
