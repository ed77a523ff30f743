import { randomUUID } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { WorkerModule } from '@apps/worker/worker.module.js';
import { now } from '@libs/kernel/clock.js';
import { loadConfig } from '@libs/kernel/config.js';
import { cents } from '@libs/money/cents.js';
import type { Line } from '@libs/providers/contract/statements.js';
import { Compare } from '@libs/statements/compare.js';

/** What comparing a statement costs: told to the parent. */
export interface StatementFigures {
  readonly lines: number;
  readonly seconds: number;
  /** Of this process: before it began, in its first quarter, and at most. */
  readonly idleMb: number;
  readonly earlyMb: number;
  readonly mostMb: number;
}

const [count, perPage] = [Number(process.env['BENCH_LINES'] ?? 100_000), 500];
const config = loadConfig({ ...process.env, LOG_LEVEL: 'error' });
const app = await NestFactory.createApplicationContext(WorkerModule.of(config), { logger: ['fatal'] });
const em = app.get(EntityManager).fork();
const [merchant, vault, credential] = [randomUUID(), randomUUID(), randomUUID()];
const day = now();

/** A day's payments, each with its entry; of every ten, three are known by no name of the payment's own. */
const payments = `
  with made as (
    insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, unsent, provider, credential_id,
      amount, currency, key, ref, receipt, decision, cost, price, settle_days, reroute, proof, deadline, settled_at)
    select gen_random_uuid(), 'pix', gen_random_uuid(), ?, 'test', 'pix.create', 'succeeded', false, 'gerencianet', ?,
      100 + n % 90000, 'BRL', 's' || n, 's' || n, case when n % 10 < 7 then 'E' || n end, '{}',
      '{"rateBps":0,"fixed":0}', '{"rateBps":0,"fixed":0}', 0, '{}', '{"by":"key","afterMs":1}', clock_now(),
      clock_now()
    from generate_series(1, ?) n returning id, amount
  ), entries as (
    insert into entry (id, mode, reference) select gen_random_uuid(), 'test', 'attempt:' || id from made
    returning id, reference
  )
  insert into posting (entry_id, mode, "from", "to", amount, currency)
  select entries.id, 'test', 'provider:gerencianet:clearing', 'merchant:bench:payable', made.amount, 'BRL'
  from entries join made on entries.reference = 'attempt:' || made.id`;

async function seed(): Promise<void> {
  await em.execute(`insert into merchant (id, name) values (?, 'Bench')`, [merchant]);
  await em.execute(`insert into vault (id, purpose, version, data_key, body) values (?, 'bench', 1, '', '')`, [vault]);
  await em.execute(
    `insert into credential (id, merchant_id, name, provider, environment, mode, identity, currency, secret,
       callback_secret, callback_hash)
     values (?, ?, 'bench', 'gerencianet', 'simulator', 'test', 'bench', 'BRL', ?, ?, ?)`,
    [credential, merchant, vault, vault, credential],
  );
  await em.execute(payments, [merchant, credential, count]);
  // A day's rows come over a day, and the planner knows them; its owner alone may count them.
  const owner = new pg.Client({ connectionString: process.env['BENCH_OWNER'] });
  await owner.connect();
  await owner.query('analyze');
  await owner.end();
}

/** Seven are named by their own id, two by their charge and amount, one says nothing but its amount. */
function line(n: number): Line {
  const money = { amount: cents(BigInt(100 + (n % 90_000))), currency: 'BRL', at: day, text: 'Pix recebido' } as const;
  const about = n % 10 < 7 ? { key: `s${n}`, ref: `s${n}`, receipt: `E${n}` } : n % 10 < 9 ? { ref: `s${n}` } : {};
  return { kind: 'received', line: `${n}`, id: `E${n}`, about, ...money };
}

const mb = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);
const memory: number[] = [];

await seed();
const compare = app.get(Compare, { strict: false });
const idleMb = mb();
const watch = setInterval(() => memory.push(mb()), 50);
const start = performance.now();
for (let first = 1; first <= count; first += perPage) {
  const page = Array.from({ length: Math.min(perPage, count - first + 1) }, (_, i) => line(first + i));
  const news = await compare.page(credential, page);
  if (news > 0) throw new Error(`${news} lines were news`);
}
await compare.end(credential, new Date(day.getTime() - 1));
const seconds = (performance.now() - start) / 1_000;
clearInterval(watch);
const [left] = await em.execute<{ count: number }[]>(
  `select count(*)::int as count from statement_line where credential_id = ? and state <> 'explained'`,
  [credential],
);
if (left!.count > 0) throw new Error(`${left!.count} lines were not explained`);
const earlyMb = Math.max(...memory.slice(0, Math.ceil(memory.length / 4)));
const figures: StatementFigures = { lines: count, seconds, idleMb, earlyMb, mostMb: Math.max(...memory) };
if (process.send) process.send(figures);
else console.log(figures);
await app.close();
if (process.connected) process.disconnect();
