import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { servingRole, type Role } from '@libs/kernel/roles.js';

/** One database by its two addresses. */
export interface Roles {
  /** Of the owner of the tables: for migrations, and for the clock, which is a function that the owner replaces. */
  readonly ownerUrl: string;
  /** Of the role that serves. The owner's own, where somebody has given us one database address and no other. */
  readonly url: string;
  readonly serving?: Role;
}

const embeddedName = 'trilho_serving';

export async function asOwner(ownerUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The roles of a database that was given to the start. */
export function givenRoles(url: string, migrationUrl: string | undefined): Roles {
  const ownerUrl = migrationUrl || url;
  return { ownerUrl, url, serving: servingRole(url, ownerUrl) };
}

/** The roles of a server of our own, whose superuser is the owner. The password of the other lasts for this start. */
export async function embeddedRoles(ownerUrl: string): Promise<Roles> {
  const [name, password] = [embeddedName, randomBytes(24).toString('base64url')];
  const role = escapeIdentifier(name);
  await asOwner(
    ownerUrl,
    `do $$ begin
       if not exists (select 1 from pg_roles where rolname = ${escapeLiteral(name)}) then create role ${role}; end if;
     end $$;
     alter role ${role} login password ${escapeLiteral(password)}`,
  );
  const url = new URL(ownerUrl);
  [url.username, url.password] = [name, password];
  return { ownerUrl, url: url.href, serving: { name, password } };
}
