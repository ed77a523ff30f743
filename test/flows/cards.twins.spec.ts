import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@test/support/app.js';
import { type CardCharge, Counter, numbers } from '@test/support/counter.js';
import { as, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
let counter: Counter;
beforeAll(async () => {
  scene = await Scene.open({ PROOF_CIELO_CARDS_REST_MS: '1500' });
  counter = new Counter(scene);
});
afterAll(() => scene.close());
afterEach(() => scene.calm());

const under = (key: string): { headers: Record<string, string> } => ({ headers: { 'idempotency-key': key } });

describe('at once', () => {
  it('a capture and a cancel: one of them happens, the other is refused', async () => {
    const charge = await counter.made('authorized', { capture: false });
    const answers = await Promise.all([counter.act(charge.id, 'capture'), counter.act(charge.id, 'cancel')]);
    const over = await counter.until(charge.id, (it) => it.status !== 'authorized' && it.pendingOperation === null);
    expect(answers.filter(({ status }) => status === 409 || status === 503)).toHaveLength(1);
    const act = over.status === 'paid' ? 'cards.capture 10000' : 'cards.void 10000';
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000', act]);
  });

  it('two refunds of one payment: both happen, one after the other, each once', async () => {
    const charge = await counter.made('paid');
    const asked = await Promise.all([1, 2].map(() => counter.act(charge.id, 'refund', { amount: 3_000 })));
    expect(asked.map(({ status }) => status)).toEqual([200, 200]);
    await counter.until(charge.id, (it) => it.refundedAmount === 6_000 && it.pendingOperation === null);
    expect(await counter.fate(charge)).toEqual(['cards.authorize 10000', 'cards.refund 3000', 'cards.refund 3000']);
    // Cielo wants a sale to rest between two voids.
    const { body } = await scene.sim('GET', '/_sim/ledger');
    const [one, two] = as<{ effects: { key: string; operation: string; at: string }[] }>(body).effects.filter(
      (it) => it.key === charge.metadata['paymentId'] && it.operation === 'cards.refund',
    );
    expect(Date.parse(two!.at) - Date.parse(one!.at)).toBeGreaterThanOrEqual(1_500);
  });
});

describe('a repeat', () => {
  it('under one key is one charge, whatever else; another card is a conflict', async () => {
    const key = fresh('key');
    const first = await counter.ask('credit', {}, {}, under(key));
    const { id } = as<CardCharge>(first.body);
    const second = await counter.ask('credit', {}, { cvv: '738' }, under(key));
    expect([as<CardCharge>(second.body).id, second.headers.get('idempotent-replayed')]).toEqual([id, 'true']);
    const other = await counter.ask('credit', {}, { number: numbers.cielo }, under(key));
    expect([other.status, other.body['code']]).toEqual([409, 'idempotency_conflict']);
  });

  it('without a key is the same charge for ten minutes, when code, amount and card are the same', async () => {
    const customCode = fresh('order');
    const answers = await Promise.all([1, 2, 3].map(() => counter.ask('credit', { customCode })));
    expect(new Set(answers.map(({ body }) => as<CardCharge>(body).id)).size).toBe(1);
    const id = as<CardCharge>(answers[0]!.body).id;
    const others = [
      await counter.ask('credit', { customCode, amount: 10_001 }),
      await counter.ask('credit', { customCode }, { number: numbers.cielo }),
      await counter.ask('credit', { customCode: fresh('order') }),
      await counter.ask('credit'),
    ];
    expect(others.map(({ body }) => as<CardCharge>(body).id)).not.toContain(id);
    await scene.advance(601);
    expect(as<CardCharge>((await counter.ask('credit', { customCode })).body).id).not.toBe(id);
  });

  it('of a declined one is a new charge', async () => {
    const customCode = fresh('order');
    const [one, two] = [
      await counter.ask('credit', { customCode }, { number: numbers.denied }),
      await counter.ask('credit', { customCode }, { number: numbers.denied }),
    ];
    expect(as<CardCharge>(two.body).id).not.toBe(as<CardCharge>(one.body).id);
  });
});

describe('a sale that the provider has made twice', () => {
  const acts = async (amount: number): Promise<readonly string[]> =>
    (await scene.effects()).filter((it) => it.amount === amount).map(({ operation }) => operation);

  it.each([
    ['paid', true, 'cards.refund', 10_111],
    ['authorized', false, 'cards.void', 10_112],
  ] as const)(
    'is %s once: the look-up finds both, and the other one goes back',
    async (status, capture, back, amount) => {
      await counter.arm('cielo', 'cards.authorize', 'duplicate_key_first_send', { times: 1 });
      await counter.arm('cielo', 'cards.authorize', 'timeout_after', { times: 1 });
      const { body } = await counter.ask('credit', { amount, capture });
      const { id } = as<CardCharge>(body);
      await counter.becomes(id, status);
      await eventually(async () => (await acts(amount)).length === 3);
      expect(await acts(amount)).toEqual(['cards.authorize', 'cards.authorize', back]);
      const kept = await counter.charge(id);
      expect(kept).toMatchObject({ status, refundedAmount: 0, refunds: [] });
      const { effects } = as<{ effects: { operation: string; key: string }[] }>(
        (await scene.sim('GET', '/_sim/ledger')).body,
      );
      expect(effects.filter(({ operation, key }) => operation === back && key === kept.metadata['paymentId'])).toEqual(
        [],
      );
      expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
    },
  );
});
