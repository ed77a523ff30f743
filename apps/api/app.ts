import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import type { Config } from '@libs/kernel/config.js';
import { Keys } from '@libs/merchants/keys.service.js';
import { configureProviders } from '@libs/providers/settings.js';
import { ApiModule } from './api.module.js';
import { assertGuarded } from './auth.guard.js';
import { edgeOptions, registerEdge } from './edge.js';
import { countRequests } from './metrics.controller.js';
import { mountDocument } from './openapi.js';

/** The application, complete and not yet listening. `hint`: what the console says of local keys. */
export async function createApi(config: Config, hint?: string): Promise<NestFastifyApplication> {
  configureProviders({ sandboxUrl: config.SANDBOX_URL, sandboxCa: config.SANDBOX_CA, proofMs: config.proofMs });
  const adapter = new FastifyAdapter(edgeOptions(config.TRUST_PROXY) as never);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(config), adapter, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  const keys = app.get(Keys);
  registerEdge(app, { authenticate: (secret) => keys.authenticate(secret), rateLimit: config.RATE_LIMIT });
  countRequests(app);
  assertGuarded(app);
  mountDocument(app, config, hint);
  return app;
}
