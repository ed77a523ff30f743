import pg from 'pg';
import { Agent, request } from 'undici';

/** The raw limit of webhooks: a loop that leases a batch, posts it and marks it, and nothing else. */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 4 });
const dispatcher = new Agent();
const batch = 100;

interface Owed {
  readonly id: string;
  readonly url: string;
  readonly body: string;
}
async function turn(): Promise<number> {
  const { rows } = await pool.query<Owed>(
    `update bench_owed set leased_until = now() + interval '30 s' where id in (
       select id from bench_owed where done_at is null and (leased_until is null or leased_until < now())
       limit ${batch} for update skip locked) returning id, url, body`,
  );
  await Promise.all(
    rows.map(async ({ id, url, body }) => {
      const headers = { 'content-type': 'application/json', 'webhook-id': id };
      const answer = await request(url, { method: 'POST', dispatcher, headers, body });
      await answer.body.dump();
    }),
  );
  await pool.query('update bench_owed set done_at = now() where id = any($1)', [rows.map(({ id }) => id)]);
  return rows.length;
}
async function loop(): Promise<void> {
  while ((await turn()) > 0);
}
process.on('message', () => void loop().then(() => process.send?.({})));
process.once('SIGTERM', () => process.exit(0));
process.send?.({});
