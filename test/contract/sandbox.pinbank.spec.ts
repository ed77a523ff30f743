import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '@libs/brazil/brcode.js';
import { printed } from '@apps/sandbox/pinbank/barcode.js';
import { seal, unseal } from '@apps/sandbox/pinbank/cipher.js';
import { signature } from '@apps/sandbox/pinbank/signing.js';
import { wire } from '@apps/sandbox/pinbank/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Shop, cvv, inbox, number, origin, reference } from './pinbank.client.js';
import { refusedBodies } from './pinbank.refused.js';
import { vectors } from './pinbank.vectors.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let shop: Shop;
let events: Awaited<ReturnType<typeof inbox>>;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  shop = new Shop(sandbox);
  events = await inbox();
  await shop.sim('PUT', 'callbacks', { provider: 'pinbank', url: events.url });
}, 90_000);
afterAll(async () => {
  shop.leave();
  await sandbox.close();
  await events.close();
  rmSync(directory, { recursive: true });
});

(vectors ? describe : describe.skip)('the vectors', () => {
  it('of sealed bodies, signed events and bar codes', () => {
    for (const { key, plaintext, base64 } of vectors!.aes.vectors) {
      expect([seal(key, plaintext), unseal(key, base64)]).toEqual([base64, plaintext]);
    }
    const { seedHex, timestamp, body, signature: signed } = vectors!.webhook;
    expect(signature(seedHex, 'ts.body', 'any', timestamp, body)).toBe(signed);
    for (const it of vectors!.boleto.vectors) {
      const { nossoNumero, barcode, line } = it;
      expect(printed(it, it.ourNumber, it.dueDate, BigInt(it.amountCents))).toEqual({
        number: nossoNumero,
        barcode,
        line,
      });
    }
  });
});

describe('the door', () => {
  it('gives a token to who knows name and key, and to nobody else', async () => {
    expect(await shop.login()).toMatchObject({
      status: 200,
      body: { access_token: expect.any(String), token_type: 'bearer', expires_in: 300 },
    });
    for (const [over, error] of [
      [{ password: 'another' }, 'invalid_grant'],
      [{ username: 'another' }, 'invalid_grant'],
      [{ grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ] as const)
      expect(await shop.login(over)).toMatchObject({ status: 400, body: { error } });
    const no = { status: 401, text: '{"Message":"Authorization has been denied for this request."}' };
    expect(await shop.call('ContaDigital/Saldo', {}, { authorization: 'bearer 9999999999999.x' })).toMatchObject(no);
    expect(await shop.call('ContaDigital/Saldo', {}, { username: 'another' })).toMatchObject(no);
    expect(await shop.call('ContaDigital/Saldo', {}, { requestorigin: '' })).toMatchObject({ status: 400 });
    expect(await shop.call('ContaDigital/Nada', {})).toMatchObject({ status: 404 });
  });

  it('reads sealed bodies of both kinds, plain ones, and any case of a path', async () => {
    const saldo = { status: 200, code: 0, message: 'Sucesso.', data: { Saldo: expect.any(Number) } };
    expect(await shop.call('ContaDigital/Saldo', {})).toMatchObject({ ...saldo, sealed: true });
    shop.plaintext = 'inner';
    expect(await shop.call('contadigital/SALDO', {})).toMatchObject({ ...saldo, sealed: true });
    expect(await shop.plain('ContaDigital/Saldo', {})).toMatchObject({ ...saldo, sealed: false });
    wire.asked = 'envelope';
    expect(await shop.call('ContaDigital/Saldo', {})).toMatchObject({ code: 3, sealed: false });
    shop.plaintext = 'envelope';
    wire.answered = 'envelope';
    wire.plain = 'refused';
    expect(await shop.call('ContaDigital/Saldo', {})).toMatchObject(saldo);
    expect(await shop.plain('ContaDigital/Saldo', {})).toMatchObject({ code: 3 });
    Object.assign(wire, { asked: 'either', answered: 'inner', plain: 'taken' });
    const junk = { Data: { Json: 'bm90IHNlYWxlZA==' } };
    expect(await shop.raw('/services/api/ContaDigital/SaldoEncrypted', junk, await shop.headers())).toMatchObject({
      status: 200,
      body: { Data: null, ResultCode: 3 },
    });
  });

  it('knows its own customer only, and writes codes as texts where the wire is set so', async () => {
    expect(await shop.call('ContaDigital/Saldo', { CodigoCanal: 1 })).toMatchObject({ status: 200, code: 2 });
    expect(await shop.sale({ KeyLoja: 'x' })).toMatchObject({ code: 2 });
    Object.assign(wire, { codes: 'text', errors: 'sealed', validation: 'object' });
    expect(await shop.call('ContaDigital/Saldo', {})).toMatchObject({ code: '0' });
    expect(await shop.sale({ Valor: 0 })).toMatchObject({ code: '1', sealed: true, fields: ['Valor'] });
    Object.assign(wire, { codes: 'number', errors: 'clear', validation: 'null' });
  });

  it.each(refusedBodies.map((it) => [`${it[1]}: ${it[0]}`, it] as const))('%s', async (_, [, method, data, fields]) => {
    const said = { status: 200, code: 1, message: 'Erro de validacao.', fields, sealed: false };
    expect(await shop.call(method, data)).toMatchObject(said);
  });
});

describe('slips', () => {
  it('are printed with a line that is right, registered, paid, and told of', async () => {
    const key = reference();
    const { data } = await shop.slip({ IdentificadorCliente: key });
    expect(data).toEqual({
      NossoNumero: expect.stringMatching(/^09\/\d{11}-[\dP]$/),
      LinhaDigitavel: expect.stringMatching(/^0939\d{43}$/),
      CodigoBarras: expect.stringMatching(/^0939\d{40}$/),
      Base64: null,
    });
    const { NossoNumero, LinhaDigitavel, CodigoBarras } = data;
    expect(await shop.becomes(NossoNumero, 'REGISTRADO')).toBe('REGISTRADO');
    const paid = await shop.sim('POST', `bankslips/${String(LinhaDigitavel)}/pay`, { amount: 1050 });
    expect(paid.status).toBe(200);
    expect((await shop.call('CashIn/ConsultarBoleto', { NossoNumero })).data).toEqual({
      NossoNumero,
      Status: 'LIQUIDADO',
      Valor: 1000,
      ValorPago: 1050,
      DataVencimento: '2035-12-31',
      DataPagamento: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      LinhaDigitavel,
      CodigoBarras,
      IdentificadorCliente: key,
    });
    const all = { DataInicial: '2020-01-01T00:00:00-03:00', DataFinal: '2199-01-01T00:00:00Z' };
    const list = await shop.call('CashIn/ConsultarBoletoLote', {
      ...all,
      TipoPesquisa: 'DataEmissao',
      StatusPesquisa: 'Todos',
    });
    expect(list.data).toContainEqual(expect.objectContaining({ IdentificadorCliente: key, Status: 'LIQUIDADO' }));
    const told = await events.told(NossoNumero, 2);
    expect(told.map(({ event }) => event.EventType)).toEqual(['Boleto.Registro', 'Boleto.Liquidacao']);
    expect(told[1]!.event.Data).toMatchObject({ NossoNumero, ValorPago: 10.5, ModalidadeBoleto: 'C' });
    expect((await shop.sim('POST', `bankslips/${String(LinhaDigitavel)}/pay`)).status).toBe(409);
    expect(await shop.call('CashIn/SolicitarBaixaBoleto', { NossoNumero })).toMatchObject({ code: 1, fields: [] });
    expect(await shop.effects(key)).toEqual(['bankslip.create 1000', 'bankslip.received 1050']);
  });

  it('are written off a little later, or because somebody paid by Pix', async () => {
    const [one, other] = [(await shop.slip()).data, (await shop.slip({ RetornarBase64: true })).data];
    expect(Buffer.from(String(other['Base64']), 'base64').toString()).toMatch(/^%PDF/);
    expect(await shop.becomes(one['NossoNumero'], 'REGISTRADO')).toBe('REGISTRADO');
    const asked = await shop.call('CashIn/SolicitarBaixaBoleto', { NossoNumero: one['NossoNumero'] });
    expect(asked).toMatchObject({ code: 0, data: 'Solicitacao realizada.' });
    expect(await shop.becomes(one['NossoNumero'], 'BAIXA')).toBe('BAIXA');
    await shop.becomes(other['NossoNumero'], 'REGISTRADO');
    const pay = `bankslips/${String(other['LinhaDigitavel'])}/pay`;
    expect((await shop.sim('POST', pay, { by: 'pix' })).status).toBe(200);
    expect(await shop.becomes(other['NossoNumero'], 'BAIXA')).toBe('BAIXA');
    for (const { NossoNumero } of [one, other] as Record<string, unknown>[]) {
      const told = await events.told(NossoNumero, 2);
      expect(told.map(({ event }) => event.EventType)).toEqual(['Boleto.Registro', 'Boleto.Baixa']);
    }
    expect(await shop.effects(one['NossoNumero'])).toEqual(['bankslip.cancel 1000']);
    expect((await shop.sim('POST', 'bankslips/1/pay')).status).toBe(404);
  });

  it('are issued again under a used reference, unless the wire is set so; days come in two shapes', async () => {
    const [IdentificadorCliente, NsuOrigem] = [reference(), origin()];
    await shop.slip({ IdentificadorCliente });
    await shop.code({ NsuOrigem });
    expect(await shop.slip({ IdentificadorCliente })).toMatchObject({ code: 0 });
    wire.repeated = 'refused';
    expect([(await shop.slip({ IdentificadorCliente })).code, (await shop.code({ NsuOrigem })).code]).toEqual([1, 1]);
    wire.repeated = 'taken';
    expect(await shop.slip({ DataVencimento: '2035-12-31' })).toMatchObject({ code: 0 });
    wire.dueDate = 'YYYYMMDD';
    expect(await shop.slip({ DataVencimento: '2035-12-31' })).toMatchObject({ fields: ['DataVencimento'] });
    wire.dueDate = 'either';
    wire.slipAmount = 'reais';
    const { data } = await shop.slip({ Valor: 10.5 });
    wire.slipAmount = 'cents';
    expect(String(data['CodigoBarras']).slice(9, 19)).toBe('0000001050');
  });
});

describe('codes', () => {
  it('are issued, found, paid and told of; and given back', async () => {
    const NsuOrigem = origin();
    const { data } = await shop.code({ NsuOrigem });
    expect(data).toEqual({
      PinbankQrCodeId: expect.any(Number),
      TextoQrCode: expect.stringMatching(/^000201.*54051 ?0?.*6304[0-9A-F]{4}$/),
      TxId: expect.stringMatching(/^[A-Za-z0-9]{26,35}$/),
      StatusQrCode: 'ATIVO',
    });
    expect(verify(String(data['TextoQrCode']))).toBe(true);
    const { PinbankQrCodeId, TxId } = data;
    const paid = await shop.sim('POST', `pix/${String(TxId)}/pay`, { amount: 1234 });
    const { endToEndId: End2End } = paid.body as { endToEndId: string };
    const found = await shop.call('Pix/ConsultarDynamicQrCode', { PinbankQrCodeId });
    expect(found.data).toEqual({ ...data, StatusQrCode: 'PAGO' });
    const [told] = await events.told(PinbankQrCodeId, 1);
    expect(told!.event).toMatchObject({
      EventType: 'Pix.CreditoRecebido',
      Data: {
        Status: 'PAGO',
        IdQrcode: PinbankQrCodeId,
        Valor: 12.34,
        Recebedor: { CodigoCliente: shop.account.codigoCliente, CodigoCanal: shop.account.codigoCanal },
      },
    });
    const rest = async (): Promise<unknown> =>
      (await shop.call('Pix/DevolucaoPixConsulta', { End2End })).data['ValorDisponivelDevolucao'];
    expect(await rest()).toBe(1234);
    expect(await shop.call('Pix/DevolucaoPix', { End2End, Valor: 1235 })).toMatchObject({ code: 1 });
    const refund = await shop.call('Pix/DevolucaoPix', { End2End, Valor: 234, Descricao: 'Troca' });
    expect(refund.data).toEqual({ IdOperacao: expect.stringMatching(/^\d+$/) });
    expect(await shop.effects(End2End, 1)).toEqual(['pix.refund 234']);
    expect(await rest()).toBe(1000);
    expect(await shop.effects(NsuOrigem)).toEqual(['pix.create 1000', 'pix.received 1234']);
  });

  it('end, and are not paid any more unless somebody had read them in time', async () => {
    const { PinbankQrCodeId } = (await shop.code()).data;
    const end = (Status: string) => shop.call('Pix/AlterarStatusDynamicQrCode', { PinbankQrCodeId, Status });
    expect(await end('OUTRO')).toMatchObject({ fields: ['Status'] });
    expect(await end('DESFAZIMENTO')).toMatchObject({ code: 0, data: { StatusQrCode: 'DESFEITO' } });
    expect(await end('DESFAZIMENTO')).toMatchObject({ code: 1 });
    const pay = (wish?: object) => shop.sim('POST', `pix/${String(PinbankQrCodeId)}/pay`, wish);
    expect([(await pay()).status, (await pay({ late: true })).status]).toEqual([409, 200]);
    expect(await shop.call('Pix/ConsultarDynamicQrCode', { PinbankQrCodeId: 1 })).toMatchObject({ code: 1 });
    expect(await shop.effects(PinbankQrCodeId)).toEqual(['pix.cancel 1000']);
  });
});

describe('cards', () => {
  it('are held, captured in part, given back in parts; the statement of sales shows a row an instalment', async () => {
    const DescricaoPedido = reference();
    const two = { FormaPagamento: 2, QuantidadeParcelas: 2, CpfComprador: 12345678909, Valor: 1001 };
    const nsu = await shop.sold(true, { DescricaoPedido, ...two });
    expect(await shop.rows(nsu)).toMatchObject([
      { NumeroParcela: 1, ValorBruto: 10.01, ValorBrutoParcela: 5.01, DescricaoStatus: 'Pendente' },
      { NumeroParcela: 2, ValorBruto: 10.01, ValorBrutoParcela: 5, NumeroCartao: '400000******0010' },
    ]);
    const capture = { Valor: 900, NsuOperacao: nsu };
    expect((await shop.call('Transacoes/CapturarTransacao', capture)).data).toMatchObject({
      CodigoAutorizacaoCaptura: expect.any(String),
    });
    expect(await shop.call('Transacoes/CapturarTransacao', capture)).toMatchObject({ code: 1, data: {} });
    const cancel = (Valor: number) => shop.call('Transacoes/CancelarTransacao', { Valor, NsuOperacao: nsu });
    expect((await cancel(901)).code).toBe(1);
    expect((await cancel(300)).data).toMatchObject({ CodigoAutorizacaoCancelamento: expect.any(String) });
    expect(await shop.effects(nsu, 2)).toEqual(['cards.capture 900', 'cards.refund 300']);
    const paid = { ValorBruto: 9, DescricaoStatus: 'Aprovada' };
    expect(await shop.rows(nsu)).toMatchObject([paid, paid]);
    await cancel(600);
    expect(await shop.effects(nsu, 3)).toHaveLength(3);
    const ended = { DescricaoStatus: 'Reembolsada', DataCancelamento: expect.not.stringMatching(/^0001/) };
    expect(await shop.rows(nsu)).toMatchObject([ended, ended]);
    const told = (await events.told(nsu, 5)).map(({ event }) => [event.EventType.slice(7), event.Data['valor']]);
    expect(told).toEqual([
      ['TransacaoPendente', 1001],
      ['TransacaoRealizada', 900],
      ['TransacaoReembolsada', 300],
      ['TransacaoCancelada', 600],
      ['TransacaoReembolsada', 600],
    ]);
    expect(await shop.effects(DescricaoPedido)).toEqual(['cards.authorize 1001']);
  });

  it('are let go whole, denied without a word, disputed', async () => {
    const held = await shop.sold();
    const cancel = (Valor: number) => shop.call('Transacoes/CancelarTransacao', { Valor, NsuOperacao: held });
    expect([(await cancel(1)).code, (await cancel(1000)).code]).toEqual([1, 0]);
    expect(await shop.effects(held)).toEqual(['cards.void 1000']);
    wire.denied = ['0010'];
    const DescricaoPedido = reference();
    expect(await shop.sale({ DescricaoPedido })).toMatchObject({ code: 1, message: 'Transacao negada.', fields: [] });
    wire.denied = [];
    expect(await shop.effects(DescricaoPedido)).toEqual([]);
    const paid = await shop.sold(false);
    expect((await shop.sim('POST', `cards/${paid}/dispute`)).body).toEqual({ amount: 1000 });
    expect(await shop.rows(paid)).toMatchObject([{ DescricaoStatus: 'Desfeita' }]);
    expect((await shop.sim('POST', `cards/${paid}/dispute`)).status).toBe(409);
    expect((await shop.sim('POST', 'cards/nobody/dispute')).status).toBe(404);
  });

  it('leave no number and no code behind', async () => {
    await shop.sold(false, { DescricaoPedido: `pago com ${number}` });
    const { text } = await shop.sim('GET', 'requests?provider=pinbank');
    const journal = readFileSync(join(directory, 'journal.jsonl'), 'utf8');
    for (const shown of [text, journal]) expect(shown).not.toMatch(new RegExp(`${number}|"${cvv}"`));
    expect(text).not.toContain(shop.account.keyValue);
    expect(text).toContain('400000******0010');
  });
});
