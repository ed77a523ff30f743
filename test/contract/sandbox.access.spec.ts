import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { type Answered, Customer, pick, send } from './sandbox.client.js';

const [directory, elsewhere] = ['sandbox-', 'elsewhere-'].map((it) => mkdtempSync(join(tmpdir(), it))) as [
  string,
  string,
];
let sandbox: Sandbox;
let other: Sandbox;
let customer: Customer;

beforeAll(async () => {
  [sandbox, other] = (await Promise.all(
    [directory, elsewhere].map((it) => startSandbox({ port: 0, directory: it })),
  )) as [Sandbox, Sandbox];
  customer = new Customer(sandbox);
});
afterAll(async () => {
  customer.leave();
  await Promise.all([sandbox.close(), other.close()]);
  for (const folder of [directory, elsewhere]) rmSync(folder, { recursive: true });
});

describe('certificates and tokens', () => {
  const ca = (): Buffer => readFileSync(sandbox.caFile);
  const knock = (agent: Agent, headers = {}): Promise<Answered> =>
    send({ method: 'GET', url: `${sandbox.listeners['gerencianet']}/v2/cob/x`, agent, headers });
  const paper = (folder: string, name: string): Buffer => readFileSync(join(folder, 'certificates', name));
  const pair = (folder: string, name: string) => ({
    cert: paper(folder, `${name}.pem`),
    key: paper(folder, `${name}.key`),
  });

  it.each<[string, () => object]>([
    ['none', () => ({})],
    ['one of another authority', () => ({ pfx: Buffer.from(other.accounts.gerencianet.certificate, 'base64') })],
    ['one of another authority, in pieces', () => pair(elsewhere, 'caller')],
    ["somebody else's of the same authority", () => pair(directory, 'caller')],
    ["the provider's own", () => pair(directory, 'server')],
    [
      'an old protocol',
      () => ({
        pfx: Buffer.from(sandbox.accounts.gerencianet.certificate, 'base64'),
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1.1',
      }),
    ],
  ])('%s: hangs up, and says nothing in HTTP', async (_, papers) => {
    const agent = new Agent({ ca: ca(), passphrase: '', ...papers() });
    await expect(knock(agent)).rejects.toThrow();
    agent.destroy();
  });

  it.each<[string, () => Record<string, string>]>([
    ['no token', () => ({})],
    ['no scheme', () => ({ authorization: 'x' })],
    ['another scheme', () => ({ authorization: customer.basic() })],
    ['an empty token', () => ({ authorization: 'Bearer ' })],
    ['a made one', () => ({ authorization: 'Bearer 9999999999999.abc' })],
  ])('%s: 401, before anything else is looked at', async (_, headers) => {
    for (const path of ['/v2/cob/x', '/v2/pix/x', '/v2/nowhere', '/v2/webhook/x']) {
      const answer = await customer.raw('GET', path, undefined, headers());
      expect([path, answer.status, pick(answer.body, 'error')]).toEqual([path, 401, 'invalid_token']);
    }
  });

  it('a token of another account, and one that was altered', async () => {
    const stranger = new Customer(other);
    const foreign = await stranger.login();
    stranger.leave();
    const own = await customer.login();
    const later = own.replace(/^\d+/, (until) => `${BigInt(until) + 1n}`);
    for (const token of [foreign, later, `${own}x`, own.slice(0, -1)]) {
      const answer = await customer.raw('GET', '/v2/cob/x', undefined, { authorization: `Bearer ${token}` });
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    }
  });

  it.each<[string, number, unknown, (basic: string) => Record<string, string>]>([
    ['invalid_client', 401, { grant_type: 'client_credentials' }, () => ({})],
    ['invalid_client', 401, { grant_type: 'client_credentials' }, () => ({ authorization: 'Basic eDp5' })],
    ['invalid_client', 401, { grant_type: 'client_credentials' }, (basic) => ({ authorization: `${basic}x` })],
    ['invalid_client', 401, { grant_type: 'client_credentials' }, () => ({ authorization: 'Bearer x' })],
    ['invalid_request', 400, {}, (basic) => ({ authorization: basic })],
    ['invalid_request', 400, [], (basic) => ({ authorization: basic })],
    ['unsupported_grant_type', 400, { grant_type: 'password' }, (basic) => ({ authorization: basic })],
  ])('a login is %s: %d for %j', async (error, status, body, headers) => {
    const answer = await customer.raw('POST', '/oauth/token', body, headers(customer.basic()));
    expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
  });
});
