import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bps, cents } from '@libs/money/cents.js';
import { opened, sealed } from '@libs/providers/pinbank/pinbank.cipher.js';
import { callbacks } from '@libs/providers/pinbank/pinbank.callback.js';
import { open } from '@libs/providers/pinbank/pinbank.wire.js';
import { providerOf } from '@libs/providers/registry.js';
import { wire } from '@apps/sandbox/pinbank/wire.js';
import { cvv, number, origin, reference, seal, unseal } from './pinbank.client.js';
import { Till, card, code, refOf, sale, slip, sought } from './pinbank.till.js';
import { vectors } from './pinbank.vectors.js';
import type { Exchange } from './tap.js';

let till: Till;
beforeAll(async () => {
  till = await Till.open();
});
beforeEach(() => till.begin());
afterEach(() => till.calm());
afterAll(() => till.close());

const inside = ({ sent }: Exchange): { readonly Data: Record<string, unknown> } => {
  const { Data } = JSON.parse(sent.body) as { readonly Data: { readonly Json: string } };
  return JSON.parse(unseal(till.sandbox.accounts.pinbank.keyValue, Data.Json)) as ReturnType<typeof inside>;
};
const { pix, bankslip, cards } = providerOf('pinbank');

describe('the vectors', () => {
  (vectors ? it : it.skip)('of sealed bodies and of a signed event', () => {
    for (const { key, plaintext, base64 } of vectors!.aes.vectors) {
      expect([sealed(key, plaintext), opened(key, base64)]).toEqual([base64, plaintext]);
    }
    const { jwk, timestamp, body, signature } = vectors!.webhook;
    const headers = {
      'webhook-id': 'x',
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
      'webhook-key-id': 'test-kid-1',
    };
    const at = new Date(Number.parseInt(timestamp, 10) * 1_000);
    const verify = (raw: string, keys: readonly object[], over: object = {}, ms = 0): string =>
      callbacks.verify(
        Buffer.from(raw),
        { ...headers, ...over },
        keys.map((it) => JSON.stringify(it)),
        new Date(at.getTime() + ms),
      );
    expect(verify(body, [jwk])).toBe('genuine');
    expect([verify(body, []), verify(body, [{ ...jwk, kid: 'other' }])]).toEqual(Array(2).fill('ask-for-keys'));
    expect([verify(body, [jwk], {}, 301_000), verify(body, [jwk], {}, -301_000)]).toEqual(Array(2).fill('stale'));
    const forgeries: readonly [string, object][] = [
      [`${body} `, {}],
      [body, { 'webhook-timestamp': `${Number.parseInt(timestamp, 10) + 1}` }],
      [body, { 'webhook-signature': signature.replace('v1a', 'v1') }],
      [body, { 'webhook-signature': undefined }],
      [body, { 'webhook-key-id': undefined }],
    ];
    for (const [raw, over] of forgeries) expect([over, verify(raw, [jwk], over)]).toEqual([over, 'forged']);
    open.signed = 'id.ts.body';
    expect(verify(body, [jwk])).toBe('forged');
  });
});

describe('both ways that the sources have it', () => {
  it.each<[string, Partial<typeof open>, Partial<typeof wire>]>([
    ['as it is set', {}, {}],
    ['sealed answers whole', {}, { answered: 'envelope', validation: 'object', codes: 'text' }],
    ['the bare object sealed', { plaintext: 'inner' }, { asked: 'inner' }],
    ['the whole body sealed', {}, { asked: 'envelope' }],
    ['nothing sealed', { encrypted: 'never' }, {}],
    ['cards sealed', { encrypted: 'cards' }, {}],
    ['everything sealed', {}, { plain: 'refused', errors: 'sealed' }],
    ['reais', { slipAmount: 'reais', pixAmount: 'reais' }, { slipAmount: 'reais', pixAmount: 'reais' }],
    ['days with hyphens', { dueDate: 'YYYY-MM-DD' }, { dueDate: 'YYYY-MM-DD' }],
  ])('%s', async (_, ours, theirs) => {
    Object.assign(open, ours);
    Object.assign(wire, theirs);
    expect(await pix!.create(till.call(`${origin()}`, code))).toMatchObject({ kind: 'pending' });
    const made = await bankslip!.create(till.call(reference(), slip()));
    expect(made).toMatchObject({ kind: 'pending' });
    expect(await bankslip!.find(till.call('', sought('create', 1_000n, { ref: refOf(made) })))).toMatchObject({
      kind: 'pending',
    });
    const held = await cards!.authorize(till.call(reference(), sale({ capture: false })));
    expect(held).toMatchObject({ kind: 'done', amount: 1_000n, data: { captured: 0n } });
    const no = await cards!.authorize(till.call(reference(), sale({ card: { ...card, number: '4000000000000011' } })));
    expect(no).toMatchObject({ kind: 'declined', code: 'card_invalid' });
  });

  it('what was agreed in another unit is never believed', async () => {
    wire.pixAmount = 'reais';
    expect(await pix!.create(till.call(`${origin()}`, code))).toMatchObject({ kind: 'unknown', why: 'garbled' });
    wire.slipAmount = 'reais';
    expect(await bankslip!.create(till.call(reference(), slip()))).toMatchObject({ kind: 'unknown', why: 'garbled' });
    open.pixAmount = 'unconfirmed';
    expect(providerOf('pinbank').unfit?.('pix.create', code)).toMatch('not confirmed');
  });
});

describe('what is said to Pinbank', () => {
  it('names channel, client and shop, and the card only where it is sealed', async () => {
    await cards!.authorize(till.call('k1', sale({ installments: 3, amount: cents(3_000), ip: '203.0.113.7' })));
    const last = till.tap.seen.at(-1)!;
    const { codigoCanal: CodigoCanal, codigoCliente: CodigoCliente, keyLoja: KeyLoja, userName } = till.credentials();
    expect(last.path).toBe('/services/api/Transacoes/EfetuarTransacaoEncrypted');
    expect(last.sent.headers).toMatchObject({
      authorization: expect.stringMatching(/^bearer /),
      username: userName,
      requestorigin: '5',
    });
    expect(last.sent.body).not.toContain(number);
    expect(inside(last)).toEqual({
      Data: {
        CodigoCanal,
        CodigoCliente,
        KeyLoja,
        NomeImpresso: 'Maria de Souza',
        DataValidade: '203012',
        NumeroCartao: number,
        CodigoSeguranca: cvv,
        Valor: 3000,
        FormaPagamento: '2',
        QuantidadeParcelas: 3,
        DescricaoPedido: 'k1',
        IpAddressComprador: '203.0.113.7',
        CpfComprador: '12345678909',
        NomeComprador: 'Maria de Souza',
        TransacaoPreAutorizada: false,
      },
    });
    const terms = { instructions: 'Não receber', fine: { rateBps: bps(200) }, interest: { monthlyBps: bps(100) } };
    await bankslip!.create(till.call('k2', slip(terms)));
    expect(inside(till.tap.seen.at(-1)!).Data).toMatchObject({
      Valor: 1000,
      DataVencimento: '20351231',
      IdentificadorCliente: 'k2',
      Instrucoes: 'Não receber',
      DadosSacado: { Nome: 'Maria de Souza', Endereco: 'Rua A, 1', Cidade: 'São Paulo', Uf: 'SP', Cep: '01001000' },
      Juros: { Valor: 100 },
      Multa: { Valor: 200 },
    });
  });

  it('is said once more after a proved 401, and never after anything else', async () => {
    await pix!.create(till.call(`${origin()}`, code));
    till.tap.clear();
    await till.shop.arm('http_401', 'pix.create', { times: 1 });
    expect(await pix!.create(till.call(`${origin()}`, code))).toMatchObject({ kind: 'pending' });
    expect(till.tap.seen.map(({ path }) => path.split('/').at(-1))).toEqual([
      'SolicitarDynamicQrCodeEncrypted',
      'token',
      'SolicitarDynamicQrCodeEncrypted',
    ]);
    await till.shop.arm('http_401', 'pix.create', { times: 2 });
    expect(await pix!.create(till.call(`${origin()}`, code))).toMatchObject({ kind: 'unsent', why: 'credentials' });
    till.tap.clear();
    till.tap.instead = () => ({ status: 401, body: '{"message":"no"}' });
    expect(await pix!.create(till.call(`${origin()}`, code))).toMatchObject({ kind: 'unknown' });
    expect(till.tap.seen).toHaveLength(1);
  });
});

describe('refusals', () => {
  const said = (ResultCode: number, Message: string, fields: readonly string[] = []) => ({
    status: 200,
    body: JSON.stringify({
      Data: null,
      ResultCode,
      Message,
      ValidationData: {
        ResultCode,
        Message: '',
        Errors: fields.map((FieldName) => ({ FieldName, ErrorMessage: 'x' })),
      },
    }),
  });
  it('mean what they prove, and no more', async () => {
    await pix!.create(till.call(`${origin()}`, code));
    const hear = async (answer: ReturnType<typeof said>): Promise<readonly string[]> => {
      till.tap.instead = () => answer;
      const all = [
        await pix!.create(till.call(`${origin()}`, code)),
        await bankslip!.create(till.call(reference(), slip())),
        await cards!.authorize(till.call(reference(), sale())),
      ];
      return all.map((it) => ('code' in it ? it.code : it.kind));
    };
    expect(await hear(said(1, 'Erro de validacao.', ['Valor']))).toEqual(Array(3).fill('amount_invalid'));
    expect(await hear(said(1, 'x', ['NumeroCartao', 'Valor']))).toEqual(Array(3).fill('card_invalid'));
    expect(await hear(said(1, 'x', ['DadosSacado.CpfCnpj']))).toEqual(Array(3).fill('payer_invalid'));
    expect(await hear(said(1, 'x', ['Novo']))).toEqual(Array(3).fill('request_invalid'));
    expect(await hear(said(1, 'Erro de Sistema.'))).toEqual(Array(3).fill('unknown'));
    expect(await hear(said(1, 'Nao'))).toEqual(['not_allowed', 'not_allowed', 'unknown']);
    expect(await hear(said(3, 'Nao'))).toEqual(['request_invalid', 'request_invalid', 'unknown']);
    expect(await hear(said(99, 'Nao'))).toEqual(Array(3).fill('unknown'));
  });

  it('of a card say nothing: whether it was denied or failed only a human can tell', async () => {
    wire.denied = [number.slice(-4)];
    const amount = cents(7_770);
    expect(await cards!.authorize(till.call(reference(), sale({ amount })))).toMatchObject({ kind: 'unknown' });
    expect(await cards!.find(till.call('', sought('authorize', amount)))).toEqual({ kind: 'absent' });
  });
});

it('opens what the client of the tests has sealed', () => {
  expect(opened('0123456789abcdef', seal('0123456789abcdef', 'ação'))).toBe('ação');
});
