import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { INestApplicationContext } from '@nestjs/common';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { lockCharge } from '@libs/charges/lock.js';
import { Refunds } from '@libs/charges/refunds.service.js';
import type { Merchant } from '@libs/kernel/caller.js';
import type { ChargeBody } from '@libs/charges/charges.service.js';
import { ConflictFault } from '@libs/kernel/fault.js';
import { Handlers } from '@libs/kernel/handlers.js';
import { uuid } from '@libs/kernel/ids.js';
import type { Reply } from '@libs/kernel/reply.js';
import { tx } from '@libs/kernel/transaction.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { cents } from '@libs/money/cents.js';
import { RelayJob } from '@libs/outbox/relay.job.js';
import { Pix } from '@libs/pix/pix.entity.js';
import { PixService } from '@libs/pix/pix.service.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { configureProviders } from '@libs/providers/settings.js';
import { Wish } from '@libs/requests/wish.js';
import type { Attempt } from '@libs/routing/attempt.entity.js';
import { Lanes } from '@libs/routing/lanes.service.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import { emOf } from '@test/support/context.js';
import { done, Stage } from '@test/support/stage.js';
import { declined, gross, issued, unknown } from '@test/support/tale.js';
import { gaps, unannounced, watchStatuses } from '@test/support/witness.js';

let stage: Stage;
let sandbox: Sandbox;
let directory: string;
/** Two processes' worth, on one database. */
let processes: readonly INestApplicationContext[];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trilho-concurrency-'));
  sandbox = await startSandbox({ port: 0, directory });
  configureProviders({ sandboxUrl: sandbox.url, sandboxCa: sandbox.caFile });
  const env = {
    SANDBOX_URL: sandbox.url,
    SANDBOX_CA: sandbox.caFile,
    PROVIDER_DEADLINE_MS: '5000',
    JOB_LEASE_MS: '10000',
  };
  stage = await Stage.open(env);
  processes = [stage.at, await Stage.worker(stage.database.url, env)];
  await watchStatuses(stage.em());
  const lane = { provider: 'gerencianet', operation: 'pix.create', priority: 1 } as const;
  const credential = { name: 'simulated', environment: 'simulator' } as const;
  const credentials = { ...sandbox.accounts.gerencianet };
  await stage.at.get(Lanes).replace(stage.merchantId, [{ ...lane, credential, credentials }]);
});
afterAll(async () => {
  await processes?.[1]?.close();
  await stage?.close();
  await sandbox?.close();
  rmSync(directory, { recursive: true, force: true });
});

const at = (i: number): INestApplicationContext => processes[i % processes.length]!;
const times = <T>(n: number, act: (i: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
  Promise.allSettled(Array.from({ length: n }, (_, i) => act(i)));
const settle = (i: number, { id }: Attempt, news: News): Promise<unknown> =>
  at(i).get(Routing).settle(id, news, 'find');
const job = (i: number, name: string, payload: Record<string, unknown>): Promise<unknown> =>
  at(i).get(Handlers).find(name)({ id: '0', name, payload, tries: 1 });
const ask = (i: number, charge: string, amount?: number): Promise<string> =>
  tx(emOf(at(i)), async (em) =>
    at(i)
      .get(Refunds, { strict: false })
      .ask(em, await lockCharge(em, charge), amount === undefined ? undefined : cents(amount)),
  );
const failures = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
const refusals = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  failures(results).filter((it) => !(it instanceof ConflictFault));

async function sound(): Promise<void> {
  expect(await unannounced(stage.em())).toEqual([]);
  expect(await gaps(stage.em())).toEqual([]);
  expect(await stage.at.get(Ledger, { strict: false }).total(stage.em())).toBe(0n);
}
async function paid(): Promise<{ readonly id: string; readonly attempt: Attempt }> {
  const charge = await stage.charge();
  await stage.settle(charge.attempt, issued(charge.attempt), 'call');
  await stage.settle(charge.attempt, done(charge.attempt, `E${charge.id}`, gross));
  return charge;
}

describe('two processes on one database', () => {
  it('hear the same news at once, and it has one effect', async () => {
    const { id, attempt } = await stage.charge();
    expect(failures(await times(20, (i) => settle(i, attempt, done(attempt, `E${id}`, gross))))).toEqual([]);
    const [count] = await stage.sql<{ entries: number; events: number; findings: number }>(
      `select (select count(*)::int from entry where reference = ?) as entries,
         (select count(*)::int from outbox where object_id = ?) as events,
         (select count(*)::int from finding where attempt_id = ?) as findings`,
      [`attempt:${attempt.id}`, id, attempt.id],
    );
    expect(count).toEqual({ entries: 1, events: 1, findings: 20 });
    await sound();
  });

  it('hear that it is paid, removed and expired at once, and the money counts', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, attempt } = await stage.charge();
      await stage.settle(attempt, issued(attempt), 'call');
      const told = await Promise.allSettled([
        settle(0, attempt, done(attempt, `E${id}`, gross)),
        settle(1, attempt, declined('cancelled')),
        job(0, 'charges.expire', { charge: id }),
        settle(1, attempt, unknown),
      ]);
      expect(failures(told)).toEqual([]);
      await stage.rest(id);
      expect(await stage.end(id)).toMatchObject({ status: 'paid', paid: 1000, live: 0, refunds: [] });
    }
    await sound();
  });

  it('are asked for the whole of a charge twenty times, and give it back once', async () => {
    const { id } = await paid();
    const asked = await times(20, (i) => ask(i, id));
    expect(asked.filter((it) => it.status === 'fulfilled')).toHaveLength(1);
    expect(failures(asked)).toEqual(Array(19).fill(expect.objectContaining({ code: 'amount_exceeds_remaining' })));
    expect(await stage.end(id)).toMatchObject({ status: 'refund_requested', refunding: 1000 });
    await sound();
  });

  it('are asked for many parts, and give back no more than there was', async () => {
    const { id } = await paid();
    const asked = await times(24, (i) => ask(i, id, 60));
    expect(asked.filter((it) => it.status === 'fulfilled')).toHaveLength(16); // 16 × 60 of 1000
    expect(await stage.end(id)).toMatchObject({ refunding: 960 });
    await sound();
  });
});

describe('at the provider', () => {
  const create = async (i: number, key: string): Promise<Reply<ChargeBody>> => {
    const { merchantId } = stage;
    const merchant: Merchant = { kind: 'merchant', keyId: uuid(), merchantId, mode: 'test', scopes: ['*'] };
    const wish = new Wish(`merchant:${merchantId}:test`, key, 'POST /pix', '', { amount: 1000 });
    return at(i).get(PixService, { strict: false }).create(merchant, wish, { amount: gross });
  };
  const sim = async <T>(path: string, method = 'GET'): Promise<T> =>
    (await (await fetch(`${sandbox.url}/_sim/${path}`, { method })).json()) as T;

  it('fifty twins with one Idempotency-Key make one Pix, and all read the same', async () => {
    const told = await times(50, (i) => create(i, 'twins'));
    const replies = told.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    expect(failures(told)).toEqual([]);
    expect(new Set(replies.map(({ body }) => `${String(body['id'])} ${String(body['qrCode'])}`)).size).toBe(1);
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(201));
    expect(replies.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await sim<{ effects: unknown[] }>('ledger')).effects).toHaveLength(1);
    await sound();
  });

  it('one refund whose job is done ten times at once is asked for once', async () => {
    const { body } = await create(0, 'refunded');
    const id = String(body['id']);
    const { paymentId, attemptId } = await stage.em().findOneOrFail(Pix, id);
    await sim(`pix/${paymentId}/pay`, 'POST');
    await at(0).get(Reconcile).find(attemptId!, 'find');
    const refund = await ask(0, id);
    const sent = await times(10, (i) => job(i, 'charges.refund', { refund }));
    expect(failures(sent)).toEqual([]);
    const { requests } = await sim<{ requests: { method: string }[] }>('requests?operation=pix.refund');
    expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    await sound();
  });
});

describe('two hundred operations at once', () => {
  it('end, without a deadlock and without a cent lost', async () => {
    const charges = await Promise.all(Array.from({ length: 8 }, () => paid()));
    const open = [];
    for (let i = 0; i < 8; i += 1) open.push(await stage.charge());
    const all = [...charges, ...open];
    const second = (i: number, { id, attempt }: (typeof all)[number]): Promise<unknown> => {
      const moved = {
        kind: 'received',
        id: `S${id}`,
        about: { key: attempt.key },
        amount: cents(70),
        currency: 'BRL',
      } as const;
      return at(i)
        .get(Routing)
        .record(stage.credential, { ...moved, at: new Date(0) });
    };
    const acts: readonly ((i: number, of: (typeof all)[number]) => Promise<unknown>)[] = [
      (i, { id, attempt }) => settle(i, attempt, done(attempt, `E${id}`, gross)),
      (i, { attempt }) => settle(i, attempt, issued(attempt)),
      (i, { attempt }) => settle(i, attempt, declined('cancelled')),
      (i, { id }) => ask(i, id, 90),
      (i, { id }) => job(i, 'charges.expire', { charge: id }),
      (i, it) => second(i, it),
      (i) => at(i).get(RelayJob, { strict: false }).relay(),
      (i, { attempt }) => settle(i, attempt, unknown),
      () => stage.work(),
    ];
    const told = await times(200, (i) => acts[(i * 7) % acts.length]!(i, all[(i * 5) % all.length]!));
    expect(refusals(told)).toEqual([]);
    for (const { id } of all) {
      await stage.rest(id);
      const end = await stage.end(id);
      expect(end.refunded + end.refunding).toBeLessThanOrEqual(end.paid);
      expect(end.refunds.filter((it) => it.startsWith('undo')).every((it) => it === 'undo 70 done')).toBe(true);
    }
    await sound();
    await stage.sql('select pg_stat_force_next_flush()');
    const [seen] = await stage.sql<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    expect(seen).toEqual({ deadlocks: 0 });
  });
});
