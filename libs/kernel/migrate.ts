import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { grantServing, type Role } from './roles.js';

/** A migration of this release, by the name under which the database remembers it. */
export interface KnownMigration {
  readonly name: string;
}

/** Any number; only `migrate` takes this lock. */
const lock = 7_411_202_611;

/**
 * Runs what is missing, one process at a time, as the owner of the tables, and grants the serving role its rights on
 * what is there then. MikroORM takes no lock of its own, so ours is on a connection beside it.
 */
export async function migrate(
  url: string,
  options: Options,
  log: (line: string) => void,
  serving?: Role,
): Promise<void> {
  const guard = new Client({ connectionString: url });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [lock]);
    const orm = await MikroORM.init(options);
    try {
      const pending = await orm.migrator.getPending();
      for (const { name } of pending) {
        log(`migrate: ${name}`);
        await orm.migrator.up({ migrations: [name] });
      }
      log(pending.length === 0 ? 'migrate: nothing to do' : `migrate: ${pending.length} done`);
    } finally {
      await orm.close(true);
    }
    if (serving !== undefined) log(await grantServing(guard, serving));
  } finally {
    await guard.end();
  }
}

/** @throws Error unless the database has exactly the migrations that this release knows. */
export async function assertSchema(orm: MikroORM, known: readonly string[]): Promise<void> {
  const asked = orm.em.fork().execute<{ name: string }[]>('select name from migration order by name');
  const rows = await asked.catch((): { name: string }[] => []);
  const there = rows.map(({ name }) => name);
  if (there.join() === [...known].sort().join()) return;
  throw new Error(
    `the database is at ${there.at(-1) ?? 'nothing'}, this release needs ${known.at(-1)}: npm run migrate`,
  );
}
