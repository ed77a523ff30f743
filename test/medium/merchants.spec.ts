import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EntityManager } from '@mikro-orm/postgresql';
import { Global, type INestApplicationContext, Module } from '@nestjs/common';
import { Caches } from '@libs/kernel/cache.js';
import { advanceClockTo, clockOffsetMs } from '@libs/kernel/clock.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { cents } from '@libs/money/cents.js';
import { AccessTokenSchema, ApiKeySchema } from '@libs/merchants/key.entity.js';
import { Keys } from '@libs/merchants/keys.service.js';
import { MerchantSchema } from '@libs/merchants/merchant.entity.js';
import { MerchantsModule } from '@libs/merchants/merchants.module.js';
import { Merchants } from '@libs/merchants/merchants.service.js';
import { startContext, until } from '@test/support/context.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

@Global()
@Module({ providers: [Caches], exports: [Caches] })
class CachesModule {}

let database: TestDatabase;
const started: INestApplicationContext[] = [];
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(async () => {
  for (const context of started) await context.close();
  await database.drop();
});

interface Side {
  readonly merchants: Merchants;
  readonly keys: Keys;
  readonly em: Em;
}
async function side(env: Readonly<Record<string, string>> = {}): Promise<Side> {
  const context = await startContext({
    databaseUrl: database.url,
    entities: [MerchantSchema, ApiKeySchema, AccessTokenSchema],
    env: { MASTER_KEY: one, ...env },
    imports: [CachesModule, MerchantsModule],
  });
  started.push(context);
  return { merchants: context.get(Merchants), keys: context.get(Keys), em: context.get(EntityManager) };
}
const merchantOf = ({ merchants, em }: Side, name: string): Promise<string> =>
  tx(em, async (inner) => (await merchants.create(inner, { name })).id);
const keyOf = ({ merchants, em }: Side, id: string): Promise<{ id: string; key: string | null }> =>
  tx(em, (inner) => merchants.createKey(inner, id, { name: 'loja', mode: 'live', scopes: ['read', 'charge'] }));

describe('merchants', () => {
  it('are made, listed newest first, and changed', async () => {
    const here = await side();
    const wish = { name: 'Aurora', document: '11222333000181', platformFeeBps: 100, limits: { perDay: cents(500) } };
    const made = await tx(here.em, (em) => here.merchants.create(em, wish));
    expect(made).toMatchObject({ ...wish, limits: { perDay: 500 }, createdAt: expect.stringMatching(/Z$/) });
    expect(await here.merchants.get(made.id)).toEqual(made);
    const later = await merchantOf(here, 'Boreal');
    const page = await here.merchants.list({ limit: 1 });
    expect([page.data.map(({ id }) => id), page.hasMore]).toEqual([[later], true]);
    const next = await here.merchants.list({ limit: 1, starting_after: later });
    expect(next.data.map(({ id }) => id)).toEqual([made.id]);
    const back = await here.merchants.list({ limit: 5, ending_before: made.id });
    expect([back.data.map(({ id }) => id), back.hasMore]).toEqual([[later], false]);
    const changed = await here.merchants.update(made.id, { name: 'Alba', limits: {} });
    expect(changed).toEqual({ ...made, name: 'Alba', limits: {} });
    expect(await here.merchants.get(made.id)).toEqual(changed);
  });

  it('that are not there are 404', async () => {
    const { merchants } = await side();
    const missing = expect.objectContaining({ status: 404, message: 'Lojista não encontrado.' });
    for (const id of ['x', '0190a000-0000-7000-8000-000000000000']) {
      await expect(merchants.get(id)).rejects.toEqual(missing);
      await expect(merchants.update(id, {})).rejects.toEqual(missing);
      await expect(merchants.listKeys(id, { limit: 1 })).rejects.toEqual(missing);
    }
  });
});

describe('keys', () => {
  it('open what they were made for, and are kept as a hash', async () => {
    const here = await side();
    const merchantId = await merchantOf(here, 'Cais');
    const { id, key } = await keyOf(here, merchantId);
    expect(key).toMatch(/^sk_live_[\w-]{43}$/);
    const caller = { kind: 'merchant', keyId: id, merchantId, mode: 'live', scopes: ['read', 'charge'] };
    expect(await here.keys.authenticate(key!)).toEqual(caller);
    for (const wrong of ['', `${key!}x`, key!.slice(0, -1), 'sk_live_', 'x'.repeat(300)]) {
      expect(await here.keys.authenticate(wrong)).toBeUndefined();
    }
    const rows = await here.em.fork().execute('select * from api_key');
    expect(JSON.stringify(rows)).not.toContain(key!.slice(15));
    const [listed] = (await here.merchants.listKeys(merchantId, { limit: 10 })).data;
    expect(listed).toMatchObject({ id, prefix: key!.slice(0, 12), mode: 'live' });
    expect(JSON.stringify(listed)).not.toContain(key!.slice(15));
  });

  it('of administrators belong to a person', async () => {
    const { keys } = await side();
    const secret = await keys.administrator('Ana');
    expect(secret).toMatch(/^ak_[\w-]{43}$/);
    expect(await keys.authenticate(secret)).toMatchObject({ kind: 'administrator', person: 'Ana' });
  });

  it('are exchanged for a token of an hour, which dies with its key', async () => {
    const here = await side();
    const { id, key } = await keyOf(here, await merchantOf(here, 'Duna'));
    const caller = await here.keys.authenticate(key!);
    const token = await here.keys.grant({ caller, id: 'r' });
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 3600, requestId: 'r' });
    expect(token.data.access_token).toBe(token.access_token);
    expect(await here.keys.authenticate(token.access_token)).toEqual(caller);
    await expect(here.keys.grant({ id: 'r' })).rejects.toMatchObject({ status: 401 });
    advanceClockTo(clockOffsetMs() + 3_600_001);
    expect(await here.keys.authenticate(token.access_token)).toBeUndefined();
    expect(await here.keys.authenticate(key!)).toMatchObject({ keyId: id });
  });

  it('that are deleted open nothing, here at once and in another process soon', async () => {
    const [here, there] = [await side(), await side()];
    const merchantId = await merchantOf(here, 'Enseada');
    const { id, key } = await keyOf(here, merchantId);
    const { access_token: token } = await here.keys.grant({ caller: await here.keys.authenticate(key!), id: 'r' });
    for (const { keys } of [here, there]) {
      expect(await keys.authenticate(key!)).toBeDefined();
    }
    const other = await merchantOf(here, 'Foz');
    await expect(here.merchants.removeKey(other, id)).rejects.toMatchObject({ status: 404 });
    await here.merchants.removeKey(merchantId, id);
    for (const secret of [key!, token]) expect(await here.keys.authenticate(secret)).toBeUndefined();
    await until(async () => (await there.keys.authenticate(key!)) === undefined, 2_000);
    await expect(here.merchants.removeKey(merchantId, id)).rejects.toMatchObject({ status: 404 });
    expect((await here.merchants.listKeys(merchantId, { limit: 10 })).data).toEqual([]);
  });

  it('outlive a rotation of MASTER_KEY once they were used under it', async () => {
    const before = await side();
    const { id, key } = await keyOf(before, await merchantOf(before, 'Gávea'));
    const unused = await keyOf(before, await merchantOf(before, 'Horta'));
    const during = await side({ MASTER_KEY: `2:${two},1:${one}` });
    expect(await during.keys.authenticate(key!)).toMatchObject({ keyId: id });
    const after = await side({ MASTER_KEY: `2:${two}` });
    expect(await after.keys.authenticate(key!)).toMatchObject({ keyId: id });
    expect(await after.keys.authenticate(unused.key!)).toBeUndefined();
  });

  it('that everybody knows open something only where the start says so', async () => {
    const local = await side({ MERCHANT_KEY: 'sk_test_local', ADMIN_KEY: 'ak_local' });
    const make = (): Promise<string> =>
      tx(local.em, (em) => local.merchants.ensureLocal(em, 'sk_test_local', 'ak_local'));
    const merchantId = await make();
    expect(await make()).toBe(merchantId);
    expect(await local.keys.authenticate('sk_test_local')).toMatchObject({ merchantId, mode: 'test', scopes: ['*'] });
    expect(await local.keys.authenticate('ak_local')).toMatchObject({ kind: 'administrator' });
    const elsewhere = await side();
    for (const secret of ['sk_test_local', 'ak_local']) {
      expect(await elsewhere.keys.authenticate(secret)).toBeUndefined();
    }
  });
});
