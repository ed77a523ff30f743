import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, rows } from '@test/support/app.js';
import { Bank } from '@test/support/bank.js';
import { as, type Charge, Scene } from '@test/support/scene.js';

let scene: Scene;
const suspense = 'provider:gerencianet:suspense';

beforeAll(async () => {
  scene = await Scene.open({ PROOF_GERENCIANET_PIX_CANCEL_MS: '1000' });
});
afterAll(() => scene.close());

const cancel = (id: string): ReturnType<Scene['api']> => scene.api('POST', `/pix/${id}/cancel`);
/** The end of an instrument at the provider follows ours by a job. */
const removed = (charge: Charge): Promise<boolean> =>
  eventually(async () => (await scene.fate(charge)).some((line) => line.startsWith('pix.cancel')));
const announced = (id: string, count: number): Promise<readonly string[]> =>
  eventually(async () => {
    const story = await scene.story(id);
    return story.length >= count && story;
  });
const payable = async (): Promise<number> =>
  Object.entries(await scene.addresses()).find(([name]) => name.startsWith('merchant:'))![1];

describe('a cancel', () => {
  it('ends the code at the provider and here, once', async () => {
    const charge = await scene.pix();
    const answer = await cancel(charge.id);
    expect([answer.status, answer.body['status'], answer.body['pendingOperation']]).toEqual([200, 'canceled', null]);
    expect(await scene.fate(charge)).toEqual(['pix.create 1000', 'pix.cancel 1000']);
    const again = await cancel(charge.id);
    expect([again.status, again.body['code'], again.body['status']]).toEqual([409, 'invalid_state', 'canceled']);
    expect(await announced(charge.id, 1)).toEqual(['pixUpdate canceled']);
  });

  it('is refused when the money is there', async () => {
    const charge = await scene.paid();
    const answer = await cancel(charge.id);
    expect([answer.status, answer.body['code'], answer.body['status']]).toEqual([409, 'invalid_state', 'paid']);
    expect(await scene.fate(charge)).toEqual(['pix.create 1000', 'pix.received 1000']);
  });

  it('that crosses a payment nobody has told us of ends as paid', async () => {
    const charge = await scene.pix();
    await scene.arm('pix.create', 'no_callback', { times: 1 });
    await scene.pay(charge);
    const answer = await cancel(charge.id);
    expect([answer.status, answer.body['code'], answer.body['status']]).toEqual([409, 'invalid_state', 'paid']);
    const paid = await scene.becomes(charge.id, 'paid');
    expect(paid).toMatchObject({ amountPaid: 1000, fees: { net: 990 } });
    expect(await scene.fate(charge)).toEqual(['pix.create 1000', 'pix.received 1000']);
    expect(await announced(charge.id, 1)).toEqual(['pix paid']);
    expect((await scene.events()).find((it) => it.data['pix']?.id === charge.id)?.late).toBe(false);
  });

  it('that got lost before a payment ends as paid, and nothing is removed', async () => {
    const charge = await scene.pix();
    await scene.arm('pix.cancel', 'timeout_before', { times: 1 });
    const answer = await cancel(charge.id);
    expect([answer.status, answer.body['status'], answer.body['pendingOperation']]).toEqual([202, 'pending', 'cancel']);
    expect((await cancel(charge.id)).status).toBe(409);
    await scene.pay(charge);
    await scene.becomes(charge.id, 'paid');
    expect(await scene.fate(charge)).toEqual(['pix.create 1000', 'pix.received 1000']);
  });

  it('that was executed although its answer got lost is found out', async () => {
    const charge = await scene.pix();
    await scene.arm('pix.cancel', 'timeout_after', { times: 1 });
    expect((await cancel(charge.id)).status).toBe(202);
    await scene.becomes(charge.id, 'canceled');
    expect(await scene.fate(charge)).toEqual(['pix.create 1000', 'pix.cancel 1000']);
  });
});

describe('another amount than was asked', () => {
  it.each([
    ['less', 300],
    ['more', 4_321],
  ])('is taken as it came, and said: %s', async (_, amount) => {
    const charge = await scene.pix();
    await scene.pay(charge, { amount });
    const paid = await scene.becomes(charge.id, 'paid');
    const price = Math.round((amount * 99) / 10_000);
    expect(paid).toMatchObject({ amount: 1000, amountPaid: amount, amountRefundable: amount });
    expect(paid.fees).toMatchObject({ price, net: amount - price });
    await announced(charge.id, 1);
    const event = (await scene.events()).find((it) => it.data['pix']?.id === charge.id);
    expect(event).toMatchObject({ type: 'pix', differs: true, late: false });
    expect((await scene.refund(charge.id)).status).toBe(200);
    expect(await scene.becomes(charge.id, 'refunded')).toMatchObject({ refundedAmount: amount, amountRefundable: 0 });
  });
});

describe('a second payment of one code', () => {
  it('goes back to the payer and costs the merchant nothing', async () => {
    const charge = await scene.paid();
    const before = await payable();
    const second = await scene.pay(charge, { again: true });
    const [refund] = await eventually(async () => {
      const refunds = (await scene.effects()).filter((it) => it.operation === 'pix.refund' && it.amount === 1000);
      return refunds.length > 0 && refunds;
    });
    await eventually(async () => (await scene.addresses())[suspense] === 0);
    expect(await payable()).toBe(before);
    const [movement] = await rows<{ id: string; state: string; kind: string }>(scene.app, 'select * from movement');
    expect(movement).toMatchObject({ id: second, kind: 'received', state: 'owned' });
    const seen = await scene.charge(charge.id);
    expect(seen).toMatchObject({ status: 'paid', amountPaid: 1000, refundedAmount: 0, refunds: [] });
    expect(refund!.ref).not.toBe('');
    expect((await scene.refund(charge.id)).status).toBe(200);
    await scene.becomes(charge.id, 'refunded');
    expect(await scene.verified()).toMatchObject({ ok: true });
  });
});

describe('by the clock', () => {
  let spent: Charge;
  let lasting: Charge;

  it('a code that nobody paid expires, is closed at the provider and announced', async () => {
    [spent, lasting] = [await scene.pix({ expire: 60 }), await scene.pix({ expire: 86_400 })];
    await scene.advance(61);
    expect(await scene.becomes(spent.id, 'expired', 5_000)).toMatchObject({ amountPaid: 0 });
    await removed(spent);
    expect(await announced(spent.id, 1)).toEqual(['pixUpdate expired']);
    expect((await scene.charge(lasting.id)).status).toBe('pending');
    const late = await cancel(spent.id);
    expect([late.status, late.body['status']]).toEqual([409, 'expired']);
  });

  it('money that comes after the expiry is taken, as late', async () => {
    await scene.pay(spent, { late: true });
    expect(await scene.becomes(spent.id, 'paid')).toMatchObject({ amountPaid: 1000, fees: { net: 990 } });
    await announced(spent.id, 2);
    const event = (await scene.events()).findLast((it) => it.data['pix']?.id === spent.id);
    expect(event).toMatchObject({ type: 'pix', late: true, sequence: 1 });
  });

  it('money that comes after a cancel is late too', async () => {
    const charge = await scene.pix();
    await cancel(charge.id);
    await scene.pay(charge, { late: true });
    await scene.becomes(charge.id, 'paid');
    expect(await announced(charge.id, 2)).toEqual(['pixUpdate canceled', 'pix paid']);
    const event = (await scene.events()).findLast((it) => it.data['pix']?.id === charge.id);
    expect(event?.late).toBe(true);
    expect((await scene.refund(charge.id, 100)).status).toBe(200);
    await scene.becomes(charge.id, 'refunded');
  });

  it('money that came in time is not late though its callback was lost', async () => {
    const charge = await scene.pix({ expire: 30 });
    await scene.arm('pix.create', 'no_callback', { times: 1 });
    await scene.pay(charge);
    await scene.advance(31);
    await scene.becomes(charge.id, 'paid', 5_000);
    expect(await announced(charge.id, 1)).toEqual(['pix paid']);
    expect((await scene.events()).findLast((it) => it.data['pix']?.id === charge.id)?.late).toBe(false);
  });

  it('an hour and a day pass without harm to tokens, leases and what still waits', async () => {
    await scene.advance(7_200);
    expect((await scene.charge(lasting.id)).status).toBe('pending');
    const charge = await scene.paid();
    expect(charge.amountPaid).toBe(1000);
    await scene.advance(86_400);
    await scene.becomes(lasting.id, 'expired', 10_000);
  });

  it('and the books are right at the end', async () => {
    await removed(lasting);
    const addresses = await scene.addresses();
    expect(Object.values(addresses).reduce((sum, balance) => sum + balance, 0)).toBe(0);
    const effects = await scene.effects();
    const moved = (operation: string): number =>
      effects.filter((it) => it.operation === operation).reduce((sum, it) => sum + it.amount, 0);
    expect(addresses['provider:gerencianet:clearing']! + moved('pix.received')).toBe(moved('pix.refund'));
    expect([addresses[suspense], addresses['refunds:transit']]).toEqual([0, 0]);
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
    const told = new Map<string, number[]>();
    for (const { type, sequence, data } of await scene.events()) {
      const name = `${type} ${Object.values(data)[0]!.id}`;
      told.set(name, [...(told.get(name) ?? []), sequence]);
    }
    for (const [name, sequences] of told)
      expect([name, ...sequences]).toEqual([name, ...sequences.map((_, i) => i + 1)]);
  });
});

describe('a slip that is paid with another amount than its provider says', () => {
  let bank: Bank;
  beforeAll(async () => {
    bank = new Bank(scene);
    await bank.choosy();
  });
  interface Attempt {
    readonly id: string;
    readonly state: string;
    readonly parkedWhy: string | null;
    readonly ref: string | null;
  }
  const attempt = async (slip: string): Promise<Attempt> => {
    const [row] = await rows<{ id: string }>(scene.app, 'select id from attempt where owner_id = $1', [slip]);
    return as<Attempt>((await scene.admin('GET', `/admin/attempts/${row!.id}`)).body);
  };
  const parked = (slip: string): Promise<Attempt> =>
    eventually(async () => {
      const seen = await attempt(slip);
      return seen.parkedWhy !== null && seen;
    });
  const resolve = (id: string, amount: number): ReturnType<typeof scene.admin> =>
    scene.admin('POST', `/admin/attempts/${id}/resolve`, { finding: 'done', amount, evidence: 'arquivo do banco' });
  /** Cielo says that it was paid below its value; until that has been looked into. */
  const said = async (slip: string): Promise<void> => {
    const merchants = await scene.admin('GET', '/admin/merchants');
    const path = `/admin/merchants/${as<{ data: { id: string }[] }>(merchants.body).data[0]!.id}/lanes`;
    const lanes = as<{ data: { provider: string; callbackUrl: string }[] }>((await scene.admin('GET', path)).body).data;
    const { callbackUrl } = lanes.find(({ provider }) => provider === 'cielo')!;
    const body = JSON.stringify({ PaymentId: (await attempt(slip)).ref, ChangeType: 6 });
    expect((await fetch(callbackUrl, { method: 'POST', body })).status).toBe(200);
    const busy = `select 1 from notice where body = $1 and state in ('waiting', 'working')`;
    await eventually(async () => (await rows(scene.app, busy, [body])).length === 0);
  };
  const at = async (provider: string): Promise<readonly number[]> => {
    const all = await scene.addresses();
    return ['clearing', 'suspense'].map((it) => all[`provider:${provider}:${it}`] ?? 0);
  };

  it('Cielo: less, and it is said at once: a human says how much', async () => {
    const before = await at('cielo');
    const slip = await bank.slip({ amount: 20_000 });
    await bank.pay(slip, { amount: 15_000 });
    const { id, state } = await parked(slip.id);
    expect([state, (await bank.charge(slip.id)).status]).toEqual(['pending', 'pending']);
    // Nor is it believed when it is asked after.
    await scene.admin('POST', `/admin/attempts/${id}/find`);
    expect([await bank.charge(slip.id), await at('cielo')]).toMatchObject([{ status: 'pending' }, before]);
    expect((await resolve(id, 15_000)).status).toBe(200);
    expect(await bank.becomes(slip.id, 'paid')).toMatchObject({ amountPaid: 15_000 });
    await scene.admin('POST', `/admin/attempts/${id}/find`);
    await said(slip.id); // once more: the human has spoken
    expect(await attempt(slip.id)).toMatchObject({ state: 'succeeded', parkedWhy: null });
    expect(await at('cielo')).toEqual([before[0]! - 15_000, before[1]]);
  });

  it('Cielo: less, which the slip itself does not show: it is still good, and a human is called', async () => {
    const slip = await bank.slip({ amount: 20_000 });
    await said(slip.id);
    expect(await attempt(slip.id)).toMatchObject({ state: 'pending', parkedWhy: expect.stringContaining('amount') });
    expect((await bank.charge(slip.id)).status).toBe('pending');
  });

  it('Cielo: less, and it was believed before that was said: the books wait for a human', async () => {
    const before = await at('cielo');
    const slip = await bank.slip({ amount: 20_000 });
    await scene.arm('bankslip.create', 'late_callback', { provider: 'cielo', times: 1, delayMs: 1_500 });
    await bank.pay(slip, { amount: 15_000 });
    await scene.admin('POST', `/admin/attempts/${(await attempt(slip.id)).id}/find`);
    expect(await bank.becomes(slip.id, 'paid')).toMatchObject({ amountPaid: 20_000 });
    const { id } = await parked(slip.id);
    expect(await at('cielo')).toEqual([before[0]! - 20_000, before[1]]);
    expect((await resolve(id, 20_001)).status).toBe(422);
    expect((await resolve(id, 15_000)).body).toMatchObject({ state: 'succeeded', parkedWhy: null });
    expect((await resolve(id, 15_000)).status).toBe(200);
    expect(await at('cielo')).toEqual([before[0]! - 15_000, before[1]]);
    const dispute = (await scene.events()).find(({ type }) => type === 'dispute');
    expect(dispute).toMatchObject({ movement: { kind: 'taken', amount: 5_000 } });
    expect(Object.values(dispute!.data)).toMatchObject([{ id: slip.id, status: 'paid' }]);
  });

  it('Efí: twice, before and after it was asked: nothing is lost, and the second is in suspense', async () => {
    const before = await at('gerencianet');
    const [once, later] = [await bank.slip({ amount: 1_100 }), await bank.slip({ amount: 1_200 })];
    // Efí has told of its making: nothing but the payments is to be told of now.
    const { id } = await attempt(once.id);
    const told = `select 1 from finding where attempt_id = $1 and source = 'callback'`;
    await eventually(async () => (await rows(scene.app, told, [id])).length > 0);
    await scene.arm('bankslip.create', 'no_callback', { times: 1 });
    await bank.pay(once);
    await bank.pay(once, { again: true });
    expect(await bank.becomes(once.id, 'paid')).toMatchObject({ amountPaid: 2_200 });
    expect((await bank.told(once.id)).at(-1)).toMatchObject({ differs: true });
    await bank.pay(later);
    await bank.becomes(later.id, 'paid');
    await bank.pay(later, { again: true });
    await eventually(async () => String(await at('gerencianet')) === String([before[0]! - 4_600, before[1]! + 1_200]));
    expect(await bank.charge(later.id)).toMatchObject({ status: 'paid', amountPaid: 1_200 });
    const { body } = await scene.admin('GET', '/admin/movements?provider=gerencianet');
    expect(as<{ data: object[] }>(body).data[0]).toMatchObject({ kind: 'received', amount: 1_200 });
    await scene.admin('POST', `/admin/attempts/${(await attempt(later.id)).id}/find`);
    expect(await at('gerencianet')).toEqual([before[0]! - 4_600, before[1]! + 1_200]);
  });
});
