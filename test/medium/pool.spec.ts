import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MikroORM, PostgreSqlConnection } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { ormOptions } from '@libs/database.js';
import { tx } from '@libs/kernel/transaction.js';
import { until } from '@test/support/context.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

let database: TestDatabase;
let other: Client;
beforeAll(async () => {
  database = await cloneDatabase();
  other = new Client({ connectionString: database.url });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await database.drop();
});

describe('a connection that the database ends', () => {
  it('is no loss to the pool, whatever its holder was doing', async () => {
    const orm = await MikroORM.init(ormOptions(database.url, 2));
    const cut = (pid: number): Promise<unknown> => other.query('select pg_terminate_backend($1)', [pid]);
    const inTransaction = (more: string): Promise<void> =>
      tx(orm.em, async (em) => {
        const [row] = await em.execute<{ pid: number }[]>('select pg_backend_pid() as pid');
        await cut(row!.pid);
        if (more !== '') await em.execute(more);
      });
    const asking = async (): Promise<void> => {
      const cutOnce = until(async () => {
        const sql = `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and query like 'select pg_sleep%' and state = 'active'`;
        return (await other.query(sql)).rowCount !== 0;
      });
      await Promise.all([cutOnce, orm.em.fork().execute('select pg_sleep(20)')]);
    };
    for (const work of [() => inTransaction('select 1'), () => inTransaction(''), asking, asking]) {
      await expect(work()).rejects.toThrow();
    }
    const connection = orm.em.getConnection();
    if (!(connection instanceof PostgreSqlConnection)) throw new Error('not the connection of PostgreSQL');
    const pool = await connection.getNativeClient();
    await until(() => pool.totalCount === pool.idleCount);
    expect(await Promise.all([1, 2, 3].map((n) => orm.em.fork().execute('select ?::int as n', [n])))).toHaveLength(3);
    await orm.close();
  });
});
