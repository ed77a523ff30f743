import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Post, Put, Query, Req } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdministratorOnly, type Caller, Needs, Public } from '@libs/kernel/caller.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Reply } from '@libs/kernel/reply.js';
import { Text } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';
import { assertGuarded, AuthGuard } from './auth.guard.js';
import { edgeOptions, registerEdge } from './edge.js';
import { ErrorFilter } from './error.filter.js';
import { ReplyInterceptor } from './reply.interceptor.js';
import { ValidationPipe } from './validation.pipe.js';

class PayDto {
  @Amount()
  amount!: Cents;

  @Text(5, { optional: true })
  name?: string;
}

@Controller()
class Probe {
  @Needs('charge')
  @Post('pix')
  create(@Body() body: PayDto): Reply<unknown> {
    return new Reply(202, { amount: String(body.amount), name: body.name }, body.name === 'again');
  }

  @Needs('charge')
  @Post('pix/cancel')
  cancel(@Body() body: Record<string, unknown> | undefined): object {
    return { size: JSON.stringify(body ?? null).length };
  }

  @Needs('read')
  @Get('pix')
  list(@Query() query: PageQuery): object {
    return { limit: query.limit };
  }

  @Needs('read')
  @Get('away')
  away(): never {
    throw Object.assign(new Error('connect refused to 10.0.0.1'), { code: 'ECONNREFUSED' });
  }

  @Needs('read')
  @Get('bug')
  bug(): never {
    throw new Error('a secret of the house');
  }

  @AdministratorOnly()
  @Put('admin/thing')
  thing(): object {
    return {};
  }

  @Public()
  @Post('callbacks/gerencianet/x/pix')
  callback(@Req() request: { rawBody?: Buffer; body: unknown }): object {
    return { raw: request.rawBody?.toString('hex') ?? null, body: request.body ?? null };
  }

  @Public()
  @Post('oauth2/token')
  token(@Body() body: Record<string, unknown>, @Req() request: { caller?: Caller }): object {
    return { ...body, keyId: request.caller?.keyId };
  }

  @Public()
  @Get('metrics')
  metrics(): string {
    return 'ok';
  }
}
@Module({ controllers: [Probe] })
class ProbeModule {}

const callers = new Map<string, Caller>([
  ['sk', { kind: 'merchant', keyId: 'k1', merchantId: 'm1', mode: 'test', scopes: ['*'] }],
  ['ro', { kind: 'merchant', keyId: 'k2', merchantId: 'm1', mode: 'test', scopes: ['read'] }],
  ['ak', { kind: 'administrator', keyId: 'k3', person: 'Ana' }],
]);

async function start(rateLimit: number): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter(edgeOptions(false));
  const app = await NestFactory.create<NestFastifyApplication>(ProbeModule, adapter, {
    bodyParser: false,
    logger: false,
  });
  registerEdge(app, { authenticate: async (secret) => callers.get(secret), rateLimit });
  app.useGlobalGuards(new AuthGuard(app.get(Reflector)));
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(new ErrorFilter());
  app.useGlobalInterceptors(new ReplyInterceptor());
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await start(0);
});
afterAll(() => app.close());

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
}
interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly ip?: string;
}
async function call(url: string, options: Call = {}, to = app): Promise<Told> {
  const { method = 'POST', key = 'sk', headers = {}, body, ip } = options;
  const answer = await to.inject({
    method,
    url,
    payload: body,
    remoteAddress: ip,
    headers: {
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  const text = answer.body;
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}
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
    const limited = await start(2);
    const get = (key: string): Promise<Told> => call('/pix', { method: 'GET', key }, limited);
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
