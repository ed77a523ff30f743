import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '@libs/brazil/brcode.js';
import { wire } from '@apps/sandbox/pinbank/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { type Ready, actsOf } from './pinbank.acts.js';
import { Shop, inbox, origin, period, reference, signedBy } from './pinbank.client.js';
import { sleep } from './sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let shop: Shop;
let events: Awaited<ReturnType<typeof inbox>>;
const start = () => startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
Object.assign(wire, { registerMs: 20, refundMs: 20, writeOffMs: 20, disputeMs: 20 });
const usual = { ...wire };

beforeAll(async () => {
  sandbox = await start();
  shop = new Shop(sandbox);
  events = await inbox();
  await shop.sim('PUT', 'callbacks', { provider: 'pinbank', url: events.url });
}, 90_000);
afterEach(async () => {
  Object.assign(wire, usual);
  events.answers.length = 0;
  await shop.sim('DELETE', 'faults');
});
afterAll(async () => {
  shop.leave();
  await sandbox.close();
  await events.close();
  rmSync(directory, { recursive: true });
});

const acts = actsOf(() => shop);
const after = async ({ key }: Ready, count: number): Promise<number> => {
  if (count === 0) await sleep(wire.refundMs + 60);
  return (await shop.effects(key, count)).length;
};

describe.each(Object.keys(acts))('%s', (operation) => {
  it('is not done before a fault, and stands after one', async () => {
    for (const [kind, status, count] of [
      ['http_500_before', 502, 0],
      ['http_429', 429, 0],
      ['http_401', 401, 0],
      ['http_500_after', 502, 1],
      ['garbled', 200, 1],
    ] as const) {
      const ready = await acts[operation]!();
      await shop.arm(kind, operation, { times: 1 });
      const said = await ready.ask();
      expect([kind, said.status, said.code]).toEqual([kind, status, undefined]);
      expect([kind, await after(ready, count)]).toEqual([kind, count]);
    }
    for (const [kind, count] of [
      ['timeout_before', 0],
      ['timeout_after', 1],
      ['reset_after', 1],
      ['truncated', 1],
    ] as const) {
      const ready = await acts[operation]!();
      await shop.arm(kind, operation, { times: 1, delayMs: 20 });
      await expect(ready.ask()).rejects.toThrow();
      expect([kind, await after(ready, count)]).toEqual([kind, count]);
    }
    const ready = await acts[operation]!();
    await shop.arm('slow', operation, { times: 1, delayMs: 60 });
    expect([(await ready.ask()).code, await after(ready, 1)]).toEqual([0, 1]);
  });
});

describe('questions and answers', () => {
  it('find_refused, find_404_then_found, wrong_amount', async () => {
    const { TxId: _txid, ...code } = (await shop.code()).data;
    const { NossoNumero } = (await shop.slip()).data;
    const nsu = await shop.sold(false);
    const questions: readonly (readonly [string, () => Promise<unknown>, unknown])[] = [
      ['pix.create', async () => (await shop.call('Pix/ConsultarDynamicQrCode', code)).code, 1],
      ['bankslip.create', async () => (await shop.call('CashIn/ConsultarBoleto', { NossoNumero })).code, 1],
      ['cards.capture', async () => (await shop.rows(nsu)).length, 0],
    ];
    for (const [operation, ask, nothing] of questions) {
      await shop.arm('find_404_then_found', operation);
      const [first, second] = [await ask(), await ask()];
      expect([operation, first]).toEqual([operation, nothing]);
      expect(second).not.toEqual(first);
    }
    await shop.sim('DELETE', 'faults');
    await shop.arm('find_refused', 'pix.cancel', { times: 1 });
    expect((await shop.call('Pix/ConsultarDynamicQrCode', code)).status).toBe(403);
    await shop.arm('wrong_amount', '*', { times: 3 });
    const lie = String((await shop.code()).data['TextoQrCode']);
    expect([lie.includes('540510.01'), verify(lie)]).toEqual([true, true]);
    expect(String((await shop.slip()).data['CodigoBarras']).slice(9, 19)).toBe('0000001001');
    expect(await shop.rows(nsu)).toMatchObject([{ ValorBruto: 11 }]);
    expect(await shop.rows(nsu)).toMatchObject([{ ValorBruto: 10 }]);
  });

  it('refuse, and what means nothing here', async () => {
    await shop.code();
    await shop.arm('refuse', 'pix.create', { times: 2 });
    for (let i = 0; i < 2; i += 1) await expect(shop.code()).rejects.toThrow();
    expect((await shop.code()).code).toBe(0);
    for (const [kind, operation] of [
      ['returned_in_parts', '*'],
      ['slow', 'payouts.send'],
    ] as const)
      expect((await shop.arm(kind, operation)).status).toBe(422);
  });
});

describe('money', () => {
  it('duplicate_key_first_send: two under one name', async () => {
    for (const operation of ['bankslip.create', 'pix.create', 'cards.authorize']) {
      const ready = await acts[operation]!();
      await shop.arm('duplicate_key_first_send', operation);
      await ready.ask();
      expect(await shop.effects(ready.key)).toEqual(Array(2).fill(`${operation} 1000`));
    }
  });

  it.each(['pix.refund', 'cards.refund'])('%s: never done, or done and undone', async (operation) => {
    const [never, undone] = [await acts[operation]!(), await acts[operation]!()];
    await shop.arm('refund_fails', operation, { times: 1 });
    expect((await never.ask()).code).toBe(0);
    expect(await after(never, 0)).toBe(0);
    await shop.arm('refund_fails_after_success', operation, { times: 1, delayMs: 80 });
    expect((await undone.ask()).code).toBe(0);
    expect(await after(undone, 1)).toBe(1);
    for (let waited = 0; (await shop.effects(undone.key)).length > 0 && waited < 3_000; waited += 20) await sleep(20);
    expect(await shop.effects(undone.key)).toEqual([]);
  });

  it('second_payment, chargeback, portal_void', async () => {
    const NsuOrigem = origin();
    const { TxId } = (await shop.code({ NsuOrigem })).data;
    const pay = async (): Promise<number> => (await shop.sim('POST', `pix/${String(TxId)}/pay`)).status;
    await shop.arm('chargeback', 'pix.create', { times: 1, delayMs: 20 });
    expect([await pay(), await pay()]).toEqual([200, 409]);
    await shop.arm('second_payment', 'pix.create', { times: 1 });
    expect(await pay()).toBe(200);
    expect([...(await shop.effects(NsuOrigem, 4))].sort()).toEqual(
      ['pix.chargeback 1000', 'pix.create 1000', 'pix.received 1000', 'pix.received 1000'].sort(),
    );
    const DescricaoPedido = reference();
    await shop.arm('chargeback', 'cards.authorize', { times: 1, delayMs: 20 });
    const disputed = await shop.sold(false, { DescricaoPedido });
    expect(await shop.effects(DescricaoPedido, 2)).toEqual(['cards.authorize 1000', 'cards.chargeback 1000']);
    expect((await events.told(disputed, 2)).at(-1)!.event.EventType).toBe('Compra.TransacaoDesfeita');
    const sale = await shop.sold(false);
    await shop.arm('portal_void', 'cards.refund', { times: 1 });
    await shop.call('Transacoes/CancelarTransacao', { NsuOperacao: sale, Valor: 300 });
    expect((await shop.sim('POST', `cards/${sale}/void`, { amount: 700 })).status).toBe(409);
    expect((await shop.sim('POST', `cards/${sale}/void`, { amount: 9 })).status).toBe(200);
    expect([...(await shop.effects(sale, 3))].sort()).toEqual(
      ['portal_void 1', 'portal_void 9', 'refund 300'].map((it) => `cards.${it}`),
    );
  });
});

describe('callbacks under their faults', () => {
  const types = async (nsu: string, count: number, withinMs?: number): Promise<readonly string[]> =>
    (await events.told(nsu, count, withinMs)).map(({ event }) => event.EventType.slice(16));

  it('not at all, twice, in another state, late, forged', async () => {
    const under = async (kind: string, count: number, withinMs?: number): Promise<readonly string[]> => {
      await shop.arm(kind, '*', { times: 1 });
      return types(await shop.sold(kind === 'forged_callback'), count, withinMs);
    };
    expect(await under('no_callback', 1, 150)).toEqual([]);
    expect(await under('duplicate_callback', 2)).toEqual(['Realizada', 'Realizada']);
    expect([...(await under('same_callback_twice_different_state', 2))].sort()).toEqual(['Negada', 'Realizada']);
    await shop.arm('late_callback', '*', { times: 1, delayMs: 400 });
    const late = await shop.sold(false);
    expect([await types(late, 1, 50), await types(late, 1)]).toEqual([[], ['Realizada']]);
    expect([...(await under('forged_callback', 2))].sort()).toEqual(['Pendente', 'Realizada']);
    const { body } = await shop.raw('/webhook/signing-key', '', {}, 'GET');
    const { keys } = (body as { jwks: { keys: { kid: string }[] } }).jwks;
    const last = events.calls.slice(-2);
    expect(last.filter((it) => signedBy(keys, it))).toHaveLength(1);
  });

  it('come again after 408, 429 and 5xx, and after no other refusal', async () => {
    events.answers.push(503);
    expect(await types(await shop.sold(), 2, 20_000)).toEqual(['Pendente', 'Pendente']);
    events.answers.push(401);
    expect(await types(await shop.sold(), 2, 1_300)).toEqual(['Pendente']);
  });
});

describe('events', () => {
  it('are signed with a published key; another generation takes over, and the page may be missing', async () => {
    const keys = async () => {
      const { status, body } = await shop.raw('/webhook/signing-key', '', {}, 'GET');
      return { status, keys: (body as { jwks?: { keys: { kid: string }[] } } | undefined)?.jwks?.keys ?? [] };
    };
    const [first] = await events.told(await shop.sold(), 1);
    const old = await keys();
    expect(signedBy(old.keys, first!)).toBe(true);
    expect(signedBy(old.keys, { ...first!, raw: `${first!.raw} ` })).toBe(false);
    expect(first!.headers['webhook-id']).toBe(first!.event.EventId);
    Object.assign(wire, { signingKey: 2, signed: 'id.ts.body' });
    const [second] = await events.told(await shop.sold(), 1);
    expect([signedBy(old.keys, second!, true), signedBy((await keys()).keys, second!, true)]).toEqual([false, true]);
    Object.assign(wire, { signingKey: 1, signed: 'ts.body', keys: 'absent' });
    expect(await keys()).toEqual({ status: 404, keys: [] });
    wire.keys = 'published';
  });
});

describe('the statement of the account', () => {
  it('is given by pages and no more than some days', async () => {
    const days = { DataInicial: '2020-01-01', DataFinal: '2020-02-01' };
    const page = { QuantidadeLinhasRetorno: 1, OffsetRetorno: 0 };
    expect(await shop.call('ContaDigital/ExtratoContaDigital', { ...days, ...page })).toMatchObject({
      fields: ['DataFinal'],
    });
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Sao_Paulo' }).format(new Date());
    const asked = { DataInicial: today, DataFinal: today };
    const all = await shop.call('ContaDigital/ExtratoContaDigital', { ...asked, ...page, QuantidadeLinhasRetorno: 0 });
    const lines = all.data['ListaTransacoes'] as { Valor: number; TipoTransacao: string }[];
    expect(all.data['HasMoreElements']).toBe(false);
    expect(lines.every(({ Valor, TipoTransacao }) => Valor < 0 === (TipoTransacao === 'D'))).toBe(true);
    const total = lines.reduce((sum, { Valor }) => sum + Math.round(Valor * 100), 0);
    expect(Math.round(Number((await shop.call('ContaDigital/Saldo', {})).data['Saldo']) * 100)).toBe(total);
    const second = await shop.call('ContaDigital/ExtratoContaDigital', { ...asked, ...page, OffsetRetorno: 1 });
    expect(second.data).toMatchObject({ HasMoreElements: true, ListaTransacoes: [lines[1]] });
    expect(await shop.call('ContaDigital/ExtratoPos', period({ Status: 'x' }))).toMatchObject({ fields: ['Status'] });
  });
});

describe('a restart', () => {
  it('brings back what was there, what was on its way, the account, the keys and the port', async () => {
    const slip = (await shop.slip()).data;
    await shop.becomes(slip['NossoNumero'], 'REGISTRADO');
    const nsu = await shop.sold(false);
    Object.assign(wire, { refundMs: 60_000, writeOffMs: 60_000 });
    await shop.call('Transacoes/CancelarTransacao', { NsuOperacao: nsu, Valor: 300 });
    await shop.call('CashIn/SolicitarBaixaBoleto', { NossoNumero: slip['NossoNumero'] });
    const { TxId } = (await shop.code()).data;
    const published = (): Promise<string> => shop.raw('/webhook/signing-key', '', {}, 'GET').then(({ text }) => text);
    const [keys, { listeners, accounts }] = [await published(), sandbox];
    shop.leave();
    await sandbox.close();
    Object.assign(wire, usual);
    sandbox = await start();
    shop = new Shop(sandbox);
    expect([sandbox.listeners['pinbank'], sandbox.accounts.pinbank]).toEqual([listeners['pinbank'], accounts.pinbank]);
    expect(await published()).toBe(keys);
    expect(await shop.effects(nsu, 1)).toEqual(['cards.refund 300']);
    expect(await shop.becomes(slip['NossoNumero'], 'BAIXA')).toBe('BAIXA');
    expect((await shop.sim('POST', `pix/${String(TxId)}/pay`)).status).toBe(200);
    await shop.sim('POST', 'clock', { advanceSeconds: 7_200 });
    shop.forget();
    const late = (await shop.code({ PermitirPagamentoAposExpiracao: true, SegundosExpiracao: 60 })).data;
    const over = (await shop.code({ SegundosExpiracao: 60 })).data;
    await shop.sim('POST', 'clock', { advanceSeconds: 120 });
    const pay = async ({ TxId: id }: typeof late): Promise<number> =>
      (await shop.sim('POST', `pix/${String(id)}/pay`)).status;
    expect([await pay(late), await pay(over)]).toEqual([200, 409]);
  }, 90_000);
});
