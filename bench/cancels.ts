import { cpuMs, start, stop } from './processes.js';
import { say } from './report.js';
import { pixWish, post, type Scene } from './scene.js';

const count = 1_000;
const delayMs = 20;

interface Told {
  readonly canceled: readonly string[];
}

/** `POST /pix/cancel` of as many codes as it takes, a Pix each, beside a provider that takes its time. */
export async function cancelFigures(scene: Scene): Promise<void> {
  const api = await start<{ url: string }>('apps/api/main.js', scene.env);
  const worker = await start('apps/worker/main.js', scene.env);
  const customCodes = Array.from({ length: count }, (_, i) => `cancel${i}`);
  const waiting = [...customCodes];
  const make = async (): Promise<void> => {
    for (let customCode = waiting.shift(); customCode !== undefined; customCode = waiting.shift()) {
      await post(`${api.said.url}${pixWish.path}`, scene.key, { ...pixWish.body, customCode });
    }
  };
  await Promise.all(Array.from({ length: 16 }, make));
  await fetch(`${scene.provider.said.url}/delay/${delayMs}`);
  const before = cpuMs(worker);
  const startedAt = performance.now();
  const { canceled } = await post<Told>(`${api.said.url}/pix/cancel`, scene.key, { customCodes });
  const seconds = (performance.now() - startedAt) / 1_000;
  await fetch(`${scene.provider.said.url}/delay/0`);
  say(`\nBulk cancel of ${count} codes at a provider of ${delayMs} ms: ${seconds.toFixed(1)} s (must ≤ 10)`);
  say(
    `  ${canceled.length} cancelled by then; CPU of the worker ${((cpuMs(worker) - before) / count).toFixed(2)} ms each`,
  );
  await stop(api);
  await stop(worker);
}
