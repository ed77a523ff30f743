import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MikroORM } from '@mikro-orm/postgresql';
import { MissingFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { Queue } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import * as at from '@libs/ledger/address.js';
import { Balance } from '@libs/ledger/balance.entity.js';
import { Entry, Posting } from '@libs/ledger/entry.entity.js';
import type { VerificationBody } from '@libs/ledger/ledger.dto.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import type { PostingDraft } from '@libs/ledger/sale.js';
import { takeSnapshot } from '@libs/ledger/snapshot.job.js';
import { Verification } from '@libs/ledger/verification.entity.js';
import { LedgerVerification } from '@libs/ledger/verify.js';
import { cents } from '@libs/money/cents.js';
import { belowHorizon } from '@test/support/context.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

const ledger = new Ledger();
const clearing = at.providerClearing('gerencianet');
let database: TestDatabase;
let orm: MikroORM;
let em: Em;
let payable: string;
let receivable: string;

// Each test has a database of its own: what one of them breaks, none may find.
beforeEach(async () => {
  database = await cloneDatabase();
  orm = await MikroORM.init({ clientUrl: database.url, entities: [Entry, Posting, Balance, Verification] });
  em = orm.em;
  await clockAt(0);
  const merchantId = uuid();
  payable = at.merchantPayable(merchantId);
  receivable = at.merchantReceivable(merchantId);
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

async function standings(): Promise<Record<string, number>> {
  const found = await ledger.balances(em.fork(), 'test');
  return Object.fromEntries(found.map(({ address, balance }) => [address, Number(balance)]));
}
async function verify(): Promise<VerificationBody> {
  const verification = new LedgerVerification(em, new Queue());
  await belowHorizon(em);
  const { id } = (await verification.open(async () => undefined)).body;
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
    await belowHorizon(em);
    expect(await takeSnapshot(em)).toBe(3);
    expect(await standings()).toEqual(first);
    await write('b', post(clearing, at.providerFees('gerencianet'), 7));
    await belowHorizon(em);
    expect(await takeSnapshot(em)).toBe(0); // one an hour
    const second = { ...first, [clearing]: -107, 'provider:gerencianet:fees': 7 };
    expect(await standings()).toEqual(second);
    await clockAt(1);
    await belowHorizon(em);
    expect(await takeSnapshot(em)).toBe(2);
    expect(await standings()).toEqual(second);
    await clockAt(2);
    await belowHorizon(em);
    expect(await takeSnapshot(em)).toBe(0);
    expect(await standings()).toEqual(second);
    expect(await ledger.total(em.fork())).toBe(0n);
    expect(await verify()).toMatchObject({ status: 'done', ok: true });
  });

  it('leave what is not yet committed to the next one', async () => {
    await sell('a', 100);
    await em.fork().transactional(async (open) => {
      await ledger.post(open, 'test', [{ reference: 'slow', postings: [post(clearing, receivable, 5)] }]);
      await sell('b', 10);
      await takeSnapshot(em);
    });
    expect((await standings())[clearing]).toBe(-115);
    await clockAt(1);
    await belowHorizon(em);
    await takeSnapshot(em);
    expect((await standings())[clearing]).toBe(-115);
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe('a verification', () => {
  beforeEach(async () => {
    await sell('a', 100);
    await belowHorizon(em);
    await takeSnapshot(em);
    await clockAt(1);
    await sell('b', 50);
    await belowHorizon(em);
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
    await belowHorizon(em);
    const { id } = (await verification.open(async () => undefined)).body;
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
