import pg from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { ask, start, stop } from './processes.js';
import { median, ratio, say } from './report.js';
import { post, type Scene } from './scene.js';

const [count, rounds] = [8_000, 5];

/** From committed events to deliveries that are marked, against a bare loop over the same bodies. */
export async function webhookFigures(scene: Scene): Promise<void> {
  const db = new pg.Client({ connectionString: scene.postgres.url });
  db.on('error', () => undefined); // the bench has failed elsewhere then, and says so
  await db.connect();
  const receiver = await start<{ url: string }>('bench/receiver.js', {});
  const env = { ...scene.env, WEBHOOK_PRIVATE: 'on' };
  const api = await start<{ url: string }>('apps/api/main.js', env);
  const { charge } = scene;
  await post(`${api.said.url}/webhooks`, scene.key, { url: receiver.said.url });
  await stop(api);
  await db.query('drop table if exists bench_owed');
  await db.query(
    `create table bench_owed (id uuid primary key, url text, body text, leased_until timestamptz, done_at timestamptz)`,
  );
  const worker = await start('apps/worker/main.js', env);
  const looper = await start('bench/looper.js', { DATABASE_URL: scene.postgres.url });

  const ours = async (): Promise<number> => {
    receiver.child.send({ expect: count });
    const all = new Promise((resolve) => receiver.child.once('message', resolve));
    const startedAt = performance.now();
    await db.query(
      `insert into outbox (id, merchant_id, mode, object_id, type, sequence, late, data, extra)
       select gen_random_uuid(), merchant_id, mode, gen_random_uuid(), 'pix', 1, false, $2::jsonb, '{}'::jsonb
       from charge, generate_series(1, $1) where charge.id = $3`,
      [count, JSON.stringify(charge), charge.id],
    );
    await all;
    const open = `select 1 from delivery where status <> 'delivered' limit 1`;
    while ((await db.query(open)).rowCount !== 0) await wait(5);
    return count / ((performance.now() - startedAt) / 1_000);
  };
  const bare = async (): Promise<number> => {
    const event = { event: { id: charge.id, sequence: 1, type: 'pix', late: false, data: { pix: charge } } };
    await db.query(
      'insert into bench_owed (id, url, body) select gen_random_uuid(), $2, $3 from generate_series(1, $1)',
      [count, receiver.said.url, JSON.stringify(event)],
    );
    receiver.child.send({ expect: Number.MAX_SAFE_INTEGER });
    const startedAt = performance.now();
    await ask(looper, {});
    return count / ((performance.now() - startedAt) / 1_000);
  };
  await ours();
  await bare();
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round += 1) {
    a.push(await ours());
    b.push(await bare());
    console.log(`  round ${round}: ours ${a.at(-1)!.toFixed(0)}/s, bare ${b.at(-1)!.toFixed(0)}/s`);
  }
  say(`\nEvent to webhook delivered, ${rounds} interleaved rounds of ${count}, medians`);
  say(
    `  ours ${median(a).toFixed(0)}/s   bare ${median(b).toFixed(0)}/s   ratio ${ratio(median(a), median(b))} ` +
      '(must 0.35, towards 0.50)',
  );
  await Promise.all([worker, looper, receiver].map(stop));
  await db.end();
}
