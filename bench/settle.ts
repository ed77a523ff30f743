import { writeFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ask, cpuMs, start, type Started, stop } from './processes.js';
import { median, ratio, say } from './report.js';
import type { Scene } from './scene.js';
import { idsOf, print, statementsIn } from './statements.js';

/** A pending charge that is about to be paid: a tenth of it is another merchant's, so that its sale has 4 postings. */
export interface Case {
  readonly attempt: string;
  readonly charge: string;
  readonly seller: string;
  readonly other: string;
  readonly ref: string;
  readonly receipt: string;
  readonly amount: number;
}
type Child = Started<object>;
const [batch, rounds] = [1_500, 3];

/** Copies the newest pending charge of the database and its attempt, each copy with ids and merchants of its own. */
const copies = `
  with template as (
    select to_jsonb(charge) as charge, to_jsonb(attempt) as attempt from charge
    join attempt on attempt.id = charge.attempt_id where charge.status = 'pending' order by charge.id desc limit 1
  ), fresh as materialized (
    select n, gen_random_uuid() as charge, gen_random_uuid() as attempt,
      ($2::uuid[])[1 + n % array_length($2::uuid[], 1)] as seller,
      ($2::uuid[])[1 + (n + 1) % array_length($2::uuid[], 1)] as other,
      't' || replace(gen_random_uuid()::text, '-', '') as ref, 'E' || replace(gen_random_uuid()::text, '-', '') as receipt
    from generate_series(1, $1) as n
  ), charges as (
    insert into charge select made.* from template, fresh, jsonb_populate_record(null::charge, template.charge ||
      jsonb_build_object('id', fresh.charge, 'attempt_id', fresh.attempt, 'merchant_id', seller, 'payment_id', ref,
        'shares', jsonb_build_array(
          jsonb_build_object('to', 'seller', 'weight', 900, 'liable', true),
          jsonb_build_object('to', 'merchant:' || other || ':payable', 'weight', 100, 'liable', false)))) as made
  ), attempts as (
    insert into attempt select made.* from template, fresh, jsonb_populate_record(null::attempt, template.attempt ||
      jsonb_build_object('id', fresh.attempt, 'owner_id', fresh.charge, 'merchant_id', seller, 'key', ref, 'ref', ref,
        'cost', jsonb_build_object('rateBps', 30, 'fixed', 1)))
      as made
  )
  select fresh.*, (template.charge ->> 'amount')::int as amount from fresh, template`;

async function merchants(db: pg.Client, count: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with fresh as materialized (select gen_random_uuid() as id from generate_series(1, $1))
     insert into merchant select made.* from (select to_jsonb(merchant) as it from merchant limit 1) as template, fresh,
       jsonb_populate_record(null::merchant, it || jsonb_build_object('id', fresh.id)) as made returning id`,
    [count],
  );
  return rows.map(({ id }) => id);
}

/** A settle with four postings against its own statements from a bare driver, 16 at a time. */
export async function settleFigures(scene: Scene, folder: string): Promise<void> {
  const db = new pg.Client({ connectionString: scene.postgres.url });
  db.on('error', () => undefined); // the bench has failed elsewhere then, and says so
  await db.connect();
  const many = await merchants(db, 1_000);
  const fresh = async (count: number, of: readonly string[]): Promise<Case[]> =>
    (await db.query<Case>(copies, [count, of])).rows;
  const file = join(folder, 'settle.jsonl');
  writeFileSync(file, '');
  const preload = ['--import', join(import.meta.dirname, 'record.js')];
  const recorder: Child = await start('bench/settler.js', { ...scene.env, BENCH_RECORD: file }, preload);
  await ask(recorder, await fresh(2, many));
  truncateSync(file);
  const [one] = await fresh(1, many);
  await ask(recorder, [one]);
  await stop(recorder);
  const kept = statementsIn(file);
  const postings = await db.query(`select 1 from posting join entry on entry.id = entry_id where reference = $1`, [
    `attempt:${one!.attempt}`,
  ]);
  print('A settle', kept, `, ${postings.rowCount} postings`);
  const { rows: lanes } = await db.query<{ id: string }>(
    'select id from credential union select id from lane union select id from merchant',
  );
  const standing = lanes.map(({ id }) => id).filter((id) => id !== one!.seller && id !== one!.other);
  const shown = new Set(idsOf(kept));
  const ours: Child = await start('bench/settler.js', scene.env);
  const bare: Child = await start('bench/player.js', {
    DATABASE_URL: scene.env['DATABASE_URL']!,
    BENCH_STATEMENTS: file,
    BENCH_CASE: JSON.stringify(one),
    BENCH_STANDING: JSON.stringify(standing.filter((id) => shown.has(id))),
  });
  const rate = async (child: Child, of: readonly string[], count = batch): Promise<[number, number]> => {
    const cases = await fresh(count, of);
    const before = cpuMs(child);
    const { seconds } = await ask<{ seconds: number }>(child, cases);
    return [count / seconds, (cpuMs(child) - before) / count];
  };
  await rate(ours, many, 300);
  await rate(bare, many, 300);
  const figures: { a: number; b: number; few: number; c: number; d: number }[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const [a, c] = await rate(ours, many);
    const [b, d] = await rate(bare, many);
    const [few] = await rate(ours, many.slice(0, 10));
    figures.push({ a, b, few, c, d });
    console.log(`  round ${round}: ours ${a.toFixed(0)}/s, bare ${b.toFixed(0)}/s, 10 merchants ${few.toFixed(0)}/s`);
  }
  const of = (name: 'a' | 'b' | 'few' | 'c' | 'd'): number => median(figures.map((it) => it[name]));
  say(`\nSettle, 16 at a time, ${rounds} interleaved rounds of ${batch}, medians`);
  say(
    `  ours ${of('a').toFixed(0)}/s   bare ${of('b').toFixed(0)}/s   ratio ${ratio(of('a'), of('b'))} (must 0.50, towards 0.70)`,
  );
  say(`  CPU of the process: ours ${of('c').toFixed(2)} ms, bare ${of('d').toFixed(2)} ms each`);
  say(
    `  10 merchants ${of('few').toFixed(0)}/s of 1000 merchants' ${of('a').toFixed(0)}/s: ${ratio(of('few'), of('a'))} (must 0.50)`,
  );
  await stop(ours);
  await stop(bare);
  await db.end();
}
