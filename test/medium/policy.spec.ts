import { EntityManager } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidFault } from '@libs/kernel/fault.js';
import { cents } from '@libs/money/cents.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import { approvedOf } from '@libs/routing/approved.js';
import { Approvals } from '@libs/routing/approvals.service.js';
import { attempts as machine } from '@libs/routing/attempt.entity.js';
import { Credentials } from '@libs/routing/credentials.js';
import { Lanes } from '@libs/routing/lanes.service.js';
import { Replays } from '@libs/routing/replay.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import type { Rule } from '@libs/routing/rules.js';
import { Rulesets } from '@libs/routing/rulesets.service.js';
import { Desk } from '@test/support/desk.js';

let desk: Desk;
/** Nothing was ever tried by it. */
let account: string;
let made = 0;
beforeAll(async () => {
  desk = await Desk.open();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.sql('delete from attempt');
  account = await desk.account(`account ${(made += 1)}`, `secret ${made}`);
});

const codes = [null, 'expired', 'cancelled', 'card_declined', 'refused', 'breaker', 'late', 'unready'];
/** An attempt in like circumstances, as it ended. */
async function ended(state: string, code: string | null, like = ':::', credential = account): Promise<void> {
  const id = await desk.attempt({ state, operation: 'pix.create', ownerKind: 'pix', credential });
  const decision = JSON.stringify({ rulesVersion: 0, candidates: [], seen: { at: '2026-01-01T00:00:00Z', like } });
  await desk.sql('update attempt set code = ?, decision = ?::jsonb where id = ?', [code, decision, id]);
}
/** What is read by a process that has not asked before. */
const recent = async (credential = account): ReturnType<Approvals['recent']> =>
  new Approvals(desk.at.get(EntityManager)).recent('pix.create', [credential]);

describe('an account', () => {
  const store = { merchantId: '00000000-0000-0000-0000-000000000001', merchantKey: 'K'.repeat(40) };
  const can = (credentialId: string, operation: Operation, input?: object): Promise<boolean> => {
    const place = { provider: 'cielo', environment: 'simulator', credentialId, saleAt: new Date(0) } as const;
    return desk.at.get(Routing).can(place, operation, input);
  };

  it('can do what it is set to, and its lanes say so', async () => {
    const old = await desk.account('old', 'secret of the old', 'cielo', store);
    const young = await desk.account('new', 'secret of the new', 'cielo', { ...store, pixContract: 'cielo2' });
    const sealed = await desk.account('none', 'secret of none', 'cielo', { merchantId: 'x' });
    expect([await can(old, 'pix.cancel'), await can(young, 'pix.cancel')]).toEqual([false, true]);
    expect([await can(young, 'bankslip.cancel'), await can(young, 'pix.refund', { rest: false })]).toEqual([
      false,
      false,
    ]);
    for (const credential of [old, young, sealed, account]) {
      await desk.sql(
        `insert into lane (id, merchant_id, credential_id, provider, operation, mode, priority, conditions, settle_days,
           unproven, cost, price, reroute)
         select gen_random_uuid(), merchant_id, id, provider, 'pix.create', mode, 1, '{}', 0, false,
           '{"rateBps":0,"fixed":0}', '{"rateBps":0,"fixed":0}', '{}' from credential where id = ?`,
        [credential],
      );
    }
    const lanes = await desk.at.get(Lanes).facts(desk.merchantId, 'test');
    const settings = [old, young, sealed, account].map((id) => lanes.find((it) => it.credentialId === id)?.settings);
    const payer = { name: 'Ana', taxId: '12345678909' };
    const wish = { amount: cents(1_000), currency: 'BRL' } as const;
    const { decision } = await desk.at.get(Routing).plan({
      ...wish,
      merchantId: desk.merchantId,
      mode: 'test',
      operation: 'pix.create',
      owner: { kind: 'pix', id: old },
      input: { ...wish, expireSeconds: 3_600, payer },
    });
    const ofOld = lanes.find((it) => it.credentialId === old)!.id;
    const skipped = decision.candidates.filter(({ reason }) => reason === 'capability');
    expect(skipped.map((it) => it.lane)).toEqual([ofOld]);
    const environment = 'simulator';
    expect(settings).toEqual([{ environment }, { environment, pixContract: 'cielo2' }, undefined, undefined]);
  });

  it('says where it is called, to whoever has its id', async () => {
    const credentials = desk.at.get(Credentials);
    const id = await desk.account('called', 'its-own-secret');
    expect(await credentials.addressOf(id)).toMatch(/\/callbacks\/gerencianet\/its-own-secret$/);
    expect(await credentials.addressOf(id)).toBe(await credentials.addressOf(id));
  });
});

describe('recent figures', () => {
  it('are counted alike in SQL and in code, whatever the state and the code', async () => {
    let [attempts, approved] = [0, 0];
    for (const state of machine.states) {
      for (const code of codes) {
        await ended(state, code);
        const word = approvedOf(state, code);
        if (word !== undefined) attempts += 1;
        if (word === true) approved += 1;
      }
    }
    const like = new Map([[':::', { attempts, approved }]]);
    expect(await recent()).toEqual(new Map([[account, { attempts, approved, like }]]));
  });

  it('are of one account, one operation, the last 300, by like circumstances', async () => {
    const other = await desk.account('second', 'its-secret');
    await ended('declined', 'card_declined', 'credit:visa::', other);
    await desk.attempt({ state: 'failed', credential: account }); // a refund
    await ended('succeeded', null);
    await ended('succeeded', null, 'credit:visa::');
    await ended('declined', 'card_declined', 'credit:visa::');
    const tallies = [
      [':::', { attempts: 1, approved: 1 }],
      ['credit:visa::', { attempts: 2, approved: 1 }],
    ] as const;
    const figures = (await recent()).get(account)!;
    expect([figures.attempts, figures.approved]).toEqual([3, 2]);
    expect([...figures.like].sort(([a], [b]) => a.localeCompare(b))).toEqual(tallies);
    expect((await recent(other)).get(other)).toMatchObject({ attempts: 1, approved: 0 });
    await desk.sql(
      `insert into attempt select gen_random_uuid(), owner_kind, gen_random_uuid(), merchant_id, mode, operation,
         'declined', unsent, provider, environment, credential_id, lane_id, amount, currency, key || n, object,
         parent, before, decision, cost, price, settle_days, settle_on, reroute, proof, ref, receipt, 'card_declined',
         return_code, message, parked_at, parked_why, deadline, absent_at, asks, ask_at, sale_at,
         clock_now(), settled_at
       from attempt, generate_series(1, 300) n where credential_id = ?`,
      [other],
    );
    expect((await recent(other)).get(other)).toMatchObject({ attempts: 300, approved: 0 });
  });

  it('are read once for many who ask at once, and again when they are old', async () => {
    const approvals = new Approvals(desk.at.get(EntityManager));
    const ask = async (): Promise<number> => (await approvals.recent('pix.create', [account])).get(account)!.attempts;
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([0, 0, 0]);
    await ended('succeeded', null);
    expect(await ask()).toBe(0); // as it was a moment ago
  });

  it('are no reason to fail', async () => {
    const approvals = new Approvals(desk.at.get(EntityManager));
    expect((await approvals.recent('pix.create', ['no uuid'])).get('no uuid')).toMatchObject({ attempts: 0 });
  });
});

describe('the rules of a merchant', () => {
  const rules: readonly Rule[] = [{ strategy: 'cost' }];

  it('have versions of their own, without a gap, also when two write at once', async () => {
    const rulesets = desk.at.get(Rulesets);
    const made = await Promise.all(Array.from({ length: 5 }, () => rulesets.replace(desk.merchantId, rules)));
    expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(await rulesets.current(desk.merchantId)).toMatchObject({ version: 5, rules });
    await rulesets.replace(desk.merchantId, []);
    expect(await rulesets.current(desk.merchantId)).toMatchObject({ version: 6, rules: [] });
    expect(await rulesets.version(desk.merchantId, 5)).toMatchObject({ version: 5, rules });
    await expect(rulesets.replace(desk.merchantId, [{}])).rejects.toThrow(InvalidFault);
  });
});

describe('a replay', () => {
  const [dear, cheap] = ['0199b0de-0000-7000-8000-00000000000a', '0199b0de-0000-7000-8000-00000000000b'];
  /** Began at the dear lane and was refused there; the cheap one was behind it. */
  async function past(amount: number, state = 'declined', at = '2026-01-20T12:00:00Z'): Promise<void> {
    const id = await desk.attempt({ state, operation: 'pix.create', ownerKind: 'pix' });
    const figures = (priority: number, cost: number, approval: number): object => ({
      figures: { priority, cost, price: 40, attempts: 9, approval },
    });
    const candidates = [
      { lane: dear, provider: 'gerencianet', outcome: 'chosen', reason: 'priority', ...figures(1, 30, 0.5) },
      { lane: cheap, provider: 'acme', outcome: 'fallback', reason: 'priority', ...figures(2, 10, 0.75) },
      { lane: cheap, provider: 'acme', outcome: 'skipped', reason: 'condition' },
    ];
    const decision = { rulesVersion: 0, candidates, seen: { at, like: ':::' } };
    await desk.sql(
      `update attempt set amount = ?, lane_id = ?, decision = ?::jsonb, code = 'card_declined', created_at = ?
       where id = ?`,
      [amount, dear, JSON.stringify(decision), at, id],
    );
  }
  const january = { since: new Date('2026-01-01T00:00:00Z'), until: new Date('2026-02-01T00:00:00Z') };
  async function replayed(rules: readonly Rule[], more: object = {}): Promise<object> {
    const replays = desk.at.get(Replays);
    const asked = { merchantId: desk.merchantId, mode: 'test' as const, ...january, rules, ...more };
    const { body } = await replays.open(asked, () => Promise.resolve(undefined));
    const job = { id: '1', name: 'routing.replay', payload: { id: body.id }, tries: 1 };
    await replays.run(job);
    await replays.run(job); // a handler may run twice
    return replays.find(body.id);
  }

  it('says what would have moved, in money, fees and approvals', async () => {
    await past(1_000);
    await past(2_000, 'succeeded');
    await past(4_000, 'unknown');
    await past(8_000, 'succeeded', '2026-02-01T00:00:00Z');
    await desk.attempt(); // a follow-up, which had no choice
    const common = { status: 'done', done: 3, total: 3, approvals: 1 };
    expect(await replayed([{ strategy: 'cost' }])).toMatchObject({
      ...common,
      moved: 3,
      amountMoved: cents(7_000),
      feeDelta: cents(-60),
      expectedApprovals: 2.25,
    });
    expect(await replayed([{ when: { amountMin: 4_000 }, prefer: ['acme'] }])).toMatchObject({
      ...common,
      moved: 1,
      amountMoved: cents(4_000),
      feeDelta: cents(-20),
      expectedApprovals: 1.75,
    });
    // Nobody knows yet what became of the third: it counts by the rate of its time.
    expect(await replayed([])).toMatchObject({ ...common, moved: 0, feeDelta: cents(0), expectedApprovals: 1.5 });
    expect(await replayed([{ strategy: 'cost' }], { mode: 'live' })).toMatchObject({ status: 'done', total: 0 });
  });

  it('counts every attempt once, though many came in one moment', async () => {
    await past(1_000);
    await desk.sql(
      `insert into attempt select gen_random_uuid(), owner_kind, gen_random_uuid(), merchant_id, mode, operation, state,
         unsent, provider, environment, credential_id, lane_id, amount, currency, key || n, object, parent, before,
         decision, cost, price, settle_days, settle_on, reroute, proof, ref, receipt, code, return_code, message,
         parked_at, parked_why, deadline, absent_at, asks, ask_at, sale_at, created_at, settled_at
       from attempt, generate_series(1, 1200) n`,
    );
    expect(await replayed([{ strategy: 'cost' }])).toMatchObject({ done: 1_201, total: 1_201, moved: 1_201 });
  });

  it('that cannot be finished says so after some tries', async () => {
    const replays = desk.at.get(Replays);
    const asked = { merchantId: desk.merchantId, mode: 'test' as const, ...january, rules: [] };
    const { body } = await replays.open(asked, () => Promise.resolve(undefined));
    await desk.sql('alter table attempt rename to gone');
    const job = { id: '1', name: 'routing.replay', payload: { id: body.id } };
    await expect(replays.run({ ...job, tries: 1 })).rejects.toThrow('attempt');
    await replays.run({ ...job, tries: 5 });
    expect(await replays.find(body.id)).toMatchObject({ status: 'failed' });
    await desk.sql('alter table gone rename to attempt');
  });
});
