import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CreditCard } from '@libs/cards/cards.entity.js';
import { CardFollowups } from '@libs/cards/followups.service.js';
import { Sales } from '@libs/charges/sales.service.js';
import { refundable } from '@libs/charges/view.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { providerOf } from '@libs/providers/registry.js';
import { Wish } from '@libs/requests/wish.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Routing } from '@libs/routing/routing.service.js';
import { declined, unknown } from '@test/support/tale.js';
import { type Sale, seen, Till } from '@test/support/till.js';
import { gaps, unannounced, watchStatuses } from '@test/support/witness.js';

let till: Till;
beforeAll(async () => {
  till = await Till.open();
  await watchStatuses(till.em());
});
afterAll(() => till?.close());
afterEach(async () => {
  expect(await unannounced(till.em())).toEqual([]);
  expect(await gaps(till.em())).toEqual([]);
  expect(await till.at.get(Ledger, { strict: false }).total(till.em())).toBe(0n);
});

const sold = (gross: number, cost: number, price: number): Readonly<Record<string, number>> => ({
  'provider:cielo:clearing': -gross,
  'merchant:M:receivable': gross - price,
  'platform:fees': price - cost,
  'provider:cielo:fees': cost,
});
const whole = { status: 'paid', pending: null, paid: 1000, net: 985, live: 0, parked: 0, balances: sold(1000, 4, 15) };
const nothing = { paid: 0, net: null, live: 0, parked: 0, balances: {} };
describe('what a provider has made twice of one call', () => {
  const twice = (it: Attempt, captured: number): News =>
    ({ ...seen(it, { captured }), twins: [`twin of ${it.key}`] }) as News;
  const twins = ({ id }: Attempt): Promise<Attempt[]> => till.em().find(Attempt, { twinOf: id });

  it.each([
    ['paid', true, 1000, { ...whole, refunds: ['undo 1 1000 done'] }],
    ['held', false, 0, { ...nothing, status: 'authorized', refunds: ['undo 0 1000 done'] }],
  ] as const)('is %s once: the other one is looked at and undone', async (_, capture, captured, end) => {
    const { charge, made: first } = await till.sale(capture);
    for (const from of ['call', 'find', 'callback'] as const) await till.settle(first, twice(first, captured), from);
    const [twin, ...more] = await twins(first);
    expect([twin?.ref, twin?.state, twin?.askAt instanceof Date, more]).toEqual([
      `twin of ${first.key}`,
      'failed',
      true,
      [],
    ]);
    expect(await till.end(charge)).toMatchObject({ ...end, refunds: [] });
    await till.settle(twin!, unknown);
    expect((await twins(first))[0]!.askAt).toBeInstanceOf(Date);
    const other = { ...seen(twin!, { captured }), ref: twin!.ref, twins: [`sale of ${first.key}`] } as News;
    await till.settle(twin!, other);
    await till.settle(twin!, other, 'callback');
    await till.rest(charge);
    expect(await till.end(charge)).toMatchObject(end);
    expect(await twins(first)).toMatchObject([{ state: 'orphan', askAt: null }]);
  });

  it('is no second payment of the first one, although it bears its key', async () => {
    const { charge, made: first } = await till.sale(true);
    await till.settle(first, seen(first, { captured: 1000 }), 'call');
    const [{ credentialId }] = [first];
    const about = { key: first.key, ref: 'another sale' };
    const moved = { kind: 'received', id: 'another sale', about, amount: cents(1000), currency: 'BRL' } as const;
    await till.at.get(Routing).record(credentialId, { ...moved, at: new Date(0) });
    expect(await twins(first)).toMatchObject([{ ref: 'another sale', state: 'failed' }]);
    expect(await till.end(charge)).toMatchObject({ ...whole, refunds: [] });
  });
});

describe('a refund', () => {
  const back = async (): Promise<{ readonly charge: string; readonly refund: Attempt }> => {
    const { charge, made: attempt } = await till.sale(true);
    await till.settle(attempt, seen(attempt, { captured: 1000 }), 'call');
    const refund = await till.refund(charge, cents(400));
    await till.settle(refund, { kind: 'pending', ref: `sale of ${attempt.key}`, data: {} }, 'call');
    return { charge, refund };
  };
  const ago = ({ id }: Attempt, hours: number): Promise<unknown> =>
    till.em().execute(
      `update attempt set deadline = deadline - ? * interval '1 hour', absent_at = absent_at - ? * interval '1 hour'
       where id = ?`,
      [hours, hours, id],
    );

  it('that was accepted and then not done has failed: the money is where it was', async () => {
    const { charge, refund } = await back();
    await till.settle(refund, { kind: 'absent' });
    await ago(refund, 25);
    await till.settle(refund, { kind: 'absent' });
    expect(await till.end(charge)).toMatchObject({ status: 'refund_requested', refunds: ['asked 2 400 pending'] });
    await ago(refund, 13);
    await till.settle(refund, { kind: 'absent' });
    expect(await till.end(charge)).toMatchObject({ ...whole, refunds: ['asked 2 400 failed'] });
    const told = `select data ->> 'status' as status from outbox where type = 'refund' and data ->> 'chargeId' = ?`;
    expect(await till.em().execute(told, [charge])).toEqual([{ status: 'failed' }]);
  });

  /** Done, as its payment shows; whether it is asked after, and waits for a human. */
  const done = async (): Promise<Awaited<ReturnType<typeof back>> & { readonly again: News }> => {
    const { charge, refund } = await back();
    const { ref } = await till.em().findOneOrFail(Attempt, refund.id);
    const again = { ...seen(refund), ref } as News;
    await ago(refund, 25);
    await till.settle(refund, { kind: 'absent' });
    await till.settle(refund, again, 'callback');
    return { charge, refund, again };
  };
  const open = async ({ id }: Attempt): Promise<readonly boolean[]> => {
    const { askAt, parkedAt } = await till.em().findOneOrFail(Attempt, id);
    return [!!askAt, !!parkedAt];
  };

  it('that was done and is seen no more has come back, once two answers late enough and far apart say so', async () => {
    const { charge, refund, again } = await done();
    const stands = { status: 'refunded', refunds: ['asked 2 400 done'] };
    await ago(refund, 13);
    for (let i = 0; i < 2; i += 1) await till.settle(refund, { kind: 'absent' }); // what was absent before is forgotten
    expect([await till.end(charge), await open(refund)]).toMatchObject([stands, [true, false]]);
    await till.settle(refund, again);
    expect([await till.end(charge), await open(refund)]).toMatchObject([stands, [false, false]]);
    await till.settle(refund, { kind: 'absent' });
    await ago(refund, 11);
    await till.settle(refund, { kind: 'absent' });
    await till.settle(refund, unknown);
    expect([await till.end(charge), await open(refund)]).toMatchObject([stands, [true, false]]);
    await ago(refund, 1);
    for (let i = 0; i < 2; i += 1) await till.settle(refund, { kind: 'absent' });
    expect(await till.end(charge)).toMatchObject({ ...whole, refunds: ['asked 2 400 failed'] });
    expect(await open(refund)).toEqual([false, false]);
  });

  it('of which more or less has gone back is a human’s to judge, unless the provider catches up', async () => {
    const stray = { kind: 'unknown', why: 'stray', message: 'more' } as const;
    const { charge, refund, again } = await done();
    await ago(refund, -25);
    await till.settle(refund, stray);
    expect(await open(refund)).toEqual([true, false]);
    await ago(refund, 25);
    await till.settle(refund, stray);
    expect(await open(refund)).toEqual([true, true]);
    await till.settle(refund, again);
    expect(await open(refund)).toEqual([false, false]);
    await till.settle(refund, stray);
    await till.settle(refund, declined('not_allowed'), 'operator');
    expect(await till.end(charge)).toMatchObject({ ...whole, refunds: ['asked 2 400 failed'] });
    expect(await open(refund)).toEqual([false, false]);
  });

  it('that is done later than that comes out of what the merchant has', async () => {
    const { charge, refund } = await back();
    await till.settle(refund, declined('not_allowed'));
    await till.settle(refund, { ...seen(refund), ref: refund.ref } as News);
    expect(await till.end(charge)).toMatchObject({ status: 'refunded', refunds: ['asked 2 400 done'] });
  });
});

describe('what its provider has no act for', () => {
  const { cards } = providerOf('cielo');
  afterEach(() => void Object.assign(cards!, { lacks: undefined }));

  it.each([
    ['capture', false],
    ['void', false],
    ['refund', true],
  ] as const)('%s is refused, and nothing of it is written', async (act, capture) => {
    const { charge, made } = await till.sale(capture);
    await till.settle(made, seen(made, { captured: capture ? 1000 : 0 }), 'call');
    const before = await till.end(charge);
    Object.assign(cards!, { lacks: [act] });
    const [followups, sales] = [till.at.get(CardFollowups, { strict: false }), till.at.get(Sales, { strict: false })];
    const merchant = {
      kind: 'merchant',
      keyId: 'k',
      merchantId: till.merchantId,
      mode: 'test',
      scopes: ['*'],
    } as const;
    const wish = new Wish(`merchant:${till.merchantId}:test`, `lacks ${act}`, `POST ${act}`, '', {});
    const asked = {
      capture: () => followups.capture(merchant, wish, charge),
      void: () => followups.cancel(merchant, wish, 'creditCard', charge),
      refund: () => sales.refund(merchant, wish, { id: charge, type: 'creditCard' }),
    };
    await expect(asked[act]()).rejects.toMatchObject({ status: 422, code: 'payment_declined' });
    expect(await till.end(charge)).toEqual(before);
    const kept = await till.em().execute('select 1 from request where key = ?', [`lacks ${act}`]);
    expect([kept, await till.em().find(Attempt, { ownerId: charge })]).toEqual([[], [expect.anything()]]);
  });
});

describe('a dispute', () => {
  const left = async (charge: string): Promise<number> =>
    Number(refundable(await till.em().findOneOrFail(CreditCard, charge)));
  const told = async ({ key, credentialId }: Attempt, kind: 'taken' | 'given', amount = 400): Promise<void> => {
    const moved = {
      kind,
      id: `D${key}`,
      about: { key },
      amount: cents(amount),
      currency: 'BRL',
      at: new Date(0),
    } as const;
    await till.at.get(Routing).record(credentialId, moved);
  };
  const paidSale = async (): Promise<Sale> => {
    const sale = await till.sale(true);
    await till.settle(sale.made, seen(sale.made, { captured: 1000 }), 'call');
    return sale;
  };

  it('lowers what can be given back, and what is released, until it is won', async () => {
    const { charge, made: attempt } = await paidSale();
    await told(attempt, 'taken');
    expect([await left(charge), (await till.end(charge)).status]).toEqual([600, 'paid']);
    await expect(till.refund(charge, cents(601))).rejects.toMatchObject({ code: 'amount_exceeds_remaining' });
    await till.em().execute('update charge set release_due_at = clock_now() where id = ?', [charge]);
    await till.job('charges.release', { charge });
    expect((await till.end(charge)).balances).toMatchObject({ 'merchant:M:payable': 591, 'platform:fees': 5 });
    await till.settle(await till.refund(charge, cents(600)), declined('not_allowed'), 'call');
    await told(attempt, 'given');
    expect(await left(charge)).toBe(1000);
    const { 'merchant:M:receivable': receivable, ...rest } = sold(1000, 4, 15);
    expect((await till.end(charge)).balances).toEqual({ ...rest, 'merchant:M:payable': receivable });
  });

  it.each([
    [['paid', 'taken', 'given']],
    [['taken', 'paid', 'given']],
    [['taken', 'given', 'paid']],
    [['given', 'paid', 'taken']],
    [['paid', 'given', 'taken']],
  ])('leaves everything where it was when it is won, in whatever order: %s', async (order) => {
    const { charge, made: attempt } = await till.sale(true);
    for (const it of order) {
      if (it === 'paid') await till.settle(attempt, seen(attempt, { captured: 1000 }));
      else await told(attempt, it as 'taken' | 'given');
    }
    expect(await left(charge)).toBe(1000);
    expect(await till.end(charge)).toMatchObject({ ...whole, refunds: [] });
  });

  it('lost in whole leaves nothing to give back, and no cent with anybody', async () => {
    const { charge, made: attempt } = await paidSale();
    await told(attempt, 'taken', 1000);
    expect(await left(charge)).toBe(0);
    expect((await till.end(charge)).balances).toEqual({ 'platform:fees': -4, 'provider:cielo:fees': 4 });
  });

  it('won in part leaves the rest away', async () => {
    const { charge, made: attempt } = await paidSale();
    await told(attempt, 'taken', 1000);
    await told(attempt, 'given', 300);
    expect(await left(charge)).toBe(300);
    expect((await till.end(charge)).balances).toMatchObject({ 'provider:cielo:clearing': -300 });
  });
});
