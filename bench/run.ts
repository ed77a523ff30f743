import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { closeHttp } from '@libs/providers/http.js';
import { cancelFigures } from './cancels.js';
import { cardFigures } from './card.js';
import type { PaperFigures } from './paper.js';
import { pixFigures } from './pix.js';
import { planFigures } from './plan.js';
import { start, stop } from './processes.js';
import type { ReplayFigures } from './replay.js';
import { say, told } from './report.js';
import { rowFigures } from './rows.js';
import { prepare, type Scene } from './scene.js';
import { settleFigures } from './settle.js';
import { slipFigures } from './slip.js';
import type { StatementFigures } from './statement.js';
import { webhookFigures } from './webhooks.js';

function decisions(): void {
  const { p50, p99 } = planFigures();
  say(`\nplan over 20 lanes and 50 rules: p50 ${p50.toFixed(0)} µs, p99 ${p99.toFixed(0)} µs (must p99 ≤ 100)`);
}

async function replay(scene: Scene): Promise<void> {
  const replayed = await start<ReplayFigures>('bench/replay.js', scene.env);
  const { attempts, seconds: took, idleMb, earlyMb, mostMb } = replayed.said;
  say(`\nReplay of ${attempts} attempts: ${took.toFixed(1)} s (must ≤ 60)`);
  say(`  memory: idle ${idleMb} MB, in its first quarter ${earlyMb} MB, at most ${mostMb} MB (must ≤ 300)`);
}

async function statement(scene: Scene): Promise<void> {
  const { said } = await start<StatementFigures>('bench/statement.js', {
    ...scene.env,
    BENCH_OWNER: scene.postgres.url,
  });
  const { lines, seconds: took, idleMb, earlyMb, mostMb } = said;
  say(`\nStatement of ${lines} lines compared: ${took.toFixed(1)} s (must ≤ 60)`);
  say(`  memory: idle ${idleMb} MB, in its first quarter ${earlyMb} MB, at most ${mostMb} MB (must stay near it)`);
}

async function paper(): Promise<void> {
  const { BENCH_SECONDS } = process.env;
  const { said } = await start<PaperFigures>('bench/paper.js', BENCH_SECONDS === undefined ? {} : { BENCH_SECONDS });
  const { pages, perSecond, perCore, kb } = said;
  say(`\nPDF of a slip, ${pages} pages of ${kb.toFixed(1)} KB: ${perCore.toFixed(0)}/s on one core (must ≥ 100)`);
  say(`  one after another ${perSecond.toFixed(0)}/s`);
}

/** In this order: the later ones fill the tables. `BENCH_ONLY=pix,settle` runs some. */
const sections = {
  pix: pixFigures,
  settle: settleFigures,
  webhooks: webhookFigures,
  card: cardFigures,
  slip: slipFigures,
  pdf: paper,
  cancels: cancelFigures,
  plan: decisions,
  replay,
  statement,
  rows: rowFigures,
};
const only = process.env['BENCH_ONLY']?.split(',') ?? Object.keys(sections);

const folder = mkdtempSync(join(tmpdir(), 'trilho-bench-'));
const today = new Date().toISOString().slice(0, 10);
const cpu = cpus()[0]?.model.trim() ?? '';
say(`# Bench of ${today}`);
say(`${cpus().length} × ${cpu} (${arch()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`);
const scene = await prepare(folder);
try {
  for (const [name, section] of Object.entries(sections)) if (only.includes(name)) await section(scene, folder);
  mkdirSync('bench/results', { recursive: true });
  if (only.length === Object.keys(sections).length) writeFileSync(`bench/results/${today}.md`, told());
} finally {
  await stop(scene.provider);
  await scene.postgres.stop();
  await closeHttp();
  rmSync(folder, { recursive: true, force: true });
}
