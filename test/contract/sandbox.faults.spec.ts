import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Customer, pick, receiver, send, sleep, txid } from '@test/contract/sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let customer: Customer;
let inbox: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
});
beforeEach(async () => {
  await customer?.sim('DELETE', 'faults');
  customer?.leave();
  await inbox?.close();
  inbox = await receiver();
  customer = new Customer(sandbox);
  await customer.sim('POST', 'reset');
  await customer.register(inbox.url);
});
afterAll(async () => {
  customer.leave();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

const status = async (id: string): Promise<string> =>
  pick((await customer.call('GET', `/v2/cob/${id}`)).body, 'status') || 'none';

describe('what goes wrong on the wire', () => {
  it.each([
    ['timeout_before', 'gave up', 'none'],
    ['timeout_after', 'gave up', 'ATIVA'],
    ['reset_after', 'ECONNRESET', 'ATIVA'],
    ['slow', 'gave up', 'ATIVA'],
    ['truncated', 'aborted', 'ATIVA'],
  ])('%s: the caller reads nothing whole: %s', async (kind, error, then) => {
    const id = txid();
    await customer.arm(kind, 'pix.create', { times: 1 });
    customer.giveUpMs = 500;
    await expect(customer.charge(id)).rejects.toThrow(error);
    customer.giveUpMs = 5000;
    expect(await status(id)).toBe(then);
    expect(await customer.effects()).toEqual(then === 'ATIVA' ? [`pix.create ${id} 1000`] : []);
    expect((await customer.charge(txid())).status).toBe(201);
  });

  it.each([
    ['http_500_before', 500, 'none'],
    ['http_500_after', 500, 'ATIVA'],
    ['http_429', 429, 'none'],
    ['http_401', 401, 'none'],
    ['garbled', 201, 'ATIVA'],
  ])('%s: the caller reads %d', async (kind, code, then) => {
    const id = txid();
    await customer.arm(kind, '*', { times: 1 });
    const answer = await customer.charge(id);
    expect([answer.status, answer.body === undefined]).toEqual([code, kind === 'garbled']);
    expect(await status(id)).toBe(then);
    expect(await customer.effects()).toHaveLength(then === 'ATIVA' ? 1 : 0);
  });

  it('wrong_amount: the answer lies, the world does not', async () => {
    const id = txid();
    await customer.arm('wrong_amount', 'pix.create', { times: 1 });
    expect(pick((await customer.charge(id)).body, 'valor.original')).toBe('10.01');
    expect(pick((await customer.call('GET', `/v2/cob/${id}`)).body, 'valor.original')).toBe('10.00');
  });

  it('duplicate_key_first_send: the txid is of another charge, and of no effect of ours', async () => {
    const id = txid();
    await customer.arm('duplicate_key_first_send', 'pix.create');
    expect(await customer.charge(id)).toMatchObject({ status: 409, body: { nome: 'txid_duplicado' } });
    expect(pick((await customer.call('GET', `/v2/cob/${id}`)).body, 'valor.original')).toBe('11.00');
    expect(await customer.effects()).toEqual([]);
  });

  it('find_refused and find_404_then_found: hit questions, by the name of what is asked after', async () => {
    const id = txid();
    const e2e = await customer.paid(id);
    await customer.arm('find_refused', 'pix.create', { times: 1 });
    expect((await customer.call('GET', `/v2/cob/${id}`)).status).toBe(403);
    await customer.arm('find_404_then_found', 'pix.create');
    expect([await status(id), await status(id)]).toEqual(['none', 'CONCLUIDA']);
    await customer.arm('find_404_then_found', 'pix.refund', { times: 2 });
    const put = await customer.call('PUT', `/v2/pix/${e2e}/devolucao/a`, { valor: '1.00' });
    expect(put.status).toBe(201);
    const asked: number[] = [];
    for (let i = 0; i < 3; i += 1) asked.push((await customer.call('GET', `/v2/pix/${e2e}/devolucao/a`)).status);
    expect(asked).toEqual([400, 400, 200]);
  });

  it('rate: a seed gives the same row each time', async () => {
    const row = async (): Promise<number[]> => {
      await customer.arm('http_500_before', 'pix.find', { rate: 0.5, seed: 7 });
      const codes: number[] = [];
      for (let i = 0; i < 20; i += 1) codes.push((await customer.call('GET', `/v2/cob/${txid()}`)).status);
      await customer.sim('DELETE', 'faults');
      return codes;
    };
    const first = await row();
    expect(await row()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([400, 500]));
  });

  it('refuse: open connections end, new ones before any byte is read, each counted', async () => {
    await customer.charge(txid());
    const closed = new Promise((resolve) => {
      const port = Number(new URL(sandbox.listeners['gerencianet'] ?? '').port);
      const socket = connect(port, '127.0.0.1', () => {
        socket.on('error', () => undefined);
        socket.on('close', resolve);
        void customer.arm('refuse', 'pix.create', { times: 2 });
      });
    });
    await closed;
    const seen = async (): Promise<number> =>
      ((await customer.sim('GET', 'requests?provider=gerencianet')).body as { requests: unknown[] }).requests.length;
    const before = await seen();
    const id = txid();
    await expect(customer.charge(id)).rejects.toThrow();
    await expect(customer.charge(id)).rejects.toThrow();
    expect(await seen()).toBe(before);
    expect((await customer.charge(id)).status).toBe(201);
    expect((await customer.sim('GET', 'faults')).body).toEqual({ faults: [] });
  });
});

describe('what goes wrong in callbacks', () => {
  const told = async (count: number, within?: number): Promise<string[]> =>
    (await inbox.events(count, within)).map((call) => pick(call.body, 'pix.0.txid'));

  it('no_callback, duplicate_callback, late_callback', async () => {
    const [none, twice, late] = [txid(), txid(), txid()];
    await customer.arm('no_callback', 'pix.create', { times: 1 });
    await customer.paid(none);
    await customer.arm('duplicate_callback', 'pix.create', { times: 1 });
    await customer.paid(twice);
    await customer.arm('late_callback', '*', { times: 1, delayMs: 1500 });
    await customer.paid(late);
    expect(await told(3, 1000)).toEqual([twice, twice]);
    expect(await told(3)).toEqual([twice, twice, late]);
  });

  it('reordered_callbacks: the next one comes first', async () => {
    const [first, second] = [txid(), txid()];
    await customer.arm('reordered_callbacks', 'pix.create', { times: 1 });
    await customer.paid(first);
    await customer.paid(second);
    expect(await told(2, 1000)).toEqual([second, first]);
  });

  it('forged_callback: a claim by one who does not know the address', async () => {
    const id = txid();
    await customer.arm('forged_callback', 'pix.create', { times: 1 });
    await customer.charge(id);
    for (let waited = 0; inbox.calls.length < 2 && waited < 4000; waited += 20) await sleep(20);
    const [forged, ...more] = inbox.calls.slice(1);
    expect(more).toEqual([]);
    expect(pick(forged?.body, 'pix.0.txid')).toBe(id);
    expect(forged?.path).toMatch(/^\/callbacks\/gerencianet\/(?!s3cret)\w{6}\/pix$/);
    expect(await status(id)).toBe('ATIVA');
  });

  it('same_callback_twice_different_state: one of them is not true', async () => {
    const e2e = await customer.paid(txid());
    await customer.arm('same_callback_twice_different_state', 'pix.refund', { times: 1 });
    await customer.call('PUT', `/v2/pix/${e2e}/devolucao/a`, { valor: '1.00' });
    const states = (await inbox.events(3)).map((call) => pick(call.body, 'pix.0.devolucoes.0.status'));
    expect(states.slice(1).sort()).toEqual(['DEVOLVIDO', 'NAO_REALIZADO']);
  });

  it('are sent again until somebody takes them, and owed to nobody who did not ask', async () => {
    inbox.answers.push(503, 500);
    const id = txid();
    await customer.paid(id);
    expect(await told(3, 6000)).toEqual([id, id, id]);
    expect((await customer.call('DELETE', `/v2/webhook/${customer.chave}`)).status).toBe(204);
    expect((await customer.call('GET', `/v2/webhook/${customer.chave}`)).status).toBe(400);
    await customer.paid(txid());
    expect(await told(4, 300)).toHaveLength(3);
  });
});

describe('what goes wrong with money', () => {
  it('refund_fails_after_success and refund_fails', async () => {
    const e2e = await customer.paid(txid());
    await customer.arm('refund_fails_after_success', 'pix.refund', { times: 1, delayMs: 50 });
    await customer.call('PUT', `/v2/pix/${e2e}/devolucao/a`, { valor: '10.00' });
    const states = (await inbox.events(3)).map((call) => pick(call.body, 'pix.0.devolucoes.0.status'));
    expect(states).toEqual(['', 'DEVOLVIDO', 'NAO_REALIZADO']);
    await customer.arm('refund_fails', 'pix.refund', { times: 1 });
    await customer.call('PUT', `/v2/pix/${e2e}/devolucao/b`, { valor: '10.00' });
    await inbox.events(4);
    const refund = await customer.call('GET', `/v2/pix/${e2e}/devolucao/b`);
    expect(refund.body).toMatchObject({ status: 'NAO_REALIZADO', motivo: expect.any(String) });
    expect(await customer.effects()).toHaveLength(2);
  });

  it('chargeback: a refund that nobody asked for', async () => {
    const id = txid();
    await customer.arm('chargeback', 'pix.create', { times: 1, delayMs: 50 });
    const e2e = await customer.paid(id);
    await inbox.events(2);
    const { body } = await customer.call('GET', `/v2/pix/${e2e}`);
    expect(body).toMatchObject({ devolucoes: [{ valor: '10.00', natureza: 'MED_FRAUDE', status: 'DEVOLVIDO' }] });
    expect(await customer.effects()).toContain(`pix.chargeback ${id} 1000`);
  });
});

describe('the address for callbacks', () => {
  it('is tried before it is believed', async () => {
    const set = (url: unknown, headers: Record<string, string> = { 'x-skip-mtls-checking': 'true' }) =>
      customer.call('PUT', `/v2/webhook/${customer.chave}`, { webhookUrl: url }, headers);
    const refusal = (nome: string) => ({ status: 400, body: { nome } });
    expect(await set('nowhere')).toMatchObject(refusal('valor_invalido'));
    expect(await set('ftp://x/y')).toMatchObject(refusal('valor_invalido'));
    expect(await set(1)).toMatchObject(refusal('json_invalido'));
    expect(await set('http://127.0.0.1:1/x')).toMatchObject(refusal('webhook_invalido'));
    expect(await set(inbox.url, {})).toMatchObject(refusal('webhook_invalido'));
    inbox.answers.push(404);
    expect(await set(inbox.url)).toMatchObject(refusal('webhook_invalido'));
    const foreign = await customer.call('PUT', '/v2/webhook/other', { webhookUrl: inbox.url });
    expect(foreign).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    const kept = await customer.call('GET', `/v2/webhook/${customer.chave}`);
    expect(kept.body).toMatchObject({ webhookUrl: inbox.url, chave: customer.chave });
  });
});

describe('the controls', () => {
  it.each([
    ['PUT', 'faults', { provider: 'nobody', operation: '*', kind: 'slow' }, 422],
    ['PUT', 'faults', { provider: 'gerencianet', operation: '*', kind: 'rain' }, 422],
    ['PUT', 'faults', { provider: 'gerencianet', operation: 'x', kind: 'slow' }, 422],
    ['PUT', 'faults', { provider: 'gerencianet', operation: '*', kind: 'slow', times: 0 }, 422],
    ['PUT', 'faults', { provider: 'gerencianet', operation: '*', kind: 'slow', rate: 2 }, 422],
    ['PUT', 'faults', [], 422],
    ['PUT', 'faults', '{', 400],
    ['POST', 'clock', { advanceSeconds: 1 }, 409],
    ['POST', 'pix/nobody/pay', {}, 404],
    ['POST', 'pix/nobody/pay', { amount: 0 }, 422],
    ['POST', 'pix/nobody/pay', { amount: '1.00' }, 422],
    ['POST', 'pix/%/pay', undefined, 404],
    ['GET', 'reset', undefined, 405],
    ['GET', 'nothing', undefined, 404],
  ])('%s %s %j: %d', async (method, path, body, code) => {
    const answer = await customer.sim(method, path, body);
    expect(answer).toMatchObject({ status: code, body: { message: expect.any(String) } });
  });

  it('show where the provider listens, and what reached it without a secret', async () => {
    expect((await customer.sim('GET', 'listeners')).body).toEqual(sandbox.listeners);
    const beside = await send({
      method: 'GET',
      url: `${sandbox.url}/_sim/listeners`,
      headers: { host: 'sandbox:4000' },
    });
    expect(pick(beside.body, 'gerencianet')).toMatch(/^https:\/\/sandbox:\d+$/);
    await customer.charge(txid());
    const { text, body } = await customer.sim('GET', 'requests?provider=gerencianet');
    const { clientSecret, clientId } = sandbox.accounts.gerencianet;
    for (const secret of [clientSecret, clientId, 's3cret', 'Bearer', 'Basic']) expect(text).not.toContain(secret);
    const seen = (body as { requests: { operation: string; status: number }[] }).requests;
    expect(seen.map((entry) => [entry.operation, entry.status])).toEqual([
      ['token', 200],
      ['webhook', 201],
      ['pix.create', 201],
    ]);
  });
});
