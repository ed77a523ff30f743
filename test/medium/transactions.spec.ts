import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MikroORM } from '@mikro-orm/postgresql';
import { AllTransactionsQuery } from '@libs/admin/transactions.dto.js';
import { Transactions } from '@libs/admin/transactions.service.js';
import { TransactionsQuery } from '@libs/charges/charges.dto.js';
import { chargeTypes } from '@libs/charges/charges.entity.js';
import { Charges } from '@libs/charges/charges.service.js';
import { MissingFault } from '@libs/kernel/fault.js';
import { Desk } from '@test/support/desk.js';

/** Enough that reading them all would be the dearer way for whatever names few of them. */
const many = 30_000;
let desk: Desk;
const asked: string[] = [];
beforeAll(async () => {
  desk = await Desk.open();
  await fill(desk, many);
  const log = desk.at.get(MikroORM).config.getLogger();
  // `formatted` has its parameters in it, so that it can be explained as it is.
  log.logQuery = ({ formatted }) => void asked.push(String(formatted));
});
afterAll(() => desk.close());

/** A hundred merchants, four methods, three providers; every second charge is the big one's, paid, with a refund. */
async function fill(desk: Desk, count: number): Promise<void> {
  await desk.sql(
    `insert into merchant (id, name) select md5('m' || n)::uuid, 'Loja ' || n from generate_series(0, 99) n`,
  );
  await desk.sql(
    `insert into charge (id, merchant_id, mode, type, status, amount, currency, shares, custom_code, payment_id,
       provider, attempt_id, expire_seconds, wants_capture, due_on, payable_days, refunded_amount, amount_paid, fees,
       created_at)
     select md5('c' || n)::uuid, case when n % 2 = 0 then md5('m0')::uuid else md5('m' || n % 100)::uuid end, 'test', t,
       case when n % 100 = 0 then 'refunded' when n % 2 = 0 then 'paid' else 'pending' end, 1000, 'BRL', '[]',
       'k' || n / 2, 'p' || n, (array['cielo', 'gerencianet', 'stripe'])[1 + n % 3], md5('a' || n)::uuid, 3600,
       case when t like '%Card' then true end, case when t = 'bankslip' then '2026-12-05' end,
       case when t = 'bankslip' then 30 end, case when n % 2 = 0 then 10 else 0 end, 1000,
       case when n % 2 = 0 then '{"price":0,"net":1000,"seller":"s"}'::jsonb end,
       '2026-01-01T00:00:00Z'::timestamptz + n / 3 * interval '1 second'
     from generate_series(1, ?) n, lateral (select (string_to_array(?, ' '))[1 + n / 2 % 4] as t) it`,
    [count, chargeTypes.join(' ')],
  );
  await desk.sql(
    `insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, provider, credential_id,
       amount, currency, key, decision, cost, price, settle_days, reroute, proof, deadline)
     select attempt_id, type, id, merchant_id, mode, 'pix.create', 'succeeded', provider, ?, 1000, 'BRL', payment_id,
       '{"rulesVersion":0,"candidates":[]}', '{}', '{}', 0, '{}', '{"by":"harmless"}', clock_now() from charge`,
    [desk.credential],
  );
  await desk.sql(
    `insert into refund (id, charge_id, merchant_id, mode, attempt_id, kind, amount, currency, status, held)
     select id, id, merchant_id, mode, attempt_id, 'asked', 10, 'BRL', 'done', '[]' from charge
     where refunded_amount > 0`,
  );
  await desk.sql('vacuum analyze charge');
  await desk.sql('vacuum analyze attempt');
  await desk.sql('vacuum analyze refund');
}

/** The nodes of a plan that PostgreSQL has drawn as JSON. */
interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}
const nodesOf = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Tables that the statements of `what` read from one end to the other, and rows that they read in vain. */
async function costs(what: () => Promise<unknown>): Promise<{ readonly whole: readonly string[]; vain: number }> {
  asked.length = 0;
  await what();
  const statements = asked.filter((it) => it.startsWith('select'));
  expect(statements.length).toBeGreaterThan(0);
  const nodes: Node[] = [];
  for (const sql of statements) {
    const [row] = await desk.sql<{ 'QUERY PLAN': { Plan: Node }[] }>(`explain (analyze, format json) ${sql}`);
    nodes.push(...nodesOf(row!['QUERY PLAN'][0]!.Plan));
  }
  const whole = nodes.filter((it) => it['Node Type'] === 'Seq Scan').map((it) => it['Relation Name'] ?? '');
  // What is small, or empty here, is rightly read as it lies.
  const large = whole.filter((it) => ['charge', 'attempt', 'refund'].includes(it));
  return { whole: large, vain: nodes.reduce((total, it) => total + (it['Rows Removed by Filter'] ?? 0), 0) };
}

const of = (merchant: number): Promise<string> =>
  desk.sql<{ id: string }>(`select md5('m' || ?)::uuid as id`, [merchant]).then(([row]) => row!.id);
const idOf = (charge: number): Promise<string> =>
  desk.sql<{ id: string }>(`select md5('c' || ?)::uuid as id`, [charge]).then(([row]) => row!.id);

const day = { createdFrom: '2026-01-01T02:00:00Z', createdTo: '2026-01-01T02:00:10Z' };
const filters: readonly Partial<TransactionsQuery>[] = [
  {},
  { status: 'refunded' },
  { status: 'declined' },
  { type: 'bankslip' },
  { provider: 'stripe' },
  { provider: 'nobody' },
  { customCode: 'k77' },
  { customCode: 'nothing' },
  day,
  { type: 'pix', status: 'paid', provider: 'cielo', ...day },
];

describe('the transactions of a merchant who has very many, and of one who has few', () => {
  const charges = (): Charges => desk.at.get(Charges, { strict: false });
  const page = async (merchant: number, query: Partial<TransactionsQuery>): Promise<readonly string[]> => {
    const tenant = { merchantId: await of(merchant), mode: 'test' } as const;
    const { data } = await charges().list(tenant, Object.assign(new TransactionsQuery(), query));
    return data.map((it) => String(it['id']));
  };

  it.each(filters)('no list reads them all: %j', async (filter) => {
    for (const merchant of [0, 7]) expect((await costs(() => page(merchant, filter))).whole).toEqual([]);
  });

  it.each([{}, { status: 'paid' }, { type: 'bankslip' }, { provider: 'cielo' }])(
    'a deep page costs what the first one does: %j',
    async (filter) => {
      // Of the first second, three charges a second: two of each three are the big merchant's.
      const deep = { ...filter, starting_after: await idOf(200) };
      const shallow = { ...filter, ending_before: await idOf(200) };
      for (const query of [deep, shallow]) {
        const { whole, vain } = await costs(() => page(0, query));
        expect([whole, vain < 50]).toEqual([[], true]);
      }
    },
  );

  it('pages from the newest to the oldest and back miss nothing and repeat nothing, ties included', async () => {
    const [row] = await desk.sql<{ n: number }>('select count(*)::int as n from charge where merchant_id = ?', [
      await of(7),
    ]);
    const forth: string[] = [];
    for (;;) {
      const last = forth.at(-1);
      const next = await page(7, { limit: 100, ...(last === undefined ? {} : { starting_after: last }) });
      if (next.length === 0) break;
      forth.push(...next);
    }
    expect([new Set(forth).size, forth.length]).toEqual([row!.n, row!.n]);
    const back: string[] = [];
    for (let first = forth.at(-1)!; ;) {
      const before = await page(7, { limit: 100, ending_before: first });
      if (before.length === 0) break;
      back.unshift(...before);
      first = before[0]!;
    }
    expect(back).toEqual(forth.slice(0, -1));
  });

  it("one is found by our id, by the provider's and by the newest of its code, and none by reading all", async () => {
    const tenant = { merchantId: await of(0), mode: 'test' } as const;
    const admin = desk.at.get(Transactions);
    for (const name of [await idOf(4_000), 'p4000', 'k2000']) {
      const { whole } = await costs(async () => {
        expect(await charges().one(tenant, name)).toMatchObject({ id: await idOf(4_000) });
        await charges().attempts(tenant, name);
        expect((await admin.story(name)).charge).toMatchObject({ id: await idOf(4_000) });
      });
      expect(whole).toEqual([]);
    }
    await expect(charges().one(tenant, 'p4001')).rejects.toThrow(MissingFault);
    expect((await costs(() => charges().byCustomCode(tenant, 'pix', 'k2000'))).whole).toEqual([]);
  });

  it('administrators page over those of all', async () => {
    const admin = desk.at.get(Transactions);
    const list = (query: Partial<AllTransactionsQuery>): Promise<unknown> =>
      admin.list(Object.assign(new AllTransactionsQuery(), query));
    for (const query of [{}, { merchantId: await of(0) }, { customCode: 'k77' }, { starting_after: await idOf(200) }]) {
      expect([query, (await costs(() => list(query))).whole]).toEqual([query, []]);
    }
  });
});

const long = process.env['TRILHO_LONG'] === '1' ? describe : describe.skip;
long('a million of them', () => {
  const rounds = 300;
  let few: Desk;
  let all: Desk;
  beforeAll(async () => {
    [few, all] = [await Desk.open(), await Desk.open()];
    await fill(few, 10_000);
    await fill(all, 1_000_000);
  }, 900_000);
  afterAll(async () => {
    await few.close();
    await all.close();
  });

  /** Milliseconds of one page of the big merchant. */
  async function time(at: Desk, merchantId: string, query: Partial<TransactionsQuery>): Promise<number> {
    const start = performance.now();
    const charges = at.at.get(Charges, { strict: false });
    await charges.list({ merchantId, mode: 'test' }, Object.assign(new TransactionsQuery(), query));
    return performance.now() - start;
  }
  const middle = (times: number[]): number => times.toSorted((one, other) => one - other)[rounds / 2]!;

  it.each([{}, { status: 'paid' }, { type: 'bankslip' }, { provider: 'cielo' }])(
    'a page, the first and a deep one, takes what it takes among ten thousand: %j',
    async (filter) => {
      const [merchant, id] = [await of(0), await idOf(200)];
      for (const query of [filter, { ...filter, starting_after: id }]) {
        const took: readonly [number[], number[]] = [[], []];
        // By turns, so that whatever else the machine does falls on both.
        for (let i = 0; i < rounds; i += 1) {
          took[0].push(await time(few, merchant, query));
          took[1].push(await time(all, merchant, query));
        }
        const [ten, million] = took.map(middle) as [number, number];
        process.stdout.write(`${JSON.stringify(query)}: ${ten.toFixed(2)} ms, ${million.toFixed(2)} ms\n`);
        expect(million / ten).toBeLessThan(1.5);
      }
    },
  );
});
