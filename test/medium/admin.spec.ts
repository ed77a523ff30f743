import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AttemptsQuery, type ResolveDto } from '@libs/admin/attempts.dto.js';
import { AttemptsRoom } from '@libs/admin/attempts.service.js';
import { MovementsQuery } from '@libs/admin/movements.dto.js';
import { MovementsRoom } from '@libs/admin/movements.service.js';
import { JobsQuery } from '@libs/admin/operations.dto.js';
import { Operations } from '@libs/admin/operations.service.js';
import { Resolutions } from '@libs/admin/resolutions.service.js';
import { AllTransactionsQuery } from '@libs/admin/transactions.dto.js';
import { Transactions } from '@libs/admin/transactions.service.js';
import { ConflictFault, ForbiddenFault, InvalidFault, MissingFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { cents } from '@libs/money/cents.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Desk } from '@test/support/desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

const query = <T extends object>(type: new () => T, members: Partial<T> = {}): T => Object.assign(new type(), members);

describe('an unknown outcome', () => {
  const evidence = 'extrato, linha 12';
  const resolve = (
    id: string,
    body: Partial<ResolveDto>,
    person = 'ana',
    key?: string,
  ): ReturnType<Resolutions['resolve']> => {
    const dto = { finding: 'done', evidence, ...body } as ResolveDto;
    return desk.at
      .get(Resolutions)
      .resolve(desk.wish(`POST /${id}/resolve`, person, key), desk.person(person), id, dto);
  };
  const confirm = (id: string, person: string): ReturnType<Resolutions['confirm']> =>
    desk.at.get(Resolutions).confirm(desk.wish(`POST /${id}/confirm`, person), desk.person(person), id);
  const words = (id: string): Promise<object[]> =>
    desk.sql(`select person, evidence, heard ->> 'kind' as kind from finding where attempt_id = ? order by id`, [id]);

  it('is listed and shown with what was heard of it', async () => {
    const id = await desk.attempt();
    const parked = await desk.attempt();
    await desk.sql('update attempt set parked_at = clock_now(), parked_why = ? where id = ?', ['duplicado', parked]);
    const room = desk.at.get(AttemptsRoom);
    const ids = async (members: Partial<AttemptsQuery>): Promise<string[]> =>
      (await room.list(query(AttemptsQuery, members))).data.map((it) => it.id);
    expect(await ids({ state: 'unknown' })).toEqual([parked, id]);
    expect(await ids({ parked: 'true', merchantId: desk.merchantId })).toEqual([parked]);
    expect(await ids({ parked: 'false', provider: 'gerencianet' })).toEqual([id]);
    expect(await ids({ merchantId: uuid() })).toEqual([]);
    const found = await room.find(desk.wish('POST /find', 'ana', 'k1'), id);
    expect(found).toMatchObject({ status: 202, replayed: false, body: { state: 'unknown', proof: 'key' } });
    expect(found.body.findings).toMatchObject([{ source: 'find', heard: { kind: 'unknown' }, person: null }]);
    const again = await room.find(desk.wish('POST /find', 'ana', 'k1'), id);
    expect(again).toMatchObject({ status: 202, replayed: true });
    expect(again.body.findings).toHaveLength(1);
    await expect(room.get('nothing')).rejects.toThrow(MissingFault);
  });

  it('ends by the word of one person where the provider could prove it', async () => {
    const { id: charge, attempt } = await desk.charge('processing', 'unknown');
    await expect(resolve(attempt, {})).rejects.toThrow(InvalidFault);
    const said = await resolve(attempt, { amount: cents(900), receipt: 'E1' }, 'ana', 'k1');
    expect(said).toMatchObject({ status: 200, replayed: false, body: { state: 'succeeded', receipt: 'E1' } });
    expect(await words(attempt)).toEqual([{ person: 'ana', evidence, kind: 'done' }]);
    expect(await desk.sql('select status, amount_paid::int as paid from charge where id = ?', [charge])).toEqual([
      { status: 'paid', paid: 900 },
    ]);
    expect(await resolve(attempt, { amount: cents(900), receipt: 'E1' }, 'ana', 'k1')).toMatchObject({
      replayed: true,
    });
    expect(await resolve(attempt, { amount: cents(900), receipt: 'E1' })).toMatchObject({
      status: 200,
      replayed: false,
    });
    expect(await words(attempt)).toHaveLength(1);
    await expect(resolve(attempt, { finding: 'absent' })).rejects.toThrow(ConflictFault);
  });

  it('ends as never executed, or refused, and is refused what its state does not allow', async () => {
    const [absent, declined] = [await desk.charge('processing', 'unknown'), await desk.charge('processing', 'unknown')];
    expect((await resolve(absent.attempt, { finding: 'absent' })).body.state).toBe('failed');
    expect((await resolve(declined.attempt, { finding: 'declined' })).body.state).toBe('declined');
    const statuses = await desk.sql<{ status: string }>('select status from charge order by created_at');
    expect(statuses.map(({ status }) => status)).toEqual(['failed', 'declined']);
    const { attempt } = await desk.charge('pending');
    await expect(resolve(attempt, { finding: 'absent' })).rejects.toMatchObject({ extra: { status: 'pending' } });
    expect(await words(attempt)).toEqual([]);
  });

  it('waits for a second person where only humans can prove it', async () => {
    const { attempt } = await desk.charge('processing', 'unknown');
    await desk.sql(`update attempt set proof = '{"by":"human"}' where id = ?`, [attempt]);
    const body = { finding: 'absent' } as const;
    await expect(confirm(attempt, 'bia')).rejects.toThrow(ConflictFault);
    const proposed = await resolve(attempt, body);
    expect(proposed).toMatchObject({ status: 202, body: { state: 'unknown' } });
    expect(proposed.body.resolutions).toMatchObject([{ finding: 'absent', person: 'ana', confirmedBy: null }]);
    expect(await resolve(attempt, body)).toMatchObject({ status: 202 });
    await expect(resolve(attempt, { amount: cents(1_000) })).rejects.toThrow(ConflictFault);
    await expect(resolve(attempt, body, 'bia')).rejects.toThrow(ConflictFault);
    await expect(confirm(attempt, 'ana')).rejects.toThrow(ForbiddenFault);
    expect(await words(attempt)).toEqual([]);
    expect(await confirm(attempt, 'bia')).toMatchObject({ status: 200, body: { state: 'failed' } });
    expect(await confirm(attempt, 'bia')).toMatchObject({ status: 200 });
    expect(await words(attempt)).toEqual([{ person: 'ana', evidence, kind: 'absent' }]);
    await expect(confirm(attempt, 'caio')).rejects.toThrow(ConflictFault);
  });
});

describe('money without an owner', () => {
  const received = async (id: string, amount = 1_000, credential = desk.credential): Promise<string> => {
    const about = { receipt: id };
    const at = new Date('2026-01-20T12:00:00Z');
    const moved = { kind: 'received', id, about, amount: cents(amount), currency: 'BRL', at } as const;
    await desk.at.get(Routing).record(credential, moved);
    return (await desk.sql<{ row_id: string }>('select row_id from movement where id = ?', [id]))[0]!.row_id;
  };
  const match = (movement: string, id: string, key?: string, type = 'pix'): ReturnType<MovementsRoom['match']> =>
    desk.at
      .get(MovementsRoom)
      .match(desk.wish(`POST /${movement}/match`, 'ana', key), desk.person('ana'), movement, { type, id });
  const sum = async (address: string): Promise<number> => {
    const [row] = await desk.sql<{ sum: number }>(
      `select coalesce(sum(case when "to" = ? then amount else -amount end), 0)::int as sum from posting
       where ? in ("from", "to")`,
      [address, address],
    );
    return row!.sum;
  };
  const books = async (): Promise<readonly number[]> =>
    Promise.all(
      ['provider:gerencianet:clearing', 'provider:gerencianet:suspense', `merchant:${desk.merchantId}:payable`].map(
        sum,
      ),
    );
  const status = async (id: string): Promise<string> =>
    (await desk.sql<{ status: string }>('select status from charge where id = ?', [id]))[0]!.status;

  it('is shown, and pays the charge that a person names, once', async () => {
    const movement = await received('E1');
    const { id, attempt } = await desk.charge('pending');
    const list = await desk.at.get(MovementsRoom).list(query(MovementsQuery, { state: 'suspense' }));
    expect(list.data).toMatchObject([{ id: movement, reference: 'E1', amount: 1_000, ownerId: null }]);
    expect(await books()).toEqual([-1_000, 1_000, 0]);
    const paid = await match(movement, id, 'k1');
    expect(paid).toMatchObject({ status: 200, body: { state: 'matched', attempt, ownerType: 'pix', ownerId: id } });
    expect(await status(id)).toBe('paid');
    expect(await books()).toEqual([-1_000, 0, 990]);
    expect(await match(movement, id, 'k1')).toMatchObject({ replayed: true });
    expect(await match(movement, id)).toMatchObject({ status: 200, body: { state: 'matched' } });
    const other = await desk.charge('pending');
    await expect(match(movement, other.id)).rejects.toThrow(ConflictFault);
    expect(await books()).toEqual([-1_000, 0, 990]);
  });

  it.each(['expired', 'canceled'])('pays a charge that is %s, late', async (ended) => {
    const movement = await received('E1', 800);
    const { id } = await desk.charge(ended, 'declined');
    expect(await match(movement, id)).toMatchObject({ body: { state: 'matched' } });
    expect(await desk.sql('select status, late from charge')).toEqual([{ status: 'paid', late: true }]);
    expect(await books()).toEqual([-800, 0, 792]);
  });

  it('pays no charge twice, none of another account, and none that cannot be paid', async () => {
    const [first, second] = [await received('E1'), await received('E2')];
    const { id } = await desk.charge('pending');
    await Promise.allSettled([match(first, id), match(second, id)]);
    expect(await status(id)).toBe('paid');
    expect(await books()).toEqual([-2_000, 1_000, 990]);
    const [left] = await desk.sql<{ row_id: string; owner_id: unknown }>(
      `select * from movement where state = 'suspense'`,
    );
    expect(left!.owner_id).toBeNull();
    await expect(match(left!.row_id, id)).rejects.toMatchObject({ code: 'invalid_state', extra: { status: 'paid' } });
    const elsewhere = await received('E3', 1_000, await desk.account('second', 'its-secret'));
    await expect(match(elsewhere, (await desk.charge('pending')).id)).rejects.toThrow(InvalidFault);
    await expect(match(elsewhere, uuid())).rejects.toThrow(InvalidFault);
    await expect(match(uuid(), id)).rejects.toThrow(MissingFault);
  });

  it.each(['unknown', 'declined', 'succeeded'])('pays a charge on a card too, its sale being %s', async (state) => {
    const account = await desk.account('cards', 'its-secret', 'stripe', { secretKey: 'sk_test_x' });
    const { id, attempt } = await desk.sale(account);
    const before = { unknown: 'processing', declined: 'expired', succeeded: 'authorized' }[state];
    await desk.sql('update attempt set state = ? where id = ?', [state, attempt]);
    await desk.sql('update charge set status = ?, wants_capture = ? where id = ?', [before, state === 'unknown', id]);
    const movement = await received('py_1', 1_000, account);
    await expect(match(movement, id)).rejects.toThrow(InvalidFault);
    const paid = await match(movement, id, undefined, 'creditCard');
    expect(paid.body).toMatchObject({ state: 'matched', attempt, ownerType: 'creditCard', ownerId: id });
    expect(await desk.sql('select status, amount_paid::int as paid from charge where id = ?', [id])).toEqual([
      { status: 'paid', paid: 1_000 },
    ]);
    expect(await Promise.all(['provider:stripe:clearing', 'provider:stripe:suspense'].map(sum))).toEqual([-1_000, 0]);
  });

  it('pays one charge when two are named at once', async () => {
    const movement = await received('E1');
    const [a, b] = [await desk.charge('pending'), await desk.charge('pending')];
    const ends = await Promise.allSettled([match(movement, a.id), match(movement, b.id)]);
    expect(ends.map((it) => it.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect([await status(a.id), await status(b.id)].sort()).toEqual(['paid', 'pending']);
    expect(await books()).toEqual([-1_000, 0, 990]);
  });
});

describe('operators', () => {
  it('see the health of every account', async () => {
    const second = await desk.account('second', 'its-secret');
    await desk.attempt();
    for (const state of ['pending', 'declined', 'succeeded']) await desk.attempt({ state });
    const { data } = await desk.at.get(Operations).providers();
    const unread = {
      status: 'waiting',
      since: null,
      until: null,
      lines: 0,
      news: 0,
      open: 0,
      error: null,
      doneAt: null,
    };
    const account = { provider: 'gerencianet', environment: 'simulator', breaker: 'closed', since: null };
    const common = { ...account, statement: unread };
    expect(data).toEqual([
      { ...common, credential: desk.credential, successRate: 0.75, attempts: 4, unknown: 1 },
      { ...common, credential: second, successRate: null, attempts: 0, unknown: 0 },
    ]);
  });

  it('see jobs by state, page by page, without secrets', async () => {
    await desk.sql('delete from job');
    await desk.sql(`insert into job (name, payload, last_error, leased_until, done_at) values
      ('a.due', '{"secret":"hunter2"}', null, null, null), ('b.failed', '{}', 'Error: no', null, null),
      ('c.running', '{}', 'Error: no', clock_now() + interval '1 minute', null),
      ('d.done', '{}', null, null, clock_now())`);
    const jobs = (members: Partial<JobsQuery>) => desk.at.get(Operations).jobs(query(JobsQuery, members));
    const { data } = await jobs({});
    expect(data.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'd.done done',
      'c.running running',
      'b.failed failed',
      'a.due due',
    ]);
    expect(data[3]).toMatchObject({ payload: { secret: '[redacted]' }, doneAt: null });
    expect((await jobs({ state: 'failed' })).data.map(({ name }) => name)).toEqual(['b.failed']);
    expect((await jobs({ name: 'a.due' })).data).toHaveLength(1);
    const page = await jobs({ limit: 2, starting_after: data[0]!.id });
    expect(page).toMatchObject({ hasMore: true, data: [{ name: 'c.running' }, { name: 'b.failed' }] });
    const before = await jobs({ limit: 2, ending_before: data[3]!.id });
    expect(before).toMatchObject({ hasMore: true, data: [{ name: 'c.running' }, { name: 'b.failed' }] });
    await expect(jobs({ starting_after: 'x' })).rejects.toThrow(InvalidFault);
  });

  it('read the whole story of a charge', async () => {
    const { id, attempt } = await desk.charge('pending');
    const done = {
      kind: 'done',
      ref: 'T1',
      receipt: 'E1',
      at: new Date('2026-01-20T12:00:00Z'),
      amount: cents(1_000),
    } as const;
    await desk.at.get(Routing).settle(attempt, { ...done, currency: 'BRL', data: {} }, 'callback');
    const transactions = desk.at.get(Transactions);
    const story = await transactions.story(id);
    expect(story).toMatchObject({
      charge: { id, status: 'paid', merchantId: desk.merchantId, mode: 'test' },
      attempts: [{ id: attempt, state: 'succeeded', findings: [{ source: 'callback' }], decision: { candidates: [] } }],
      postings: [{ reference: `attempt:${attempt}` }],
      events: [{ type: 'pix', sequence: 1 }],
      movements: [],
      deliveries: [],
    });
    const list = await transactions.list(query(AllTransactionsQuery, { merchantId: desk.merchantId, status: 'paid' }));
    expect(list).toMatchObject({ hasMore: false, data: [{ id, merchantId: desk.merchantId }] });
    expect((await transactions.list(query(AllTransactionsQuery, { mode: 'live' }))).data).toEqual([]);
    const later = query(AllTransactionsQuery, { createdFrom: '2999-01-01', merchantId: desk.merchantId });
    expect((await transactions.list(later)).data).toEqual([]);
    await expect(transactions.story(uuid())).rejects.toThrow(MissingFault);
  });
});
