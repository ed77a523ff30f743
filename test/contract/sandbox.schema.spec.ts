import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { type Answered, Customer, receiver, txid } from '@test/contract/sandbox.client.js';

const file = new URL('../../../shared/conformance/bacen-pix-openapi.json', import.meta.url);
const there = existsSync(file);
if (!there) console.warn('The published Pix contract is not beside this checkout: the wire is not checked against it.');

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const period = 'inicio=2020-01-01T00:00:00Z&fim=2199-01-01T00:00:00Z';
let sandbox: Sandbox;
let customer: Customer;
let inbox: Awaited<ReturnType<typeof receiver>>;
let ajv: Ajv;

beforeAll(async () => {
  if (!there) return;
  ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object, 'pix');
  sandbox = await startSandbox({ port: 0, directory });
  customer = new Customer(sandbox);
  inbox = await receiver();
  await customer.register(inbox.url);
});
afterAll(async () => {
  if (!there) return;
  customer.leave();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

const schema = (name: string): ValidateFunction => ajv.compile({ $ref: `pix#/components/schemas/${name}` });

/** The published patterns are open at both ends, so that ids are checked here as well. */
const shapes: Readonly<Record<string, RegExp>> = {
  txid: /^[a-zA-Z0-9]{26,35}$/,
  endToEndId: /^E[0-9A-Z]{8}\d{12}[a-zA-Z0-9]{11}$/,
  rtrId: /^D[0-9A-Z]{8}\d{12}[a-zA-Z0-9]{11}$/,
  criacao: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  original: /^\d{1,10}\.\d\d$/,
};
function misshapen(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'string' && shapes[name]?.test(inner) === false ? [`${name}: ${inner}`] : misshapen(inner),
  );
}

function conforms(answer: Pick<Answered, 'body'> & { status?: number }, status: number, name: string): void {
  const validate = schema(name);
  expect([answer.status ?? status, validate(answer.body), validate.errors]).toEqual([status, true, null]);
  expect(misshapen(answer.body)).toEqual([]);
}

(there ? describe : describe.skip)('the wire beside the published contract', () => {
  it('tells a wrong answer from a right one', async () => {
    const { body } = await customer.charge(txid());
    expect(schema('CobGerada')({ ...(body as object), txid: 'x', status: 'PAGA' })).toBe(false);
    expect(misshapen({ pix: [{ txid: 'short' }] })).toEqual(['txid: short']);
  });

  it('speaks of charges as it says', async () => {
    const id = txid();
    const devedor = { cnpj: '12345678000195', nome: 'Empresa' };
    const infoAdicionais = [{ nome: 'Mesa', valor: '4' }];
    conforms(
      await customer.charge(id, '10.00', { devedor, infoAdicionais, solicitacaoPagador: 'Oi' }),
      201,
      'CobGerada',
    );
    conforms(await customer.call('PATCH', `/v2/cob/${id}`, { valor: { original: '11.00' } }), 200, 'CobGerada');
    const e2e = (await customer.sim('POST', `pix/${id}/pay`)).body as { endToEndId: string };
    const path = `/v2/pix/${e2e.endToEndId}/devolucao/a`;
    conforms(await customer.call('PUT', path, { valor: '1.00' }), 201, 'Devolucao');
    await inbox.events(2);
    conforms(await customer.call('GET', path), 200, 'Devolucao');
    conforms(await customer.call('GET', `/v2/cob/${id}`), 200, 'CobCompleta');
    conforms(await customer.call('GET', `/v2/pix/${e2e.endToEndId}`), 200, 'Pix');
    conforms(await customer.call('GET', `/v2/cob?${period}`), 200, 'CobsConsultadas');
    conforms(await customer.call('GET', `/v2/pix?${period}`), 200, 'PixConsultados');
    for (const { body } of await inbox.events(2)) conforms({ body: (body as { pix: unknown[] }).pix[0] }, 200, 'Pix');
  });

  it('takes what the contract lets a customer send', async () => {
    const sent = { calendario: { expiracao: 3600 }, valor: { original: '10.00' }, chave: customer.chave };
    expect(schema('CobSolicitada')(sent)).toBe(true);
    expect((await customer.call('PUT', `/v2/cob/${txid()}`, sent)).status).toBe(201);
  });

  it('speaks of addresses as it says', async () => {
    conforms(await customer.call('GET', `/v2/webhook/${customer.chave}`), 200, 'WebhookCompleto');
    conforms(await customer.call('GET', `/v2/webhook?${period}`), 200, 'WebhooksConsultados');
  });
});
