import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, client, eventually } from '@test/support/app.js';
import { as, type Charge, type Effect, fresh } from '@test/support/scene.js';
import { fates } from './crowd.js';
import type { Installation } from './installation.js';
import { refused, Story } from './story.js';
import type { Till } from './till.js';

vi.setConfig({ testTimeout: 240_000 });

let story: Story;
let all: Installation;
let till: Till;
let well = true;

beforeAll(async () => {
  story = await Story.open();
  ({ all } = story);
});
afterAll(() => story.close(well));

/** One step of the story: each stands on those before it, and the first that fails says what the processes said. */
const proves = (name: string, work: () => Promise<void>): void =>
  it(name, async () => {
    if (!well) throw new Error('a step before this one has failed');
    well = false;
    await work();
    well = true;
  });
const sellsAll = { fates: ['canceled', 'left', 'paid', 'refunded'], failures: [] };

describe('an installation', () => {
  proves('serves no database that was not migrated', async () => {
    const [api] = all.apis;
    api.begin();
    expect(await api.ended()).toBe(1);
    expect(api.lastWords).toContain('npm run migrate');
  });

  proves('is migrated by the owner of the tables, once', async () => {
    const both = await Promise.all([all.npm('migrate'), all.npm('migrate')]);
    expect(both.filter((it) => it.includes('nothing to do'))).toHaveLength(1);
    const owners = await story.books.rows(
      `select distinct tableowner as owner from pg_tables where schemaname = 'public' union select 'trilho_owner'`,
    );
    expect(owners).toEqual([{ owner: 'trilho_owner' }]);
  });

  proves('is not served by the owner, who could rewrite the past', async () => {
    const [api] = all.apis;
    api.begin({ DATABASE_URL: all.postgres.ownerUrl });
    expect(await api.ended()).toBe(1);
    expect(api.lastWords).toContain('the role trilho_owner owns');
  });

  proves('starts: a sandbox, two APIs, two workers', async () => {
    await all.redis.start();
    await all.sandbox.start();
    await Promise.all([...all.apis, ...all.workers].map((it) => it.start()));
    expect(await all.apis[0].health()).toEqual({ status: 200, checks: { database: 'up' } });
    expect(await all.workers[0].health()).toEqual({ status: 200, checks: { jobs: 'up', redis: 'up' } });
    story.say('one sandbox, two APIs and two workers are ready');
  });

  proves('knows none of the keys that everybody knows, and opens with one that was made for a person', async () => {
    for (const key of ['ak_local', 'sk_test_local'])
      expect((await client(() => all.urls[0], key)('GET', '/admin/merchants')).status).toBe(401);
    story.admin = await all.npm('admin:key', '--person', 'Maria Silva');
    expect(story.admin).toMatch(/^ak_[\w-]+$/);
    expect((await story.operate(1, 'GET', '/admin/merchants')).status).toBe(200);
  });

  proves('gets its merchant, a key and a lane over the API', async () => {
    const made = await story.operate(0, 'POST', '/admin/merchants', { name: 'Loja' });
    expect(made.status).toBe(201);
    story.merchant = as<{ id: string }>(made.body).id;
    const keyed = await story.operate(1, 'POST', `/admin/merchants/${story.merchant}/keys`, {
      name: 'caixa',
      scopes: ['*'],
    });
    expect(keyed.status).toBe(201);
    const lanes = await story.operate(0, 'PUT', `/admin/merchants/${story.merchant}/lanes`, [all.lane()]);
    expect([lanes.status, lanes.text]).toEqual([200, expect.stringContaining(all.balancer.url)]);
    story.takeKey(as<{ key: string }>(keyed.body).key);
    ({ till } = story);
    story.secret = await till.insist('POST', '/webhooks', (it) => as<{ secret: string }>(it).secret, {
      body: { url: `${story.shop.url}/loja` },
    });
    await eventually(async () => (await till.sim('GET', '/_sim/requests?operation=webhook')).text.includes('201'));
    story.say('a merchant with a key, a lane and a webhook; the provider knows where to call');
  });

  proves('has a clock that nobody moves', async () => {
    expect((await till.sim('POST', '/_sim/clock', { advanceSeconds: 1 })).status).toBe(409);
  });
});

describe('two APIs and two workers', () => {
  let charge: Charge;
  const status = (answer: Answer | undefined): unknown => [answer?.status, answer?.headers.get('idempotent-replayed')];

  proves('make one charge of one wish, wherever it is repeated', async () => {
    const [key, body] = [fresh('key'), { amount: 1000, customCode: fresh('order') }];
    const twins = await Promise.all(([0, 1, 0, 1] as const).map((at) => till.ask(at, 'POST', '/pix', body, key)));
    expect(twins.map((it) => it?.status)).toEqual([201, 201, 201, 201]);
    expect(twins.filter((it) => it?.headers.get('idempotent-replayed') === 'true')).toHaveLength(3);
    charge = as<Charge>(twins[0]!.body);
    expect(new Set(twins.map((it) => as<Charge>(it!.body).id)).size).toBe(1);
    const other = await till.ask(1, 'POST', '/pix', { ...body, amount: 1001 }, key);
    expect([other?.status, other?.body['code']]).toEqual([409, 'idempotency_conflict']);
    till.odd.pop();
  });

  proves('see it paid, and tell the merchant', async () => {
    charge = await till.paid(charge);
    expect(charge).toMatchObject({ amountPaid: 1000, fees: { price: 10, net: 990 } });
    const event = await eventually(async () => story.told().find((it) => it.type === 'pix'));
    expect(event).toMatchObject({ sequence: 1, data: { pix: { id: charge.id, status: 'paid' } } });
  });

  proves('give a part back once, wherever it is repeated', async () => {
    const key = fresh('key');
    const ask = (at: 0 | 1): Promise<Answer | undefined> =>
      till.ask(at, 'POST', `/pix/${charge.id}/refund`, { amount: 300 }, key);
    expect([status(await ask(1)), status(await ask(0))]).toEqual([
      [200, null],
      [200, 'true'],
    ]);
    charge = await till.until(charge.id, (it) => it.status === 'refunded' && it.pendingOperation === null);
    expect(charge).toMatchObject({ refundedAmount: 300, amountRefundable: 700 });
    expect(status(await ask(1))).toEqual([200, 'true']);
  });

  proves('cancel what is not paid', async () => {
    const { id } = await till.canceled(await till.create(1200));
    const again = await till.ask(0, 'POST', `/pix/${id}/cancel`, {});
    expect([again?.status, again?.body['code']]).toEqual([409, 'invalid_state']);
    till.odd.pop();
  });

  proves('find out what became of a call whose answer was lost', async () => {
    const fault = { provider: 'gerencianet', operation: 'pix.create', kind: 'timeout_after', times: 1 };
    expect((await till.sim('PUT', '/_sim/faults', fault)).status).toBe(200);
    const [key, body] = [fresh('key'), { amount: 2500, customCode: fresh('lost') }];
    expect(status(await till.ask(0, 'POST', '/pix', body, key))).toEqual([202, null]);
    const found = await till.wish('/pix', body, key, (it) => it.status === 'pending');
    expect(await till.paid(found)).toMatchObject({ amountPaid: 2500 });
  });

  proves('say the same of the money', async () => {
    const seen = await Promise.all(([0, 1] as const).map((at) => till.ask(at, 'GET', '/balance')));
    const data = seen.map((it) => as<{ data: { available: number }[] }>(it!.body).data[0]!.available);
    expect(data).toEqual([693 + 2475, 693 + 2475]);
  });

  proves('forget a deleted key within five seconds', async () => {
    const keys = `/admin/merchants/${story.merchant}/keys`;
    const made = await story.operate(0, 'POST', keys, { name: 'lost', scopes: ['read'] });
    const { id, key } = as<{ id: string; key: string }>(made.body);
    const opens = (at: 0 | 1): Promise<Answer> => client(() => all.urls[at], key)('GET', '/balance');
    expect([(await opens(0)).status, (await opens(1)).status]).toEqual([200, 200]);
    expect((await story.operate(0, 'DELETE', `${keys}/${id}`)).status).toBe(204);
    await eventually(async () => (await opens(0)).status === 401 && (await opens(1)).status === 401, 5_000);
    story.say('flows, replays across the APIs, an answer lost, a key deleted');
  });
});

describe('with customers who go on buying', () => {
  beforeAll(() => {
    if (well) story.crowd.begin(4);
  });

  proves('Redis forgets everything: nobody notices', async () => {
    const counts = await story.meanwhile('Redis flushed', async () => {
      for (let i = 0; i < 5; i += 1) {
        expect(await all.redis.ask('FLUSHALL')).toContain('OK');
        await sleep(300);
      }
      expect(await story.sells()).toEqual(sellsAll);
    });
    expect(refused(counts)).toEqual([]);
  });

  proves('Redis is killed and comes back: jobs wait, and are done', async () => {
    const counts = await story.meanwhile('Redis killed for 4 s', async () => {
      await all.redis.kill();
      await eventually(async () => (await all.workers[0].health()).checks['redis'] === 'down', 60_000);
      expect(await all.workers[0].health()).toEqual({ status: 200, checks: { jobs: 'up', redis: 'down' } });
      await sleep(3_500);
      await all.redis.start();
      expect(await story.sells()).toEqual(sellsAll);
    });
    expect(refused(counts)).toEqual([]);
  });

  proves('Redis does not answer for a while: the APIs serve on', async () => {
    const counts = await story.meanwhile('Redis partitioned for 5 s', async () => {
      await all.redis.pause(5_000);
      await sleep(5_000);
      expect(await story.sells()).toEqual(sellsAll);
    });
    expect(refused(counts)).toEqual([]);
  });

  proves('an API is killed in the middle of its calls: the other one serves, and answers for it', async () => {
    const counts = await story.meanwhile('api 1 killed', async () => {
      const slow = { provider: 'gerencianet', operation: 'pix.create', kind: 'slow', times: 8, delayMs: 600 };
      expect((await till.sim('PUT', '/_sim/faults', slow)).status).toBe(200);
      const wishes = Array.from({ length: 8 }, () => ({ key: fresh('key'), customCode: fresh('cut') }));
      const cut = wishes.map(({ key, customCode }) => till.ask(0, 'POST', '/pix', { amount: 4200, customCode }, key));
      await sleep(300);
      await all.apis[0].end('SIGKILL');
      expect(await Promise.all(cut)).toContain(undefined);
      const made = await Promise.all(wishes.map(({ key, customCode }) => till.create(4200, customCode, key)));
      expect(new Set(made.map(({ id }) => id)).size).toBe(8);
      const paid = await Promise.all(made.map((it) => till.paid(it)));
      expect(paid.map(({ amountPaid }) => amountPaid)).toEqual(wishes.map(() => 4200));
      await all.apis[0].start();
      expect(await story.sells()).toEqual(sellsAll);
    });
    expect(refused(counts)).toEqual(['cut']);
  });

  proves('a worker is killed: the other one does its jobs', async () => {
    const counts = await story.meanwhile('worker 1 killed', async () => {
      await all.workers[0].end('SIGKILL');
      expect(await story.sells()).toEqual(sellsAll);
      await all.workers[0].start();
    });
    expect(refused(counts)).toEqual([]);
  });

  proves('PostgreSQL is restarted: 503 meanwhile, and then everything goes on by itself', async () => {
    const counts = await story.meanwhile('PostgreSQL stopped for 3 s', async () => {
      await all.postgres.stop();
      const answers = await Promise.all(([0, 1] as const).map((at) => till.ask(at, 'POST', '/pix', { amount: 1000 })));
      expect(answers.map((it) => it?.status)).toEqual([503, 503]);
      await eventually(async () => {
        const health = await Promise.all([...all.apis, ...all.workers].map((it) => it.health()));
        return health.every((it) => it.status === 503);
      }, 60_000);
      await sleep(1_500);
      await all.postgres.start();
      await Promise.all([...all.apis, ...all.workers].map((it) => it.ready()));
      expect(await story.sells()).toEqual(sellsAll);
    });
    expect(counts.has('cut')).toBe(false);
    expect(all.members.filter((it) => !it.alive).map((it) => it.name)).toEqual([]);
  });

  proves(
    'every purchase comes to its end, and no merchant gets an answer that the contract does not know',
    async () => {
      await story.crowd.end();
      const ends = story.crowd.purchases.map(({ fate }) => fate);
      story.say(fates.map((it) => `${ends.filter((end) => end === it).length} ${it}`).join(', '));
      expect(story.crowd.failures).toEqual([]);
      expect(till.odd).toEqual([]);
      expect(story.crowd.purchases.length).toBeGreaterThan(40);
    },
  );
});

describe('at the end', () => {
  proves('nothing is undecided, undone or untold', async () => {
    await story.books.quiet();
    const parked = await story.operate(1, 'GET', '/admin/attempts?state=unknown');
    expect(as<{ data: unknown[] }>(parked.body).data).toEqual([]);
    const orphans = await story.operate(0, 'GET', '/admin/movements?state=suspense');
    expect(as<{ data: unknown[] }>(orphans.body).data).toEqual([]);
  });

  proves('one wish is one charge', async () => {
    expect(await story.books.twice()).toEqual([]);
  });

  proves('the merchant was told everything, in sequences without a gap', async () => {
    const events = await story.books.events();
    expect(new Set(story.told().map(({ id }) => id))).toEqual(new Set(events));
    expect(await story.books.gaps()).toEqual([]);
    story.say(`${events.length} events, each told under its signature, ${story.shop.got.length} deliveries`);
  });

  proves('our ledger says what the world has seen: doubles 0, lost 0, sum 0', async () => {
    const { effects } = as<{ effects: Effect[] }>((await till.sim('GET', '/_sim/ledger')).body);
    const { doubles, lost, sum, off } = await story.books.compare(effects);
    story.say(`${effects.length} effects: doubles ${doubles.length}, lost ${lost.length}, sum ${sum}, off by ${off}`);
    expect({ doubles, lost, sum, off }).toEqual({ doubles: [], lost: [], sum: 0, off: 0 });
  });

  proves('the ledger verifies', async () => {
    expect(await story.verified()).toMatchObject({ ok: true, firstBad: null });
  });

  proves('all end when they are told to', async () => {
    const codes = await Promise.all(all.members.toReversed().map((it) => it.end('SIGTERM')));
    expect(codes).toEqual([0, 0, 0, 0, 0]);
  });
});
