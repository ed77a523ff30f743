import { configured } from '@libs/kernel/config.js';
import { closeHttp } from '@libs/providers/http.js';
import { createApi } from './app.js';

// The keys that everybody knows open the embedded start alone.
const config = configured({ ...process.env, MERCHANT_KEY: undefined, ADMIN_KEY: undefined });
const app = await createApi(config);
await app.listen(config.PORT, config.HOST);
process.send?.({ url: config.publicUrl }); // for whoever started it as a child

async function stop(): Promise<void> {
  await app.close();
  await closeHttp();
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
