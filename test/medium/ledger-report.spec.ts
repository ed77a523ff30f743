import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Merchant } from '@libs/kernel/caller.js';
import { checked } from '@libs/kernel/checked.js';
import { InvalidFault, MissingFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { Queue } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import * as at from '@libs/ledger/address.js';
import { Balance } from '@libs/ledger/balance.entity.js';
import { Entry, Posting } from '@libs/ledger/entry.entity.js';
import { AddressesQuery, EntriesQuery, StatementQuery, type VerificationBody } from '@libs/ledger/ledger.dto.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { LedgerReport } from '@libs/ledger/report.js';
import type { PostingDraft } from '@libs/ledger/sale.js';
import { takeSnapshot } from '@libs/ledger/snapshot.job.js';
import { Verification } from '@libs/ledger/verification.entity.js';
import { LedgerVerification } from '@libs/ledger/verify.js';
import { cents } from '@libs/money/cents.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

const ledger = new Ledger();
const clearing = at.providerClearing('gerencianet');
let database: TestDatabase;
let orm: MikroORM;
let em: Em;
let me: Merchant;
let payable: string;
let receivable: string;

// Each test has a database of its own: what one of them breaks, none may find.
beforeEach(async () => {
  database = await cloneDatabase();
  orm = await MikroORM.init({ clientUrl: database.url, entities: [Entry, Posting, Balance, Verification] });
  em = orm.em;
  me = { kind: 'merchant', keyId: uuid(), merchantId: uuid(), mode: 'test', scopes: ['*'] };
  payable = at.merchantPayable(me.merchantId);
  receivable = at.merchantReceivable(me.merchantId);
});
afterEach(async () => {
  await orm?.close(true);
  await database?.drop();
});

const post = (from: string, to: string, amount: number): PostingDraft => ({
  from,
  to,
  amount: cents(amount),
  currency: 'BRL',
});
const write = (reference: string, ...postings: PostingDraft[]): Promise<void> =>
  tx(em, (em) => ledger.post(em, 'test', [{ reference, postings }]));
const sell = (reference: string, amount: number): Promise<void> =>
  write(reference, post(clearing, payable, amount), post(payable, at.platformFees, 1));
const clockAt = (hours: number): Promise<unknown> =>
  em.fork().execute(`create or replace function clock_now() returns timestamptz language sql stable parallel safe
    as $$ select now() + interval '${hours} hours' $$`);

async function standings(): Promise<Record<string, number>> {
  const found = await ledger.balances(em.fork(), 'test');
  return Object.fromEntries(found.map(({ address, balance }) => [address, Number(balance)]));
}
async function verify(): Promise<VerificationBody> {
  const verification = new LedgerVerification(em, new Queue());
  const { id } = await verification.open();
  const [job] = await em
    .fork()
    .execute<{ payload: { id: string } }[]>(`select payload from job where name = 'ledger.verify' order by id desc`);
  expect(job!.payload).toEqual({ id });
  expect(await verification.find(id)).toMatchObject({ status: 'running', ok: null, firstBad: null });
  await verification.run({ id: '1', name: 'ledger.verify', payload: job!.payload, tries: 1 });
  return verification.find(id);
}
/** As a superuser may who means harm: no trigger sees it. */
const tamper = (sql: string): Promise<unknown> =>
  em.fork().transactional(async (em) => {
    await em.execute('set local session_replication_role = replica');
    await em.execute(sql);
  });

describe('snapshots', () => {
  it('change no balance, and are built on one another', async () => {
    await sell('a', 100);
    const first = await standings();
    expect(first).toEqual({ [clearing]: -100, [payable]: 99, [at.platformFees]: 1 });
    expect(await takeSnapshot(em)).toBe(3);
    expect(await standings()).toEqual(first);
    await write('b', post(clearing, at.providerFees('gerencianet'), 7));
    expect(await takeSnapshot(em)).toBe(0); // one an hour
    const second = { ...first, [clearing]: -107, 'provider:gerencianet:fees': 7 };
    expect(await standings()).toEqual(second);
    await clockAt(1);
    expect(await takeSnapshot(em)).toBe(2);
    expect(await standings()).toEqual(second);
    await clockAt(2);
    expect(await takeSnapshot(em)).toBe(0);
    expect(await standings()).toEqual(second);
    expect(await ledger.total(em.fork())).toBe(0n);
    expect(await verify()).toMatchObject({ status: 'done', ok: true });
  });

  it('leave what is not yet committed to the next one', async () => {
    await sell('a', 100);
    await em.fork().transactional(async (open) => {
      await ledger.post(open, 'test', [{ reference: 'slow', postings: [post(clearing, payable, 5)] }]);
      await sell('b', 10);
      await takeSnapshot(em);
    });
    expect((await standings())[clearing]).toBe(-115);
    await clockAt(1);
    await takeSnapshot(em);
    expect((await standings())[clearing]).toBe(-115);
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe('a verification', () => {
  beforeEach(async () => {
    await sell('a', 100);
    await takeSnapshot(em);
    await clockAt(1);
    await sell('b', 50);
    await takeSnapshot(em);
    await sell('c', 25);
  });

  it('says that all is well, and how much it has looked at', async () => {
    const { checked, total, ...rest } = await verify();
    expect(rest).toEqual({ status: 'done', ok: true, firstBad: null });
    expect(checked).toBe(total);
    expect(total).toBe(3 + 6 + 6 + 3); // entries, postings, snapshots, addresses
  });

  it('finds nothing wrong in an empty ledger, and no run that was never asked for', async () => {
    await tamper('delete from posting; delete from entry; delete from balance; delete from snapshot');
    expect(await verify()).toEqual({ status: 'done', checked: 0, total: 0, ok: true, firstBad: null });
    const verification = new LedgerVerification(em, new Queue());
    await expect(verification.find(uuid())).rejects.toBeInstanceOf(MissingFault);
    await expect(verification.find('x')).rejects.toBeInstanceOf(MissingFault);
  });

  it.each([
    ['a balance', 'update balance set amount = amount + 1', 'balance test merchant:'],
    ['a balance row that is gone', 'delete from balance', 'balance test merchant:'],
    ['a balance from nowhere', `insert into balance values ('live', 'merchant:x:payable', 'EUR', 5)`, 'balance live'],
    [
      'a lock where none may be',
      `insert into balance values ('test', 'platform:fees', 'BRL', 3)`,
      'balance test platform',
    ],
    [
      'a snapshot',
      `update snapshot set balance = balance - 1 where address = 'platform:fees'`,
      'snapshot test platform',
    ],
    ['a snapshot that is gone', `delete from snapshot where address = 'platform:fees'`, 'snapshot test platform'],
    ['an amount', `update posting set amount = amount + 1 where "to" = 'platform:fees'`, 'snapshot test '],
    ['an entry without postings', 'delete from posting', 'entry '],
    ['a posting without its entry', `delete from entry where reference = 'c'`, 'posting '],
    ['a posting of the other book', `update posting set mode = 'live'`, 'posting '],
    [
      'a posting added later',
      `insert into posting (entry_id, mode, "from", "to", amount, currency)
      select id, mode, 'platform:bank', 'platform:fees', 5, 'BRL' from entry`,
      'posting ',
    ],
  ])('finds %s that was tampered with', async (_, harm, bad) => {
    await tamper(harm);
    const found = await verify();
    expect(found).toMatchObject({ status: 'done', ok: false });
    expect(found.firstBad).toContain(bad);
  });

  it('shows a cent from nowhere in the sum', async () => {
    expect(await ledger.total(em.fork())).toBe(0n);
    await tamper('update balance set amount = amount + 1');
    expect(await ledger.total(em.fork())).toBe(1n);
  });

  it('that cannot be done is failed in the end, and a later one can be done', async () => {
    const verification = new LedgerVerification(em, new Queue());
    const { id } = await verification.open();
    const job = { id: '1', name: 'ledger.verify', payload: { id } };
    await tamper('alter table posting rename to elsewhere');
    await expect(verification.run({ ...job, tries: 4 })).rejects.toThrow('posting');
    expect(await verification.find(id)).toMatchObject({ status: 'running' });
    await verification.run({ ...job, tries: 5 });
    expect(await verification.find(id)).toMatchObject({ status: 'failed', ok: null });
    await tamper('alter table elsewhere rename to posting');
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe('what a merchant sees', () => {
  it('is a balance for reais even before the first sale', async () => {
    const report = new LedgerReport(em);
    const none = { balance: 0, available: 0, receivable: 0, debt: 0 };
    expect(await report.balance(me, 'r1')).toEqual({ requestId: 'r1', data: [{ currency: 'BRL', ...none }] });
    const { data } = await report.balance(me, 'r2', 'EUR');
    expect(data).toEqual([{ currency: 'EUR', ...none }]);
  });

  it('is available plus receivable less debt', async () => {
    await write('a', post(clearing, receivable, 70), post(payable, clearing, 30));
    await tx(em, (em) =>
      ledger.post(em, 'test', [{ reference: 'e', postings: [{ ...post(clearing, payable, 9), currency: 'EUR' }] }]),
    );
    const { data } = await new LedgerReport(em).balance(me, 'r');
    expect(data).toEqual([
      { currency: 'BRL', balance: 40, available: 0, receivable: 70, debt: 30 },
      { currency: 'EUR', balance: 9, available: 9, receivable: 0, debt: 0 },
    ]);
    const live = await new LedgerReport(em).balance({ ...me, mode: 'live' }, 'r');
    expect(live.data).toMatchObject([{ currency: 'BRL', balance: 0 }]);
  });

  it('is its own ends of its own entries', async () => {
    const other = at.merchantPayable(uuid());
    await write('mine', post(clearing, receivable, 100), post(receivable, other, 40), post(receivable, payable, 60));
    await write('other', post(clearing, other, 1));
    const { data, hasMore } = await new LedgerReport(em).statement(me, checked(StatementQuery, {}));
    expect(hasMore).toBe(false);
    expect(data).toEqual([
      {
        id: expect.any(String),
        reference: 'mine',
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        postings: [
          { address: 'receivable', amount: 100, currency: 'BRL' },
          { address: 'receivable', amount: -40, currency: 'BRL' },
          { address: 'receivable', amount: -60, currency: 'BRL' },
          { address: 'payable', amount: 60, currency: 'BRL' },
        ],
      },
    ]);
    const live = await new LedgerReport(em).statement({ ...me, mode: 'live' }, checked(StatementQuery, {}));
    expect(live.data).toEqual([]);
  });

  it('comes in pages, newest first, both ways', async () => {
    const report = new LedgerReport(em);
    for (const reference of ['a', 'b', 'c', 'd', 'e']) await sell(reference, 10);
    const page = async (query: Record<string, string>): Promise<[string, boolean, string[]]> => {
      const { data, hasMore } = await report.statement(me, checked(StatementQuery, query));
      return [data.map((it) => it.reference).join(''), hasMore, data.map((it) => it.id)];
    };
    const [first, more, ids] = await page({ limit: '2' });
    expect([first, more]).toEqual(['ed', true]);
    expect(await page({ limit: '2', starting_after: ids[1]! })).toMatchObject(['cb', true]);
    const [rest, , last] = await page({ limit: '3', starting_after: ids[1]! });
    expect(rest).toBe('cba');
    expect(await page({ limit: '2', ending_before: last[2]! })).toMatchObject(['cb', true]);
    expect(await page({ limit: '4', ending_before: last[2]! })).toMatchObject(['edcb', false]);
  });

  it('can be cut to a period', async () => {
    const report = new LedgerReport(em);
    await clockAt(-24 * 10);
    await sell('old', 10);
    await clockAt(0);
    await sell('new', 10);
    const of = async (query: Record<string, string>): Promise<string> =>
      (await report.statement(me, checked(StatementQuery, query))).data.map((it) => it.reference).join(' ');
    const [newest, oldest] = (await report.statement(me, checked(StatementQuery, {}))).data.map((it) => it.createdAt);
    expect(await of({ from: newest! })).toBe('new');
    expect(await of({ to: oldest! })).toBe('old');
    expect(await of({ from: oldest!, to: newest! })).toBe('new old');
    const day = new Date(Date.parse(oldest!) - 3 * 3_600_000).toISOString().slice(0, 10);
    expect(await of({ from: day, to: day })).toBe('old');
    for (const bad of [{ from: '2026-02-30' }, { to: 'ontem' }]) {
      expect(() => checked(StatementQuery, bad)).toThrow(InvalidFault);
    }
  });
});

describe('what an administrator sees', () => {
  it('is every entry, or those of an address', async () => {
    const report = new LedgerReport(em);
    await sell('a', 10);
    await tx(em, (em) => ledger.post(em, 'live', [{ reference: 'l', postings: [post(clearing, payable, 3)] }]));
    await write('b', post(at.platformBank, at.platformLosses, 2));
    const of = async (query: Record<string, string>): Promise<string> =>
      (await report.entries(checked(EntriesQuery, query))).data.map((it) => it.reference).join('');
    expect(await of({})).toBe('bla');
    expect(await of({ mode: 'live' })).toBe('l');
    expect(await of({ address: payable })).toBe('la');
    expect(await of({ address: payable, mode: 'test' })).toBe('a');
    expect(await of({ address: 'nowhere' })).toBe('');
    const { data } = await report.entries(checked(EntriesQuery, { limit: '1' }));
    expect(data).toMatchObject([
      { mode: 'test', postings: [{ from: 'platform:bank', to: 'platform:losses', amount: 2, currency: 'BRL' }] },
    ]);
  });

  it('is every address, in order and in pages', async () => {
    const report = new LedgerReport(em);
    await write('a', post(payable, clearing, 10), post(clearing, at.platformFees, 4));
    await takeSnapshot(em);
    await tx(em, (em) => ledger.post(em, 'live', [{ reference: 'l', postings: [post(clearing, payable, 3)] }]));
    const page = (query: Record<string, string>) => report.addresses(checked(AddressesQuery, query));
    const all = await page({});
    expect(all).toEqual({
      data: [
        { address: payable, mode: 'live', currency: 'BRL', balance: 3, debt: 0 },
        { address: payable, mode: 'test', currency: 'BRL', balance: -10, debt: 10 },
        { address: 'platform:fees', mode: 'test', currency: 'BRL', balance: 4, debt: 0 },
        { address: clearing, mode: 'live', currency: 'BRL', balance: -3, debt: 0 },
        { address: clearing, mode: 'test', currency: 'BRL', balance: 6, debt: 0 },
      ],
      hasMore: false,
    });
    expect(await page({ limit: '1' })).toEqual({ data: all.data.slice(0, 2), hasMore: true });
    expect(await page({ limit: '2', starting_after: payable })).toEqual({ data: all.data.slice(2), hasMore: false });
    expect(await page({ limit: '1', ending_before: clearing })).toEqual({ data: all.data.slice(2, 3), hasMore: true });
    expect((await page({ mode: 'live' })).data).toHaveLength(2);
    await expect(page({ starting_after: 'a', ending_before: 'b' })).rejects.toBeInstanceOf(InvalidFault);
  });
});
