import { readFileSync } from 'node:fs';
import type pg from 'pg';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}
export const statementsIn = (file: string): Statement[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Statement);

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
export const idsOf = (statements: readonly Statement[]): string[] => [
  ...new Set(statements.flatMap((it) => JSON.stringify(it).match(uuids) ?? [])),
];
/** Ids that one request made and the other did not: the charge first, its attempt last. */
export const ownIds = (one: readonly Statement[], other: readonly Statement[]): string[] => {
  const shared = new Set(idsOf(other));
  return idsOf(one).filter((id) => !shared.has(id));
};

/** Puts other texts in the place of some, wherever they stand in a statement or its values. */
export function replacing(texts: ReadonlyMap<string, string>): (it: unknown) => unknown {
  const pattern = new RegExp([...texts.keys()].join('|'), 'g'); // ids and references: nothing to escape
  const replace = (text: string): string => text.replaceAll(pattern, (it) => texts.get(it)!);
  return (it) =>
    typeof it === 'string'
      ? replace(it)
      : Array.isArray(it)
        ? it.map((x) => (typeof x === 'string' ? replace(x) : (x as unknown)))
        : it;
}

/** Sends recorded statements as they were sent: what stands between `begin` and its end on one connection. */
export async function play(
  pool: pg.Pool,
  list: readonly Statement[],
  replace: (it: unknown) => unknown,
): Promise<void> {
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
