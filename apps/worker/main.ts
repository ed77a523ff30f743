import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { loadConfig } from '@libs/kernel/config.js';
import { Runner } from '@libs/kernel/runner.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { WorkerModule } from './worker.module.js';

// The keys that everybody knows open the embedded start alone.
const config = loadConfig({ ...process.env, MERCHANT_KEY: undefined, ADMIN_KEY: undefined });
configureProviders({ sandboxUrl: config.SANDBOX_URL, sandboxCa: config.SANDBOX_CA, proofMs: config.proofMs });
const app = await NestFactory.createApplicationContext(WorkerModule.of(config), {
  bufferLogs: true,
  abortOnError: false,
});
app.useLogger(app.get(Logger));
const runner = app.get(Runner);
await runner.start();

async function stop(): Promise<void> {
  await runner.stop();
  await app.close();
  await closeHttp();
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
