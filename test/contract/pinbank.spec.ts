import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { validateSync } from 'class-validator';
import { timer } from '@libs/kernel/timer.js';
import { cents } from '@libs/money/cents.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import { callbacks } from '@libs/providers/pinbank/pinbank.callback.js';
import { PinbankCredentials } from '@libs/providers/pinbank/pinbank.credentials.js';
import { providerOf } from '@libs/providers/registry.js';
import { wire } from '@apps/sandbox/pinbank/wire.js';
import { inbox, origin, reference } from './pinbank.client.js';
import { Till, code, payer, refOf, sale, slip, sought } from './pinbank.till.js';

const provider = providerOf('pinbank');

let till: Till;
beforeAll(async () => {
  till = await Till.open();
});
beforeEach(() => till.begin());
afterEach(() => till.calm());
afterAll(() => till.close());
const { pix, cards } = provider;

describe('sales', () => {
  it('are never adopted by their amount, and are known by their number', async () => {
    const amount = cents(7_771);
    const done = await cards!.authorize(till.call(reference(), sale({ amount })));
    expect(await cards!.find(till.call('', sought('authorize', amount)))).toMatchObject({
      kind: 'unknown',
      why: 'early',
    });
    const ref = refOf(done);
    expect(await cards!.find(till.call('', sought('authorize', amount, { ref })))).toMatchObject({
      kind: 'done',
      ref,
      amount,
    });
    await till.shop.sim('POST', `cards/${ref}/dispute`);
    expect(await cards!.find(till.call('', sought('authorize', amount, { ref })))).toMatchObject({
      kind: 'done',
      moved: [{ kind: 'taken', amount, about: { ref } }],
    });
    expect(await cards!.find(till.call('', sought('authorize', amount, { ref: '1' })))).toMatchObject({
      kind: 'unknown',
    });
  });

  it('are captured in part, and given back whole or in parts that nobody can see', async () => {
    const held = async (): Promise<string> =>
      refOf(await cards!.authorize(till.call(reference(), sale({ capture: false }))));
    const part = (ref: string, amount: bigint) =>
      ({ ref, amount: cents(amount), currency: 'BRL', rest: false }) as const;
    const ref = await held();
    const capture = part(ref, 900n);
    expect(await cards!.find(till.call('', sought('capture', 900n, { parent: { ref } })))).toEqual({ kind: 'absent' });
    for (let i = 0; i < 2; i += 1) {
      expect(await cards!.capture(till.call('', capture))).toMatchObject({ kind: 'done', amount: 900n, ref });
    }
    expect(await cards!.capture(till.call('', part(ref, 901n)))).toMatchObject({ kind: 'unknown' });
    expect(await cards!.void(till.call('', { ref }))).toMatchObject({ kind: 'declined', code: 'not_allowed' });
    expect(await cards!.refund(till.call('', part(ref, 300n)))).toMatchObject({ kind: 'pending', ref });
    const asked = (amount: bigint, more: object = {}): Promise<Finding> =>
      cards!.find(till.call('', sought('refund', amount, { parent: { ref }, ...more })));
    expect(await asked(300n)).toEqual({ kind: 'absent' });
    expect(await asked(300n, { ref })).toMatchObject({ kind: 'pending' });
    const old = { ref, sentAt: new Date(Date.now() - 49 * 3_600_000) };
    expect(await asked(300n, old)).toMatchObject({ kind: 'unknown', why: 'early' });
    const whole = await held();
    expect(await cards!.void(till.call('', { ref: whole }))).toMatchObject({ kind: 'done', amount: 0n });
    expect(await cards!.find(till.call('', sought('void', 1_000n, { parent: { ref: whole } })))).toMatchObject({
      kind: 'done',
    });
    wire.saleHeld = 'hidden';
    expect(await cards!.void(till.call('', { ref: await held() }))).toMatchObject({ kind: 'unsent', why: 'unready' });
  });
});

describe('events', () => {
  it('are proved by the published keys, and say what they prove', async () => {
    const events = await inbox();
    await till.shop.sim('PUT', 'callbacks', { provider: 'pinbank', url: events.url });
    const made = await pix!.create(till.call(`${origin()}`, code));
    await till.shop.sim('POST', `pix/${refOf(made)}/pay`);
    const [told] = await events.told(refOf(made), 1);
    const keys = await callbacks.keys!({ credentials: till.credentials(), input: {}, leftMs: timer(3_000) });
    if (keys.kind !== 'read') throw new Error(keys.message);
    const headers = told!.headers as Record<string, string>;
    expect(callbacks.verify(Buffer.from(told!.raw), headers, keys.data, new Date())).toBe('genuine');
    const id = told!.event.EventId;
    const about = { ref: refOf(made), receipt: id };
    expect(callbacks.read(Buffer.from(told!.raw))).toMatchObject([
      { kind: 'event', id, about, news: { kind: 'done', ref: refOf(made), amount: 1_000n, currency: 'BRL' } },
    ]);
    await events.close();
    wire.keys = 'absent';
    const nothing = await callbacks.keys!({ credentials: till.credentials(), input: {}, leftMs: timer(3_000) });
    expect(nothing).toMatchObject({ kind: 'unread' });
  });

  it.each<[string, string, object, unknown]>([
    ['a slip paid', 'Boleto.Liquidacao', { NossoNumero: 'n', ValorPago: 10.5 }, { ref: 'n', amount: 1_050n }],
    ['a slip paid nothing', 'Boleto.Liquidacao', { NossoNumero: 'n', ValorPago: 0 }, { ref: 'n' }],
    ['a slip written off', 'Boleto.Baixa', { NossoNumero: 'n' }, { ref: 'n' }],
    ['a slip registered', 'Boleto.Registro', { NossoNumero: 'n' }, undefined],
    ['a code in another state', 'Pix.CreditoRecebido', { IdQrcode: 5, Valor: 1, Status: 'X' }, { ref: '5' }],
    ['a sale', 'Compra.TransacaoReembolsada', { nsu: '9', valor: 100 }, { ref: '9' }],
    ['a terminal', 'Compra.PixCobrancaPendente', { nsu: '9' }, undefined],
    ['a pay-out', 'Pix.TransferenciaRealizada', { Valor: 1 }, undefined],
  ])('%s', (_, EventType, Data, expected) => {
    const [notice] = callbacks.read(Buffer.from(JSON.stringify({ EventId: 'e', EventType, Data })));
    const news = notice?.kind === 'event' ? notice.news : undefined;
    const seen = notice && { ref: notice.about.ref, ...(news && 'amount' in news ? { amount: news.amount } : {}) };
    expect(seen).toEqual(expected);
  });
});

describe('the declaration', () => {
  it('says whose account it is, what only humans prove, and which keys are ints', async () => {
    const whose = (over: object) =>
      provider.identify({ credentials: till.credentials(over), input: {}, leftMs: timer(3_000) });
    const { userName, codigoCanal, codigoCliente } = till.credentials();
    expect(await whose({})).toEqual({ kind: 'read', data: `${userName}:${codigoCanal}:${codigoCliente}` });
    expect(await whose({ codigoCliente: 1 })).toMatchObject({ kind: 'refused' });
    const ids = { uuid: 'u', short: 's', number: 41 };
    expect([provider.keyOf('pix.create', ids, 'wish'), provider.keyOf('bankslip.create', ids)]).toEqual(['41', 's']);
    expect(provider.unproven).toEqual(['cards.authorize', 'cards.capture', 'cards.void', 'cards.refund']);
    const object = (over: object) => provider.objectOf?.('cards.authorize', sale(over));
    expect(object({})).toBe(object({ installments: 2 }));
    expect(object({})).not.toBe(object({ amount: cents(2) }));
    expect(object({})).not.toContain(payer.taxId);
    const valid = (over: object): number =>
      validateSync(Object.assign(new PinbankCredentials(), till.credentials(), over)).length;
    expect([valid({}), valid({ keyValue: 'short' }), valid({ codigoCanal: 0 })]).toEqual([0, 1, 1]);
  });

  it.each<[string, Parameters<NonNullable<typeof provider.unfit>>, boolean]>([
    ['a code', ['pix.create', code], true],
    ['euros', ['pix.create', { ...code, currency: 'EUR' }], false],
    ['a slip', ['bankslip.create', slip()], true],
    ['a slip to nowhere', ['bankslip.create', slip({ payer: { name: 'Ana', taxId: '1' } })], false],
    ['a fine of reais', ['bankslip.create', slip({ fine: { amount: cents(1) } })], false],
    ['a sale', ['cards.authorize', sale()], true],
    ['what a plan knows of one', ['cards.authorize', { amount: cents(1) }], true],
    ['debit', ['cards.authorize', sale({ type: 'debit' })], false],
    ['a buyer without a CPF', ['cards.authorize', sale({ payer: { name: 'Ana' } })], false],
    ['a company', ['cards.authorize', sale({ payer: { taxId: '11222333000181' } })], false],
    ['13 parts', ['cards.authorize', sale({ installments: 13 })], false],
  ])('%s', (_, [operation, input], fits) => {
    expect(provider.unfit?.(operation, input) === undefined).toBe(fits);
  });
});
