import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { say } from './report.js';

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

/** A message may carry several statements. */
export const statementsOf = (messages: readonly Statement[]): string[] =>
  messages.flatMap(({ text }) => text.split(';\n'));
export const ends = ({ text }: Statement): boolean => /(^|;\n)(commit|rollback)$/i.test(text);

/** Prints what goes to the database, a line for each message. */
export function print(what: string, messages: readonly Statement[], more = ''): void {
  const all = statementsOf(messages);
  const commits = all.filter((it) => /^commit$/i.test(it)).length;
  say(`\n${what}: ${all.length} statements in ${messages.length} messages, ${commits} commits${more}`);
  for (const message of messages) {
    const parts = statementsOf([message]).map((it) => it.replaceAll(/\s+/g, ' ').trim());
    const most = Math.floor(110 / parts.filter((it) => it.length > 6).length);
    say(`  ${parts.map((it) => it.slice(0, most)).join('; ')}`);
  }
}

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

/** Sends recorded messages as they were sent: what stands between `begin` and its end on one connection. */
export async function play(
  pool: pg.Pool,
  list: readonly Statement[],
  replace: (it: unknown) => unknown,
): Promise<void> {
  let client: pg.PoolClient | undefined;
  for (const message of list) {
    const { text, values } = message;
    if (/^begin/i.test(text)) client = await pool.connect();
    await (client ?? pool).query(String(replace(text)), values.map(replace));
    if (ends(message)) {
      client?.release();
      client = undefined;
    }
  }
}
