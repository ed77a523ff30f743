import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import pg from 'pg';
import { Agent } from 'undici';
import { short } from '@libs/kernel/ids.js';
import type { WireCall } from './duel.js';
import { ends, play, replacing, statementsIn } from './statements.js';

/** The raw limit: the same statements, the same number of commits, the same provider call, and nothing else. */
const setting = (name: string): string => process.env[name] ?? '';
const statements = statementsIn(setting('BENCH_STATEMENTS'));
const own = JSON.parse(setting('BENCH_OWN')) as string[]; // ids that belong to one request alone, replaced in each
const call = JSON.parse(setting('BENCH_CALL')) as WireCall;
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 20 });
const agent = new Agent({
  connect: {
    ca: readFileSync(setting('BENCH_CA')),
    ...(call.pfx === undefined ? {} : { pfx: Buffer.from(call.pfx, 'base64'), passphrase: '' }),
  },
  pipelining: 1,
});
// The wire comes between the two commits.
const firstCommit = statements.findIndex(ends);
const [before, after] = [statements.slice(0, firstCommit + 1), statements.slice(firstCommit + 1)];

function fresh(): (it: unknown) => unknown {
  const texts = new Map<string, string>();
  for (const id of own) {
    const made = randomUUID();
    texts.set(id, made);
    texts.set(short(id), short(made));
  }
  return replacing(texts);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { amount: number };
    const replace = fresh();
    void (async () => {
      await play(pool, before, replace);
      const { origin, method, headers } = call;
      const [path, asked] = [String(replace(call.path)), String(replace(call.body))];
      const answer = await agent.request({ origin, path, method, headers, body: asked });
      const made = await answer.body.json();
      await play(pool, after, replace);
      response
        .writeHead(201, { 'content-type': 'application/json' })
        .end(JSON.stringify({ amount: body.amount, made }));
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` }),
);
