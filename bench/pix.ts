import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { short } from '@libs/kernel/ids.js';
import { bareServer, connections, type Contest, duel } from './duel.js';
import { type Call, load, paced, type Paced } from './load.js';
import { rssMb, start, stop } from './processes.js';
import { say } from './report.js';
import { pixWish, type Scene } from './scene.js';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
/** How many requests a process serves before its memory is looked at again. */
const [settled, most] = [10_000, Number(process.env['BENCH_REQUESTS'] ?? 100_000)];

const contest = ({ provider }: Pick<Scene, 'provider'>): Contest => ({
  ...pixWish,
  wanted: '0.40, towards 0.60',
  call: (attempt) => ({
    origin: provider.said.places.gerencianet,
    path: `/v2/cob/t${short(attempt)}`,
    method: 'PUT',
    headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
    body: JSON.stringify({ calendario: { expiracao: 3600 }, valor: { original: '10.00' }, chave: 'bench' }),
    pfx: provider.said.accounts.gerencianet.certificate,
  }),
});

/** What a request adds to a provider that takes 50 ms: what the provider takes without us is measured by the same caller. */
async function besideSlow({ provider, key }: Scene, ours: string, bare: string): Promise<void> {
  await fetch(`${provider.said.url}/delay/50`);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const to = (origin: string): Call => ({
    origin,
    path: pixWish.path,
    method: 'POST',
    headers,
    body: JSON.stringify(pixWish.body),
  });
  const straight = { ...contest({ provider }).call(randomUUID()), ca: readFileSync(provider.said.caFile, 'utf8') };
  const calls = [straight, to(ours), to(bare)] as const;
  for (const call of calls) await paced(call, 50, 3);
  const [alone, slow, slowest] = [
    await paced(calls[0], 50, seconds),
    await paced(calls[1], 50, seconds),
    await paced(calls[2], 50, seconds),
  ];
  await fetch(`${provider.said.url}/delay/0`);
  const both = ({ p50, p99 }: Paced): string => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  const added = ({ p50, p99 }: Paced): string => both({ p50: p50 - alone.p50, p99: p99 - alone.p50 });
  say(`\nAdded to a provider of 50 ms at 50 requests/s: ${added(slow)} (must p50 ≤ 5, p99 ≤ 20)`);
  say(`  by the bare server, whose two commits wait for the same disk: ${added(slowest)}`);
  say(`  in all ${both(slow)}; the provider without us ${both(alone)}, its p50 is what is subtracted`);
}

/** `POST /pix` against the bare server, beside a slow provider, and what it keeps in memory. */
export async function pixFigures(scene: Scene, folder: string): Promise<void> {
  const asked = contest(scene);
  const bare = await bareServer(scene, folder, asked);
  const startedAt = performance.now();
  const api = await start<{ url: string }>('apps/api/main.js', scene.env);
  const readyMs = performance.now() - startedAt;
  const idle = rssMb(api);
  await duel(scene, { ours: api, bare }, asked);
  await besideSlow(scene, api.said.url, bare.said.url);
  const served = async (requests: number): Promise<number> => {
    await load(api.said.url, { key: scene.key, connections, requests, ...pixWish });
    return rssMb(api);
  };
  const early = await served(settled);
  const late = await served(most - settled);
  say(`\nStart of the API to ready ${(readyMs / 1000).toFixed(1)} s (must 3); memory idle ${idle} MB (must 220)`);
  say(`  after ${settled} requests more ${early} MB, after ${most} ${late} MB: ${late - early} MB (must ≤ 20)`);
  await stop(api);
  await stop(bare);
}
