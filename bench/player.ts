import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inLanes } from './lanes.js';
import type { Case } from './settle.js';
import { idsOf, play, replacing, statementsIn } from './statements.js';

/** The raw limit of a settle: its recorded statements from a bare driver, for other charges. */
const statements = statementsIn(process.env['BENCH_STATEMENTS'] ?? '');
const recorded = JSON.parse(process.env['BENCH_CASE'] ?? '{}') as Case;
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const names = ['attempt', 'charge', 'seller', 'other', 'ref', 'receipt'] as const;
const standing = new Set(JSON.parse(process.env['BENCH_STANDING'] ?? '[]') as string[]); // ids that no settle makes
const known = new Set<string>([...names.map((name) => recorded[name]), ...standing]);
const made = idsOf(statements).filter((id) => !known.has(id));

process.on('message', (cases: readonly Case[]) => {
  void inLanes(16, cases, async (one) => {
    const texts = new Map([
      ...names.map((name) => [recorded[name], one[name]] as const),
      ...made.map((id) => [id, randomUUID()] as const),
    ]);
    await play(pool, statements, replacing(texts));
  }).then((seconds) => process.send?.({ seconds }));
});
process.once('SIGTERM', () => void pool.end().then(() => process.exit(0)));
process.send?.({});
