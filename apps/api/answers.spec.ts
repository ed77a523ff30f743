import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Call, callEdge, startEdge, type Told } from '@test/support/edge.js';
import { assertGuarded } from './auth.guard.js';

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

describe('the guard', () => {
  it('lets a key do what its kind and its scopes allow', async () => {
    expect(await codeOf('/pix', { key: 'ro', body: '{"amount":1}' })).toEqual([403, 'forbidden']);
    expect(await codeOf('/pix', { key: 'ro', method: 'GET' })).toEqual([200, undefined]);
    expect(await codeOf('/pix', { key: 'ak', method: 'GET' })).toEqual([403, 'forbidden']);
    expect(await codeOf('/admin/thing', { key: 'sk', method: 'PUT' })).toEqual([403, 'forbidden']);
    expect(await codeOf('/admin/thing', { key: 'ak', method: 'PUT' })).toEqual([200, undefined]);
  });

  it('finds a route that says nothing of keys', async () => {
    expect(() => assertGuarded(app)).not.toThrow();
    @Controller('bare')
    class Bare {
      @Get()
      get(): string {
        return '';
      }
    }
    @Module({ controllers: [Bare] })
    class BareModule {}
    const bare = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: false });
    expect(() => assertGuarded(bare)).toThrow('Bare.get');
    await bare.close();
  });
});

describe('answers', () => {
  it('take their status from the row, and say that they are replays', async () => {
    const first = await call('/pix', { body: '{"amount":7}' });
    expect([first.status, first.headers['idempotent-replayed'], first.body]).toEqual([202, undefined, { amount: '7' }]);
    expect((await call('/pix', { body: '{"amount":7,"name":"again"}' })).headers['idempotent-replayed']).toBe('true');
  });

  it('ignore unknown parameters of a query and refuse bad ones', async () => {
    expect((await call('/pix?limit=7&other=1', { method: 'GET' })).body).toEqual({ limit: 7 });
    expect(await codeOf('/pix?limit=101', { method: 'GET' })).toEqual([422, 'invalid_request']);
    expect(await codeOf('/pix?limit=1&limit=2', { method: 'GET' })).toEqual([422, 'invalid_request']);
  });

  it('tell nothing of what went wrong inside', async () => {
    const bug = await call('/bug', { method: 'GET', headers: { 'x-request-id': 'r' } });
    expect([bug.status, bug.body]).toEqual([
      500,
      { code: 'internal_error', message: 'Algo deu errado.', requestId: 'r' },
    ]);
    const away = await call('/away', { method: 'GET' });
    expect([away.status, away.body['code'], away.headers['retry-after']]).toEqual([503, 'no_provider_available', '5']);
    expect(JSON.stringify(away.body)).not.toContain('10.0.0.1');
  });

  it('have one shape for what is not there', async () => {
    const shape = { code: 'not_found', message: 'Recurso não encontrado.', requestId: expect.any(String) };
    for (const url of ['/nowhere', '/%zz', `/${'x'.repeat(3000)}`]) {
      const { status, body } = await call(url, { method: 'GET' });
      expect([url, status, body]).toEqual([url, 404, shape]);
    }
    expect((await call('/pix', { method: 'DELETE' })).status).toBe(404);
  });
});

describe('the limit', () => {
  it('counts per key, says so in headers, and answers 429', async () => {
    const limited = await startEdge(2);
    const get = (key: string): Promise<Told> => callEdge(limited, '/pix', { method: 'GET', key });
    const [first] = [await get('sk'), await get('sk')];
    expect(first.headers['ratelimit-policy']).toBe('"default";q=2;w=10');
    expect(first.headers['ratelimit']).toMatch(/^"default";r=1;t=\d+$/);
    const third = await get('sk');
    expect([third.status, third.body['code']]).toEqual([429, 'rate_limited']);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect((await get('ro')).status).toBe(200);
    expect((await call('/pix', { method: 'GET' })).headers['ratelimit']).toBeUndefined();
    await limited.close();
  });
});
