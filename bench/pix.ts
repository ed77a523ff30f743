import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Load, load, paced, type Paced } from './load.js';
import { cpuMs, rssMb, start, type Started, stop } from './processes.js';
import { median, ratio, say } from './report.js';
import { post, type Scene, wish } from './scene.js';
import { ownIds, statementsIn } from './statements.js';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
const connections = 32;
const rounds = 3;
/** How many requests a process serves before its memory is looked at again. */
const [settled, most] = [10_000, Number(process.env['BENCH_REQUESTS'] ?? 100_000)];

interface Measured extends Load {
  readonly cpu: number; // ms of the serving process per request
}
async function measure(side: Started<{ url: string }>, key: string | undefined): Promise<Measured> {
  const before = cpuMs(side);
  const result = await load(side.said.url, { key, connections, seconds });
  return { ...result, cpu: (cpuMs(side) - before) / Math.max(result.requests, 1) };
}

/** One request under the recorder: the statements that the bare server will send. */
async function recorded(
  scene: Scene,
  folder: string,
): Promise<{ readonly file: string; readonly own: readonly string[] }> {
  const file = join(folder, 'statements.jsonl');
  writeFileSync(file, '');
  const preload = ['--import', join(import.meta.dirname, 'record.js')];
  const api = await start<{ url: string }>('apps/api/main.js', { ...scene.env, BENCH_RECORD: file }, preload);
  const ask = (): Promise<unknown> => post(`${api.said.url}/pix`, scene.key, wish);
  await ask(); // fills the caches
  await ask();
  truncateSync(file);
  await ask();
  const one = statementsIn(file);
  truncateSync(file);
  await ask();
  const own = ownIds(statementsIn(file), one);
  await stop(api);
  const kept = statementsIn(file);
  say(`\nPOST /pix: ${kept.length} statements, ${kept.filter(({ text }) => /^commit/i.test(text)).length} commits`);
  for (const { text } of kept) say(`  ${text.replaceAll(/\s+/g, ' ').slice(0, 110)}`);
  return { file, own };
}

/** `POST /pix` against the bare server, beside a slow provider, and what it keeps in memory. */
export async function pixFigures(scene: Scene, folder: string): Promise<void> {
  const { file, own } = await recorded(scene, folder);
  await compared(scene, file, own);
}

async function compared(scene: Scene, file: string, own: readonly string[]): Promise<void> {
  const bareEnv = {
    DATABASE_URL: scene.postgres.url,
    BENCH_STATEMENTS: file,
    BENCH_OWN: JSON.stringify(own),
    BENCH_PFX: scene.provider.said.account.certificate,
    BENCH_CA: scene.provider.said.caFile,
    BENCH_PROVIDER: scene.provider.said.provider,
  };
  const startedAt = performance.now();
  const api = await start<{ url: string }>('apps/api/main.js', scene.env);
  const readyMs = performance.now() - startedAt;
  const idle = rssMb(api);
  const bare = await start<{ url: string }>('bench/bare.js', bareEnv);
  await load(api.said.url, { key: scene.key, connections, seconds: 3 });
  await load(bare.said.url, { connections, seconds: 3 });
  const ours: Measured[] = [];
  const raw: Measured[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    ours.push(await measure(api, scene.key));
    raw.push(await measure(bare, undefined));
    console.log(`  round ${round}: ours ${ours.at(-1)!.perSecond}/s, bare ${raw.at(-1)!.perSecond}/s`);
  }
  const [a, b] = [median(ours.map((it) => it.perSecond)), median(raw.map((it) => it.perSecond))];
  const [c, d] = [median(ours.map((it) => it.cpu)), median(raw.map((it) => it.cpu))];
  say(`\nPOST /pix, ${connections} connections, ${rounds} interleaved rounds of ${seconds} s, medians`);
  say(`  ours ${a.toFixed(0)}/s   bare ${b.toFixed(0)}/s   ratio ${ratio(a, b)} (must 0.40, towards 0.60)`);
  say(`  CPU of the serving process: ours ${c.toFixed(2)} ms, bare ${d.toFixed(2)} ms a request, ratio ${ratio(d, c)}`);
  say(`  refused: ours ${ours.reduce((n, it) => n + it.bad, 0)}, bare ${raw.reduce((n, it) => n + it.bad, 0)}`);
  await fetch(`${scene.provider.said.url}/delay/50`);
  await paced(api.said.url, scene.key, 50, 3);
  const slow = await paced(api.said.url, scene.key, 50, seconds);
  const slowest = await paced(bare.said.url, undefined, 50, seconds);
  await fetch(`${scene.provider.said.url}/delay/0`);
  const added = ({ p50, p99 }: Paced): string => `p50 ${(p50 - 50).toFixed(1)} ms, p99 ${(p99 - 50).toFixed(1)} ms`;
  say(`\nAdded to a provider of 50 ms at 50 requests/s: ${added(slow)} (must p50 ≤ 5, p99 ≤ 20)`);
  say(`  by the bare server, whose two commits wait for the same disk: ${added(slowest)}`);
  const served = async (requests: number): Promise<number> => {
    await load(api.said.url, { key: scene.key, connections, requests });
    return rssMb(api);
  };
  const early = await served(settled);
  const late = await served(most - settled);
  say(`\nStart of the API to ready ${(readyMs / 1000).toFixed(1)} s (must 3); memory idle ${idle} MB (must 220)`);
  say(`  after ${settled} requests more ${early} MB, after ${most} ${late} MB: ${late - early} MB (must ≤ 20)`);
  await stop(api);
  await stop(bare);
}
