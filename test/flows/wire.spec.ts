import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, client } from '@test/support/app.js';
import { as, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

/** The words of a text, one test each. */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const padded = (length: number): string => `{"amount":1000${' '.repeat(length - 15)}}`;

/** What the contract asks of every refusal. */
function shape({ status, body, headers }: Answer): readonly unknown[] {
  const { code, message, requestId } = as<Record<string, unknown>>(body);
  const whole = typeof message === 'string' && message !== '' && requestId === headers.get('x-request-id');
  return whole && headers.get('content-type')?.startsWith('application/json') ? [status, code] : ['misshapen', body];
}

describe('a body', () => {
  const text = { 'content-type': 'text/plain' };
  it('of more than 64 KiB is 413, from the first byte on', async () => {
    for (const length of [64 * 1024 + 1, 65 * 1024]) {
      expect(shape(await scene.api('POST', '/pix', padded(length)))).toEqual([413, 'payload_too_large']);
    }
  });

  it('may be 64 KiB, in any spelling of its type', async () => {
    expect((await scene.api('POST', '/pix', padded(64 * 1024))).status).toBe(201);
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset="utf-8"']) {
      expect((await scene.api('POST', '/pix', '{"amount":1000}', { headers: { 'content-type': type } })).status).toBe(
        201,
      );
    }
  });

  it('is refused for the first reason that applies', async () => {
    const nobody = client(() => scene.app.url);
    const long = 'x'.repeat(70 * 1024);
    expect(shape(await nobody('POST', '/pix', long, { headers: text }))).toEqual([401, 'unauthorized']);
    expect(shape(await scene.api('POST', '/pix', long, { headers: text }))).toEqual([415, 'unsupported_media_type']);
    expect(shape(await scene.api('POST', '/pix', long))).toEqual([413, 'payload_too_large']);
    const key = { headers: { 'idempotency-key': '' } };
    expect(shape(await scene.api('POST', '/pix', '{', key))).toEqual([400, 'malformed_json']);
    expect((await scene.api('POST', '/pix', { amount: 0 }, key)).text).toContain('"field":"amount"');
    expect((await scene.api('POST', '/pix', { amount: 1 }, key)).text).toContain('"field":"Idempotency-Key"');
  });

  it('null on every optional member is absent', async () => {
    const address = { street: null, number: null, country: null, state: null, zipCode: null, complement: null };
    const customer = { name: null, documentNumber: null, email: null, phoneNumber: null, birthdate: null, address };
    const rest = { customCode: null, instructions: null, paymentId: null, expire: null, split: null };
    const answer = await scene.ask({ customer, ...rest });
    expect([answer.status, answer.body['customCode'], answer.body['expire']]).toEqual([201, null, 3600]);
    expect((await scene.ask({ customer: null })).status).toBe(201);
  });

  it('keeps what it was told, to the letter', async () => {
    const customer = {
      name: "  O'Neil — João \u{1F600} \u202e <b>&amp;  ",
      documentNumber: 1_234_567_890,
      phoneNumber: 11_123_451_234,
      address: { number: 7, zipCode: 1_310_100, state: 'sp' },
    };
    const answer = await scene.ask({ customer: { ...customer, documentNumber: 12_345_678_909 }, customCode: 42 });
    expect(answer.body['customer']).toEqual({
      name: customer.name,
      documentNumber: '12345678909',
      phoneNumber: '11123451234',
      address: { number: '7', zipCode: '01310100', state: 'sp' },
    });
    expect(answer.body['customCode']).toBe('42');
  });
});

// What the OpenAPI document knows of them is tried in hostile.spec.ts; here is what it cannot say.
describe('an address or a query', () => {
  it.each(
    words(`
      /pix/x/y/z /Pix /nowhere /webhooks/ /transactions/..%2f..%2fetc
    `),
  )('%s names nothing: 404', async (path) => {
    expect(shape(await scene.api('GET', path))).toEqual([404, 'not_found']);
  });

  it.each(
    words(`
      starting_after=x starting_after=%00 ending_before=x starting_after= createdFrom=2026-02-30
      createdTo=2026-13-01 createdTo=2026-01-01T25:00:00Z
    `),
  )('/transactions?%s is 422', async (query) => {
    const answer = await scene.api('GET', `/transactions?${query}`);
    expect(shape(answer)).toEqual([422, 'invalid_request']);
    expect(as<{ errors: { field: string }[] }>(answer.body).errors[0]!.field).toBe(query.split('=')[0]);
  });

  it('two cursors at once are 422', async () => {
    const { id } = await scene.pix();
    const answer = await scene.api('GET', `/transactions?starting_after=${id}&ending_before=${id}`);
    expect(shape(answer)).toEqual([422, 'invalid_request']);
  });

  it.each(
    words(`
      /events?after=x /events?after=00000000-0000-7000-8000-000000000000 /statement?starting_after=x
      /webhooks?starting_after=x
    `),
  )('%s is 422', async (path) => {
    expect(shape(await scene.api('GET', path))).toEqual([422, 'invalid_request']);
  });

  it.each(words('merchants jobs attempts movements callbacks audit ledger/entries'))(
    '/admin/%s?starting_after=x is 422',
    async (path) => {
      const answer = await scene.admin('GET', `/admin/${path}?starting_after=x`);
      expect(shape(answer)).toEqual([422, 'invalid_request']);
    },
  );
});

describe('a request id', () => {
  it('is taken, answered and logged when it can be, else made', async () => {
    for (const [given, taken] of [
      ['mine-1', true],
      ['x'.repeat(255), true],
      ['x'.repeat(256), false],
      ['a\u00e9', false],
      ['', false],
    ] as const) {
      const id = given === 'mine-1' ? fresh('mine') : given;
      const { headers } = await scene.api('GET', '/balance', undefined, { headers: { 'x-request-id': id } });
      expect([given, headers.get('x-request-id') === id]).toEqual([given, taken]);
      expect(headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{1,255}$/);
    }
  });
});

/** Bytes as they are, for what a client library would never send. */
function raw(lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(scene.app.url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.end(lines.join('\r\n'), 'latin1'));
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString().split('\r\n')[0]!));
  });
}

describe('a wire that is no proper HTTP', () => {
  const host = 'host: x';
  const key = 'authorization: Bearer sk_test_local';
  const json = 'content-type: application/json';
  it.each([
    ['no HTTP at all', ['nonsense', '', '']],
    ['a header with a line in it', ['GET /balance HTTP/1.1', host, key, 'x: a\nb', '', '']],
    ['two lengths', ['POST /pix HTTP/1.1', host, key, json, 'content-length: 2', 'content-length: 3', '', '{}']],
    [
      'a length and chunks',
      ['POST /pix HTTP/1.1', host, key, json, 'content-length: 2', 'transfer-encoding: chunked', '', '{}'],
    ],
    ['a negative length', ['POST /pix HTTP/1.1', host, key, json, 'content-length: -1', '', '{}']],
    ['endless headers', ['GET /balance HTTP/1.1', host, key, `x: ${'a'.repeat(100_000)}`, '', '']],
  ])('%s is turned away, and the house stands', async (_, lines) => {
    expect(await raw(lines).catch(() => 'HTTP/1.1 4 cut')).toMatch(/^HTTP\/1\.1 4/);
    expect((await scene.api('GET', '/health/ready')).status).toBe(200);
  });

  it('a body that never comes to its end does not become a charge', async () => {
    const before = await scene.effects();
    const lines = ['POST /pix HTTP/1.1', host, key, json, 'content-length: 1000', '', '{"amount":1000}'];
    await raw(lines).catch(() => 'cut');
    expect(await scene.effects()).toEqual(before);
  });
});
