import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Merchant } from '@libs/kernel/caller.js';
import { checked } from '@libs/kernel/checked.js';
import { InvalidFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import * as at from '@libs/ledger/address.js';
import { Balance } from '@libs/ledger/balance.entity.js';
import { Entry, Posting } from '@libs/ledger/entry.entity.js';
import { AddressesQuery, EntriesQuery, StatementQuery } from '@libs/ledger/ledger.dto.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { LedgerReport } from '@libs/ledger/report.js';
import type { PostingDraft } from '@libs/ledger/sale.js';
import { takeSnapshot } from '@libs/ledger/snapshot.job.js';
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
  orm = await MikroORM.init({ clientUrl: database.url, entities: [Entry, Posting, Balance] });
  em = orm.em;
  await clockAt(0);
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
// A clock that stands: no test may happen to run across the end of an hour.
const clockAt = (hours: number): Promise<unknown> =>
  em.fork().execute(`create or replace function clock_now() returns timestamptz language sql stable parallel safe
    as $$ select timestamptz '2026-01-20T15:30:00Z' + interval '${hours} hours' $$`);

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
    const page = async (query: Record<string, string>): Promise<[string, boolean]> => {
      const { data, hasMore } = await report.statement(me, checked(StatementQuery, query));
      return [data.map((it) => it.reference).join(''), hasMore];
    };
    const ids = (await report.statement(me, checked(StatementQuery, {}))).data.map((it) => it.id);
    expect(await page({ limit: '2' })).toEqual(['ed', true]);
    expect(await page({ limit: '2', starting_after: ids[1]! })).toEqual(['cb', true]);
    expect(await page({ limit: '3', starting_after: ids[1]! })).toEqual(['cba', false]);
    expect(await page({ limit: '2', ending_before: ids[4]! })).toEqual(['cb', true]);
    expect(await page({ limit: '4', ending_before: ids[4]! })).toEqual(['edcb', false]);
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
    expect(await of({ from: '2026-01-10', to: '2026-01-10' })).toBe('old');
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
