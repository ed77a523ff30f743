import { InvalidFault } from '@libs/kernel/fault.js';
import { type Local, startLocal } from './start.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

let local: Local | undefined;
let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await local?.stop();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());

try {
  local = await startLocal(process.env, say);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof InvalidFault) say(JSON.stringify(error.extra));
  process.exit(1);
}
const { url, sandboxUrl, listeners = {}, merchantKey, adminKey } = local;
const providers = Object.entries(listeners).map(([name, address]) => `            ${name} ${address}\n`);
const keys = merchantKey
  ? `Chaves      lojista ${merchantKey} · administrador ${adminKey}`
  : 'Chaves      npm run admin:key';
say(`
Trilho      ${url}
Console     ${url}/docs
Sandbox     ${sandboxUrl ?? 'desligado'}
${providers.join('')}${keys}
`);
process.send?.({ url, sandboxUrl, merchantKey, adminKey });
