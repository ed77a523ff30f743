import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clockOffsetMs } from '@libs/kernel/clock.js';
import { crc16 } from '@apps/sandbox/qrcode.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Customer, pick, receiver, sleep, staticCode, txid } from '@test/contract/sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const dayS = 86_400;
let sandbox: Sandbox;
let customer: Customer;
let inbox: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
  customer = new Customer(sandbox);
  inbox = await receiver();
  expect((await customer.register(inbox.url)).status).toBe(201);
});
afterEach(async () => {
  await customer.sim('DELETE', 'faults');
});
afterAll(async () => {
  customer.leave();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

/** Until a question has the answer that is waited for, or for four seconds. */
async function until(path: string, place: string, wanted: string): Promise<unknown> {
  for (let waited = 0; ; waited += 25) {
    const { body } = await customer.call('GET', path);
    if (pick(body, place) === wanted || waited > 4000) return body;
    await sleep(25);
  }
}

describe('a charge', () => {
  it('is made, paid, told and given back in parts', async () => {
    const id = txid();
    const devedor = { cpf: '12345678909', nome: 'Maria' };
    const made = await customer.charge(id, '10.00', { devedor, solicitacaoPagador: 'Pedido 1' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      txid: id,
      revisao: 0,
      status: 'ATIVA',
      valor: { original: '10.00' },
      chave: customer.chave,
      devedor,
      solicitacaoPagador: 'Pedido 1',
      calendario: { expiracao: 3600 },
      loc: { location: pick(made.body, 'location'), tipoCob: 'cob' },
    });
    const code = pick(made.body, 'pixCopiaECola');
    expect(code.slice(-4)).toBe(crc16(code.slice(0, -4)));
    expect(crc16('123456789')).toBe('29B1');
    expect(code).toContain(pick(made.body, 'location'));

    const e2e = pick((await customer.sim('POST', `pix/${id}/pay`)).body, 'endToEndId');
    expect(e2e).toMatch(/^E\d{20}[0-9a-f]{11}$/);
    const paid = await customer.call('GET', `/v2/cob/${id}`);
    expect(paid.body).toMatchObject({ status: 'CONCLUIDA', pix: [{ endToEndId: e2e, txid: id, valor: '10.00' }] });
    expect((await customer.call('GET', `/v2/pix/${e2e}`)).body).toMatchObject({ chave: customer.chave, txid: id });

    const asked = await customer.call('PUT', `/v2/pix/${e2e}/devolucao/r1`, { valor: '4.00' });
    expect([asked.status, pick(asked.body, 'status')]).toEqual([201, 'EM_PROCESSAMENTO']);
    const refund = await until(`/v2/pix/${e2e}/devolucao/r1`, 'status', 'DEVOLVIDO');
    expect(refund).toMatchObject({ id: 'r1', valor: '4.00', rtrId: expect.stringMatching(/^D[0-9a-z]{31}$/) });

    const news = (await inbox.events(2)).map((call) => call.body);
    expect(news).toContainEqual({ pix: [expect.objectContaining({ endToEndId: e2e, txid: id, valor: '10.00' })] });
    expect(news).toContainEqual({ pix: [expect.objectContaining({ endToEndId: e2e, devolucoes: [refund] })] });
    expect(inbox.calls[0]).toMatchObject({ path: '/callbacks/gerencianet/s3cret', body: { evento: 'teste_webhook' } });
    const effects = await customer.effects();
    expect(effects).toEqual([`pix.create ${id} 1000`, `pix.received ${id} 1000`, 'pix.refund r1 400']);
  });

  it('is changed while nobody paid it, and removed for good', async () => {
    const id = txid();
    await customer.charge(id);
    const dearer = await customer.call('PATCH', `/v2/cob/${id}`, { valor: { original: '12.50' } });
    expect(dearer.body).toMatchObject({ revisao: 1, valor: { original: '12.50' }, status: 'ATIVA' });
    expect(pick((await customer.call('GET', `/v2/cob/${id}?revisao=0`)).body, 'valor.original')).toBe('10.00');
    const gone = await customer.call('PATCH', `/v2/cob/${id}`, { status: 'REMOVIDA_PELO_USUARIO_RECEBEDOR' });
    expect([gone.status, pick(gone.body, 'status')]).toEqual([200, 'REMOVIDA_PELO_USUARIO_RECEBEDOR']);
    expect((await customer.sim('POST', `pix/${id}/pay`)).status).toBe(409);
    expect((await customer.sim('POST', `pix/${id}/pay`, { late: true })).status).toBe(200);
    const after = await customer.call('GET', `/v2/cob/${id}`);
    expect(after.body).toMatchObject({ status: 'REMOVIDA_PELO_USUARIO_RECEBEDOR', pix: [{ valor: '12.50' }] });
    expect(await customer.effects()).toEqual(
      expect.arrayContaining([`pix.cancel ${id} 1250`, `pix.received ${id} 1250`]),
    );
  });

  it('takes more or less than it asked for, and a second payment only when told so', async () => {
    const id = txid();
    await customer.charge(id);
    expect((await customer.sim('POST', `pix/${id}/pay`, { amount: '901' })).body).toMatchObject({ amount: 901 });
    expect((await customer.sim('POST', `pix/${id}/pay`, { amount: 5 })).status).toBe(409);
    expect((await customer.sim('POST', `pix/${id}/pay`, { amount: 5, again: true })).status).toBe(200);
    await customer.arm('second_payment', 'pix.create', { times: 1 });
    expect((await customer.sim('POST', `pix/${id}/pay`)).status).toBe(200);
    expect((await customer.sim('POST', `pix/${id}/pay`)).status).toBe(409);
    const { body } = await customer.call('GET', `/v2/cob/${id}`);
    expect((body as { pix: { valor: string }[] }).pix.map((pix) => pix.valor)).toEqual(['9.01', '0.05', '10.00']);
  });

  it('is found in lists by period, status and page', async () => {
    const period = 'inicio=2020-01-01T00:00:00Z&fim=2199-01-01T00:00:00Z';
    const all = await customer.call('GET', `/v2/cob?${period}&paginacao.itensPorPagina=2&paginacao.paginaAtual=1`);
    expect(all.body).toMatchObject({
      parametros: { paginacao: { paginaAtual: 1, itensPorPagina: 2, quantidadeTotalDeItens: 3 } },
      cobs: [{ status: 'CONCLUIDA' }],
    });
    const removed = await customer.call('GET', `/v2/cob?${period}&status=REMOVIDA_PELO_USUARIO_RECEBEDOR`);
    expect((removed.body as { cobs: unknown[] }).cobs).toHaveLength(1);
    const refunded = await customer.call('GET', `/v2/pix?${period}&devolucaoPresente=true`);
    expect((refunded.body as { pix: unknown[] }).pix).toHaveLength(1);
    for (const wrong of [
      '',
      'inicio=x&fim=y',
      'inicio=2021-01-01T00:00:00Z&fim=2020-01-01T00:00:00Z',
      `${period}&cpf=1&cnpj=2`,
    ])
      expect((await customer.call('GET', `/v2/cob?${wrong}`)).status).toBe(400);
    expect((await customer.call('GET', `/v2/pix?${period}&paginacao.itensPorPagina=0`)).status).toBe(400);
  });
});

describe('a code that names no charge', () => {
  const list = async (query: string): Promise<{ txid?: string; valor: string; endToEndId: string }[]> => {
    const period = 'inicio=2020-01-01T00:00:00Z&fim=2199-01-01T00:00:00Z';
    const { body } = await customer.call('GET', `/v2/pix?${period}&${query}`);
    return (body as { pix: { txid?: string; valor: string; endToEndId: string }[] }).pix;
  };
  const scan = (body: object) => customer.sim('POST', 'pix/pay', body);
  const told = () => inbox.calls.flatMap(({ body }) => (body as { pix?: { txid?: string }[] }).pix ?? []);

  it('is paid as often as it is scanned, each time another Pix of its txid', async () => {
    const id = `S${'0'.repeat(24)}`;
    const code = staticCode(customer.chave, id, '7.5');
    const before = inbox.calls.length;
    for (let i = 0; i < 2; i += 1) expect((await scan({ code })).body).toMatchObject({ txid: id, amount: 750 });
    expect((await scan({ code, amount: 751 })).status).toBe(409);
    await customer.arm('no_callback', 'pix.create', { times: 1 });
    expect((await customer.sim('POST', `pix/${id}/pay`, { amount: 3 })).body).toMatchObject({ txid: id, amount: 3 });
    expect((await customer.sim('POST', `pix/${id}/pay`)).status).toBe(404);
    expect((await list(`txid=${id}`)).map(({ valor }) => valor)).toEqual(['7.50', '7.50', '0.03']);
    await inbox.events(before + 1);
    expect(told().filter(({ txid }) => txid === id)).toHaveLength(2);
    expect((await customer.effects()).filter((it) => it.includes(id))).toHaveLength(3);
    const [first] = await list(`txid=${id}`);
    const back = await customer.call('PUT', `/v2/pix/${first!.endToEndId}/devolucao/a`, { valor: '7.50' });
    expect(back.status).toBe(201);
  });

  it('and money comes to the key alone, of which nobody is told', async () => {
    const key = customer.chave;
    expect((await scan({ key, amount: 11 })).body).toMatchObject({ txid: null, amount: 11 });
    expect((await scan({ code: staticCode(key, '***') })).status).toBe(422);
    expect((await scan({ code: staticCode(key, '***'), amount: 12 })).body).toMatchObject({ txid: null });
    expect((await scan({ key, amount: 13, count: 3 })).body).toMatchObject({ payments: [{}, {}, {}] });
    const nameless = await list('txIdPresente=false&paginacao.itensPorPagina=2&paginacao.paginaAtual=1');
    expect(nameless.map(({ valor, txid }) => [valor, txid])).toEqual([
      ['0.13', undefined],
      ['0.13', undefined],
    ]);
    expect((await list('txIdPresente=true')).every(({ txid }) => txid !== undefined)).toBe(true);
    expect(told().filter(({ txid }) => txid === undefined)).toEqual([]);
    for (const [body, status] of [
      [{ code: staticCode('nobody@example.com', 'x', '1.00') }, 404],
      [{ key: 'nobody', amount: 1 }, 404],
      [{ code: `${staticCode(key, 'x', '1.00').slice(0, -1)}*` }, 422],
      [{ key, amount: 0 }, 422],
      [{ key, amount: 1, txid: '-' }, 422],
      [{}, 422],
    ] as const)
      expect([body, (await scan(body)).status]).toEqual([body, status]);
  });
});

describe('who may call', () => {
  it('is asked for a certificate of this authority before anything is read', async () => {
    const url = new URL(sandbox.listeners['gerencianet'] ?? '');
    const ended = await new Promise<string>((resolve) => {
      const socket = connect({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false });
      socket.on('secureConnect', () => socket.write('GET /v2/cob HTTP/1.1\r\nhost: x\r\n\r\n'));
      socket.on('data', (data: Buffer) => resolve(data.toString()));
      socket.on('error', (error: Error) => resolve(error.message));
      socket.on('close', () => resolve('closed'));
    });
    expect(ended).not.toContain('HTTP/1.1');
  });

  it('shows a token that is good by the simulated clock', async () => {
    const token = await customer.login();
    const ask = () => customer.raw('GET', `/v2/cob/${txid()}`, undefined, { authorization: `Bearer ${token}` });
    expect((await ask()).status).toBe(400);
    expect((await customer.sim('POST', 'clock', { advanceSeconds: 3600 })).status).toBe(200);
    expect(await ask()).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect((await customer.raw('GET', '/v2/cob/x')).status).toBe(401);
    const wrong = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
    const refused = await customer.raw('POST', '/oauth/token', { grant_type: 'client_credentials' }, wrong);
    expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const granted = await customer.raw(
      'POST',
      '/oauth/token',
      { grant_type: 'x' },
      { authorization: customer.basic() },
    );
    expect(granted).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    customer = new Customer(sandbox);
  });
});

describe('refusals', () => {
  const ok = () => ({ calendario: { expiracao: 60 }, valor: { original: '1.00' }, chave: customer.chave });
  const bodies: [string, string, () => unknown][] = [
    ['json_invalido', 'not JSON', () => '{"valor":'],
    ['json_invalido', 'a list', () => []],
    ['json_invalido', 'nothing', () => undefined],
    ['json_invalido', 'unknown member', () => ({ ...ok(), cor: 'azul' })],
    ['json_invalido', 'unknown member inside', () => ({ ...ok(), valor: { original: '1.00', moeda: 'BRL' } })],
    ['json_invalido', 'no calendar', () => ({ ...ok(), calendario: undefined })],
    ['json_invalido', 'no expiry', () => ({ ...ok(), calendario: { expiracao: 0 } })],
    ['json_invalido', 'fraction of a second', () => ({ ...ok(), calendario: { expiracao: 1.5 } })],
    ['json_invalido', 'number for an amount', () => ({ ...ok(), valor: { original: 1 } })],
    ['json_invalido', 'payer without a name', () => ({ ...ok(), devedor: { cpf: '12345678909' } })],
    ['json_invalido', 'payer of two kinds', () => ({ ...ok(), devedor: { cpf: '1', cnpj: '2', nome: 'x' } })],
    ['json_invalido', 'long note', () => ({ ...ok(), solicitacaoPagador: 'x'.repeat(141) })],
    ['json_invalido', 'long info', () => ({ ...ok(), infoAdicionais: [{ nome: 'x'.repeat(51), valor: 'y' }] })],
    ['valor_invalido', 'zero', () => ({ ...ok(), valor: { original: '0.00' } })],
    ['valor_invalido', 'one digit', () => ({ ...ok(), valor: { original: '1.0' } })],
    ['valor_invalido', 'comma', () => ({ ...ok(), valor: { original: '1,00' } })],
    ['valor_invalido', 'eleven digits', () => ({ ...ok(), valor: { original: '12345678901.00' } })],
    ['chave_invalida', 'key of another', () => ({ ...ok(), chave: 'x@y.com' })],
    ['location_nao_encontrada', 'unknown location', () => ({ ...ok(), loc: { id: 1 } })],
  ];
  it.each(bodies)('PUT cob: %s: %s', async (nome, _what, body) => {
    const answer = await customer.call('PUT', `/v2/cob/${txid()}`, body());
    expect(answer).toMatchObject({ status: 400, body: { nome, mensagem: expect.any(String) } });
    if (nome === 'json_invalido') expect(pick(answer.body, 'erros.0.caminho')).toMatch(/^(\.|$)/);
  });

  it.each(['a'.repeat(25), 'a'.repeat(36), `${'a'.repeat(26)}-`])('PUT cob/%s', async (id) => {
    expect((await customer.charge(id)).status).toBe(400);
  });

  it('of what is there, and of what is not', async () => {
    const id = txid();
    const e2e = await customer.paid(id, '9.00');
    const refund = (key: string, valor: unknown) => customer.call('PUT', `/v2/pix/${e2e}/devolucao/${key}`, { valor });
    const named = (status: number, nome: string) => ({ status, body: { nome } });
    expect(await customer.charge(id)).toMatchObject(named(409, 'txid_duplicado'));
    const removal = { status: 'REMOVIDA_PELO_USUARIO_RECEBEDOR' };
    const patch = (to: string, body: object) => customer.call('PATCH', `/v2/cob/${to}`, body);
    expect(await patch(id, removal)).toMatchObject(named(400, 'status_cobranca_invalido'));
    expect(await patch(txid(), removal)).toMatchObject(named(400, 'cobranca_nao_encontrada'));
    expect(await patch(id, { ...removal, chave: customer.chave })).toMatchObject(named(400, 'json_invalido'));
    expect(await patch(id, { status: 'CONCLUIDA' })).toMatchObject(named(400, 'json_invalido'));
    expect(await customer.call('GET', `/v2/cob/${txid()}`)).toMatchObject(named(400, 'cobranca_nao_encontrada'));
    expect(await customer.call('GET', '/v2/pix/E1')).toMatchObject(named(400, 'pix_nao_encontrado'));
    expect(await customer.call('GET', `/v2/pix/${e2e}/devolucao/z`)).toMatchObject(
      named(400, 'devolucao_nao_encontrada'),
    );
    const lost = customer.call('PUT', '/v2/pix/E1/devolucao/a', { valor: '1.00' });
    expect(await lost).toMatchObject(named(400, 'pix_nao_encontrado'));
    expect((await refund('a', '5.00')).status).toBe(201);
    expect(await refund('a', '5.00')).toMatchObject(named(409, 'devolucao_id_duplicado'));
    expect(await refund('b', '4.01')).toMatchObject(named(400, 'valor_invalido'));
    expect(await refund('c', '0.00')).toMatchObject(named(400, 'valor_invalido'));
    expect(await refund('c', 4)).toMatchObject(named(400, 'json_invalido'));
    expect(await refund('c-d', '1.00')).toMatchObject(named(400, 'json_invalido'));
    expect((await customer.call('POST', '/v2/nada', {})).status).toBe(404);
    expect((await customer.sim('POST', 'clock', { advanceSeconds: 91 * dayS })).status).toBe(200);
    customer = new Customer(sandbox);
    expect(await refund('d', '1.00')).toMatchObject({
      status: 400,
      body: { type: expect.stringMatching(/PixDevolucaoInvalida$/) },
    });
  });
});

describe('the clock', () => {
  it('goes forwards only', async () => {
    const before = clockOffsetMs();
    for (const advanceSeconds of [0, -1, 1.5, '5', null, 1e15])
      expect((await customer.sim('POST', 'clock', { advanceSeconds })).status).toBe(422);
    expect(clockOffsetMs()).toBe(before);
    expect((await customer.sim('POST', 'clock', { advanceSeconds: 5 })).body).toMatchObject({
      offsetMs: before + 5000,
    });
  });
});
