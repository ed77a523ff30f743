import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, eventually, rows } from '@test/support/app.js';
import { Counter } from '@test/support/counter.js';
import { as, type Charge, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ PROOF_GERENCIANET_PIX_CANCEL_MS: '1000' });
});
afterEach(() => scene.calm());
afterAll(() => scene.close());

const states = async (id: string): Promise<readonly string[]> => {
  const { body } = await scene.api('GET', `/transactions/${id}/attempts`);
  return as<{ data: { state: string }[] }>(body).data.map(({ state }) => state);
};
const told = ({ status, body }: Answer): readonly unknown[] => [status, body['status'] ?? body['code']];

/** Every charge here has an amount of its own, by which its effects are known. */
let cents = 70_000;
const effects = async (amount: number): Promise<readonly string[]> =>
  (await scene.effects()).filter((it) => it.amount === amount).map(({ operation }) => operation);

/** Until every armed fault has struck. */
const struck = (): Promise<true> =>
  eventually(async () => {
    const { faults } = as<{ faults: unknown[] }>((await scene.sim('GET', '/_sim/faults')).body);
    return faults.length === 0;
  });

describe('a cancel that goes wrong', () => {
  const cancel = (id: string): Promise<Answer> => scene.api('POST', `/pix/${id}/cancel`);
  const cancels: readonly (readonly [string, number, 'pending' | 'canceled'])[] = [
    ['timeout_before', 202, 'pending'],
    ['http_500_before', 202, 'pending'],
    ['timeout_after', 202, 'canceled'],
    ['reset_after', 202, 'canceled'],
    ['http_500_after', 202, 'canceled'],
    ['garbled', 202, 'canceled'],
    ['truncated', 202, 'canceled'],
    ['http_401', 200, 'canceled'],
  ];
  const waiting = new Map<string, Charge>();

  it.each(cancels)('%s answers %i', async (kind, status) => {
    const charge = await scene.pix({ amount: (cents += 1) });
    await scene.arm('pix.cancel', kind, { times: 1 });
    expect((await cancel(charge.id)).status).toBe(status);
    waiting.set(kind, charge);
  });

  it.each(cancels)('%s, after %i, comes to %s', async (kind, _, ends) => {
    const { id, amount } = waiting.get(kind)!;
    await scene.becomes(id, ends);
    expect(await effects(amount)).toEqual(ends === 'pending' ? ['pix.create'] : ['pix.create', 'pix.cancel']);
    if (ends === 'canceled') return;
    // What was not cancelled can be: nothing is left of the first try.
    expect((await cancel(id)).status).toBe(200);
    expect(await effects(amount)).toEqual(['pix.create', 'pix.cancel']);
  });

  it('and is found never to have been done while a repeat waits is not answered as done', async () => {
    const { id } = await scene.pix({ amount: (cents += 1) });
    const headers = { 'idempotency-key': fresh('cancel') };
    const ask = (): Promise<Answer> => scene.api('POST', `/pix/${id}/cancel`, undefined, { headers });
    await scene.arm('pix.cancel', 'timeout_before', { times: 1 });
    expect((await ask()).status).toBe(202);
    const becomes = (state: string): Promise<unknown> =>
      rows(
        scene.app,
        `with it as (update charge set in_flight = case when $2 = 'sent' then in_flight end where id = $1)
         update attempt set state = $2, ask_at = null, deadline = clock_now() + interval '1 hour'
         where owner_id = $1 and operation = 'pix.cancel'`,
        [id, state],
      );
    await becomes('sent');
    const repeat = ask();
    await sleep(300);
    await becomes('failed');
    expect((await repeat).status).toBe(503);
    expect(told(await ask())).toEqual([200, 'canceled']);
  });

  it.each(['refuse', 'http_429'])('%s is 503, and the charge is as it was', async (kind) => {
    const { id, amount } = await scene.pix({ amount: (cents += 1) });
    await scene.arm('pix.cancel', kind);
    const answer = await cancel(id);
    expect([answer.status, answer.body['code']]).toEqual([503, 'no_provider_available']);
    expect(await scene.charge(id)).toMatchObject({ status: 'pending', pendingOperation: null });
    await scene.calm();
    expect((await cancel(id)).status).toBe(200);
    expect(await effects(amount)).toEqual(['pix.create', 'pix.cancel']);
  });
});

describe('a refund that goes wrong', () => {
  // `refund_fails`: the account was empty, which is our trouble and not the merchant's: it is tried again.
  const refunds = [
    'timeout_before',
    'timeout_after',
    'reset_after',
    'http_500_before',
    'http_500_after',
    'http_429',
    'http_401',
    'garbled',
    'truncated',
    'wrong_amount',
    'refund_fails',
  ];
  const paid = new Map<string, Charge>();
  const waiting = new Map<string, Charge>();
  beforeAll(async () => {
    const all = refunds.map(async (kind) => paid.set(kind, await scene.paid({ amount: (cents += 1) })));
    await Promise.all(all);
  });

  it.each(refunds)('%s: asked for', async (kind) => {
    const charge = paid.get(kind)!;
    await scene.arm('pix.refund', kind, { times: 1 });
    expect(told(await scene.refund(charge.id))).toEqual([200, 'refund_requested']);
    waiting.set(kind, charge);
    await struck();
  });

  it.each(refunds)('%s: the money goes back, once', async (kind) => {
    const { id, amount } = waiting.get(kind)!;
    const ended = await scene.becomes(id, 'refunded', 20_000);
    expect(ended).toMatchObject({ refundedAmount: amount, amountRefundable: 0 });
    expect(ended.refunds.map(({ status }) => status)).toEqual(['done']);
    expect((await effects(amount)).filter((it) => it === 'pix.refund')).toHaveLength(1);
  });

  it('refuse: it waits for the provider, and goes then', async () => {
    const { id, amount } = await scene.paid({ amount: (cents += 1) });
    await scene.arm('pix.refund', 'refuse');
    expect(told(await scene.refund(id))).toEqual([200, 'refund_requested']);
    await eventually(async () => (await states(id)).includes('failed'));
    await scene.calm();
    expect(await scene.becomes(id, 'refunded')).toMatchObject({ refundedAmount: amount });
    expect((await effects(amount)).filter((it) => it === 'pix.refund')).toHaveLength(1);
  });

  it('never cost more or less than the world has seen', async () => {
    const moved = await scene.effects();
    const sum = (operation: string): number =>
      moved.filter((it) => it.operation === operation).reduce((total, it) => total + it.amount, 0);
    const addresses = await scene.addresses();
    expect(addresses['provider:gerencianet:clearing']! + sum('pix.received')).toBe(sum('pix.refund'));
    expect(addresses['refunds:transit']).toBe(0);
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
  });

  it('refund_fails_after_success: a human is told, and nothing moves by itself', async () => {
    const charge = await scene.paid({ amount: (cents += 1) });
    await scene.arm('pix.refund', 'refund_fails_after_success', { times: 1, delayMs: 200 });
    expect((await scene.refund(charge.id)).status).toBe(200);
    const refunded = await scene.becomes(charge.id, 'refunded');
    const parked = await eventually(async () => {
      const { body } = await scene.admin('GET', '/admin/attempts?parked=true');
      return as<{ data: { operation: string; state: string; parkedWhy: string; owner: object }[] }>(body).data[0];
    });
    const owner = { kind: 'refund', id: refunded.refunds[0]!.id };
    expect(parked).toMatchObject({ operation: 'pix.refund', state: 'succeeded', owner });
    expect(parked.parkedWhy).not.toBe('');
    expect((await scene.charge(charge.id)).status).toBe('refunded');
  });
});

describe('a refund that Cielo takes back after it was done', () => {
  interface Heard {
    readonly id: string;
    readonly parkedWhy: string | null;
    readonly findings: readonly { readonly heard: { readonly kind: string; readonly message?: string } }[];
  }
  let counter: Counter;
  const clearing = async (): Promise<number> => (await scene.addresses())['provider:cielo:clearing'] ?? 0;
  beforeAll(() => {
    counter = new Counter(scene);
  });
  const reversed = (): Promise<void> =>
    counter.arm('cielo', 'cards.refund', 'refund_fails_after_success', { times: 1, delayMs: 200 });
  const refunded = async (id: string, amount: number, sum = amount): Promise<string> => {
    await counter.act(id, 'refund', { amount });
    const { refunds } = await counter.until(id, (it) => it.refundedAmount === sum && it.pendingOperation === null);
    return refunds.find((it) => it.amount === amount)!.id;
  };
  /** The provider call of a refund, with all that was heard of it. */
  const heard = async (refund: string): Promise<Heard> => {
    const [row] = await rows<{ id: string }>(scene.app, 'select id from attempt where owner_id = $1', [refund]);
    return as<Heard>((await scene.admin('GET', `/admin/attempts/${row!.id}`)).body);
  };
  const hop = async (): Promise<void> => {
    await scene.advance(6);
    await sleep(150);
  };

  it('is restored when the sale has shown so twice, and no sooner; a part of it alone', async () => {
    const had = await clearing();
    const { id } = await counter.made('paid');
    const first = await refunded(id, 3_000);
    await sleep(300); // a sale rests between two
    await reversed();
    const second = await refunded(id, 2_000, 5_000);
    const early = await eventually(async () =>
      (await heard(second)).findings.find((it) => it.heard.kind === 'unknown'),
    );
    expect(early.heard.message).toBe('absent too early');
    expect(await counter.charge(id)).toMatchObject({ status: 'refunded', refundedAmount: 5_000 });
    await eventually(async () => (await hop(), (await counter.charge(id)).refundedAmount === 3_000));
    const { refunds } = await counter.charge(id);
    expect(refunds.map((it) => `${it.amount} ${it.status}`).sort()).toEqual(['2000 failed', '3000 done']);
    expect((await counter.story(id)).slice(-2)).toEqual(['refund_requested', 'refunded']);
    expect(await clearing()).toBe(had - 7_000);
    const moved = await scene.admin('GET', '/admin/movements?provider=cielo');
    expect(as<{ data: object[] }>(moved.body).data).toMatchObject([{ kind: 'returned', amount: 2_000 }]);
    expect((await heard(first)).parkedWhy).toBeNull();
    // What is left can be given back again.
    await refunded(id, 7_000, 10_000);
    expect(await clearing()).toBe(had);
    expect((await counter.fate(await counter.charge(id))).slice(1)).toEqual(['cards.refund 3000', 'cards.refund 7000']);
  });

  it('without a word is seen when the next one is asked for, which waits until it is clear', async () => {
    const had = await clearing();
    const { id } = await counter.made('paid');
    await reversed();
    for (const kind of ['no_callback', 'no_callback']) await counter.arm('cielo', 'cards.refund', kind, { times: 1 });
    await refunded(id, 3_000);
    await sleep(400);
    expect((await counter.act(id, 'refund', { amount: 2_000 })).status).toBe(200);
    await eventually(async () => {
      await hop();
      const { status, refundedAmount, refunds } = await counter.charge(id);
      const all = refunds.map((it) => `${it.amount} ${it.status}`).sort();
      return status === 'refunded' && refundedAmount === 2_000 && String(all) === '2000 done,3000 failed';
    });
    expect(await clearing()).toBe(had - 8_000);
  });

  it('in another sum than we know of waits for a human, whose word it is', async () => {
    const had = await clearing();
    const charge = await counter.made('paid');
    const known = await refunded(charge.id, 3_000);
    const path = `/_sim/cards/${charge.metadata['paymentId']}/void`;
    expect((await scene.sim('POST', path, { amount: 100 })).status).toBe(200);
    const { id } = await eventually(async () => (await hop(), await heard(known)).parkedWhy !== null && heard(known));
    expect(await counter.charge(charge.id)).toMatchObject({ status: 'refunded', refundedAmount: 3_000 });
    const said = { finding: 'absent', evidence: 'EDI' };
    expect((await scene.admin('POST', `/admin/attempts/${id}/resolve`, said)).status).toBe(200);
    expect(await counter.becomes(charge.id, 'paid')).toMatchObject({ refundedAmount: 0 });
    expect((await heard(known)).parkedWhy).toBeNull();
    expect(await clearing()).toBe(had - 10_000);
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
  });
});
