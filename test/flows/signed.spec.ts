import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, rows } from '@test/support/app.js';
import { type CardCharge, Counter } from '@test/support/counter.js';
import { as, Scene } from '@test/support/scene.js';

let scene: Scene;
let counter: Counter;
beforeAll(async () => {
  scene = await Scene.open({ PROVIDER_DEADLINE_MS: '700', PROOF_STRIPE_CARDS_AUTHORIZE_MS: '1500' });
  counter = new Counter(scene);
  const known = `select 1 from credential where provider = 'stripe' and event_secret is not null`;
  await eventually(async () => (await rows(scene.app, known)).length === 1);
});
afterEach(() => scene.calm());
afterAll(() => scene.close());

/** Cielo, which comes first, is away: Stripe serves. */
const atStripe = (): Promise<void> => counter.arm('cielo', '*', 'refuse');
/** Stripe answers no question: whatever becomes known, an event has told it. */
const unasked = (): Promise<void> => counter.arm('stripe', '*', 'find_refused');

/** What was heard of the payment at Stripe, and from where. */
const heard = async (charge: CardCharge): Promise<readonly string[]> => {
  const found = await rows<{ source: string; kind: string }>(
    scene.app,
    `select f.source, f.heard ->> 'kind' as kind from finding f join attempt a on a.id = f.attempt_id
     where a.owner_id = $1 and a.provider = 'stripe' order by f.id`,
    [charge.id],
  );
  return found.map(({ source, kind }) => `${source} ${kind}`);
};
const told = (): Promise<{ readonly kind: string; readonly event_id: string }[]> =>
  rows(scene.app, `select kind, event_id from notice where provider = 'stripe'`);
const sold = async (): Promise<CardCharge> => {
  await atStripe();
  const charge = await counter.made('paid');
  expect(charge.provider).toBe('stripe');
  return charge;
};

describe('a signed event alone', () => {
  it.each([
    ['after the caller has been told so', 3_000, [202, 'processing']],
    ['before anybody has been told', 0, undefined],
  ])('settles a payment whose answer was lost, %s', async (_, delayMs, answer) => {
    await atStripe();
    await unasked();
    await counter.arm('stripe', 'cards.authorize', 'timeout_after', { times: 1 });
    if (delayMs > 0) await counter.arm('stripe', 'cards.authorize', 'late_callback', { times: 1, delayMs });
    const { status, body } = await counter.ask('credit');
    // What is told in time is the answer, unless the machine is busy.
    if (answer) expect([status, body['status']]).toEqual(answer);
    else expect([201, 202]).toContain(status);
    const charge = await counter.becomes(as<CardCharge>(body).id, 'paid');
    expect(await counter.calls(charge.id)).toEqual([
      'cards.authorize cielo failed',
      'cards.authorize stripe succeeded',
    ]);
    expect(await heard(charge)).toContain('callback done');
    expect(await heard(charge)).not.toContain('find done');
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000']);
    expect(await counter.story(charge.id)).toEqual(['paid']);
  });

  it("tells of a dispute, which takes the merchant's money, and of its end, which gives it back", async () => {
    const charge = await sold();
    await unasked();
    const disputes = async (): Promise<number> =>
      (await scene.events()).filter(({ type, data }) => type === 'dispute' && JSON.stringify(data).includes(charge.id))
        .length;
    const path = `/_sim/cards/${charge.metadata['paymentId']}/dispute`;
    expect((await scene.sim('POST', path, {})).status).toBe(200);
    await eventually(async () => (await disputes()) === 1);
    expect(await counter.charge(charge.id)).toMatchObject({ status: 'paid', amountPaid: 10_000, amountRefundable: 0 });
    const none = await counter.act(charge.id, 'refund', { amount: 1 });
    expect([none.status, none.body['code']]).toEqual([409, 'amount_exceeds_remaining']);
    expect((await scene.sim('POST', path, { result: 'won' })).status).toBe(200);
    const moved = `select m.kind, m.amount::int as amount, m.state from movement m join attempt a on a.id = m.attempt_id
      where a.owner_id = $1 order by m.created_at`;
    await eventually(async () => (await rows(scene.app, moved, [charge.id])).length === 2);
    expect(await rows(scene.app, moved, [charge.id])).toEqual([
      { kind: 'taken', amount: 10_000, state: 'owned' },
      { kind: 'given', amount: 10_000, state: 'owned' },
    ]);
    expect(await counter.charge(charge.id)).toMatchObject({ status: 'paid', amountRefundable: 10_000 });
    expect(await scene.verified()).toMatchObject({ ok: true });
  });
});

describe('a refusal whose answer was lost', () => {
  it.each([true, false])(
    'ends as what it was: the payment is closed there, and says why (capture: %s)',
    async (capture) => {
      await atStripe();
      await counter.arm('stripe', 'cards.authorize', 'timeout_after', { times: 1 });
      await counter.arm('stripe', 'cards.authorize', 'no_callback', { times: 1 });
      const { status, body } = await counter.ask('credit', { capture }, { number: '4000000000009995' });
      expect([status, body['status']]).toEqual([202, 'processing']);
      const charge = await counter.becomes(as<CardCharge>(body).id, 'declined');
      expect(charge.metadata).toMatchObject({ returnCode: 'insufficient_funds' });
      expect(await counter.calls(charge.id)).toEqual([
        'cards.authorize cielo failed',
        'cards.authorize stripe declined',
        'cards.void stripe succeeded',
      ]);
      expect(await counter.fate(charge)).toEqual([]);
    },
  );
});

describe('events', () => {
  it('that come twice are one', async () => {
    await counter.arm('stripe', 'cards.authorize', 'duplicate_callback', { times: 1 });
    const charge = await sold();
    await eventually(async () => (await heard(charge)).includes('callback done'));
    const ids = (await told()).map((it) => it.event_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await counter.story(charge.id)).toEqual(['paid']);
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000']);
  });

  it('that are forged, or not signed at all, are 401 and leave nothing', async () => {
    const [{ id }] = as<{ data: [{ id: string }] }>((await scene.admin('GET', '/admin/merchants')).body).data;
    const lanes = await scene.admin('GET', `/admin/merchants/${id}/lanes`);
    const { data } = as<{ data: { provider: string; callbackUrl: string }[] }>(lanes.body);
    const path = new URL(data.find((it) => it.provider === 'stripe')!.callbackUrl).pathname;
    const charge = await sold();
    await eventually(async () => (await heard(charge)).includes('callback done'));
    const before = await told();
    const object = { id: 'pi_1', object: 'payment_intent', status: 'succeeded', metadata: { attempt: 'x' } };
    const body = { id: 'evt_forged', object: 'event', type: 'payment_intent.succeeded', created: 1, data: { object } };
    for (const signature of [undefined, '', `t=1,v1=${'a'.repeat(64)}`]) {
      const headers = signature === undefined ? undefined : { 'stripe-signature': signature };
      const answer = await scene.api('POST', path, body, { headers });
      expect([answer.status, answer.body['code']]).toEqual([401, 'unauthorized']);
    }
    expect(await told()).toEqual(before);
    expect(await counter.charge(charge.id)).toMatchObject({ status: 'paid' });
  });
});
