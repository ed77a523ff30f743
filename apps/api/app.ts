import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import type { Config } from '@libs/kernel/config.js';
import { JsonLogger } from '@libs/kernel/logger.js';
import { Keys } from '@libs/merchants/keys.service.js';
import { configureProviders } from '@libs/providers/settings.js';
import { ApiModule } from './api.module.js';
import { auditWrites } from './audit.js';
import { assertGuarded } from './auth.guard.js';
import { edgeOptions, registerEdge } from './edge.js';
import { logRequests } from './log.js';
import { countRequests } from './metrics.controller.js';
import { mountDocument } from './openapi.js';

export interface ApiOptions {
  /** What the console says of local keys. */
  readonly hint?: string;
  /** The embedded start and its tests alone: the role that serves may own the tables. */
  readonly owner?: boolean;
}

/** The application, complete and not yet listening. */
export async function createApi(config: Config, options: ApiOptions = {}): Promise<NestFastifyApplication> {
  const { hint, owner = false } = options;
  configureProviders({ sandboxUrl: config.SANDBOX_URL, sandboxCa: config.SANDBOX_CA, proofMs: config.proofMs });
  const adapter = new FastifyAdapter(edgeOptions(config.TRUST_PROXY) as never);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(config, owner), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new JsonLogger(config.LOG_LEVEL),
  });
  logRequests(app);
  const keys = app.get(Keys);
  await registerEdge(app, {
    authenticate: (secret) => keys.authenticate(secret),
    rateLimit: config.RATE_LIMIT,
    redisUrl: config.REDIS_URL,
  });
  auditWrites(app);
  countRequests(app);
  assertGuarded(app);
  mountDocument(app, config, hint);
  return app;
}
