import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import pg from 'pg';
import { Agent } from 'undici';
import { short } from '@libs/kernel/ids.js';

/** The raw limit: the same statements, the same number of commits, the same provider call, and nothing else. */
interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}
const setting = (name: string): string => process.env[name] ?? '';
const statements = readFileSync(setting('BENCH_STATEMENTS'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Statement);
const own = JSON.parse(setting('BENCH_OWN')) as string[]; // ids that belong to one request alone, replaced in each
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 20 });
const agent = new Agent({
  connect: { pfx: Buffer.from(setting('BENCH_PFX'), 'base64'), passphrase: '', ca: readFileSync(setting('BENCH_CA')) },
  pipelining: 1,
});
const provider = setting('BENCH_PROVIDER');
// The wire comes between the two commits.
const firstCommit = statements.findIndex(({ text }) => /^commit/i.test(text));
const [before, after] = [statements.slice(0, firstCommit + 1), statements.slice(firstCommit + 1)];

function fresh(): (it: unknown) => unknown {
  const map = new Map<string, string>();
  for (const id of own) {
    const made = randomUUID();
    map.set(id, made);
    map.set(short(id), short(made));
  }
  const replace = (text: string): string => {
    let out = text;
    for (const [from, to] of map) if (out.includes(from)) out = out.replaceAll(from, to);
    return out;
  };
  return (it) =>
    typeof it === 'string'
      ? replace(it)
      : Array.isArray(it)
        ? it.map((x) => (typeof x === 'string' ? replace(x) : x))
        : it;
}

async function run(list: readonly Statement[], replace: (it: unknown) => unknown): Promise<void> {
  let client: pg.PoolClient | undefined;
  for (const { text, values } of list) {
    if (/^begin/i.test(text)) client = await pool.connect();
    await (client ?? pool).query(String(replace(text)), values.map(replace));
    if (/^(commit|rollback)/i.test(text)) {
      client?.release();
      client = undefined;
    }
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { amount: number };
    const replace = fresh();
    const key = `t${short(String(replace(own.at(-1) ?? '')))}`;
    void (async () => {
      await run(before, replace);
      const answer = await agent.request({
        origin: provider,
        path: `/v2/cob/${key}`,
        method: 'PUT',
        headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
        body: JSON.stringify({ calendario: { expiracao: 3600 }, valor: { original: '10.00' }, chave: 'bench' }),
      });
      const made = await answer.body.json();
      await run(after, replace);
      response
        .writeHead(201, { 'content-type': 'application/json' })
        .end(JSON.stringify({ amount: body.amount, made }));
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` }),
);
