import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, Put, Query, Req } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthGuard } from '@apps/api/auth.guard.js';
import { edgeOptions, registerEdge } from '@apps/api/edge.js';
import { ErrorFilter } from '@apps/api/error.filter.js';
import { ReplyInterceptor } from '@apps/api/reply.interceptor.js';
import { ValidationPipe } from '@apps/api/validation.pipe.js';
import { AdministratorOnly, type Caller, Needs, Public } from '@libs/kernel/caller.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Reply } from '@libs/kernel/reply.js';
import { Text } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';

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

/** The edge, the guard, the pipe and the filter as the API has them, around routes that answer what they were asked. */
export async function startEdge(rateLimit: number, redisUrl?: string): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter(edgeOptions(false));
  const app = await NestFactory.create<NestFastifyApplication>(ProbeModule, adapter, {
    bodyParser: false,
    logger: false,
  });
  await registerEdge(app, { authenticate: async (secret) => callers.get(secret), rateLimit, redisUrl });
  app.useGlobalGuards(new AuthGuard(app.get(Reflector)));
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(new ErrorFilter());
  app.useGlobalInterceptors(new ReplyInterceptor());
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

export interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
}
export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly ip?: string;
}
export async function callEdge(app: NestFastifyApplication, url: string, options: Call = {}): Promise<Told> {
  const { method = 'POST', key = 'sk', headers = {}, body, ip } = options;
  const answer = await app.inject({
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
