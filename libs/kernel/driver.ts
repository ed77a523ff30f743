import { type Configuration, PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { owed } from './transaction.js';

type Dialect = ReturnType<PostgreSqlDriver['connection']['createKyselyDialect']>;
type Driver = ReturnType<Dialect['createDriver']>;

/**
 * The query builder below the ORM keeps the connection of a transaction whose `rollback` fails, as it does when the
 * database goes away (kysely-org/kysely#1990): after a few restarts of the database a process would have none left, and
 * its end would wait for them for ever. Here they are given back; the pool throws the dead ones away.
 */
export class ReturningDriver extends PostgreSqlDriver {
  constructor(config: Configuration) {
    super(config);
    const { connection } = this;
    const create = connection.createKyselyDialect.bind(connection);
    connection.createKyselyDialect = (overrides) => {
      const hooked = { ...overrides, onPoolCreated: (pool: Pool) => pool.on('connect', batched) };
      const dialect = create(hooked);
      const createDriver = dialect.createDriver.bind(dialect);
      return Object.assign(dialect, { createDriver: () => returning(createDriver()) });
    };
  }
}

function returning(driver: Driver): Driver {
  const rollback = driver.rollbackTransaction.bind(driver);
  // A server that lives rolls back always, and one that died has done it.
  return Object.assign(driver, {
    rollbackTransaction: (connection: Parameters<typeof rollback>[0]) => rollback(connection).catch(() => undefined),
  });
}

type Query = (...given: readonly unknown[]) => unknown;
type Result = Pick<QueryResult, 'command' | 'rowCount' | 'rows'>;

const nothing: Result = { command: '', rowCount: 0, rows: [] };

/**
 * A transaction in as few round trips as its answers allow. `begin` and what is marked by `owed` wait for the next
 * statement, or for `commit`, and go out with it in one message: what fails there runs nothing of what follows, and is
 * thrown where that message was sent. A transaction without a statement never reaches the server, and one that the
 * server has given up is never taken as committed.
 */
export function batched(client: Pick<PoolClient, 'query'>): void {
  const send = client.query.bind(client) as Query;
  let waiting: string[] | undefined; // undefined: no transaction runs; as long as `begin` waits none has begun
  const together = async (...texts: readonly string[]): Promise<Result> => {
    const results = (await send(texts.join(';\n'))) as Result | readonly Result[];
    return 'rows' in results ? results : results.at(-1)!;
  };
  const within = async (text: unknown, values: unknown): Promise<unknown> => {
    const before = waiting ?? [];
    const plain = !Array.isArray(values) || values.length === 0;
    if (text === 'rollback') {
      waiting = undefined;
      return before[0] === 'begin' ? nothing : send(text);
    }
    if (text === 'commit') {
      waiting = undefined;
      if (before.length === 1 && before[0] === 'begin') return nothing;
      const end = await together(...before, text);
      if (end.command !== 'COMMIT') throw new Error('the server had given the transaction up');
      return end;
    }
    if (typeof text === 'string' && text.startsWith(owed)) {
      before.push(text.slice(owed.length));
      return nothing;
    }
    waiting = [];
    if (typeof text === 'string' && plain) return together(...before, text);
    if (before.length > 0) await together(...before); // values, and what is read in parts, go a way of their own
    return send(text, values);
  };
  const query: Query = (text, values, ...more) => {
    if (waiting) return within(text, values);
    if (text !== 'begin') return send(text, values, ...more);
    waiting = [text];
    return Promise.resolve(nothing);
  };
  Object.assign(client, { query });
}
