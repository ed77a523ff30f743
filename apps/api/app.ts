import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import type { Config } from '@libs/kernel/config.js';
import { JsonLogger } from '@libs/kernel/logger.js';
import { Keys } from '@libs/merchants/keys.service.js';
import { configureProviders } from '@libs/providers/settings.js';
import { ApiModule } from './api.module.js';
import { assertGuarded } from './auth.guard.js';
import { edgeOptions, registerEdge } from './edge.js';
import { logRequests } from './log.js';
import { countRequests } from './metrics.controller.js';
import { mountDocument } from './openapi.js';

/** The application, complete and not yet listening. `hint`: what the console says of local keys. */
export async function createApi(config: Config, hint?: string): Promise<NestFastifyApplication> {
  configureProviders({ sandboxUrl: config.SANDBOX_URL, sandboxCa: config.SANDBOX_CA, proofMs: config.proofMs });
  const adapter = new FastifyAdapter(edgeOptions(config.TRUST_PROXY) as never);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(config), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new JsonLogger(config.LOG_LEVEL),
  });
  logRequests(app);
  const keys = app.get(Keys);
  registerEdge(app, { authenticate: (secret) => keys.authenticate(secret), rateLimit: config.RATE_LIMIT });
  countRequests(app);
  assertGuarded(app);
  mountDocument(app, config, hint);
  return app;
}
