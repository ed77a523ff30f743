import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Start from '@apps/local/start.js';
import type * as Clock from '@libs/kernel/clock.js';
import { register } from 'prom-client';

/**
 * A process that is the built embedded start, one after the other: what it has loaded stays, and to load it costs four
 * times what a start costs. Told `{ start }`, an environment, it answers as apps/local/main.ts does, or `{ error }`;
 * told `{ stop }` it stops and answers `{}`. It ends with whoever has forked it. Node runs this file as it stands.
 */
const built = async <T>(file: string): Promise<T> =>
  (await import(pathToFileURL(join(process.cwd(), 'dist', file)).href)) as T;

const { startLocal } = await built<typeof Start>('apps/local/start.js');
const { resetClock } = await built<typeof Clock>('libs/kernel/clock.js');

let local: Start.Local | undefined;

async function obey({ start }: { readonly start?: Readonly<Record<string, string>> }): Promise<object> {
  if (!start) {
    await local?.stop();
    local = undefined;
    return {};
  }
  resetClock();
  register.resetMetrics();
  try {
    local = await startLocal({ ...process.env, ...start }, (line) => void process.stderr.write(`${line}\n`));
    const { url, sandboxUrl, merchantKey, adminKey } = local;
    return { url, sandboxUrl, merchantKey, adminKey };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (told: object) => void obey(told).then((answer) => process.send?.(answer)));
process.once('disconnect', () => process.exit());
