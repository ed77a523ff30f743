import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type pg from 'pg';

/** Loaded before the API for one request: writes down every statement that goes to PostgreSQL, in order, with its values. */
const file = process.env['BENCH_RECORD'];
type Query = (...given: unknown[]) => unknown;
// The driver of the ORM, which may be another copy than ours.
const driver = createRequire(import.meta.resolve('@mikro-orm/postgresql'))('pg') as typeof pg;
const prototype = driver.Client.prototype as unknown as { query: Query };
const { query } = prototype;
if (file) {
  prototype.query = function recorded(this: unknown, ...given: unknown[]): unknown {
    const [first, second] = given;
    const told =
      typeof first === 'string' ? { text: first, values: Array.isArray(second) ? second : [] } : (first as object);
    const { text = '', values = [] } = told as { text?: string; values?: unknown[] };
    const plain = values.map((it) => (typeof it === 'bigint' ? String(it) : it));
    appendFileSync(file, `${JSON.stringify({ text, values: plain })}\n`);
    return query.apply(this, given);
  };
}
