import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Call, callEdge, startEdge, type Told } from '@test/support/edge.js';

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await startEdge(0);
});
afterAll(() => app.close());

const call = (url: string, options: Call = {}): Promise<Told> => callEdge(app, url, options);
const codeOf = async (url: string, options: Call = {}): Promise<unknown> => {
  const { status, body } = await call(url, options);
  return [status, body['code']];
};
const pay = (body: string | Buffer, headers: Record<string, string> = {}): Promise<unknown> =>
  codeOf('/pix', { body, headers });

describe('the edge', () => {
  it('asks for a key before anything else', async () => {
    const long = 'x'.repeat(70_000);
    for (const [url, body, type] of [
      ['/pix', '{}', 'application/json'],
      ['/pix', '<a/>', 'text/xml'],
      ['/pix', long, 'application/json'],
      ['/pix', '{', 'application/json'],
      ['/nowhere', '{}', 'application/json'],
    ] as const) {
      const { status, headers, body: told } = await call(url, { key: '', body, headers: { 'content-type': type } });
      expect([url, status, told['code']]).toEqual([url, 401, 'unauthorized']);
      expect(headers['www-authenticate']).toBe('Basic realm="trilho"');
    }
    expect(await codeOf('/pix', { key: 'wrong', body: '{}' })).toEqual([401, 'unauthorized']);
  });

  it('takes the key as Basic too', async () => {
    for (const pair of [':sk', 'sk:']) {
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      expect((await call('/pix', { key: '', headers: { authorization }, body: '{"amount":1}' })).status).toBe(202);
    }
    const authorization = `Basic ${Buffer.from('k1:sk').toString('base64')}`;
    expect((await call('/pix', { key: '', headers: { authorization }, body: '{"amount":1}' })).status).toBe(401);
  });

  it('refuses in the order of the contract: 415, 413, 400, 422', async () => {
    const long = 'x'.repeat(70_000);
    expect(await pay(long, { 'content-type': 'text/plain' })).toEqual([415, 'unsupported_media_type']);
    expect(await pay('{}', { 'content-type': 'application/json-patch+json' })).toEqual([415, 'unsupported_media_type']);
    expect(await pay('{}', { 'content-encoding': 'gzip' })).toEqual([415, 'unsupported_media_type']);
    expect(await pay(long)).toEqual([413, 'payload_too_large']);
    for (const bad of ['{', '1', '"a"', 'true', 'null', Buffer.from([0x7b, 0xff, 0x7d])]) {
      expect(await pay(bad)).toEqual([400, 'malformed_json']);
    }
    for (const bad of ['[]', '{}', '{"amount":0}', '{"amount":1,"__proto__":{}}', '{"amount":1,"x":1}', '']) {
      expect([bad, await pay(bad)]).toEqual([bad, [422, 'invalid_request']]);
    }
    expect(await pay('{"amount":"12"}', { 'content-type': 'application/json; charset=utf-8' })).toEqual([
      202,
      undefined,
    ]);
  });

  it('wants a type for a body, and no body where none is needed', async () => {
    const raw = await app.inject({
      method: 'POST',
      url: '/pix',
      payload: '{}',
      headers: { authorization: 'Bearer sk' },
    });
    expect(raw.statusCode).toBe(415);
    expect((await call('/pix/cancel')).status).toBe(201);
  });

  it('says which field and why, in Portuguese, with the id of the request', async () => {
    const { body, headers } = await call('/pix', { body: '{"name":"longer"}', headers: { 'x-request-id': 'r-1' } });
    expect(headers['x-request-id']).toBe('r-1');
    expect(body).toEqual({
      code: 'invalid_request',
      message: 'Requisição inválida.',
      requestId: 'r-1',
      errors: [
        { field: 'amount', code: 'required', message: 'Campo obrigatório.' },
        { field: 'name', code: 'too_long', message: 'Valor longo demais.' },
      ],
    });
  });

  it('replaces a bad request id', async () => {
    for (const bad of ['x'.repeat(256), 'a\tb', 'é', '']) {
      const { headers } = await call('/pix?limit=1', { method: 'GET', headers: { 'x-request-id': bad } });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('lets long lists of codes through, and no more than that', async () => {
    const list = (bytes: number): string => JSON.stringify({ a: 'x'.repeat(bytes) });
    expect((await call('/pix/cancel', { body: list(200_000) })).status).toBe(201);
    expect((await call('/pix/cancel', { body: list(300_000) })).status).toBe(413);
  });

  it('keeps the bytes of a callback as they came, of whatever type', async () => {
    const raw = { raw: 'fffe7b', body: null };
    for (const type of ['application/json', 'text/plain', 'image/png']) {
      const { body } = await call('/callbacks/gerencianet/x/pix', {
        key: '',
        body: Buffer.from('fffe7b', 'hex'),
        headers: { 'content-type': type },
      });
      expect(body).toEqual(raw);
    }
  });

  it('reads the client of a token from Basic, and its wish from a form or JSON', async () => {
    const authorization = `Basic ${Buffer.from('k1:sk').toString('base64')}`;
    const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const wish = { grant_type: 'client_credentials', keyId: 'k1' };
    expect((await call('/oauth2/token', { headers: form, body: 'grant_type=client_credentials' })).body).toEqual(wish);
    const sent = { headers: { authorization }, body: '{"grant_type":"client_credentials"}' };
    expect((await call('/oauth2/token', sent)).body).toEqual(wish);
    for (const pair of ['k2:sk', ':sk', 'k1:at_x', 'k1:']) {
      const bad = { ...form, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
      expect(await codeOf('/oauth2/token', { headers: bad, body: 'grant_type=x' })).toEqual([401, 'unauthorized']);
    }
    expect(await pay('amount=1', { 'content-type': 'application/x-www-form-urlencoded' })).toEqual([
      415,
      'unsupported_media_type',
    ]);
  });

  it('opens the metrics to this machine and to administrators', async () => {
    const get = async (key: string, ip: string): Promise<number> =>
      (await call('/metrics', { method: 'GET', key, ip })).status;
    expect(await get('', '127.0.0.1')).toBe(200);
    expect(await get('', '10.0.0.1')).toBe(401);
    expect(await get('ak', '10.0.0.1')).toBe(200);
    expect(await get('sk', '10.0.0.1')).toBe(403);
  });
});
