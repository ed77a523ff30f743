import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MikroORM } from '@mikro-orm/postgresql';
import { loadConfig } from '@libs/kernel/config.js';
import { SealedSchema } from '@libs/vault/vault.entity.js';
import { Vault } from '@libs/vault/vault.service.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

let database: TestDatabase;
let orm: MikroORM;
beforeAll(async () => {
  database = await cloneDatabase();
  orm = await MikroORM.init({ clientUrl: database.url, entities: [SealedSchema] });
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});
const vaultOf = (MASTER_KEY: string): Vault => new Vault(loadConfig({ DATABASE_URL: database.url, MASTER_KEY }));

describe('the vault', () => {
  it('gives back what it sealed, for the purpose it was sealed for', async () => {
    const [em, vault] = [orm.em.fork(), vaultOf(one)];
    const bytes = randomBytes(5_000);
    const id = await vault.seal(em, 'credential', bytes);
    expect(await vault.open(orm.em.fork(), id, 'credential')).toEqual(bytes);
    await expect(vault.open(em, id, 'card')).rejects.toThrow('the vault has no card');
    await vault.remove(em, id);
    await expect(vault.open(em, id, 'credential')).rejects.toThrow('the vault has no credential');
  });

  it('keeps nothing in clear', async () => {
    const em = orm.em.fork();
    const id = await vaultOf(one).seal(em, 'credential', 'canary-4111');
    const [row] = await em.execute<[Record<string, unknown>]>('select * from vault where id = ?', [id]);
    expect(JSON.stringify(row)).not.toContain('canary');
    const [found] = await em.execute<unknown[]>(`select 1 from vault where position('canary'::bytea in body) > 0`);
    expect(found).toBeUndefined();
  });

  it('refuses a row that was changed, or whose secret was put into another', async () => {
    const [em, vault] = [orm.em.fork(), vaultOf(one)];
    const [a, b] = [await vault.seal(em, 'credential', 'a'), await vault.seal(em, 'credential', 'b')];
    await em.execute(
      `update vault set body = other.body, data_key = other.data_key
       from vault other where vault.id = ? and other.id = ?`,
      [a, b],
    );
    await expect(vault.open(em, a, 'credential')).rejects.toThrow();
    expect((await vault.open(em, b, 'credential')).toString()).toBe('b');
  });

  it('opens what an older version of the key sealed, as long as that version is named', async () => {
    const em = orm.em.fork();
    const id = await vaultOf(one).seal(em, 'credential', 'old');
    expect((await vaultOf(`2:${two},1:${one}`).open(em, id, 'credential')).toString()).toBe('old');
    await expect(vaultOf(`2:${two}`).open(em, id, 'credential')).rejects.toThrow('version 1 of MASTER_KEY');
  });
});
