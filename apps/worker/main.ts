import { NestFactory } from '@nestjs/core';
import { configured } from '@libs/kernel/config.js';
import { JsonLogger } from '@libs/kernel/logger.js';
import { Runner } from '@libs/kernel/runner.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { serveHealth } from './health.js';
import { WorkerModule } from './worker.module.js';

// The keys that everybody knows open the embedded start alone.
const config = configured({ ...process.env, MERCHANT_KEY: undefined, ADMIN_KEY: undefined });
configureProviders({ sandboxUrl: config.SANDBOX_URL, sandboxCa: config.SANDBOX_CA, proofMs: config.proofMs });
const app = await NestFactory.createApplicationContext(WorkerModule.of(config), {
  abortOnError: false,
  logger: new JsonLogger(config.LOG_LEVEL),
});
const runner = app.get(Runner);
await runner.start();
process.send?.({ started: true }); // for whoever started it as a child
const health =
  config.HEALTH_PORT === undefined ? undefined : await serveHealth(runner, config.HEALTH_PORT, config.HOST);

async function stop(): Promise<void> {
  health?.close();
  await runner.stop();
  await app.close();
  await closeHttp();
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
