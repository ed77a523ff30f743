import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeHttp } from '@libs/providers/http.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Contract, misshapen, type Passage } from './published.js';
import { type Answered, Customer, pick, receiver, sleep, txid } from './sandbox.client.js';
import type { Exchange } from './tap.js';
import { traffic } from './traffic.js';

const contract = Contract.open();
const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const period = 'inicio=2020-01-01T00:00:00Z&fim=2199-01-01T00:00:00Z';
let sandbox: Sandbox;
let customer: Customer;
let inbox: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  if (!contract) return;
  sandbox = await startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
  customer = new Customer(sandbox);
  inbox = await receiver();
  await customer.register(inbox.url);
});
afterAll(async () => {
  if (!contract) return;
  customer.leave();
  await closeHttp();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

/** Where Efí departs from the contract by its own pages, and nowhere else. */
const departures: readonly RegExp[] = [
  /^PUT \/v2\/webhook\/\S+: no answer 201$/,
  /^PUT \/v2\/webhook\/\S+ said: a body that the contract does not have$/,
];
const faults = (passage: Passage): readonly string[] =>
  contract!.faults(passage).filter((fault) => !departures.some((it) => it.test(fault)));

/** Asks, and measures what was sent and said. */
async function asked(method: string, path: string, sent?: unknown): Promise<Answered> {
  const answer = await customer.call(method, path, sent);
  const said = answer.text === '' ? undefined : answer.body;
  expect(faults({ method, path, sent, status: answer.status, said })).toEqual([]);
  return answer;
}

(contract ? describe : describe.skip)('the wire beside the published contract', () => {
  it('tells a wrong answer from a right one', async () => {
    const id = txid();
    const { body } = await customer.charge(id);
    const said = { ...(body as object), txid: 'x', status: 'PAGA', pix: [{ valor: 1 }] };
    const wrong = faults({ method: 'GET', path: `/v2/cob/${id}`, status: 200, said });
    expect(wrong.join()).toMatch(/status must be equal.*pix\/0 must have.*txid: x/);
    expect(misshapen({ pix: [{ txid: 'short' }] })).toEqual(['txid: short']);
    const sent = { valor: { original: 10 } };
    expect(faults({ method: 'PUT', path: `/v2/cob/${id}`, sent, status: 201, said: body })).toHaveLength(2);
    expect(faults({ method: 'GET', path: '/v2/nowhere', status: 200 })).toHaveLength(1);
    expect(faults({ method: 'GET', path: `/v2/cob/${id}`, status: 418 })).toHaveLength(1);
  });

  it('speaks of charges, payments and refunds as it says', async () => {
    const [id, gone] = [txid(), txid()];
    const { chave } = customer;
    const least = { valor: { original: '10.00' }, chave, calendario: { expiracao: 3600 } };
    const devedor = { cnpj: '12345678000195', nome: 'Empresa' };
    const infoAdicionais = [{ nome: 'Mesa', valor: '4' }];
    await asked('PUT', `/v2/cob/${id}`, { ...least, devedor, infoAdicionais, solicitacaoPagador: 'Oi' });
    await asked('PUT', `/v2/cob/${gone}`, { ...least, devedor: { cpf: '12345678909', nome: 'Maria' } });
    await asked('GET', `/v2/cob/${id}`);
    await asked('PATCH', `/v2/cob/${id}`, { valor: { original: '11.00' } });
    await asked('PATCH', `/v2/cob/${gone}`, { status: 'REMOVIDA_PELO_USUARIO_RECEBEDOR' });
    for (const path of [`${id}?revisao=0`, gone]) await asked('GET', `/v2/cob/${path}`);
    await customer.arm('chargeback', 'pix.create', { times: 1, delayMs: 700 });
    const e2e = pick((await customer.sim('POST', `pix/${id}/pay`)).body, 'endToEndId');
    const refund = (key: string): string => `/v2/pix/${e2e}/devolucao/${key}`;
    await asked('PUT', refund('a'), { valor: '1.00' });
    await sleep(250);
    await customer.arm('refund_fails', 'pix.refund', { times: 1 });
    await asked('PUT', refund('b'), { valor: '1.00' });
    await inbox.events(4);
    const states = await Promise.all(
      ['a', 'b'].map(async (it) => pick((await asked('GET', refund(it))).body, 'status')),
    );
    expect(states).toEqual(['DEVOLVIDO', 'NAO_REALIZADO']);
    expect((await asked('GET', `/v2/pix/${e2e}`)).text).toContain('MED_FRAUDE');
    await asked('GET', `/v2/cob/${id}`);
    await asked('GET', `/v2/cob?${period}`);
    await asked('GET', `/v2/pix?${period}`);
    for (const { body } of await inbox.events(4)) {
      const { pix } = body as { pix: unknown[] };
      expect(pix.flatMap((it) => contract!.wrong('callback', { $ref: '#/components/schemas/Pix' }, it))).toEqual([]);
    }
  });

  it('speaks of addresses as it says', async () => {
    await asked('GET', `/v2/webhook/${customer.chave}`);
    await asked('GET', `/v2/webhook?${period}`);
    const webhookUrl = inbox.url;
    const set = { method: 'PUT', path: `/v2/webhook/${customer.chave}`, sent: { webhookUrl }, status: 201 };
    expect(faults({ ...set, said: (await customer.register(webhookUrl)).body })).toEqual([]);
    expect(faults({ ...set, sent: { url: webhookUrl } })).toHaveLength(1);
    expect((await asked('DELETE', `/v2/webhook/${customer.chave}`)).status).toBe(204);
  });

  it('refuses by the law of problems where it speaks that way', async () => {
    const e2e = await customer.paid(txid());
    expect((await customer.sim('POST', 'clock', { advanceSeconds: 91 * 86_400 })).status).toBe(200);
    customer.leave();
    customer = new Customer(sandbox);
    const answer = await asked('PUT', `/v2/pix/${e2e}/devolucao/a`, { valor: '1.00' });
    expect([answer.status, pick(answer.body, 'title')]).toEqual([400, 'Devolução inválida.']);
  });
});

(contract ? describe : describe.skip)('our adapter beside the published contract', () => {
  const parsed = (text: string): unknown => (text === '' ? undefined : (JSON.parse(text) as unknown));
  const passage = ({ method, path, sent, said }: Exchange): Passage => ({
    method,
    path: decodeURIComponent(path),
    sent: parsed(sent.body),
    status: said!.status,
    said: parsed(said!.body),
  });

  it('sends nothing that the contract does not have, and of every kind that it has', async () => {
    // What goes to the host for charges is under no contract of the central bank's.
    const all = (await traffic('gerencianet', sandbox, directory)).filter(({ provider }) => provider === 'gerencianet');
    const seen = all.filter(({ path }) => path !== '/oauth/token');
    const good = seen.filter(({ said }) => said!.status < 300).map(passage);
    expect(good.flatMap(faults)).toEqual([]);
    const refused = seen.filter(({ said }) => said!.status >= 300).map(passage);
    expect(refused.flatMap((it) => faults({ ...it, status: 0 })).filter((it) => it.includes(' sent: '))).toEqual([]);
    const kinds = new Set(seen.map(({ method, path }) => `${method} ${path.replaceAll(/[\w-]{25,}/g, '*')}`));
    expect([...kinds].sort()).toEqual([
      'GET /v2/cob/*',
      'GET /v2/pix/*',
      'GET /v2/pix/*/devolucao/*',
      'GET /v2/webhook/*',
      'PATCH /v2/cob/*',
      'PUT /v2/cob/*',
      'PUT /v2/pix/*/devolucao/*',
      'PUT /v2/webhook/*',
    ]);
  });
});
