import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, eventually, rows } from '@test/support/app.js';
import { Bank } from '@test/support/bank.js';
import { Counter } from '@test/support/counter.js';
import { said } from '@test/support/paper.js';
import { type Receiver, startReceiver } from '@test/support/receiver.js';
import { as, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
let shop: Receiver;
let merchant: string;
/** Name to secret. */
const canaries = new Map<string, string>();
/** Answers as they came, by the request that they answer. */
const answers = new Map<string, string>();

interface Account {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly certificate: string;
}
interface Lane {
  readonly provider: string;
  readonly callbackUrl: string;
  readonly hasCredentials: boolean;
  readonly [name: string]: unknown;
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

/** Whatever somebody may have written of a secret: itself, and in the encodings that a wire or a column uses. */
function guises(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')];
}
const found = (text: string, but: readonly string[] = []): readonly string[] =>
  [...canaries]
    .filter(([name, secret]) => !but.includes(name) && guises(secret).some((it) => text.includes(it)))
    .map(([name]) => name);

beforeAll(async () => {
  [scene, shop] = await Promise.all([Scene.open({ LOG_LEVEL: 'trace' }), startReceiver()]);
  const file = readFileSync(join(scene.app.folder, 'sandbox/certificates/account.json'), 'utf8');
  const account = JSON.parse(file) as Account;
  canaries.set('client id', account.clientId).set('client secret', account.clientSecret);
  canaries.set('client credentials', basic(`${account.clientId}:${account.clientSecret}`).slice(6));
  canaries.set('certificate', account.certificate.slice(100, 200));
  const kept = (name: string): Record<string, string> =>
    JSON.parse(readFileSync(join(scene.app.folder, `sandbox/accounts/${name}.json`), 'utf8')) as Record<string, string>;
  const pinbank = kept('pinbank');
  canaries.set('KeyValue', pinbank['keyValue']!).set('KeyLoja', pinbank['keyLoja']!);
  canaries.set('MerchantKey', kept('cielo')['merchantKey']!);
  canaries.set('master key', readFileSync(join(scene.app.folder, 'master.key'), 'utf8').trim());
  const list = await scene.admin('GET', '/admin/merchants');
  merchant = as<{ data: { id: string }[] }>(list.body).data[0]!.id;
});
afterAll(async () => {
  await scene.close();
  await shop.stop();
});

describe('everything that a merchant, a provider and a bad day do', () => {
  it('keys and tokens', async () => {
    const made = await scene.admin('POST', `/admin/merchants/${merchant}/keys`, { name: 'loja' });
    const { id, key } = as<{ id: string; key: string }>(made.body);
    canaries.set('api key', key).set('api key, Basic', basic(`:${key}`).slice(6));
    const headers = { authorization: basic(`${id}:${key}`) };
    const token = await client(() => scene.app.url)(
      'POST',
      '/oauth2/token',
      { grant_type: 'client_credentials' },
      { headers },
    );
    canaries.set('token', as<{ access_token: string }>(token.body).access_token);
    const ask = client(() => scene.app.url, key);
    for (const [name, secret] of [
      ['key', key],
      ['token', canaries.get('token')!],
    ] as const) {
      answers.set(name, (await ask('GET', '/balance', undefined, { key: secret })).text);
      answers.set(`${name} in the query`, (await ask('GET', `/balance?key=${secret}&access_token=${secret}`)).text);
      answers.set(`${name} in the path`, (await ask('GET', `/pix/${secret}`)).text);
      answers.set(`${name} misspelt`, (await ask('GET', '/balance', undefined, { key: `${secret}x` })).text);
      answers.set(`${name} as a value`, (await ask('POST', '/pix', { amount: secret, customCode: [secret] })).text);
      answers.set(`${name} in bad JSON`, (await ask('POST', '/pix', `{"key":"${secret}"`)).text);
    }
    answers.set('replay', (await ask('POST', '/pix', { amount: 1 }, { headers: { 'idempotency-key': 'a' } })).text);
  });

  it('webhooks', async () => {
    const asking = { headers: { 'idempotency-key': 'hook' } };
    const create = (): ReturnType<Scene['api']> => scene.api('POST', '/webhooks', { url: shop.url }, asking);
    const { id, secret } = as<{ id: string; secret: string }>((await create()).body);
    canaries.set('webhook secret', secret).set('webhook secret, bare', secret.replace('whsec_', ''));
    answers.set('webhook again', (await create()).text);
    const rotated = await scene.api('POST', `/webhooks/${id}/rotate`);
    canaries.set('new webhook secret', as<{ secret: string }>(rotated.body).secret.replace('whsec_', ''));
    answers.set('webhook test', (await scene.api('POST', `/webhooks/${id}/test`)).text);
    await eventually(() => Promise.resolve(shop.got.length > 0));
    shop.answer = () => 500;
  });

  it('lanes', async () => {
    const path = `/admin/merchants/${merchant}/lanes`;
    const lanes = as<{ data: Lane[] }>((await scene.admin('GET', path)).body).data;
    for (const it of lanes) canaries.set(`callback secret of ${it.provider}`, it.callbackUrl.split('/').at(-1)!);
    expect(lanes.every((it) => it.hasCredentials)).toBe(true);
    // As they were read, with the secrets of their addresses.
    expect((await scene.admin('PUT', path, lanes)).status).toBe(200);
    canaries.set('refused secret', 'Client_Secret_canary_0123456789').set('unknown member', 'canary-of-no-member');
    const wanted = { provider: 'gerencianet', operation: 'pix.create', priority: 1, credential: { name: 'other' } };
    const account = { clientId: 'Client_Id_x', clientSecret: canaries.get('refused secret'), pixKey: 'x' };
    const { certificate } = JSON.parse(
      readFileSync(join(scene.app.folder, 'sandbox/certificates/account.json'), 'utf8'),
    ) as Account;
    for (const credentials of [
      { ...account, certificate },
      { ...account, certificate: 'bm90IGEgY2VydGlmaWNhdGU=' },
      { ...account, certificate, password: canaries.get('unknown member') },
      { ...account, clientSecret: [canaries.get('refused secret')] },
    ]) {
      const answer = await scene.admin('PUT', path, [{ ...wanted, credentials }]);
      expect(answer.status).toBe(422);
      answers.set(`lanes ${answers.size}`, answer.text);
    }
  });

  it('payments on a bad day', async () => {
    const faults: readonly (readonly [string, string])[] = [
      ['pix.create', 'timeout_after'],
      ['pix.create', 'garbled'],
      ['pix.create', 'http_401'],
      ['pix.create', 'http_500_before'],
      ['token', 'http_401'],
      ['token', 'garbled'],
      ['pix.find', 'find_refused'],
      ['webhook', 'http_500_before'],
    ];
    for (const [operation, kind] of faults) {
      await scene.arm(operation, kind, { times: 1 });
      answers.set(`${operation} ${kind}`, (await scene.ask({ customCode: fresh('bad') })).text);
      await scene.calm();
    }
    // The provider's token ends with the hour: the next log-in meets the faults that wait for it.
    await scene.arm('token', 'http_500_before', { times: 1 });
    await scene.advance(4_000);
    answers.set('log-in lost', (await scene.ask()).text);
    await scene.arm('*', 'refuse', { times: 2 });
    answers.set('refused', (await scene.ask()).text);
    await scene.calm();
    const charge = await scene.paid();
    await scene.arm('pix.refund', 'http_500_after', { times: 1 });
    answers.set('refund', (await scene.refund(charge.id)).text);
    await scene.becomes(charge.id, 'refunded');
    const secret = canaries.get('callback secret of gerencianet')!;
    const nobody = client(() => scene.app.url);
    for (const [path, body] of [
      [`/callbacks/gerencianet/${secret}/pix`, { pix: [{ txid: 'nobodys', endToEndId: 'E1' }] }],
      [`/callbacks/gerencianet/${secret}x/pix`, {}],
      [`/callbacks/nobody/${secret}`, {}],
      [`/callbacks/gerencianet/${secret}/what/else`, {}],
    ] as const) {
      answers.set(path.replace(secret, '…'), (await nobody('POST', path, body)).text);
    }
  });

  it('a second provider of everything', async () => {
    const path = `/admin/merchants/${merchant}`;
    const { data } = as<{ data: Lane[] }>((await scene.admin('GET', `${path}/lanes`)).body);
    const more = { provider: 'pinbank', operation: 'pix.create', priority: 2, credential: { name: 'pinbank' } };
    expect((await scene.admin('PUT', `${path}/lanes`, [...data, more])).status).toBe(200);
    const rules = [{ when: { amountMin: 30_000 }, prefer: ['pinbank'] }];
    expect((await scene.admin('PUT', `${path}/routing`, { rules })).status).toBe(200);
  });

  it.each([
    ['gerencianet', 1_000],
    ['pinbank', 30_000],
  ])('slips of %s and their paper, a Pix and a card', async (provider, amount) => {
    const bank = new Bank(scene);
    for (const [operation, kind] of [
      ['token', 'http_401'],
      ['token', 'garbled'],
      ['bankslip.create', 'garbled'],
    ] as const) {
      await scene.arm(operation, kind, { provider, times: 1 });
      answers.set(`slip ${provider} ${operation} ${kind}`, (await bank.ask({ amount })).text);
      await scene.calm();
    }
    const slip = await bank.paid({ amount });
    expect(slip.provider).toBe(provider);
    const headers = { authorization: `Bearer ${scene.app.merchantKey}` };
    const paper = await fetch(`${scene.app.url}/bankslip/${slip.id}/pdf`, { headers });
    const text = said(Buffer.from(await paper.arrayBuffer()));
    expect(text).toContain('FULANO DE TAL');
    answers.set(`paper ${provider}`, text);
    answers.set(`slip ${provider}`, (await scene.api('GET', `/bankslip/${slip.id}`)).text);
    const pix = await scene.paid({ amount });
    answers.set(`refund ${provider}`, (await scene.refund(pix.id)).text);
    await new Counter(scene).made('paid', { amount });
  });
});

describe('leaves a secret', () => {
  it('in no line of the log', async () => {
    const lines = scene.app.output().split('\n');
    const told = lines.filter((line) => found(line).length > 0).map((line) => [...found(line), line.slice(0, 300)]);
    expect(told).toEqual([]);
    // The provider's own tokens: a moment in milliseconds, and what signs it.
    expect(lines.filter((line) => /\d{13}\.[\w-]{43}/.test(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(30);
  });

  it('in no answer', async () => {
    for (const [name, text] of answers) expect([name, ...found(text)]).toEqual([name]);
    for (const path of [
      '/balance',
      '/transactions?limit=100',
      '/events?limit=100',
      '/webhooks',
      '/webhooks/deliveries',
    ]) {
      expect([path, ...found((await scene.api('GET', path)).text)]).toEqual([path]);
    }
    const admin = [
      'merchants',
      'attempts',
      'movements',
      'jobs',
      'callbacks',
      'providers',
      'transactions',
      'ledger/entries',
    ];
    for (const path of [...admin, `merchants/${merchant}/keys`].map((it) => `/admin/${it}?limit=100`)) {
      const { status, text } = await scene.admin('GET', path);
      expect([path, status, ...found(text)]).toEqual([path, 200]);
    }
    const lanes = await scene.admin('GET', `/admin/merchants/${merchant}/lanes`);
    const addressed = [...canaries.keys()].filter((it) => it.startsWith('callback secret'));
    expect(found(lanes.text, addressed)).toEqual([]); // whose place this is
    for (const path of ['/docs-json', '/metrics', '/health/ready']) {
      expect([path, ...found((await scene.api('GET', path)).text)]).toEqual([path]);
    }
  });

  it('in no call to a merchant, and in no record of the wire', async () => {
    expect(shop.got.length).toBeGreaterThan(1);
    for (const { headers, body, path } of shop.got)
      expect(found(`${path} ${JSON.stringify(headers)} ${body}`)).toEqual([]);
    expect(found((await scene.sim('GET', '/_sim/requests')).text)).toEqual([]);
  });

  it('in no column of any table', async () => {
    const tables = await rows<{ name: string }>(
      scene.app,
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    expect(tables.length).toBeGreaterThan(15);
    const seen: string[] = [];
    for (const { name } of tables) {
      const kept = await rows<{ row: string }>(scene.app, `select to_jsonb(it)::text as row from ${name} it`);
      // By its name at the provider an account is known again when its secret is changed: that one is kept.
      const but = name === 'public.credential' ? ['client id'] : [];
      seen.push(
        ...kept.flatMap(({ row }) => found(row, but).map((secret) => `${secret} in ${name}: ${row.slice(0, 300)}`)),
      );
    }
    expect(seen).toEqual([]);
  });
});

it('the log has one line for a request and one for a call to a provider, by which they are found', async () => {
  const id = fresh('request');
  const { body } = await scene.ask({}, { headers: { 'x-request-id': id } });
  const attempts = await scene.api('GET', `/transactions/${as<{ id: string }>(body).id}/attempts`);
  const attempt = as<{ data: { id: string }[] }>(attempts.body).data[0]!.id;
  const lines = await eventually(() => {
    const told = scene.app.output().split('\n');
    return Promise.resolve(told.some((it) => it.includes(id)) && told);
  });
  const parsed = lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  const ofRequest = parsed.filter((it) => it['requestId'] === id);
  expect(ofRequest).toContainEqual(expect.objectContaining({ context: 'request', url: '/pix', status: 201 }));
  expect(ofRequest).toContainEqual(expect.objectContaining({ context: 'attempt', attempt, outcome: 'pending' }));
  expect(ofRequest.filter(({ context }) => context === 'request')).toHaveLength(1);
});
