import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, client, eventually, rows } from '@test/support/app.js';
import { as, type Charge, Scene } from '@test/support/scene.js';
import { ground } from '@test/support/ground.js';

let scene: Scene;
let merchantId: string;

beforeAll(async () => {
  scene = await Scene.open();
  const { body } = await scene.admin('GET', '/admin/merchants');
  merchantId = as<{ data: { id: string }[] }>(body).data[0]!.id;
});
afterAll(() => scene.close());

interface Key {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
}
async function newKey(body: object = {}, merchant = merchantId): Promise<Key> {
  const answer = await scene.admin('POST', `/admin/merchants/${merchant}/keys`, { name: 'teste', ...body });
  expect(answer.status).toBe(201);
  return as<Key>(answer.body);
}
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
/** A question with exactly this Authorization header. */
const saying = (authorization: string, path = '/balance'): Promise<Answer> =>
  client(() => scene.app.url)('GET', path, undefined, { headers: { authorization } });
const withKey = ({ key }: Pick<Key, 'key'>): Api => client(() => scene.app.url, key);
const refusal = ({ status, body, headers }: Answer): readonly unknown[] => [
  status,
  body['code'],
  headers.get('www-authenticate') !== null,
  as<{ requestId: string }>(body).requestId === headers.get('x-request-id'),
];

describe('a key', () => {
  it('is taken in every printed form', async () => {
    const { key } = await newKey();
    for (const form of [
      basic(`:${key}`),
      basic(`${key}:`),
      `Bearer ${key}`,
      `bearer ${key}`,
      `BASIC ${btoa(`:${key}`)}`,
    ]) {
      expect([form, (await saying(form)).status]).toEqual([form, 200]);
    }
  });

  it.each([
    ['of nobody', 'Bearer sk_test_nobody'],
    ['in no form', 'sk_test_local'],
    ['empty', 'Bearer '],
    ['empty, Basic', basic(':')],
    ['without a colon', basic('sk_test_local')],
    ['beside a name', basic('someone:sk_test_local')],
    ['of another scheme', 'Digest sk_test_local'],
    ['with more behind it', 'Bearer sk_test_local x'],
    ['with a NUL', basic(':sk_test_local\0')],
    ['too long', `Bearer ${'k'.repeat(2_000)}`],
  ])('%s is 401', async (_, form) => {
    expect(refusal(await saying(form))).toEqual([401, 'unauthorized', true, true]);
  });

  it('is missed on every route that is not public, also on one that is not there', async () => {
    const nobody = client(() => scene.app.url);
    for (const [method, path] of [
      ['GET', '/pix/x'],
      ['POST', '/pix'],
      ['GET', '/events'],
      ['GET', '/nowhere'],
    ] as const) {
      expect(refusal(await nobody(method, path))).toEqual([401, 'unauthorized', true, true]);
    }
    for (const path of ['/health/live', '/health/ready', '/docs-json', '/metrics']) {
      expect([path, (await nobody('GET', path)).status]).toEqual([path, 200]);
    }
  });

  it('is shown once, and kept as a hash', async () => {
    const { id, key, prefix } = await newKey();
    expect(key.startsWith(prefix)).toBe(true);
    expect(prefix).toHaveLength('sk_test_'.length + 4);
    const { body } = await scene.admin('GET', `/admin/merchants/${merchantId}/keys?limit=100`);
    const listed = as<{ data: object[] }>(body).data.find((it) => (it as Key).id === id);
    expect(listed).toMatchObject({ id, prefix, mode: 'test', scopes: ['*'], name: 'teste' });
    expect(JSON.stringify(body)).not.toContain(key);
  });

  it('is gone within five seconds of its deletion, and its tokens with it', async () => {
    const made = await newKey();
    const ask = withKey(made);
    const token = await tokenOf(made);
    expect([(await ask('GET', '/balance')).status, (await saying(`Bearer ${token}`)).status]).toEqual([200, 200]);
    const path = `/admin/merchants/${merchantId}/keys/${made.id}`;
    expect((await scene.admin('DELETE', path)).status).toBe(204);
    await eventually(async () => (await ask('GET', '/balance')).status === 401, 5_000);
    await eventually(async () => (await saying(`Bearer ${token}`)).status === 401, 5_000);
    expect((await scene.admin('DELETE', path)).status).toBe(404);
  });
});

async function tokenOf({ id, key }: Key): Promise<string> {
  const answer = await client(() => scene.app.url)('POST', '/oauth2/token', 'grant_type=client_credentials', {
    headers: { authorization: basic(`${id}:${key}`), 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(answer.status).toBe(200);
  return as<{ access_token: string }>(answer.body).access_token;
}

describe('a token', () => {
  const ask = (body: unknown, authorization: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    client(() => scene.app.url)('POST', '/oauth2/token', body, { headers: { authorization, ...headers } });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('is given for a form and for JSON, and opens what its key opens', async () => {
    const made = await newKey({ scopes: ['read'] });
    const pair = basic(`${made.id}:${made.key}`);
    const wanted = { grant_type: 'client_credentials' };
    for (const answer of [await ask(wanted, pair), await ask('grant_type=client_credentials&scope=x', pair, form)]) {
      expect(answer.status).toBe(200);
      const { access_token } = as<{ access_token: string }>(answer.body);
      const three = { access_token, token_type: 'Bearer', expires_in: 3600 };
      expect(answer.body).toEqual({ ...three, requestId: answer.headers.get('x-request-id'), data: three });
      expect((await saying(`Bearer ${access_token}`)).status).toBe(200);
      expect((await saying(basic(`:${access_token}`))).status).toBe(200);
      const charge = await withKey({ key: access_token })('POST', '/pix', { amount: 100 });
      expect([charge.status, charge.body['code']]).toEqual([403, 'forbidden']);
    }
  });

  it('is given to nobody else, and for nothing else', async () => {
    const [made, other] = [await newKey(), await newKey()];
    const body = { grant_type: 'client_credentials' };
    const token = await tokenOf(made);
    for (const pair of [
      `:${made.key}`,
      `${other.id}:${made.key}`,
      `x:${made.key}`,
      `${made.id}:x`,
      `${made.id}:${token}`,
    ]) {
      expect([pair, (await ask(body, basic(pair))).status]).toEqual([pair, 401]);
    }
    expect((await ask(body, `Bearer ${made.key}`)).status).toBe(401);
    const pair = basic(`${made.id}:${made.key}`);
    for (const wrong of [{}, { grant_type: 'password' }, { grant_type: null }])
      expect((await ask(wrong, pair)).status).toBe(422);
    expect((await ask('x', pair, { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('a scope', () => {
  it.each([
    ['read', [200, 403, 403]],
    ['charge', [403, 201, 403]],
    ['refund', [403, 403, 404]],
    ['payout', [403, 403, 403]],
    ['*', [200, 201, 404]],
  ])('%s', async (scope, expected) => {
    const ask = withKey(await newKey({ scopes: [scope] }));
    const nobodys = '00000000-0000-7000-8000-000000000000';
    const answers = [
      await ask('GET', '/transactions'),
      await ask('POST', '/pix', { amount: 100 }),
      await ask('POST', `/pix/${nobodys}/refund`, {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
    for (const { status, body } of answers) if (status === 403) expect(body['code']).toBe('forbidden');
  });

  it('of a merchant opens nothing of an administrator, and the other way round', async () => {
    for (const path of ['/admin/merchants', '/admin/attempts', '/admin/ledger/addresses', '/admin/jobs']) {
      expect([path, (await scene.api('GET', path)).status]).toEqual([path, 403]);
    }
    for (const path of ['/balance', '/transactions', '/pix/x', '/webhooks']) {
      expect([path, (await scene.admin('GET', path)).status]).toEqual([path, 403]);
    }
    expect((await scene.admin('POST', '/pix', { amount: 100 })).status).toBe(403);
  });
});

describe('another merchant, and the other mode of the same', () => {
  let mine: Charge;
  let hook: string;
  beforeAll(async () => {
    mine = await scene.paid({ customCode: 'meu' });
    const { body } = await scene.api('POST', '/webhooks', { url: 'http://127.0.0.1:9/x', types: ['test'] });
    hook = as<{ id: string }>(body).id;
  });

  async function seesNothing(ask: Api): Promise<void> {
    const paths: readonly (readonly [string, string, unknown?])[] = [
      ['GET', `/pix/${mine.id}`],
      ['POST', `/pix/${mine.id}/cancel`],
      ['POST', `/pix/${mine.id}/refund`, {}],
      ['GET', `/transactions/${mine.id}`],
      ['GET', `/transactions/${mine.metadata['paymentId']}`],
      ['GET', '/transactions/meu'],
      ['GET', `/transactions/${mine.id}/attempts`],
      ['GET', `/webhooks/${hook}`],
      ['PATCH', `/webhooks/${hook}`, { enabled: false }],
      ['DELETE', `/webhooks/${hook}`],
      ['POST', `/webhooks/${hook}/rotate`],
      ['POST', `/webhooks/${hook}/test`],
    ];
    for (const [method, path, body] of paths) {
      const answer = await ask(method, path, body);
      expect([method, path, answer.status, answer.body['code']]).toEqual([method, path, 404, 'not_found']);
    }
    expect((await ask('GET', '/pix?customCode=meu')).text).toBe('[]');
    for (const path of ['/transactions', '/events', '/statement', '/webhooks', '/webhooks/deliveries']) {
      expect([path, (await ask('GET', path)).body]).toEqual([path, { data: [], hasMore: false }]);
    }
    const [event] = await scene.events();
    expect((await ask('GET', `/events?after=${event!.id}`)).status).toBe(422);
    expect((await ask('GET', `/transactions?starting_after=${mine.id}`)).text).not.toContain(mine.id);
    const { body } = await ask('GET', '/balance');
    expect(as<{ data: object[] }>(body).data).toEqual([
      { currency: 'BRL', balance: 0, available: 0, receivable: 0, debt: 0 },
    ]);
  }

  it('sees nothing of mine, and I nothing of theirs', async () => {
    const made = await scene.admin('POST', '/admin/merchants', { name: 'Outra loja', document: '11222333000181' });
    expect(made.status).toBe(201);
    const ask = withKey(await newKey({}, as<{ id: string }>(made.body).id));
    await seesNothing(ask);
    // Without a lane nobody takes it, provably; the failed charge is theirs.
    const theirs = await ask('POST', '/pix', { amount: 100 });
    expect([theirs.status, theirs.body['code']]).toEqual([503, 'no_provider_available']);
    const id = as<Charge>(theirs.body).id;
    expect((await ask('GET', `/pix/${id}`)).body['status']).toBe('failed');
    expect((await scene.api('GET', `/pix/${id}`)).status).toBe(404);
    expect((await scene.charge(mine.id)).status).toBe('paid');
  });

  it('a live key sees live rows only', async () => {
    const made = await newKey({ mode: 'live' });
    expect(made.key).toMatch(/^sk_live_/);
    await seesNothing(withKey(made));
    const live = await withKey(made)('POST', '/pix', { amount: 100 });
    expect(live.status).toBe(503);
    expect((await scene.api('GET', `/pix/${as<Charge>(live.body).id}`)).status).toBe(404);
  });

  it('the same Idempotency-Key is another one', async () => {
    const other = await scene.admin('POST', '/admin/merchants', { name: 'Terceira' });
    const ask = withKey(await newKey({}, as<{ id: string }>(other.body).id));
    const headers = { 'idempotency-key': 'the-same' };
    const [first, second] = [await scene.ask({}, { headers }), await ask('POST', '/pix', { amount: 999 }, { headers })];
    expect([first.status, second.status]).toEqual([201, 503]);
  });
});

describe('an administrator', () => {
  it('gets a key by name from the command line, and no name no key', async () => {
    const tool = join(process.cwd(), 'dist/apps/tools/admin-key.js');
    const masterKey = readFileSync(join(scene.app.folder, 'master.key'), 'utf8').trim();
    const env = { ...ground, DATABASE_URL: scene.app.databaseUrl, MASTER_KEY: masterKey };
    const run = (args: readonly string[]): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, [tool, ...args], { env });
    const key = (await run(['--person', 'Ana Lima'])).stdout.trim();
    expect(key).toMatch(/^ak_/);
    expect((await withKey({ key })('GET', '/admin/merchants')).status).toBe(200);
    const sql = `select person, merchant_id, mode from api_key where person like 'Ana%'`;
    const [row] = await rows<object>(scene.app, sql);
    expect(row).toMatchObject({ person: 'Ana Lima', merchant_id: null, mode: null });
    await expect(run([])).rejects.toThrow(/usage/);
    await expect(run(['--person', ''])).rejects.toThrow(/usage/);
  });
});

describe('the rate limit', () => {
  let limited: Scene;
  beforeAll(async () => {
    limited = await Scene.open({ RATE_LIMIT: '5' });
  });
  afterAll(() => limited.close());

  it('counts by key, says so, and ends', async () => {
    expect((await scene.api('GET', '/balance')).headers.get('ratelimit')).toBeNull();
    const seen: Answer[] = [];
    while (seen.at(-1)?.status !== 429 && seen.length < 12) seen.push(await limited.api('GET', '/balance'));
    const last = seen.at(-1)!;
    expect([last.status, last.body['code']]).toEqual([429, 'rate_limited']);
    expect(seen.length).toBeLessThanOrEqual(12);
    expect(seen[0]!.headers.get('ratelimit-policy')).toBe('"default";q=5;w=10');
    expect(seen[0]!.headers.get('ratelimit')).toMatch(/^"default";r=\d;t=\d+$/);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await limited.admin('GET', '/admin/merchants')).status).toBe(200);
  });
});
