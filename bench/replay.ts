import { randomUUID } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { NestFactory } from '@nestjs/core';
import { WorkerModule } from '@apps/worker/worker.module.js';
import { loadConfig } from '@libs/kernel/config.js';
import { Replays } from '@libs/routing/replay.job.js';

/** What a replay of stored attempts costs: told to the parent. */
export interface ReplayFigures {
  readonly attempts: number;
  readonly seconds: number;
  /** Of this process: before it began, when a quarter was done, and at most. */
  readonly idleMb: number;
  readonly earlyMb: number;
  readonly mostMb: number;
  readonly moved: number;
}

const attempts = Number(process.env['BENCH_ATTEMPTS'] ?? 100_000);
const config = loadConfig({ ...process.env, LOG_LEVEL: 'error' });
const app = await NestFactory.createApplicationContext(WorkerModule.of(config), { logger: ['fatal'] });
const em = app.get(EntityManager).fork();
const merchantId = randomUUID();

/** Attempts of the last hundred days, each with the decision among four lanes that began it. */
const past = `
  insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, provider, credential_id, lane_id,
    amount, currency, key, decision, cost, price, settle_days, reroute, proof, deadline, created_at)
  select gen_random_uuid(), 'pix', gen_random_uuid(), ?, 'test', 'pix.create',
    case when n % 7 = 0 then 'declined' else 'succeeded' end, 'gerencianet', ?, lanes[1 + n % 4],
    100 + n % 90000, 'BRL', 'k' || n, jsonb_build_object(
      'rulesVersion', 0,
      'seen', jsonb_build_object('at', '2026-01-20T15:00:00.000Z', 'like', ':::'),
      'candidates', (
        select jsonb_agg(jsonb_build_object(
          'lane', lanes[1 + (n + i) % 4], 'provider', 'gerencianet', 'reason', 'priority',
          'outcome', case i when 0 then 'chosen' else 'fallback' end, 'figures', jsonb_build_object(
            'priority', i, 'cost', 10 + (n * (i + 3)) % 97, 'price', 120, 'attempts', 300,
            'approval', 0.7 + ((n + i) % 30) / 100.0
          )
        ) order by i) from generate_series(0, 3) i
      )
    ), '{"rateBps":0,"fixed":0}', '{"rateBps":0,"fixed":0}', 0, '{}', '{"by":"key","afterMs":1}', clock_now(),
    clock_now() - (n % 100) * interval '1 day' - n * interval '1 millisecond'
  from generate_series(1, ?) n, (select array_agg(gen_random_uuid()) as lanes from generate_series(1, 4)) it`;

async function seed(): Promise<void> {
  const [vault, credential] = [randomUUID(), randomUUID()];
  await em.execute(`insert into merchant (id, name) values (?, 'Bench')`, [merchantId]);
  await em.execute(`insert into vault (id, purpose, version, data_key, body) values (?, 'bench', 1, '', '')`, [vault]);
  await em.execute(
    `insert into credential (id, merchant_id, name, provider, environment, mode, identity, currency, secret,
       callback_secret, callback_hash)
     values (?, ?, 'bench', 'gerencianet', 'simulator', 'test', 'bench', 'BRL', ?, ?, ?)`,
    [credential, merchantId, vault, vault, credential],
  );
  await em.execute(past, [merchantId, credential, attempts]);
}

const mb = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);
const memory: number[] = [];

await seed();
const rules = [{ when: { amountMin: 50_000 }, strategy: 'balanced' as const }, { strategy: 'cost' as const }];
const asked = {
  merchantId,
  mode: 'test' as const,
  since: new Date('2000-01-01T00:00:00Z'),
  until: new Date('2100-01-01T00:00:00Z'),
  rules,
};
const replays = app.get(Replays);
const { body } = await replays.open(asked, () => Promise.resolve(undefined));
const idleMb = mb();
const watch = setInterval(() => memory.push(mb()), 50);
const start = performance.now();
await replays.run({ id: '0', name: 'routing.replay', payload: body, tries: 1 });
const seconds = (performance.now() - start) / 1_000;
clearInterval(watch);
const { status, done, moved } = await replays.find(body.id);
if (status !== 'done' || done !== attempts) throw new Error(`it ended ${status} after ${done}`);
const earlyMb = Math.max(...memory.slice(0, Math.ceil(memory.length / 4)));
const figures: ReplayFigures = { attempts, seconds, idleMb, earlyMb, mostMb: Math.max(...memory), moved };
if (process.send) process.send(figures);
else console.log(figures);
await app.close();
if (process.connected) process.disconnect();
