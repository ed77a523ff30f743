import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wire } from '@apps/sandbox/cielo/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Store, debit, orderId, payment, told } from './cielo.client.js';
import { type Answered, receiver, sleep } from './sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const start = (): Promise<Sandbox> => startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
let sandbox: Sandbox;
let store: Store;
let inbox: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  sandbox = await start();
  store = new Store(sandbox);
}, 90_000);
beforeEach(async () => {
  await inbox?.close();
  inbox = await receiver();
  await store.sim('DELETE', 'faults');
  await store.sim('PUT', 'callbacks', { provider: 'cielo', url: inbox.url });
});
afterAll(async () => {
  store.leave();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

const listed = async (order: string): Promise<string[]> => {
  const { status, body } = await store.list(order);
  return status === 404 ? [] : (body as { Payments: { PaymentId: string }[] }).Payments.map((it) => it.PaymentId);
};
const paid = (over: object = {}): Promise<string> => store.held({ Capture: true, ...over });

describe('what goes wrong on the wire', () => {
  it.each([
    ['timeout_before', 'gave up', 0],
    ['timeout_after', 'gave up', 1],
    ['reset_after', 'ECONNRESET', 1],
    ['slow', 'gave up', 1],
    ['truncated', 'aborted', 1],
  ])('%s: the caller reads nothing whole: %s', async (kind, error, then) => {
    const id = orderId();
    await store.arm(kind, 'cards.authorize', { times: 1 });
    store.giveUpMs = 500;
    await expect(store.sale(1, {}, id)).rejects.toThrow(error);
    store.giveUpMs = 5_000;
    expect(await listed(id)).toHaveLength(then);
    expect(await store.effects(id)).toHaveLength(then);
  });

  it.each([
    ['http_500_before', 500, 0],
    ['http_500_after', 500, 1],
    ['http_429', 429, 0],
    ['http_401', 401, 0],
    ['garbled', 201, 1],
  ])('%s: the caller reads %d and nothing to go by', async (kind, code, then) => {
    const id = orderId();
    await store.arm(kind, '*', { times: 1 });
    const answer = await store.sale(1, {}, id);
    expect([answer.status, answer.body]).toEqual([code, undefined]);
    expect(await store.effects(id)).toHaveLength(then);
  });

  it('refuse: connections end before any byte is read, each counted', async () => {
    const id = orderId();
    await store.sale(1);
    await store.arm('refuse', 'cards.authorize', { times: 2 });
    for (let i = 0; i < 2; i += 1) await expect(store.sale(1, {}, id)).rejects.toThrow();
    const { body } = await store.sim('GET', 'requests?provider=cielo&operation=cards.authorize');
    expect((body as { requests: { key: string }[] }).requests.filter(({ key }) => key === id)).toEqual([]);
    expect((await store.sale(1, {}, id)).status).toBe(201);
  });

  it('wrong_amount, find_refused, find_404_then_found, wrong_store_404', async () => {
    const id = orderId();
    await store.arm('wrong_amount', 'cards.authorize', { times: 1 });
    const sale = payment(await store.sale(1, {}, id));
    expect(sale).toMatchObject({ Amount: 1001 });
    expect(await store.found(sale.PaymentId)).toMatchObject({ Amount: 1000 });
    await store.arm('find_refused', 'cards.authorize', { times: 1 });
    expect((await store.list(id)).status).toBe(403);
    await store.arm('find_404_then_found', 'cards.authorize');
    expect([await listed(id), await listed(id)]).toEqual([[], [sale.PaymentId]]);
    expect([(await store.find(sale.PaymentId)).status, (await store.find(sale.PaymentId)).status]).toEqual([404, 200]);
    await store.arm('wrong_store_404', '*');
    const statuses = async (): Promise<number[]> =>
      Promise.all([store.list(id), store.find(sale.PaymentId), store.put(sale.PaymentId, 'capture')]).then((all) =>
        all.map(({ status }) => status),
      );
    expect(await statuses()).toEqual([404, 404, 404]);
    await store.sim('DELETE', 'faults');
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it('no kind that means nothing here, no operation of another provider', async () => {
    for (const [kind, operation] of [
      ['second_payment', '*'],
      ['slow', 'payouts.send'],
    ] as const)
      expect((await store.arm(kind, operation)).status).toBe(422);
  });
});

describe('what goes wrong with money', () => {
  it('duplicate_key_first_send: two sales under one order', async () => {
    const id = orderId();
    await store.arm('duplicate_key_first_send', 'cards.authorize');
    const ours = await store.held({}, id);
    expect(await listed(id)).toHaveLength(2);
    expect(await listed(id)).toContain(ours);
    expect(await store.effects(id)).toEqual(['cards.authorize 1000', 'cards.authorize 1000']);
  });

  it('refund_fails: answered 200, and nothing is given back', async () => {
    const id = await paid();
    await store.arm('refund_fails', 'cards.refund', { times: 1 });
    expect(await store.put(id, 'void?amount=1')).toMatchObject({ status: 200, body: { Status: 2, ReturnCode: '43' } });
    expect(await store.found(id)).not.toHaveProperty('VoidedAmount');
    expect(await store.effects(id)).toEqual([]);
  });

  it('refund_fails_after_success: denied after all', async () => {
    const id = await paid();
    await store.arm('refund_fails_after_success', 'cards.refund', { times: 1, delayMs: 50 });
    expect((await store.put(id, 'void')).body).toMatchObject({ Status: 10 });
    expect(await store.becomes(id, ({ Status }) => Status === 2)).not.toHaveProperty('VoidedAmount');
    expect(await store.effects(id)).toEqual([]);
    expect(await told(inbox.calls, id, 3)).toEqual([1, 1, 5]);
  });

  it('portal_void: somebody else takes off a cent; and by hand, as much as is wanted', async () => {
    const id = await paid();
    await store.arm('portal_void', 'cards.refund', { times: 1 });
    expect((await store.put(id, 'void?amount=100')).body).toMatchObject({ Status: 2, ReturnCode: '0' });
    expect((await store.found(id)).VoidedAmount).toBe(101);
    expect((await store.sim('POST', `cards/${id}/void`, { amount: 9 })).status).toBe(200);
    expect((await store.sim('POST', `cards/${id}/void`, { amount: 891 })).status).toBe(409);
    expect(await store.effects(id)).toEqual(['cards.refund 100', 'cards.portal_void 1', 'cards.portal_void 9']);
  });

  it('chargeback, armed or by hand: told, taken, the state as it was', async () => {
    const order = orderId();
    await store.arm('chargeback', 'cards.authorize', { times: 1, delayMs: 50 });
    const id = await store.held({ Capture: true }, order);
    expect(await told(inbox.calls, id, 2)).toEqual([1, 7]);
    expect(await store.found(id)).toMatchObject({ Status: 2, Chargebacks: [{ Amount: 1000 }] });
    expect(await store.effects(order)).toEqual(['cards.authorize 1000', 'cards.chargeback 1000']);
    expect((await store.put(id, 'void')).body).toMatchObject({ Status: 2, ReturnCode: '130' });
    const other = await store.held();
    expect((await store.sim('POST', `cards/${other}/dispute`)).status).toBe(409);
    await store.put(other, 'capture');
    expect((await store.sim('POST', `cards/${other}/dispute`)).body).toMatchObject({ amount: 1000 });
    expect((await store.sim('POST', 'cards/nobody/dispute')).status).toBe(404);
  });

  it('a void that is accepted only, where the wire is set so', async () => {
    wire.voids = 'later';
    const id = await paid();
    expect((await store.put(id, 'void?amount=300')).body).toMatchObject({ Status: 2, ReturnCode: '223' });
    expect((await store.put(id, 'void?amount=300')).body).toMatchObject({ ReturnCode: '223' });
    wire.voids = 'now';
    expect((await store.becomes(id, ({ VoidedAmount }) => VoidedAmount !== undefined)).VoidedAmount).toBe(300);
    expect(await store.effects(id)).toEqual(['cards.refund 300']);
  });
});

describe('callbacks', () => {
  it('say what to ask for, and nothing else', async () => {
    const held = await store.held();
    await store.put(held, 'capture');
    await store.put(held, 'void?amount=1');
    expect(await told(inbox.calls, held, 2)).toEqual([1, 25]);
    for (const { body } of inbox.calls) expect(Object.keys(body as object).sort()).toEqual(['ChangeType', 'PaymentId']);
  });

  it('are sent again until they are answered 200, four times at the most', async () => {
    inbox.answers.push(201, 200);
    const id = await paid();
    expect(await told(inbox.calls, id, 2)).toEqual([1, 1]);
    await sleep(100);
    expect((await told(inbox.calls, id, 2)).length).toBe(2);
  });

  it('under their faults', async () => {
    await store.arm('no_callback', '*', { times: 1 });
    expect(await told(inbox.calls, await paid(), 1, 150)).toEqual([]);
    await store.arm('duplicate_callback', '*', { times: 1 });
    expect(await told(inbox.calls, await paid(), 2)).toEqual([1, 1]);
    await store.arm('same_callback_twice_different_state', '*', { times: 1 });
    expect(new Set(await told(inbox.calls, await paid(), 2))).toEqual(new Set([1, 5]));
    await store.arm('forged_callback', '*', { times: 1 });
    const held = await store.held();
    expect(await told(inbox.calls, held, 1)).toEqual([1]);
    expect(inbox.calls.at(-1)!.path).not.toContain('s3cret');
    expect((await store.found(held)).Status).toBe(1);
  });

  it('go where the last hand has sent them, and to nobody else’s providers', async () => {
    const said = async (body: object): Promise<Answered['status']> =>
      (await store.sim('PUT', 'callbacks', body)).status;
    expect(await said({ provider: 'gerencianet', url: inbox.url })).toBe(422);
    expect(await said({ provider: 'cielo', url: 'nowhere' })).toBe(422);
    expect(await said({ provider: 'cielo' })).toBe(422);
    const other = await receiver();
    expect(await said({ provider: 'cielo', url: `${other.url}/other` })).toBe(200);
    const id = await paid();
    expect(await told(other.calls, id, 1)).toEqual([1]);
    expect(other.calls[0]!.path).toBe('/callbacks/gerencianet/s3cret/other');
    await other.close();
  });
});

describe('time', () => {
  it('a hold lapses, a sale is forgotten, a void on another day is a refund', async () => {
    const [held, whole] = [await store.held(), await paid()];
    const advance = (days: number): Promise<Answered> => store.sim('POST', 'clock', { advanceSeconds: days * 86_400 });
    expect((await advance(16)).status).toBe(200);
    expect((await store.put(held, 'capture')).body).toMatchObject([{ Code: 308 }]);
    expect((await store.put(whole, 'void')).body).toMatchObject({ Status: 11 });
    await advance(80);
    expect((await store.find(whole)).status).toBe(404);
  });

  it('what is not finished is asked after, where the wire is set so', async () => {
    const id = orderId();
    const { PaymentId } = payment(await store.sale(6, {}, id));
    await store.sim('POST', 'clock', { advanceSeconds: 3_600 });
    expect((await store.found(PaymentId)).Status).toBe(0);
    const before = wire.polled;
    wire.polled = { ...before, status: 2 };
    expect((await store.found(PaymentId)).Status).toBe(2);
    wire.polled = before;
    expect(await store.effects(id)).toEqual(['cards.authorize 1000']);
  });
});

describe('a restart', () => {
  it('brings back sales, effects, what was pending, the account, the address and the port', async () => {
    await store.sim('POST', 'reset');
    const id = await paid();
    const awaited = payment(await store.sale(1, debit(1)));
    wire.voids = 'later';
    wire.settleMs = 60_000;
    await store.put(id, 'void?amount=300');
    wire.settleMs = 50;
    expect(await told(inbox.calls, id, 1)).toEqual([1]);
    inbox.answers.push(503);
    const owed = await paid();
    expect(await told(inbox.calls, owed, 1)).toEqual([1]);
    const { listeners, accounts } = sandbox;
    store.leave();
    await sandbox.close();
    sandbox = await start();
    store = new Store(sandbox);
    wire.voids = 'now';
    expect([sandbox.listeners['cielo'], sandbox.accounts.cielo]).toEqual([listeners['cielo'], accounts.cielo]);
    expect((await store.becomes(id, ({ VoidedAmount }) => VoidedAmount !== undefined)).VoidedAmount).toBe(300);
    expect(await told(inbox.calls, id, 2)).toEqual([1, 25]);
    expect(await told(inbox.calls, owed, 2)).toEqual([1, 1]);
    expect((await store.sim('POST', `cards/${awaited.PaymentId}/3ds`, { result: 'succeed' })).status).toBe(200);
    expect((await store.found(awaited.PaymentId)).Status).toBe(2);
    expect(await store.effects(id)).toEqual(['cards.refund 300']);
  }, 90_000);
});
