import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MovementsRoom } from '@libs/admin/movements.service.js';
import { now } from '@libs/kernel/clock.js';
import { uuid } from '@libs/kernel/ids.js';
import { cents } from '@libs/money/cents.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Compare } from '@libs/statements/compare.js';
import { StatementJob } from '@libs/statements/statement.job.js';
import { Desk, line } from '@test/support/desk.js';

let desk: Desk;
let compare: Compare;
beforeAll(async () => {
  desk = await Desk.open();
  compare = desk.at.get(Compare, { strict: false });
});
afterAll(() => desk.close());

const dayMs = 86_400_000;
const sumOf = async (address: string): Promise<number> => {
  const [row] = await desk.sql<{ sum: number }>(
    `select coalesce(sum(case when "to" = ? then amount else -amount end), 0)::int as sum from posting
     where ? in ("from", "to")`,
    [address, address],
  );
  return row!.sum;
};

/** An account of Pinbank, whose lines name nothing. */
let accounts = 0;
const pinbankAccount = (identity?: string): Promise<string> => pinbank(`p${(accounts += 1)}`, identity);
async function pinbank(name: string, identity = name): Promise<string> {
  const id = await desk.account(name, `secret-of-${name}`, 'pinbank', {});
  await desk.sql('update credential set identity = ? where id = ?', [identity, id]);
  return id;
}
/** What waits for R$ 10,00 at an account. */
async function waits(credential: string): Promise<string> {
  const { attempt } = await desk.charge('pending');
  await desk.sql(`update attempt set provider = 'pinbank', credential_id = ? where id = ?`, [credential, attempt]);
  return attempt;
}
const told = (attempt: string, at: Date, receipt?: string): Promise<unknown> => {
  const money = { amount: cents(1000), currency: 'BRL', at } as const;
  const news = { kind: 'done', ref: `q${attempt}`, receipt, ...money, data: {} } as const;
  return desk.at.get(Routing, { strict: false }).settle(attempt, news, 'callback');
};
const books = () => Promise.all(['clearing', 'suspense', 'fees'].map((place) => sumOf(`provider:pinbank:${place}`)));
const movementsOf = (credential: string) =>
  desk.sql<{ state: string; owner: string | null }>(
    `select state, attempt_id as owner from movement where credential_id = ? order by id`,
    [credential],
  );
type Step = 'line' | 'end' | 'event';
const orders: readonly (readonly Step[])[] = [
  ['line', 'end', 'event'],
  ['line', 'event', 'end'],
  ['event', 'line', 'end'],
];

describe('money that a line without a name and an event tell of', () => {
  it.each(orders.flatMap((order) => [0, 3].map((days) => [order, days] as const)))(
    'is booked once: %j, %i days ago',
    async (order, days) => {
      const credential = await pinbankAccount();
      const [first, second] = [await waits(credential), await waits(credential)];
      const at = new Date(now().getTime() - days * dayMs);
      const both = [1, 2].map((n) => line({ line: `${n}`, at: new Date(at.getTime() + n) }));
      const before = await books();
      const act: Record<Step, () => Promise<unknown>> = {
        line: () => compare.page(credential, both),
        end: () => compare.end(credential, new Date(now().getTime() + dayMs)),
        // The second has no name of its own, as a slip has none.
        event: async () => [await told(first, at, `e${first}`), await told(second, at)],
      };
      for (const step of [...order, ...order]) await act[step]();
      expect(await books()).toEqual([before[0]! - 2000, before[1], before[2]]);
      const late = order[1] === 'end';
      expect((await movementsOf(credential)).map(({ state }) => state)).toEqual(late ? ['matched', 'matched'] : []);
    },
  );

  it('is what a person has said it is, and what tells of it later is no second payment', async () => {
    const credential = await pinbankAccount();
    const [attempt, other] = [await waits(credential), await waits(credential)];
    const before = await books();
    await compare.page(credential, [line({ line: 'm1' })]);
    await compare.end(credential, new Date(now().getTime() + dayMs));
    const [{ id, owner }] = (await desk.sql<{ id: string; owner: string }>(
      `select row_id as id, (select owner_id from attempt where id = ?) as owner from movement where id = 'm1'`,
      [attempt],
    )) as [{ id: string; owner: string }];
    const dto = { type: 'pix', id: owner };
    await desk.at.get(MovementsRoom).match(desk.wish('POST /match'), desk.person('ana'), id, dto);
    await told(attempt, now(), 'e-late');
    expect(await books()).toEqual([before[0]! - 1000, before[1], before[2]]);
    expect(await movementsOf(credential)).toEqual([{ state: 'matched', owner: attempt }]);
    await told(other, now(), 'e-other');
    expect(await books()).toEqual([before[0]! - 2000, before[1], before[2]]);
  });

  it('leaves suspense as a second payment, which its provider cannot give back: a person sees it again', async () => {
    const credential = await pinbankAccount();
    const attempt = await waits(credential);
    await told(attempt, now(), 'e-one');
    const before = await books();
    await compare.page(credential, [line({ line: 's1' }), line({ line: 's2', at: new Date(now().getTime() + 9) })]);
    await compare.end(credential, new Date(now().getTime() + dayMs));
    expect((await books())[1]).toBe(before[1]! + 1000);
    for (let times = 0; times < 2; times += 1) await told(attempt, now(), 'e-two');
    expect(await books()).toEqual([before[0]! - 1000, before[1]! + 1000, before[2]]);
    const [movement] = await desk.sql(`select id, about, state, attempt_id from movement where credential_id = ?`, [
      credential,
    ]);
    expect(movement).toMatchObject({ id: 'e-two', about: { receipt: 'e-two' }, attempt_id: attempt });
  });

  it('is a human’s too when it is a slip’s that another one has paid: no provider gives it back', async () => {
    const credential = await pinbankAccount();
    const slip = uuid();
    await desk.sql(
      `insert into charge (id, merchant_id, mode, type, status, amount, currency, shares, customer, due_on,
         payable_days)
       values (?, ?, 'test', 'bankslip', 'paid', 1000, 'BRL', '[]', '{}', '2040-12-05', 30)`,
      [slip, desk.merchantId],
    );
    const of = { ownerKind: 'bankslip', ownerId: slip, operation: 'bankslip.create', provider: 'pinbank', credential };
    const [early, late] = [
      await desk.attempt({ ...of, state: 'failed' }),
      await desk.attempt({ ...of, state: 'failed' }),
    ];
    const before = await books();
    await told(early, now());
    await compare.page(credential, [line({ line: 'b1' }), line({ line: 'b2', at: new Date(now().getTime() + 9) })]);
    await compare.end(credential, new Date(now().getTime() + dayMs));
    for (let times = 0; times < 2; times += 1) await told(late, now());
    expect(await books()).toEqual([before[0]! - 2000, before[1]! + 2000, before[2]]);
    const waiting = await desk.at.get(MovementsRoom).list({ limit: 10, state: 'suspense', provider: 'pinbank' });
    const own = waiting.data.filter((it) => it.credential === credential);
    expect(own).toMatchObject([late, early].map((attempt) => ({ amount: 1000, attempt, charge: slip })));
  });

  it('that went out is the refund that nobody had confirmed, once', async () => {
    const credential = await pinbankAccount();
    const sale = await waits(credential);
    await told(sale, now(), 'e-sale');
    const [{ charge }] = (await desk.sql<{ charge: string }>('select owner_id as charge from attempt where id = ?', [
      sale,
    ])) as [{ charge: string }];
    const refund = uuid();
    await desk.sql(
      `insert into refund (id, charge_id, merchant_id, mode, attempt_id, kind, amount, currency, status, held)
       values (?, ?, ?, 'test', ?, 'undo', 1000, 'BRL', 'pending', '[{"address":"x","amount":1000,"claim":false}]')`,
      [refund, charge, desk.merchantId, sale],
    );
    const attempt = await desk.attempt({ ownerId: refund, provider: 'pinbank', credential });
    const before = await books();
    await compare.page(credential, [line({ line: 'o0' }), line({ line: 'o1', kind: 'sent' })]);
    await compare.end(credential, new Date(now().getTime() + dayMs));
    expect(await books()).toEqual([before[0]! + 1000, before[1]! - 1000, before[2]]);
    await told(attempt, now());
    expect(await books()).toEqual([before[0]! + 1000, before[1], before[2]]);
    expect(await movementsOf(credential)).toEqual([{ state: 'matched', owner: attempt }]);
  });

  it('is one, whichever credential of one account it is told to', async () => {
    const [mine, yours] = [await pinbankAccount('shared'), await pinbankAccount('shared')];
    const attempt = await waits(yours);
    const before = await books();
    const same = [line({ line: 'a1' }), line({ line: 'a2', amount: cents(70) })];
    for (const credential of [yours, mine]) {
      await compare.page(credential, same);
      await compare.end(credential, new Date(now().getTime() + dayMs));
    }
    expect(await books()).toEqual([before[0]! - 1070, before[1]! + 1070, before[2]]);
    await told(attempt, now(), 'e-shared');
    expect(await books()).toEqual([before[0]! - 1070, before[1]! + 70, before[2]]);
    expect(await movementsOf(yours)).toEqual([]);
  });
});

describe('lines', () => {
  it('that nobody waits for are deleted once they are old', async () => {
    const states = (): Promise<{ state: string; n: number }[]> =>
      desk.sql(`select state, count(*)::int as n from statement_line group by 1 order by 1`);
    const job = desk.at.get(StatementJob, { strict: false });
    await compare.page(await pinbankAccount(), [line({ line: 'open' })]);
    const [{ waiting }] = (await desk.sql<{ waiting: number }>(
      `select count(*)::int as waiting from statement_line l join movement m on 'movement:' || m.row_id = l.explained_by
       where l.state = 'suspense' and m.state = 'suspense'`,
    )) as [{ waiting: number }];
    await desk.sql(`update statement_line set created_at = created_at - interval '399 days'`);
    const before = await states();
    expect(before.map(({ state }) => state)).toEqual(['explained', 'open', 'suspense']);
    await job.prune();
    expect(await states()).toEqual(before);
    await desk.sql(`update statement_line set created_at = created_at - interval '2 days'`);
    await job.prune();
    expect(await states()).toEqual([before[1], { state: 'suspense', n: waiting }]);
  });
});
