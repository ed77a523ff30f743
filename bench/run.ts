import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { arch, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { closeHttp } from '@libs/providers/http.js';
import { type Load, load } from './load.js';
import { planFigures } from './plan.js';
import { cpuMs, rssMb, start, type Started, stop } from './processes.js';
import { ownIds, prepare, type Scene, statementsIn } from './scene.js';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
const connections = 32;
const rounds = 3;
const lines: string[] = [];
const say = (line: string): void => {
  lines.push(line);
  console.log(line);
};
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Measured extends Load {
  readonly cpu: number; // ms of the serving process per request
}
async function measure(side: Started<{ url: string }>, key: string | undefined, rate?: number): Promise<Measured> {
  const before = cpuMs(side);
  const result = await load(side.said.url, { key, connections, seconds, rate });
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
  const ask = async (): Promise<void> => {
    const headers = { authorization: `Bearer ${scene.key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ amount: 1000, customCode: 'bench', expire: 3600 });
    const answer = await fetch(`${api.said.url}/pix`, { method: 'POST', headers, body });
    if (answer.status !== 201) throw new Error(`the API answered ${answer.status}: ${await answer.text()}`);
  };
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
  say(`  ours ${a.toFixed(0)}/s   bare ${b.toFixed(0)}/s   ratio ${(a / b).toFixed(2)} (must 0.40, towards 0.60)`);
  say(
    `  CPU of the serving process: ours ${c.toFixed(2)} ms, bare ${d.toFixed(2)} ms a request, ratio ${(d / c).toFixed(2)}`,
  );
  say(`  refused: ours ${ours.reduce((n, it) => n + it.bad, 0)}, bare ${raw.reduce((n, it) => n + it.bad, 0)}`);
  await fetch(`${scene.provider.said.url}/delay/50`);
  const slow = await measure(api, scene.key, 50);
  await fetch(`${scene.provider.said.url}/delay/0`);
  say(
    `\nAdded to a provider of 50 ms at 50 requests/s (must p50 ≤ 5, p99 ≤ 20): p50 ${slow.p50 - 50} ms, p99 ${slow.p99 - 50} ms`,
  );
  say(`\nStart of the API to its first answer ${(readyMs / 1000).toFixed(1)} s; idle ${idle} MB; now ${rssMb(api)} MB`);
  await stop(api);
  await stop(bare);
}

const folder = mkdtempSync(join(tmpdir(), 'trilho-bench-'));
const today = new Date().toISOString().slice(0, 10);
say(`# Bench of ${today}`);
say(
  `${cpus().length} × ${cpus()[0]?.model.trim()} (${arch()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
);
const scene = await prepare(folder);
try {
  const { file, own } = await recorded(scene, folder);
  await compared(scene, file, own);
  const { p50, p99 } = planFigures();
  say(`\nplan over 20 lanes: p50 ${p50.toFixed(0)} µs, p99 ${p99.toFixed(0)} µs (must p99 ≤ 100)`);
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(`bench/results/${today}.md`, `${lines.join('\n')}\n`);
} finally {
  await stop(scene.provider);
  await scene.postgres.stop();
  await closeHttp();
  rmSync(folder, { recursive: true, force: true });
}
