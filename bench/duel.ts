import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Call, type Load, load, type Posted } from './load.js';
import { cpuMs, start, type Started, stop } from './processes.js';
import { median, ratio, say } from './report.js';
import { post, type Scene } from './scene.js';
import { idsOf, ownIds, print, type Statement, statementsIn, statementsOf } from './statements.js';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
const rounds = 3;
export const connections = 32;

type Server = Started<{ url: string }>;
/** One provider call, as the bare server makes it; the ids of the recorded request are replaced in each. */
export type WireCall = Omit<Call, 'ca'>;
/** A request whose path through the platform is measured. */
export interface Contest extends Required<Posted> {
  readonly wanted: string; // of the ratio
  /** What goes to the provider for the attempt with this id. */
  readonly call: (attempt: string) => WireCall;
}
export interface Sides {
  readonly ours: Server;
  readonly bare: Server;
}

/** Records one request under the recorder, and starts the bare server that will send its statements. */
export async function bareServer(scene: Scene, folder: string, { path, body, call }: Contest): Promise<Server> {
  const file = join(folder, `${path.slice(1)}.jsonl`);
  writeFileSync(file, '');
  const preload = ['--import', join(import.meta.dirname, 'record.js')];
  const api: Server = await start('apps/api/main.js', { ...scene.env, BENCH_RECORD: file }, preload);
  const ask = (): Promise<unknown> => post(`${api.said.url}${path}`, scene.key, body);
  await ask(); // fills the caches
  await ask();
  truncateSync(file);
  await ask();
  const one = statementsIn(file);
  truncateSync(file);
  await ask();
  await stop(api);
  const kept = statementsIn(file);
  print(`POST ${path}`, kept);
  return start('bench/bare.js', {
    DATABASE_URL: scene.env['DATABASE_URL']!,
    BENCH_STATEMENTS: file,
    BENCH_OWN: JSON.stringify(ownIds(kept, one)),
    BENCH_CALL: JSON.stringify(call(attemptIn(kept))),
    BENCH_CA: scene.provider.said.caFile,
  });
}

/** The id of the attempt that a request has opened. */
function attemptIn(statements: readonly Statement[]): string {
  const opening = statementsOf(statements).filter((it) => /^insert into attempt/i.test(it));
  const [id] = idsOf(opening.map((text) => ({ text, values: [] })));
  if (id === undefined) throw new Error('the request has opened no attempt');
  return id;
}

interface Measured extends Load {
  readonly cpu: number; // ms of the serving process per request
}
async function measure(side: Server, key: string | undefined, posted: Posted): Promise<Measured> {
  const before = cpuMs(side);
  const result = await load(side.said.url, { key, connections, seconds, ...posted });
  return { ...result, cpu: (cpuMs(side) - before) / Math.max(result.requests, 1) };
}

/** The same requests to both, in turns. */
export async function duel(scene: Scene, sides: Sides, contest: Contest): Promise<void> {
  const { path, body, wanted } = contest;
  const posted = { path, body };
  await load(sides.ours.said.url, { key: scene.key, connections, seconds: 3, ...posted });
  await load(sides.bare.said.url, { connections, seconds: 3, ...posted });
  const ours: Measured[] = [];
  const raw: Measured[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    ours.push(await measure(sides.ours, scene.key, posted));
    raw.push(await measure(sides.bare, undefined, posted));
    console.log(`  round ${round}: ours ${ours.at(-1)!.perSecond}/s, bare ${raw.at(-1)!.perSecond}/s`);
  }
  const [a, b] = [median(ours.map((it) => it.perSecond)), median(raw.map((it) => it.perSecond))];
  const [c, d] = [median(ours.map((it) => it.cpu)), median(raw.map((it) => it.cpu))];
  say(`\nPOST ${path}, ${connections} connections, ${rounds} interleaved rounds of ${seconds} s, medians`);
  say(`  ours ${a.toFixed(0)}/s   bare ${b.toFixed(0)}/s   ratio ${ratio(a, b)} (must ${wanted})`);
  say(`  CPU of the serving process: ours ${c.toFixed(2)} ms, bare ${d.toFixed(2)} ms a request, ratio ${ratio(d, c)}`);
  say(`  refused: ours ${ours.reduce((n, it) => n + it.bad, 0)}, bare ${raw.reduce((n, it) => n + it.bad, 0)}`);
}
