import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Handlers } from '@libs/kernel/handlers.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { LedgerVerification } from '@libs/ledger/verify.js';
import { cents } from '@libs/money/cents.js';
import type { DeclineCode, News } from '@libs/providers/contract/outcome.js';
import type { Attempt } from '@libs/routing/attempt.entity.js';
import { Routing } from '@libs/routing/routing.service.js';
import { done, type End, Stage } from '@test/support/stage.js';
import { gaps, unannounced, watchStatuses } from '@test/support/witness.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
  await watchStatuses(stage.em());
});
afterAll(async () => {
  await stage?.close();
});
afterEach(async () => {
  expect(await unannounced(stage.em())).toEqual([]);
  expect(await gaps(stage.em())).toEqual([]);
  expect(await stage.at.get(Ledger, { strict: false }).total(stage.em())).toBe(0n);
});

/** The news of one charge, by its name; `at` is the case it is told in. */
interface Case {
  readonly charge: string;
  readonly made: Attempt;
  readonly more: Readonly<Record<string, Attempt>>;
}
type Told = (it: Case) => Promise<unknown>;
const gross = cents(1000);
const issued: News = { kind: 'pending', ref: 'ref', data: { txid: 'ref', qrCode: 'code' } };
const unknown: News = { kind: 'unknown', why: 'timeout', message: 'nothing within the deadline' };
const declined = (code: DeclineCode): News => ({ kind: 'declined', code, message: code });
const receipt = ({ made }: Case, n: number): string => `E${n}${made.key}`;

const made: Record<string, Told> = {
  issued: (it) => stage.settle(it.made, issued),
  unknown: (it) => stage.settle(it.made, unknown),
  'not there yet': (it) => stage.settle(it.made, { kind: 'absent' }),
  paid: (it) => stage.settle(it.made, done(receipt(it, 1), gross), 'callback'),
  'removed by the bank': (it) => stage.settle(it.made, declined('cancelled')),
  expired: (it) => expire(it),
  'our jobs': () => stage.work(),
  'a second payment': (it) => second(it),
};

/** The clock's look at a charge whose time is over. */
const expire = ({ charge }: Case): Promise<unknown> =>
  stage.at.get(Handlers).find('charges.expire')({ id: '0', name: '', payload: { charge }, tries: 1 });
const second = (it: Case): Promise<void> => {
  const about = { key: it.made.key };
  const moved = { kind: 'received', id: receipt(it, 2), about, amount: cents(400), currency: 'BRL', at: new Date(0) } as const;
  return stage.at.get(Routing).record(stage.credential, moved);
};

/** Every order of all of them, each told once or several times. */
const orders = (names: readonly string[]): fc.Arbitrary<string[]> =>
  fc
    .array(fc.constantFrom(...names), { maxLength: 3 })
    .chain((again) => fc.shuffledSubarray([...names, ...again], { minLength: names.length + again.length }));

async function tell(begin: () => Promise<Case>, news: Record<string, Told>, order: readonly string[]): Promise<End> {
  const it = await begin();
  for (const name of order) await news[name]!(it);
  await stage.rest(it.charge);
  // Whoever is still undecided when its time is over ends then.
  if (order.includes('expired') && (await stage.end(it.charge)).status === 'pending') await expire(it);
  await stage.rest(it.charge);
  await stage.sql('delete from job');
  return stage.end(it.charge);
}

function confluent(name: string, begin: () => Promise<Case>, news: Record<string, Told>, end: Partial<End>): void {
  it(`${name}: ${Object.keys(news).join(', ')}`, async () => {
    await fc.assert(
      fc.asyncProperty(orders(Object.keys(news)), async (order) => {
        expect(await tell(begin, news, order)).toMatchObject(end);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
}

async function sent(): Promise<Case> {
  const { id, attempt } = await stage.charge();
  return { charge: id, made: attempt, more: {} };
}
async function paid(): Promise<Case> {
  const it = await sent();
  await stage.settle(it.made, issued, 'call');
  await stage.settle(it.made, done(receipt(it, 1), gross), 'callback');
  return it;
}
/** Issued, and the merchant's cancel on its way to the provider. */
async function cancelling(): Promise<Case> {
  const it = await sent();
  await stage.settle(it.made, issued, 'call');
  await stage.sql(`update charge set in_flight = 'canceling' where id = ?`, [it.charge]);
  return { ...it, more: { cancel: await stage.attempt('pix', it.charge, 'pix.cancel', gross, it.made) } };
}
/** The first lane has said no, the second has just been asked. */
async function rerouted(): Promise<Case> {
  const { id, attempt } = await stage.charge();
  await stage.sql(`update attempt set state = 'declined', code = 'not_allowed', ask_at = null where id = ?`, [attempt.id]);
  return { charge: id, made: await stage.attempt('pix', id, 'pix.create', gross), more: { first: attempt } };
}

const pick = (...names: string[]): Record<string, Told> => Object.fromEntries(names.map((it) => [it, made[it]!]));
const cost = 4;
const price = 15;
const sold = {
  'provider:gerencianet:clearing': -1000,
  'merchant:M:payable': 1000 - price,
  'platform:fees': price - cost,
  'provider:gerencianet:fees': cost,
};
const whole = { status: 'paid', pending: null, paid: 1000, net: 985, code: 'code', refunds: [], live: 0, balances: sold };

describe('a Pix ends the same, in whatever order and however often its news comes', () => {
  confluent('paid in time', sent, pick('issued', 'unknown', 'not there yet', 'paid', 'our jobs'), whole);
  confluent('paid late', sent, pick('issued', 'paid', 'expired', 'our jobs', 'unknown'), whole);
  confluent('paid although removed', sent, pick('issued', 'paid', 'removed by the bank', 'our jobs'), whole);
  confluent('everything at once', sent, pick('issued', 'paid', 'expired', 'removed by the bank', 'unknown', 'our jobs'), whole);
  confluent('paid twice', sent, pick('issued', 'paid', 'a second payment', 'expired', 'our jobs'), {
    ...whole, refunds: ['undo 400 done'],
  });
  confluent('never paid', sent, pick('issued', 'unknown', 'expired', 'our jobs'), {
    status: 'expired', paid: 0, net: null, code: 'code', balances: {},
  });
  confluent('removed', sent, pick('issued', 'unknown', 'not there yet', 'removed by the bank', 'our jobs'), {
    status: 'canceled', paid: 0, live: 0, balances: {},
  });
});
