import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EntityManager } from '@mikro-orm/postgresql';
import type { INestApplicationContext } from '@nestjs/common';
import { uuid } from '@libs/kernel/ids.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { RequestSchema } from '@libs/requests/request.entity.js';
import { Requests } from '@libs/requests/requests.service.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { Wish } from '@libs/requests/wish.js';
import { startContext } from '@test/support/context.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

let database: TestDatabase;
let context: INestApplicationContext;
let requests: Requests;
let em: Em;
beforeAll(async () => {
  database = await cloneDatabase();
  context = await startContext({ databaseUrl: database.url, entities: [RequestSchema], imports: [RequestsModule] });
  requests = context.get(Requests);
  em = context.get(EntityManager);
});
afterAll(async () => {
  await context.close();
  await database.drop();
});

interface Differences {
  readonly scope?: string;
  readonly route?: string;
  readonly body?: unknown;
}
const wish = (key: string | undefined, { scope, route, body }: Differences = {}): Wish =>
  new Wish(scope ?? 'merchant:m:test', key, route ?? 'POST /pix', '', body ?? { amount: 1 });
const claim = (of: Wish, resource: string): Promise<string | undefined> =>
  tx(em, (inner) => requests.claim(inner, of, resource));
const repeat = (of: Wish): Promise<string | undefined> => requests.repeat(em.fork(), of);

describe('an Idempotency-Key', () => {
  it('is one wish on one route of one caller', async () => {
    const id = uuid();
    expect(await repeat(wish('a'))).toBeUndefined();
    expect(await claim(wish('a'), id)).toBeUndefined();
    expect([await repeat(wish('a')), await claim(wish('a'), uuid())]).toEqual([id, id]);
    const conflict = expect.objectContaining({ status: 409, code: 'idempotency_conflict' });
    for (const other of [{ body: { amount: 2 } }, { route: 'POST /webhooks' }]) {
      await expect(repeat(wish('a', other))).rejects.toEqual(conflict);
      await expect(claim(wish('a', other), uuid())).rejects.toEqual(conflict);
    }
    expect(await repeat(wish('a', { scope: 'merchant:m:live' }))).toBeUndefined();
  });

  it('remembers nothing where there is none', async () => {
    expect(await claim(wish(undefined), uuid())).toBeUndefined();
    expect(await repeat(wish(undefined))).toBeUndefined();
  });

  it('is free again when the transaction that took it fails', async () => {
    const failing = tx(em, async (inner) => {
      await requests.claim(inner, wish('b'), uuid());
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(await repeat(wish('b'))).toBeUndefined();
  });

  it('makes a twin wait for the first, and follow it', async () => {
    const [first, order] = [uuid(), [] as string[]];
    let enter = (): void => undefined;
    const inside = new Promise<void>((resolve) => (enter = resolve));
    const slow = tx(em, async (inner) => {
      await requests.claim(inner, wish('c'), first);
      enter();
      await new Promise((resolve) => setTimeout(resolve, 150));
      order.push('first');
    });
    await inside;
    const twin = claim(wish('c'), uuid()).then((found) => {
      order.push('twin');
      return found;
    });
    expect(await twin).toBe(first);
    await slow;
    expect(order).toEqual(['first', 'twin']);
  });

  it('is pointed to a new resource once, however many try after a 503', async () => {
    const failed = uuid();
    await claim(wish('d'), failed);
    const tries = Array.from({ length: 5 }, () => uuid());
    const found = await Promise.all(
      tries.map((id) => tx(em, (inner) => requests.repoint(inner, wish('d'), failed, id))),
    );
    const ours = tries.filter((_, i) => found[i] === undefined);
    expect(ours).toHaveLength(1);
    expect(found.filter((it) => it !== undefined)).toEqual(Array(4).fill(ours[0]));
    expect(await repeat(wish('d'))).toBe(ours[0]);
  });

  it('lives for thirty days', async () => {
    await claim(wish('old'), uuid());
    await claim(wish('young'), uuid());
    const age = `update request set created_at = clock_now() - ? * interval '1 day' where key = ?`;
    await em.fork().execute(age, [32, 'old']);
    await em.fork().execute(age, [30, 'young']);
    await requests.clean();
    expect(await repeat(wish('old'))).toBeUndefined();
    expect(await repeat(wish('young'))).toBeDefined();
  });
});

describe('a plain resource', () => {
  it('is made once by fifty twins, and shows its secret to one of them', async () => {
    let made = 0;
    const make = async (inner: Em): Promise<{ id: string; body: string }> => {
      const id = uuid();
      await inner.execute('insert into merchant (id, name) values (?, ?)', [id, 'gêmeo']);
      made += 1;
      return { id, body: `secret of ${id}` };
    };
    const again = (_: Em, id: string): Promise<string> => Promise.resolve(`no secret of ${id}`);
    const replies = await Promise.all(Array.from({ length: 50 }, () => requests.once(wish('e'), make, again)));
    expect(replies.every(({ status }) => status === 201)).toBe(true);
    const [first, ...others] = replies.filter(({ replayed }) => !replayed);
    expect(others).toEqual([]);
    const id = first!.body.replace('secret of ', '');
    expect(replies.filter(({ replayed }) => replayed).every(({ body }) => body === `no secret of ${id}`)).toBe(true);
    const rows = await em.fork().execute<unknown[]>(`select id from merchant where name = 'gêmeo'`);
    expect([rows.length, made >= 1]).toEqual([1, true]);
  });
});
