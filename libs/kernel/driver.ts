import { type Configuration, PostgreSqlDriver } from '@mikro-orm/postgresql';

type Dialect = ReturnType<PostgreSqlDriver['connection']['createKyselyDialect']>;
type Driver = ReturnType<Dialect['createDriver']>;

/**
 * The query builder below the ORM keeps the connection of a transaction whose `begin` or `rollback` fails, as both do
 * when the database goes away (kysely-org/kysely#1990): after a few restarts of the database a process would have none
 * left, and its end would wait for them for ever. Here they are given back; the pool throws the dead ones away.
 */
export class ReturningDriver extends PostgreSqlDriver {
  constructor(config: Configuration) {
    super(config);
    const { connection } = this;
    const create = connection.createKyselyDialect.bind(connection);
    connection.createKyselyDialect = (overrides) => {
      const dialect = create(overrides);
      const createDriver = dialect.createDriver.bind(dialect);
      return Object.assign(dialect, { createDriver: () => returning(createDriver()) });
    };
  }
}

function returning(driver: Driver): Driver {
  const begin = driver.beginTransaction.bind(driver);
  const rollback = driver.rollbackTransaction.bind(driver);
  const returned: Pick<Driver, 'beginTransaction' | 'rollbackTransaction'> = {
    beginTransaction: async (connection, settings) => {
      try {
        await begin(connection, settings);
      } catch (error) {
        await driver.releaseConnection(connection);
        throw error;
      }
    },
    // A server that lives rolls back always, and one that died has done it.
    rollbackTransaction: (connection) => rollback(connection).catch(() => undefined),
  };
  return Object.assign(driver, returned);
}
