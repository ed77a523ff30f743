import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';
import { ground } from '@test/support/ground.js';

let database: TestDatabase;
const clients: Client[] = [];
async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  clients.push(client);
  return client;
}
let owner: Client;
let serving: Client;
beforeAll(async () => {
  database = await cloneDatabase();
  [owner, serving] = [await connect(database.url), await connect(database.servingUrl)];
});
afterAll(async () => {
  for (const client of clients) await client.end();
  await database.drop();
});

const MASTER_KEY = Buffer.alloc(32, 3).toString('base64');
type Env = Readonly<Record<string, string>>;
interface Ended {
  readonly ready: boolean;
  readonly said: string;
}
/** Runs a built process until it ends by itself, or shows that it works; then it is ended. */
async function begin(file: string, env: Env): Promise<Ended> {
  const given = { ...ground, MASTER_KEY, PORT: '0', LOG_LEVEL: 'info', ...env };
  const running = execFile(process.execPath, [join(process.cwd(), 'dist/apps', file)], { env: given });
  let said = '';
  return new Promise((resolve) => {
    let ready = false;
    const hear = (chunk: string): void => {
      said += chunk;
      if (!/successfully started|Jobs run by/.test(said) || ready) return;
      ready = true;
      running.kill('SIGTERM');
    };
    running.stdout?.on('data', hear);
    running.stderr?.on('data', hear);
    running.once('exit', () => resolve({ ready, said }));
  });
}

describe('the role that serves', () => {
  it('has of every table what serving takes, and of what is append-only no more than adding', async () => {
    const { rows } = await serving.query<{ name: string; rights: string; guarded: boolean }>(`
      select c.relname as name, pg_has_role(c.relowner, 'member') as owns, (
        select string_agg(it, ' ' order by n) from unnest(array['select', 'insert', 'update', 'delete', 'truncate'])
          with ordinality as r (it, n) where has_table_privilege(c.oid, it)
      ) as rights, exists (
        select 1 from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        where t.tgrelid = c.oid and p.proname = 'append_only'
      ) as guarded
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`);
    const usual = 'select insert update delete';
    expect(rows.filter(({ guarded }) => guarded).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['audit', 'entry', 'finding', 'posting']),
    );
    for (const { name, guarded, ...rest } of rows) {
      const rights = guarded ? 'select insert' : name === 'migration' ? 'select' : usual;
      expect({ name, ...rest }).toEqual({ name, owns: false, rights });
    }
  });

  it.each(['update entry set mode = mode', 'delete from posting', 'truncate finding', 'truncate entry cascade'])(
    'is refused by the database: %s',
    async (sql) => {
      await expect(serving.query(sql)).rejects.toMatchObject({ code: '42501' });
    },
  );

  it.each([
    'alter table posting disable trigger all',
    'drop trigger entry_append_only on entry',
    'create or replace function append_only() returns trigger language plpgsql as $$ begin return new; end $$',
    'create or replace function clock_now() returns timestamptz language sql as $$ select now() $$',
    'set session_replication_role = replica',
    'create function mine() returns int language sql as $$ select 1 $$',
    'grant update on posting to current_user',
  ])('cannot take the guard away: %s', async (sql) => {
    const asked = serving.query(sql);
    if (sql.startsWith('grant')) await asked.catch(() => undefined);
    else await expect(asked).rejects.toMatchObject({ code: '42501' });
    await expect(serving.query('update posting set amount = 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('is not the only lock: the owner meets the triggers', async () => {
    await expect(owner.query('truncate posting')).rejects.toThrow('posting is append-only');
  });
});

describe('a process', () => {
  it.each(['api/main.js', 'worker/main.js'])('serves by that role alone: %s', async (file) => {
    const asOwner = await begin(file, { DATABASE_URL: database.url });
    expect(asOwner).toMatchObject({ ready: false, said: expect.stringMatching(/owns the table .*DATABASE_URL/s) });
    expect(await begin(file, { DATABASE_URL: database.servingUrl })).toMatchObject({ ready: true });
  });

  it('does not serve by a role that could change what is append-only, though it owns nothing', async () => {
    const { username } = new URL(database.servingUrl);
    await owner.query(`grant delete on audit to ${username}`);
    const { ready, said } = await begin('api/main.js', { DATABASE_URL: database.servingUrl });
    expect([ready, said]).toEqual([false, expect.stringContaining('may change the table audit')]);
  });
});

describe('npm run migrate', () => {
  const migrate = (env: Env): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [join(process.cwd(), 'dist/apps/tools/migrate.js')], {
      env: { ...ground, ...env },
    });

  it('sets the rights straight, and makes a role that is missing, as often as it is run', async () => {
    const { stdout } = await migrate({ DATABASE_URL: database.servingUrl, MIGRATION_DATABASE_URL: database.url });
    expect(stdout).toMatch(/serves; it may only add to audit, entry, finding, posting/);
    await expect(serving.query('delete from audit')).rejects.toMatchObject({ code: '42501' });
    const name = `role_${crypto.randomUUID().replaceAll('-', '')}`;
    const other = new URL(database.url);
    [other.username, other.password] = [name, `a'b\\c`];
    for (const _ of ['once', 'twice']) {
      await migrate({ DATABASE_URL: other.href, MIGRATION_DATABASE_URL: database.url });
      await (await connect(other.href)).query('select 1 from posting');
    }
    for (const client of clients.splice(2)) await client.end();
    await owner.query(`drop owned by ${name}; drop role ${name}`);
  });
});
