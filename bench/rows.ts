import pg from 'pg';
import { load } from './load.js';
import { start, type Started, stop } from './processes.js';
import { median, ratio, say } from './report.js';
import { freePort, pixWish, type Scene } from './scene.js';

const [few, many, step, rounds, seconds] = [1_000, Number(process.env['BENCH_ROWS'] ?? 1_000_000), 50_000, 3, 4];

/** Copies of one charge and its attempt, spread over a year. */
const fill = `
  with template as (
    select to_jsonb(charge) as charge, to_jsonb(attempt) as attempt from charge
    join attempt on attempt.id = charge.attempt_id
    where charge.status = 'pending' and charge.type = 'pix' order by charge.id desc limit 1
  ), fresh as materialized (
    select gen_random_uuid() as charge, gen_random_uuid() as attempt, random() * interval '365 days' as age,
      't' || replace(gen_random_uuid()::text, '-', '') as ref from generate_series(1, $1)
  ), charges as (
    insert into charge select made.* from template, fresh, jsonb_populate_record(null::charge, template.charge ||
      jsonb_build_object('id', fresh.charge, 'attempt_id', fresh.attempt, 'payment_id', ref, 'custom_code', ref,
        'created_at', clock_now() - age)) as made
  )
  insert into attempt select made.* from template, fresh, jsonb_populate_record(null::attempt, template.attempt ||
    jsonb_build_object('id', fresh.attempt, 'owner_id', fresh.charge, 'key', ref, 'ref', ref,
      'created_at', clock_now() - age)) as made`;

/** The same requests over a thousand charges and over a million, in two databases of one server. */
export async function rowFigures(scene: Scene): Promise<void> {
  const url = new URL(scene.env['DATABASE_URL']!);
  const small = `bench_small`;
  const owner = new URL(scene.postgres.url);
  const name = owner.pathname.slice(1);
  owner.pathname = '/postgres';
  const server = new pg.Client({ connectionString: owner.href });
  await server.connect();
  await server.query(`create database ${small} template ${name}`);
  await server.end();
  const at = (database: string, base: URL): string => Object.assign(new URL(base.href), { pathname: database }).href;
  for (const [database, count] of [
    [small, few],
    [name, many],
  ] as const) {
    const db = new pg.Client({ connectionString: at(database, owner) });
    db.on('error', () => undefined); // the bench has failed elsewhere then, and says so
    await db.connect();
    for (let done = 0; done < count; done += step) {
      await db.query(fill, [Math.min(step, count - done)]);
      if (count > step) process.stdout.write(`\r  ${done + step} of ${count} rows `);
    }
    await db.query('vacuum analyze');
    await db.end();
  }
  const open = async (database: string): Promise<Started<{ url: string }>> =>
    start('apps/api/main.js', { ...scene.env, DATABASE_URL: at(database, url), PORT: await freePort() });
  const sides = [await open(small), await open(name)] as const;
  for (const [what, posted] of [
    ['POST /pix', pixWish],
    ['GET /transactions', { path: '/transactions?limit=20' }],
  ] as const) {
    const rates: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      for (const [i, side] of sides.entries()) {
        const result = await load(side.said.url, { key: scene.key, connections: 32, seconds, ...posted });
        if (result.bad > 0) throw new Error(`${what}: ${result.bad} were refused`);
        if (round > 0) rates[i as 0 | 1].push(result.perSecond); // the first warms
      }
    }
    const [a, b] = rates.map(median) as [number, number];
    say(`\n${what} over ${many} charges ${b.toFixed(0)}/s, over ${few} ${a.toFixed(0)}/s: ${ratio(b, a)} (must 0.90)`);
  }
  await Promise.all(sides.map(stop));
}
