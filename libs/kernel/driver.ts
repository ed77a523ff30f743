import { type Configuration, PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Pool, PoolClient, QueryResult } from 'pg';

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
      const hooked = { ...overrides, onPoolCreated: (pool: Pool) => pool.on('connect', beginLate) };
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

const nothing = (command: string): Pick<QueryResult, 'command' | 'rowCount' | 'rows'> => ({
  command,
  rowCount: 0,
  rows: [],
});

/**
 * `begin` goes out with the first statement, in one message: a round trip less for every transaction, and nothing can
 * come between the two. What fails to begin runs nothing. A transaction without a statement never reaches the server.
 */
export function beginLate(client: Pick<PoolClient, 'query'>): void {
  const send = client.query.bind(client) as Query;
  let owed = false;
  const first = async (text: unknown, values: unknown): Promise<unknown> => {
    if (text === 'commit' || text === 'rollback') return nothing(text.toUpperCase());
    if (typeof text === 'string' && (!Array.isArray(values) || values.length === 0)) {
      return ((await send(`begin; ${text}`)) as readonly unknown[]).at(-1);
    }
    await send('begin'); // values, and statements that are read in parts, go a way of their own
    return send(text, values);
  };
  const query: Query = (text, values, ...more) => {
    if (text === 'begin') {
      owed = true;
      return Promise.resolve(nothing('BEGIN'));
    }
    if (!owed) return send(text, values, ...more);
    owed = false;
    return first(text, values);
  };
  Object.assign(client, { query });
}
