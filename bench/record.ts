import { appendFileSync } from 'node:fs';
import pg from 'pg';

/** Loaded before the API for one request: writes down every statement that goes to PostgreSQL, in order, with its values. */
const file = process.env['BENCH_RECORD'];
type Query = (...given: unknown[]) => unknown;
const prototype = pg.Client.prototype as unknown as { query: Query };
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
