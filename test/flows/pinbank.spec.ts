import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, rows } from '@test/support/app.js';
import { type CardCharge, Counter } from '@test/support/counter.js';
import { as, type Charge, Scene } from '@test/support/scene.js';

let scene: Scene;
let counter: Counter;
let path: string;
const lane = (operation: string, more: object = {}): object => ({
  provider: 'pinbank',
  operation,
  priority: 1,
  credential: { name: 'pinbank', environment: 'simulator' },
  ...more,
});
beforeAll(async () => {
  scene = await Scene.open({ PROVIDER_DEADLINE_MS: '1500' });
  counter = new Counter(scene);
  const { body } = await scene.admin('GET', '/admin/merchants');
  path = `/admin/merchants/${as<{ data: { id: string }[] }>(body).data[0]!.id}/lanes`;
});
afterEach(() => scene.calm());
afterAll(() => scene.close());

const customer = { name: 'FULANO DE TAL', documentNumber: '12345678909' };
const heard = (charge: string): Promise<{ source: string; kind: string }[]> =>
  rows(
    scene.app,
    `select f.source, f.heard ->> 'kind' as kind from finding f join attempt a on a.id = f.attempt_id
     where a.owner_id = $1 order by f.id`,
    [charge],
  );
const told = async (charge: string): Promise<readonly string[]> =>
  (await heard(charge)).map(({ source, kind }) => `${source} ${kind}`);

describe('a lane of Pinbank', () => {
  it('says of cards that only humans prove what becomes of them', async () => {
    const refused = await scene.admin('PUT', path, [lane('pix.create'), lane('cards.authorize')]);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('[1].unproven')]);
    const lanes = [lane('pix.create'), lane('cards.authorize', { unproven: true })];
    expect((await scene.admin('PUT', path, lanes)).status).toBe(200);
  });
});

describe('a Pix at Pinbank', () => {
  it('is paid by a signed event, and is never given back', async () => {
    const charge = await scene.pix({ amount: 1_234 });
    expect(charge.metadata['paymentId']).toMatch(/^pb[0-9a-f]{30}$/);
    await scene.pay(charge);
    const paid = await scene.becomes(charge.id, 'paid');
    expect(paid).toMatchObject({ amountPaid: 1_234 });
    expect(await told(charge.id)).toEqual(['call pending', 'callback done']);
    const [made] = await rows<{ key: string }>(scene.app, 'select key from attempt where owner_id = $1', [charge.id]);
    const fate = async (): Promise<readonly string[]> =>
      (await scene.effects(made!.key)).map(({ operation, amount }) => `${operation} ${amount}`);
    expect(await fate()).toEqual(['pix.create 1234', 'pix.received 1234']);
    const sides = await scene.addresses();
    // Its state is told first; then that nobody can do it, before anything of it is written.
    const answers = [
      await scene.refund(charge.id, 2_000),
      await scene.refund(charge.id),
      await scene.refund(charge.id, 1),
    ];
    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
      [409, 'amount_exceeds_remaining'],
      [422, 'payment_declined'],
      [422, 'payment_declined'],
    ]);
    expect(await scene.charge(charge.id)).toMatchObject({ status: 'paid', amountRefundable: 1_234, refunds: [] });
    expect([await rows(scene.app, 'select id from refund'), await scene.addresses()]).toEqual([[], sides]);
    expect(await fate()).toHaveLength(2);
    expect(await scene.verified()).toMatchObject({ ok: true });
  });

  it('of another amount is not believed, nor what nobody has signed', async () => {
    const charges = [await scene.pix(), await scene.pix()] as [Charge, Charge];
    await scene.pay(charges[0], { amount: 1_001 });
    const forged = { provider: 'pinbank', operation: 'pix.create', kind: 'forged_callback', times: 1 };
    await scene.sim('PUT', '/_sim/faults', forged);
    await scene.sim('PUT', '/_sim/faults', { ...forged, kind: 'no_callback' });
    await scene.pay(charges[1]);
    await eventually(async () => (await told(charges[0].id)).includes('callback pending'));
    for (const { id } of charges) expect(await scene.charge(id)).toMatchObject({ status: 'pending', amountPaid: 0 });
  });

  it('is cancelled, and its answer may be lost: it is given up', async () => {
    const { id } = await scene.pix();
    expect((await scene.api('POST', `/pix/${id}/cancel`)).status).toBe(200);
    expect(await scene.charge(id)).toMatchObject({ status: 'canceled' });
    await counter.arm('pinbank', 'pix.create', 'timeout_after', { times: 1 });
    const lost = await scene.ask();
    expect(lost.status).toBe(202);
    expect(await scene.becomes(as<Charge>(lost.body).id, 'failed')).toMatchObject({ qrCode: null });
  });
});

describe('a Pix at Cielo', () => {
  it('is given back as a whole, and in no part', async () => {
    const read = as<{ data: object[] }>((await scene.admin('GET', path)).body).data;
    const credential = { name: 'cielo', environment: 'simulator' };
    expect((await scene.admin('PUT', path, [lane('pix.create', { provider: 'cielo', credential })])).status).toBe(200);
    const { id } = await scene.paid({ customer: { ...customer, email: 'foo@bar.com' } });
    const part = await scene.refund(id, 999);
    expect([part.status, part.body['code']]).toEqual([422, 'payment_declined']);
    expect(await scene.charge(id)).toMatchObject({ status: 'paid', refunds: [] });
    const whole = await scene.refund(id, 1_000);
    expect([whole.status, whole.body['status']]).toEqual([200, 'refund_requested']);
    expect(await scene.becomes(id, 'refunded')).toMatchObject({ refundedAmount: 1_000 });
    expect((await scene.admin('PUT', path, read)).status).toBe(200);
  });
});

describe('a card at Pinbank', () => {
  it('is paid, held and captured, and given back as a whole', async () => {
    const paid = await counter.made('paid', { customer });
    expect(paid).toMatchObject({ provider: 'pinbank', metadata: { nsu: expect.stringMatching(/^9\d{8}$/) } });
    expect((await counter.act(paid.id, 'refund')).body['status']).toBe('refund_requested');
    expect(await counter.becomes(paid.id, 'refunded')).toMatchObject({ refundedAmount: 10_000 });
    const held = await counter.made('authorized', { customer, capture: false });
    expect((await counter.act(held.id, 'capture', { amount: 4_000 })).status).toBe(200);
    expect(await counter.becomes(held.id, 'paid')).toMatchObject({ amountPaid: 4_000 });
    const let_go = await counter.made('authorized', { customer, capture: false });
    expect((await counter.act(let_go.id, 'cancel')).status).toBe(200);
    expect(await scene.verified()).toMatchObject({ ok: true });
  });

  it('whose answer is lost waits for a human', async () => {
    await counter.arm('pinbank', 'cards.authorize', 'timeout_after', { times: 1 });
    const { status, body } = await counter.ask('credit', { customer });
    const { id } = as<CardCharge>(body);
    expect([status, as<CardCharge>(body).status]).toEqual([202, 'processing']);
    const [parked] = await rows<{ why: string }>(
      scene.app,
      'select parked_why as why from attempt where owner_id = $1 and parked_at is not null',
      [id],
    );
    expect(parked).toEqual({ why: 'only a human can prove this act' });
    expect(await told(id)).not.toContain('find done');
  });
});
