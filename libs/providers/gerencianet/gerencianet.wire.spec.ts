import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { PixInput } from '@libs/providers/contract/inputs.js';
import type { Answered } from '@libs/providers/http.js';
import * as news from './gerencianet.news.js';
import * as wire from './gerencianet.wire.js';

const txid = 't0123456789abcdefghijklmno';
const receipt = 'E12345678202501021300abcdefghijk';
const at = new Date('2025-01-02T13:00:00.000Z');
const ten = cents(1000);
const pixKey = '1f1b568f-6adf-4b55-a626-8efbaf62802a';
const asked: PixInput = { amount: ten, currency: 'BRL', expireSeconds: 3600 };

const answer = (status: number, json: unknown): Answered => ({
  kind: 'answered',
  status,
  headers: {},
  text: JSON.stringify(json),
  json,
});
const cob = (over: object = {}): object => ({
  calendario: { criacao: '2025-01-02T13:00:00.000Z', expiracao: 3600 },
  txid,
  revisao: 0,
  loc: { id: 7, location: 'qrcodespix.example/v2/9d36', tipoCob: 'cob', brandNew: [1] },
  status: 'ATIVA',
  valor: { original: '10.00' },
  chave: pixKey,
  pixCopiaECola: '000201-a-code',
  ...over,
});
const paidPix = (over: object = {}): object => ({
  endToEndId: receipt,
  txid,
  valor: '10.00',
  horario: '2025-01-02T13:00:00.000Z',
  infoPagador: 'x',
  ...over,
});
const devolucao = (over: object = {}): object => ({
  id: 'r1',
  rtrId: 'D1',
  valor: '10.00',
  horario: { solicitacao: '2025-01-02T12:00:00.000Z', liquidacao: '2025-01-02T13:00:00.000Z' },
  status: 'DEVOLVIDO',
  ...over,
});
const efi = (nome: string, mensagem = 'texto'): object => ({ nome, mensagem });
const problem = (type: string, detail = 'texto'): object => ({
  type: `https://pix.bcb.gov.br/api/v2/error/${type}`,
  title: type,
  status: 400,
  detail,
});
const data = { txid, qrCode: '000201-a-code' };
const short = (it: { kind: string; why?: string; code?: string }): string =>
  [it.kind, it.why ?? it.code].filter((word) => word !== undefined).join(' ');

describe('money', () => {
  it.each([
    [1n, '0.01'],
    [1000n, '10.00'],
    [123456n, '1234.56'],
    [999_999_999_999n, '9999999999.99'],
  ])('%s is written %s and read back', (amount, text) => {
    expect(wire.moneyText(cents(amount))).toBe(text);
    expect(wire.moneyOf(text)).toBe(amount);
  });
  it.each(['10', '10.0', '10.001', '1,00', '-1.00', '1e2', '', '12345678901.00', 10, null, undefined])(
    'does not read %p',
    (value) => expect(wire.moneyOf(value)).toBeUndefined(),
  );
});

describe('the charge that is asked for', () => {
  it('names a payer only with a name and a tax id', () => {
    const body = (payer: PixInput['payer']): unknown => wire.chargeBody({ ...asked, payer }, pixKey)['devedor'];
    expect(body({ name: 'Ana', taxId: '12345678909' })).toEqual({ cpf: '12345678909', nome: 'Ana' });
    expect(body({ name: 'Loja', taxId: '12ABC34501DE35' })).toEqual({ cnpj: '12ABC34501DE35', nome: 'Loja' });
    for (const part of [{ name: 'Ana' }, { taxId: '12345678909' }, { name: ' ', taxId: '12345678909' }, undefined]) {
      expect(body(part)).toBeUndefined();
    }
    expect(body({ name: 'Ana', taxId: '123' })).toBeUndefined();
  });
  it('holds nothing that Efí does not know', () => {
    expect(wire.chargeBody({ ...asked, instructions: 'x'.repeat(200) }, pixKey)).toEqual({
      calendario: { expiracao: 3600 },
      valor: { original: '10.00' },
      chave: pixKey,
      solicitacaoPagador: 'x'.repeat(140),
    });
  });
});

const refusals: [string, Answered, string][] = [
  ['blocked document', answer(400, efi('documento_bloqueado')), 'declined payer_invalid'],
  ['wrong key', answer(400, efi('chave_invalida')), 'declined not_allowed'],
  ['wrong amount', answer(400, efi('valor_invalido')), 'declined amount_invalid'],
  ['wrong JSON', answer(400, { ...efi('json_invalido'), erros: [] }), 'declined request_invalid'],
  ['problem', answer(400, problem('RequisicaoInvalida')), 'declined request_invalid'],
  ['no balance', answer(400, problem('QrcodeOperacaoInvalida', 'Saldo insuficiente para')), 'declined our_balance'],
  ['unheard of', answer(400, efi('palavra_nova')), 'unknown fault'],
  ['somebody else', answer(400, { message: 'no' }), 'unknown fault'],
  ['a proxy in between', answer(401, { error: 'Unauthorized', path: '/' }), 'unknown fault'],
  ['a proxy without JSON', answer(403, undefined), 'unknown fault'],
  ['no scope', answer(403, { error: 'insufficient_scope', error_description: 'x' }), 'unsent credentials'],
  ['no token', answer(401, { error: 'invalid_token' }), 'unsent credentials'],
  ['too many', answer(429, efi('limite_excedido')), 'unsent limited'],
  ['too many, by a proxy', answer(429, undefined), 'unknown fault'],
  ['internal', answer(500, efi('erro_aplicacao')), 'unknown fault'],
  ['gone over', answer(503, problem('ServicoIndisponivel')), 'unknown fault'],
  ['elsewhere', answer(302, undefined), 'unknown fault'],
  ['an empty success', answer(200, undefined), 'unknown garbled'],
];

describe('a charge that was asked for', () => {
  it.each(refusals)('%s', (_, given, expected) => {
    expect(short(news.created(given, txid, ten))).toBe(expected);
  });
  it('is pending with its code', () => {
    expect(news.created(answer(201, cob()), txid, ten)).toEqual({ kind: 'pending', ref: txid, data });
  });
  it.each([
    ['another amount', cob({ valor: { original: '10.01' } })],
    ['no amount', cob({ valor: {} })],
    ['another txid', cob({ txid: 'another' })],
    ['no code', cob({ pixCopiaECola: undefined })],
    ['a new status', cob({ status: 'EM_ANALISE' })],
    ['half a body', 'half'],
  ])('%s is garbled', (_, json) => {
    expect(short(news.created(answer(201, json), txid, ten))).toBe('unknown garbled');
  });
  it('keeps secrets out of what it says', () => {
    const said = news.created(answer(400, efi('valor_invalido', `Bearer abc.def ${'x'.repeat(400)}`)), txid, ten);
    expect(said).toMatchObject({ returnCode: 'valor_invalido', message: expect.not.stringContaining('abc.def') });
    expect(said).toMatchObject({ message: expect.stringMatching(/^.{255}$/) });
  });
  it.each([
    ['the same', cob(), 'pending'],
    ['another amount', cob({ valor: { original: '9.99' } }), 'unknown duplicate'],
    ['another key', cob({ chave: 'other' }), 'unknown duplicate'],
    ['another expiry', cob({ calendario: { expiracao: 60 } }), 'unknown duplicate'],
    ['paid by somebody', cob({ status: 'CONCLUIDA', pix: [paidPix()] }), 'unknown duplicate'],
    ['unreadable', {}, 'unknown duplicate'],
  ])('a txid that was taken is compared: %s', (_, json, expected) => {
    expect(short(news.duplicated(answer(200, json), txid, asked, pixKey))).toBe(expected);
  });
  it('a comparison that fails says nothing', () => {
    const lost = { kind: 'unknown', why: 'timeout', message: '' } as const;
    expect(short(news.duplicated(lost, txid, asked, pixKey))).toBe('unknown duplicate');
  });
});

describe('finding a charge', () => {
  const found = (it: Answered): ReturnType<typeof news.foundCharge> => news.foundCharge(it, txid, ten, pixKey);
  it.each([
    ['open', answer(200, cob()), 'pending'],
    ['removed', answer(200, cob({ status: 'REMOVIDA_PELO_PSP' })), 'declined cancelled'],
    ['paid', answer(200, cob({ status: 'CONCLUIDA', pix: [paidPix()] })), 'done'],
    ['paid though removed', answer(200, cob({ status: wire.removed, pix: [paidPix()] })), 'done'],
    ['paid in a new status', answer(200, cob({ status: 'NOVA', pix: [paidPix()] })), 'done'],
    ['paid by nobody', answer(200, cob({ status: 'CONCLUIDA' })), 'unknown garbled'],
    ['a payment nobody can read', answer(200, cob({ pix: [paidPix({ valor: '1' })] })), 'unknown garbled'],
    ['payments that are no list', answer(200, cob({ pix: {} })), 'unknown garbled'],
    ['another charge', answer(200, cob({ valor: { original: '1.00' } })), 'unknown garbled'],
    ["another key's", answer(200, cob({ chave: 'other' })), 'unknown garbled'],
    ['a new status', answer(200, cob({ status: 'NOVA' })), 'unknown garbled'],
    ['never heard of', answer(400, efi('cobranca_nao_encontrada')), 'absent'],
    ['never heard of, by the contract', answer(404, problem('CobNaoEncontrado')), 'absent'],
    ["somebody else's 404", answer(404, { message: 'no route' }), 'unknown fault'],
    ['another 404', answer(404, problem('PixNaoEncontrado')), 'unknown fault'],
    ['a question refused', answer(403, { error: 'insufficient_scope' }), 'unknown fault'],
    ['a question too many', answer(429, efi('limite')), 'unknown fault'],
    ['a question that broke', answer(500, efi('erro_aplicacao')), 'unknown fault'],
  ])('%s', (_, given, expected) => expect(short(found(given))).toBe(expected));

  it('shows every cent that moved beside it', () => {
    const med = devolucao({ natureza: 'MED_FRAUDE', valor: '3.00', rtrId: 'D9', id: 'm9' });
    const under = devolucao({ natureza: 'MED_FRAUDE', status: 'EM_PROCESSAMENTO' });
    const pix = [paidPix({ valor: '12.00', devolucoes: [devolucao(), med, under] }), paidPix({ endToEndId: 'E2' })];
    const about = { key: txid, ref: txid };
    expect(found(answer(200, cob({ status: 'CONCLUIDA', pix })))).toEqual({
      kind: 'done',
      ref: txid,
      receipt,
      at,
      amount: cents(1200),
      currency: 'BRL',
      data: { ...data, endToEndId: receipt },
      moved: [
        { kind: 'received', id: 'E2', about: { ...about, receipt: 'E2' }, amount: ten, currency: 'BRL', at },
        { kind: 'taken', id: 'D9', about: { ...about, receipt }, amount: cents(300), currency: 'BRL', at },
      ],
    });
  });
});

describe('a cancel', () => {
  it.each([
    ['removed', answer(200, cob({ status: wire.removed })), 'done', 'done'],
    ['still open', answer(200, cob()), 'unknown garbled', 'absent'],
    ['paid', answer(200, cob({ status: 'CONCLUIDA', pix: [paidPix()] })), 'unknown garbled', 'declined not_allowed'],
    ['a new status', answer(200, cob({ status: 'NOVA' })), 'unknown garbled', 'unknown garbled'],
    ['unknown there', answer(400, efi('cobranca_nao_encontrada')), 'unknown fault', 'unknown fault'],
  ])('%s', (_, given, told, found) => {
    expect(short(news.cancelled(given, txid))).toBe(told);
    expect(short(news.foundCancel(given, txid))).toBe(found);
  });
  it('moves nothing', () => {
    const done = news.cancelled(answer(200, cob({ status: wire.removed })), txid);
    expect(done).toMatchObject({ ref: txid, amount: 0n, currency: 'BRL', data });
  });
});

describe('a refund', () => {
  const by = { key: 'r1', txid, receipt, amount: ten };
  it.each([
    ['done', devolucao(), 'done'],
    ['under way', devolucao({ status: 'EM_PROCESSAMENTO', natureza: 'ORIGINAL' }), 'pending'],
    ['refused', devolucao({ status: 'NAO_REALIZADO', motivo: 'Conta encerrada.' }), 'declined not_allowed'],
    ['refused without a word', devolucao({ status: 'NAO_REALIZADO' }), 'declined not_allowed'],
    [
      'no balance',
      devolucao({ status: 'NAO_REALIZADO', motivo: 'Saldo insuficiente para realizar a devolução.' }),
      'declined our_balance',
    ],
    ['another amount', devolucao({ valor: '1.00' }), 'unknown garbled'],
    ['another id', devolucao({ id: 'r2' }), 'unknown garbled'],
    ['a new status', devolucao({ status: 'NOVA' }), 'unknown garbled'],
    ['half a body', { id: 'r1' }, 'unknown garbled'],
  ])('%s', (_, json, expected) => {
    expect(short(news.refunded(answer(201, json), 201, by))).toBe(expected);
    expect(short(news.foundRefund(answer(200, json), by))).toBe(expected);
  });
  it.each(refusals)('%s', (_, given, expected) => {
    expect(short(news.refunded(given, 201, by))).toBe(expected);
  });
  it.each([
    ['not there', answer(400, efi('devolucao_nao_encontrada')), 'absent'],
    ['not there, by the contract', answer(404, problem('PixDevolucaoNaoEncontrada')), 'absent'],
    ['the payment not there', answer(400, efi('pix_nao_encontrado')), 'unknown fault'],
    ['a question refused', answer(401, { error: 'invalid_token' }), 'unknown fault'],
  ])('%s', (_, given, expected) => expect(short(news.foundRefund(given, by))).toBe(expected));
  it('says when, how much, and by which number of the bank', () => {
    const done = { kind: 'done', ref: 'r1', receipt: 'D1', at, amount: ten, currency: 'BRL' };
    expect(news.refunded(answer(201, devolucao()), 201, by)).toMatchObject(done);
  });
});
