import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import type { Em } from './transaction.js';

/** Who serves: a role of the database that owns nothing in it. */
export interface Role {
  readonly name: string;
  readonly password: string;
}

/** Tables that the database itself keeps from changing: those whose trigger calls `append_only`. */
const appendOnly = `
  select c.oid from pg_class c where exists (
    select 1 from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = c.oid and p.proname = 'append_only'
  )`;
const ours = `
  select c.oid, c.oid::regclass::text as name, c.relowner from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`;

/** The role that a second address of the database names; undefined when it is the owner's own, or there is none. */
export function servingRole(url: string | undefined, ownerUrl: string): Role | undefined {
  if (!url) return undefined;
  const [{ username, password }, owner] = [new URL(url), new URL(ownerUrl)];
  if (username === '' || username === owner.username) return undefined;
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

const alreadyThere = new Set(['42710', '23505']); // also when another database of the server makes it at this moment

async function ensureRole(owner: Client, { name, password }: Role): Promise<void> {
  const found = await owner.query('select 1 from pg_roles where rolname = $1', [name]);
  if (found.rowCount !== 0) return;
  try {
    await owner.query(`create role ${escapeIdentifier(name)} login password ${escapeLiteral(password)}`);
  } catch (error) {
    if (error instanceof DatabaseError && alreadyThere.has(error.code ?? '')) return;
    const why = error instanceof DatabaseError ? error.message : String(error);
    throw new Error(`the role ${name} of DATABASE_URL is missing and cannot be made (${why}): make it by hand`, {
      cause: error,
    });
  }
}

/**
 * Gives the serving role what it needs of every table that exists: everything but what would change the past of an
 * append-only one. Makes the role where it is missing. To be called as the owner; repeating it changes nothing.
 */
export async function grantServing(owner: Client, role: Role): Promise<string> {
  await ensureRole(owner, role);
  const name = escapeIdentifier(role.name);
  const { rows } = await owner.query<{ name: string }>(
    `select it.name from (${ours}) it where it.oid in (${appendOnly}) order by 1`,
  );
  await owner.query('begin');
  await owner.query(`
    grant usage on schema public to ${name};
    grant select, insert, update, delete on all tables in schema public to ${name};
    grant usage on all sequences in schema public to ${name};
    revoke insert, update, delete on migration from ${name}`);
  for (const table of rows) {
    await owner.query(`revoke update, delete, truncate, references, trigger on ${table.name} from ${name}`);
  }
  await owner.query('commit');
  return `migrate: ${role.name} serves; it may only add to ${rows.map((it) => it.name).join(', ')}`;
}

/**
 * @throws Error when the role of this connection could rewrite what is append-only: as the owner, who can take the
 * triggers away, or by a right that it has.
 */
export async function assertServing(em: Em): Promise<void> {
  const [bad] = await em.fork().execute<{ role: string; name: string; owns: boolean }[]>(
    `select current_user as role, it.name, pg_has_role(current_user, it.relowner, 'member') as owns
     from (${ours}) it
     where pg_has_role(current_user, it.relowner, 'member')
        or (it.oid in (${appendOnly}) and has_table_privilege(it.oid, 'update, delete, truncate'))
     order by 2 limit 1`,
  );
  if (bad === undefined) return;
  throw new Error(
    `the role ${bad.role} ${bad.owns ? 'owns' : 'may change'} the table ${bad.name}: who serves may not. ` +
      'DATABASE_URL must name another role than MIGRATION_DATABASE_URL, which npm run migrate gives its rights',
  );
}
