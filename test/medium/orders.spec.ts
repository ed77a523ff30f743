import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { LedgerVerification } from '@libs/ledger/verify.js';
import { cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import type { Attempt } from '@libs/routing/attempt.entity.js';
import { done, type End, Stage } from '@test/support/stage.js';
import { type Case, declined, gross, issued, orders, Tale, type Told, unknown } from '@test/support/tale.js';
import { gaps, unannounced, watchStatuses } from '@test/support/witness.js';

/** Orders of each set, drawn anew in every run; the long run draws twelve times as many. */
const runs = process.env['TRILHO_LONG'] === '1' ? { each: 100, anything: 400 } : { each: 8, anything: 32 };
let told = 0;
vi.setConfig({ testTimeout: 240_000 });

let stage: Stage;
const tale = new Tale(() => stage);
const { sent, cancelling, rerouted, refunding, pick } = tale;
beforeAll(async () => {
  stage = await Stage.open();
  await watchStatuses(stage.em());
});
afterAll(async () => {
  process.stdout.write(`Orders of news: ${told} told, ${runs.each} of each set\n`);
  await stage?.close();
});
afterEach(async () => {
  expect(await unannounced(stage.em())).toEqual([]);
  expect(await gaps(stage.em())).toEqual([]);
  expect(await stage.at.get(Ledger, { strict: false }).total(stage.em())).toBe(0n);
});

interface Confluence {
  readonly from: () => Promise<Case>;
  readonly news: Readonly<Record<string, Told>>;
  readonly to: Partial<End>;
}
function confluent(name: string, { from, news, to }: Confluence): void {
  it(`${name}: ${Object.keys(news).join(', ')}`, async () => {
    await fc.assert(
      fc.asyncProperty(orders(Object.keys(news)), async (order) => {
        told += 1;
        expect(await tale.tell(from, news, order)).toMatchObject(to);
      }),
      { numRuns: runs.each, endOnFailure: true },
    );
  });
}
/** The same news of another attempt of the case. */
const of =
  (name: string, news: News | ((it: Attempt) => News)): Told =>
  (it) =>
    stage.settle(it.more[name]!, typeof news === 'function' ? news(it.more[name]!) : news);

const cost = 4;
const price = 15;
const balances = (clearing: number, payable: number, fees: number): Readonly<Record<string, number>> => ({
  'provider:gerencianet:clearing': clearing,
  'merchant:M:payable': payable,
  'platform:fees': fees - cost,
  'provider:gerencianet:fees': cost,
});
const sold = balances(-1000, 1000 - price, price);
const whole = {
  status: 'paid',
  pending: null,
  paid: 1000,
  net: 985,
  coded: true,
  refunds: [],
  live: 0,
  balances: sold,
};
const unparked = { ...whole, parked: 0 };
const unpaid = { paid: 0, net: null, refunds: [], parked: 0, balances: {} };

/*
 * The sets are those that one provider may tell of one charge. What contradicts itself on its face has no one end: a
 * call that provably never happened and money for it, or a no for good to a charge that nobody else was asked for;
 * which of an expiry and a cancel closed a charge that nobody pays is whichever came first. Of those only the laws
 * below hold.
 */
describe('a Pix ends the same, in whatever order and however often its news comes', () => {
  confluent('in time', {
    from: sent,
    news: pick('issued', 'unknown', 'not there yet', 'paid', 'our jobs'),
    to: unparked,
  });
  confluent('late', { from: sent, news: pick('issued', 'paid', 'expired', 'our jobs', 'unknown'), to: unparked });
  confluent('although removed', {
    from: sent,
    news: pick('issued', 'paid', 'expired', 'removed', 'unknown', 'our jobs'),
    to: whole,
  });
  confluent('twice', {
    from: sent,
    news: pick('issued', 'paid', 'a second payment', 'expired', 'our jobs'),
    to: { ...unparked, refunds: ['undo 400 done'] },
  });
  confluent('by two', {
    from: sent,
    news: pick('issued', 'paid', 'paid by somebody else', 'expired', 'our jobs'),
    to: { ...unparked, refunds: ['undo 1000 done'] },
  });
  confluent('never', {
    from: sent,
    news: pick('issued', 'unknown', 'expired', 'our jobs'),
    to: { ...unpaid, status: 'expired' },
  });
  confluent('removed', {
    from: sent,
    news: pick('issued', 'unknown', 'not there yet', 'removed', 'our jobs'),
    to: { ...unpaid, status: 'canceled', live: 0 },
  });
});

describe('a Pix that its merchant cancels', () => {
  const removed = (it: Attempt): News => done(it, `R${it.key}`, cents(0), it.parent?.ref);
  const yes = { 'cancelled at the bank': of('cancel', removed), 'cancel unknown': of('cancel', unknown) };
  const no = { 'cancel refused': of('cancel', declined('not_allowed')), 'cancel unknown': of('cancel', unknown) };
  confluent('in time', {
    from: cancelling,
    news: { ...yes, ...pick('issued', 'our jobs') },
    to: { ...unpaid, status: 'canceled', pending: null, live: 0 },
  });
  confluent('too late', { from: cancelling, news: { ...yes, ...pick('paid', 'expired', 'our jobs') }, to: unparked });
  confluent('in vain', { from: cancelling, news: { ...no, ...pick('paid', 'issued', 'our jobs') }, to: unparked });
});

describe('a Pix of two lanes', () => {
  const first = { 'paid by the first': of('first', (it) => done(it, `F${it.key}`, gross)) };
  confluent('both paid', {
    from: rerouted,
    news: { ...first, ...pick('issued', 'paid', 'expired', 'our jobs') },
    to: { ...whole, refunds: ['undo 1000 done'] },
  });
  confluent('the first paid', {
    from: rerouted,
    news: { ...first, ...pick('issued', 'expired', 'removed', 'our jobs') },
    to: whole,
  });
});

describe('refunds of a Pix', () => {
  const back =
    (amount: number) =>
    (it: Attempt): News =>
      done(it, `D${it.key}`, cents(amount));
  const one = {
    'the first done': of('one', back(300)),
    'the first pending': of('one', issued),
    'the first unknown': of('one', unknown),
  };
  const two = { 'the second refused': of('two', declined('not_allowed')), 'the second unknown': of('two', unknown) };
  const beside = pick('paid', 'issued', 'expired', 'our jobs');
  confluent('one done, one refused', {
    from: refunding,
    news: { ...one, ...two, ...beside },
    to: {
      ...unparked,
      status: 'refunded',
      refunded: 300,
      refunding: 0,
      refunds: ['asked 200 failed', 'asked 300 done'],
      balances: balances(-700, 985 - 296, 11),
    },
  });
  confluent('both refused', {
    from: refunding,
    news: { ...two, 'the first refused': of('one', declined('request_invalid')), ...beside },
    to: { ...whole, refunds: ['asked 200 failed', 'asked 300 failed'], refunded: 0, refunding: 0 },
  });
  confluent('refused, and done all the same', {
    from: refunding,
    news: { ...one, ...two, 'the second done': of('two', back(200)), ...pick('our jobs') },
    to: {
      ...whole,
      status: 'refunded',
      refunded: 500,
      refunding: 0,
      refunds: ['asked 200 done', 'asked 300 done'],
      balances: balances(-500, 985 - 296 - 197, 8),
    },
  });
  confluent('beside a second payment', {
    from: refunding,
    news: { ...one, ...pick('a second payment', 'our jobs') },
    to: {
      ...unparked,
      status: 'refund_requested',
      refunded: 300,
      refunding: 200,
      live: 1,
      refunds: ['asked 200 pending', 'asked 300 done', 'undo 400 done'],
      balances: { ...balances(-700, 985 - 296 - 197, 8), 'refunds:transit': 200 },
    },
  });
});

describe('whatever is told', () => {
  it('is refused by nobody, and every cent that was seen is somewhere', async () => {
    const anything = { ...tale.made, ...tale.rest };
    const stories = fc.array(fc.constantFrom(...Object.keys(anything)), { minLength: 1, maxLength: 12 });
    const seen: Readonly<Record<string, readonly [string, number]>> = {
      paid: ['1', 1000],
      'under another name': ['1', 1000],
      'a second payment': ['2', 400],
      'paid by somebody else': ['3', 1000],
      taken: ['5', -1000],
      given: ['6', 1000],
    };
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        told += 1;
        const end = await tale.tell(sent, anything, story);
        const came = new Map(story.flatMap((name) => (seen[name] ? [seen[name]] : [])));
        const total = [...came.values()].reduce((sum, amount) => sum + amount, 0);
        const returned = end.refunds.reduce((sum, it) => sum + Number(it.split(' ')[1]), 0);
        expect(end.refunds.every((it) => it.startsWith('undo') && it.endsWith('done'))).toBe(true);
        expect(end.balances['provider:gerencianet:clearing'] ?? 0).toBe(0 + returned - total);
        expect(end.paid > 0).toBe(end.net !== null);
      }),
      { numRuns: runs.anything, endOnFailure: true },
    );
  });

  it('leaves a ledger that proves itself', async () => {
    const verification = stage.at.get(LedgerVerification, { strict: false });
    const { id } = (await verification.open(() => Promise.resolve(undefined))).body;
    await stage.work();
    expect(await verification.find(id)).toMatchObject({ status: 'done', ok: true });
  });
});
