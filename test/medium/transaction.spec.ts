import { MikroORM, PostgreSqlConnection } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ormOptions } from '@libs/database.js';
import { type Em, constraintOf, later, tx } from '@libs/kernel/transaction.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

let database: TestDatabase;
let orm: MikroORM;
const sent: string[] = [];

beforeAll(async () => {
  database = await cloneDatabase();
  orm = await MikroORM.init(ormOptions(database.url, 1));
  await orm.em.execute('create table note (id int primary key, text text not null check (length(text) < 9))');
  const connection = orm.em.getConnection();
  if (!(connection instanceof PostgreSqlConnection)) throw new Error('not the connection of PostgreSQL');
  const pool = await connection.getNativeClient();
  // Below what joins them: the wire of the one connection of this pool.
  const client = await pool.connect();
  const wire = (client as unknown as { connection: { query: (text: string) => void } }).connection;
  const query = wire.query.bind(wire);
  wire.query = (text) => {
    sent.push(text);
    query(text);
  };
  client.release();
});
afterAll(async () => {
  await orm.close(true);
  await database.drop();
});
beforeEach(async () => {
  await orm.em.execute('delete from note');
  sent.length = 0;
});

const write = (em: Em, id: number, text = 'a'): Promise<void> =>
  later(em, 'insert into note (id, text) values (?, ?)', [id, text]);
const notes = async (em: Em = orm.em.fork()): Promise<number[]> =>
  (await em.execute<{ id: number }[]>('select id from note order by id')).map(({ id }) => id);
const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the messages of a transaction', () => {
  it('are one where no answer is needed', async () => {
    await tx(orm.em, async (em) => {
      await write(em, 1);
      await write(em, 2);
    });
    expect(sent).toEqual([expect.stringMatching(/^begin;\n.*values \(1,.*;\n.*values \(2,.*;\ncommit$/s)]);
    expect(await notes()).toEqual([1, 2]);
  });

  it('are sent up to what is read, which sees all that was written before', async () => {
    const seen = await tx(orm.em, async (em) => {
      await write(em, 1);
      const first = await notes(em);
      await write(em, 2);
      return [first, await notes(em)];
    });
    expect(seen).toEqual([[1], [1, 2]]);
    expect(sent).toHaveLength(3);
  });

  it('are none where nothing was asked', async () => {
    await tx(orm.em, () => Promise.resolve());
    await caught(tx(orm.em, () => Promise.reject(new Error('given up'))));
    await caught(tx(orm.em, (em) => write(em, 1).then(() => Promise.reject(new Error('given up')))));
    expect(sent).toEqual([]);
    expect(await notes()).toEqual([]);
  });

  it('go at once outside of any', async () => {
    await write(orm.em.fork(), 1);
    expect(await notes()).toEqual([1]);
  });
});

describe('a write that is refused', () => {
  it('is thrown by the commit that it was sent with, and nothing of the transaction stays', async () => {
    const error = await caught(
      tx(orm.em, async (em) => {
        await write(em, 1);
        await write(em, 1);
        await write(em, 2);
      }),
    );
    expect(constraintOf(error)).toBe('note_pkey');
    expect(await notes()).toEqual([]);
  });

  it('is thrown by the statement that it was sent with, which does not run', async () => {
    const error = await caught(
      tx(orm.em, async (em) => {
        await write(em, 1, 'much too long');
        await em.execute(`insert into note (id, text) values (2, 'b') returning id`);
      }),
    );
    expect(constraintOf(error)).toBe('note_text_check');
    expect(await notes()).toEqual([]);
  });

  it('is no commit, not even where the error was swallowed', async () => {
    const swallowing = tx(orm.em, async (em) => {
      await write(em, 1);
      await caught(em.execute('select 1 / 0'));
      await write(em, 2);
    });
    await expect(swallowing).rejects.toThrow();
    const silent = tx(orm.em, async (em) => {
      await write(em, 3);
      await caught(em.execute('select 1 / 0'));
    });
    await expect(silent).rejects.toThrow('given the transaction up');
    expect(await notes()).toEqual([]);
  });
});

describe('what waits when a transaction is given up', () => {
  it('is never sent, and the connection is as good as new', async () => {
    await caught(
      tx(orm.em, async (em) => {
        await write(em, 1);
        await notes(em);
        await write(em, 2);
        throw new Error('given up');
      }),
    );
    expect(sent.at(-1)).toBe('rollback');
    expect(sent.join()).not.toContain('values (2');
    expect(await notes()).toEqual([]);
    await tx(orm.em, (em) => write(em, 3));
    expect(await notes()).toEqual([3]);
  });
});
