import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import type { Attempt } from '@libs/routing/attempt.entity.js';
import { Routing } from '@libs/routing/routing.service.js';
import { declined, orders, unknown } from '@test/support/tale.js';
import { type End, type Sale, seen, Till } from '@test/support/till.js';
import { gaps, unannounced, watchStatuses } from '@test/support/witness.js';

const runs = process.env['TRILHO_LONG'] === '1' ? 100 : 8;
vi.setConfig({ testTimeout: 240_000 });

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

interface Case extends Sale {
  readonly more: Readonly<Record<string, Attempt>>;
}
type Told = (it: Case) => Promise<unknown>;

const made =
  (news: (attempt: Attempt) => News): Told =>
  (it) =>
    till.settle(it.made, news(it.made));
const of =
  (name: string, news: (attempt: Attempt, it: Case) => News): Told =>
  (it) =>
    till.settle(it.more[name]!, news(it.more[name]!, it));
const ours: Told = (it) => till.rest(it.charge);

const sent = (capture: boolean) => async (): Promise<Case> => ({ ...(await till.sale(capture)), more: {} });
/** Held, and then the next act on its way. */
const following = (act: 'cards.capture' | 'cards.void', amount: number) => async (): Promise<Case> => {
  const sale = await till.sale(false);
  await till.settle(sale.made, seen(sale.made), 'call');
  await till.flight(sale.charge, act === 'cards.capture' ? 'capturing' : 'canceling');
  const ref = `sale of ${sale.made.key}`;
  return { ...sale, more: { next: await till.attempt('creditCard', sale.charge, act, cents(amount), ref) } };
};
/** Two lanes: the first was given up, the second has just been asked. */
const rerouted = (capture: boolean) => async (): Promise<Case> => {
  const { charge, made: first } = await till.sale(capture);
  await till.em().execute(`update attempt set state = 'failed', unsent = true, ask_at = null where id = ?`, [first.id]);
  const second = await till.attempt('creditCard', charge, 'cards.authorize', cents(1000));
  return { charge, made: second, more: { first } };
};

async function tell(from: () => Promise<Case>, news: Readonly<Record<string, Told>>, order: readonly string[]) {
  const it = await from();
  for (const name of order) await news[name]!(it);
  await till.rest(it.charge);
  await till.em().execute('delete from job');
  return till.end(it.charge);
}
function confluent(name: string, from: () => Promise<Case>, news: Readonly<Record<string, Told>>, to: Partial<End>) {
  it(`${name}: ${Object.keys(news).join(', ')}`, async () => {
    await fc.assert(
      fc.asyncProperty(orders(Object.keys(news)), async (order) => {
        expect(await tell(from, news, order)).toMatchObject(to);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  });
}

const sold = (gross: number, cost: number, price: number): Readonly<Record<string, number>> => ({
  'provider:cielo:clearing': -gross,
  'merchant:M:receivable': gross - price,
  'platform:fees': price - cost,
  'provider:cielo:fees': cost,
});
const whole = { status: 'paid', pending: null, paid: 1000, net: 985, live: 0, parked: 0, balances: sold(1000, 4, 15) };
const nothing = { paid: 0, net: null, live: 0, parked: 0, balances: {} };
const held = made((it) => seen(it));
const paid = made((it) => seen(it, { captured: 1000 }));
const doubt = made(() => unknown);
const early = made(() => ({ kind: 'absent' }));

describe('a sale on a card ends the same, in whatever order and however often its news comes', () => {
  confluent('paid', sent(true), { paid, doubt, early, ours }, { ...whole, refunds: [] });
  confluent('only held', sent(false), { held, doubt, early, ours }, { ...nothing, status: 'authorized', refunds: [] });
  confluent(
    'captured in part',
    following('cards.capture', 400),
    {
      captured: of(
        'next',
        (it, { made: { key } }) => ({ ...seen(it, { captured: 400 }), ref: `sale of ${key}` }) as News,
      ),
      'capture unknown': of('next', () => unknown),
      'found captured': made((it) => seen(it, { captured: 400 })),
      'found held': held,
      ours,
    },
    { status: 'paid', pending: null, paid: 400, net: 391, live: 0, balances: sold(400, 2, 9), refunds: [] },
  );
  confluent(
    'let go',
    following('cards.void', 1000),
    {
      voided: of('next', (it, { made: { key } }) => ({ ...seen(it, { gone: true }), ref: `sale of ${key}` }) as News),
      'void unknown': of('next', () => unknown),
      'found gone': made((it) => seen(it, { gone: true })),
      ours,
    },
    { ...nothing, status: 'canceled', pending: null, refunds: [] },
  );
  confluent(
    'held by two lanes',
    rerouted(false),
    { held, 'held by the first': of('first', (it) => seen(it)), ours },
    // Whichever was heard last is voided: nothing of it has been posted.
    { status: 'authorized', paid: 0, live: 0, balances: {}, refunds: ['undo 0 1000 done'] },
  );
  confluent(
    'paid by two lanes',
    rerouted(true),
    { paid, 'paid by the first': of('first', (it) => seen(it, { captured: 1000 })), ours },
    { ...whole, refunds: ['undo 1 1000 done'] },
  );
});

describe('a refund that was done and has come back', () => {
  const refunding = async (): Promise<Case> => {
    const sale = await till.sale(true);
    await till.settle(sale.made, seen(sale.made, { captured: 1000 }), 'call');
    return { ...sale, more: { next: await till.refund(sale.charge, cents(400)) } };
  };
  const returned: Told = async ({ more: { next } }) => {
    const { key, credentialId } = next!;
    const moved = { kind: 'returned', id: `R${key}`, about: { key }, amount: cents(400), currency: 'BRL' } as const;
    await till.at.get(Routing).record(credentialId, { ...moved, at: new Date(0) });
  };

  confluent(
    'whichever is heard first',
    refunding,
    { given: of('next', (it) => seen(it)), returned, 'refund unknown': of('next', () => unknown), ours },
    { ...whole, refunds: ['asked 2 400 failed'] },
  );
});

describe('a first lane that was given up and has executed after all', () => {
  const no: Told = made(() => declined('card_declined'));
  const yes = (capture: boolean): Told => of('first', (it) => seen(it, capture ? { captured: 1000 } : {}));

  it.each([
    [true, { ...whole, refunds: [] }],
    [false, { ...nothing, status: 'authorized', refunds: [] }],
  ])('waits for the second, and is adopted when that one declines; captured: %s', async (capture, end) => {
    expect(await tell(rerouted(capture), { no, yes: yes(capture) }, ['yes', 'yes', 'no'])).toMatchObject(end);
  });

  it.each([
    [true, 'undo 1 1000 done'],
    [false, 'undo 0 1000 done'],
  ])('is given back when the payer has been told no; captured: %s', async (capture, undone) => {
    const end = await tell(rerouted(capture), { no, yes: yes(capture) }, ['no', 'yes', 'yes']);
    expect(end).toMatchObject({ ...nothing, status: 'declined', refunds: [undone] });
  });
});

describe('what the provider alone knows of a hold', () => {
  const hold = async (): Promise<Sale> => {
    const sale = await till.sale(false);
    await till.settle(sale.made, seen(sale.made), 'call');
    return sale;
  };

  it('is believed: captured at its own site, it is paid', async () => {
    const sale = await hold();
    await till.settle(sale.made, seen(sale.made, { captured: 700 }));
    expect(await till.end(sale.charge)).toMatchObject({ status: 'paid', paid: 700, parked: 0 });
  });

  it.each([
    ['let go', (it: Attempt) => seen(it, { gone: true }), 'canceled'],
    ['canceled', () => declined('cancelled'), 'canceled'],
    ['lapsed', () => declined('expired'), 'expired'],
  ] as const)('is believed: %s', async (_, news, status) => {
    const sale = await hold();
    await till.settle(sale.made, news(sale.made));
    expect(await till.end(sale.charge)).toMatchObject({ ...nothing, status });
  });

  it('does not undo a capture that was refused: it stays held, and the provider is asked', async () => {
    const it = await following('cards.capture', 1000)();
    await till.settle(it.more['next']!, declined('not_allowed'), 'call');
    expect(await till.end(it.charge)).toMatchObject({ ...nothing, status: 'authorized', pending: null });
    const jobs = await till.em().execute<{ name: string }[]>('select name from job where done_at is null');
    expect(jobs.map(({ name }) => name)).toEqual(['routing.ask']);
  });

  it('captured although the capture was given up is paid, once', async () => {
    const it = await following('cards.capture', 1000)();
    await till.settle(it.more['next']!, { kind: 'absent' }, 'operator');
    const captured = { ...seen(it.more['next']!, { captured: 1000 }), ref: `sale of ${it.made.key}` } as News;
    await till.settle(it.more['next']!, captured);
    await till.settle(it.made, seen(it.made, { captured: 1000 }));
    expect(await till.end(it.charge)).toMatchObject({ ...whole, refunds: [] });
  });

  it('captured there while it lapsed here is paid, late', async () => {
    const { charge, made: attempt } = await hold();
    await till.settle(attempt, declined('expired'));
    await till.settle(attempt, seen(attempt, { captured: 1000 }));
    await till.settle(attempt, seen(attempt, { captured: 1000 }), 'callback');
    expect(await till.end(charge)).toMatchObject({ ...whole, refunds: [] });
    expect(await till.em().execute('select late from charge where id = ?', [charge])).toEqual([{ late: true }]);
  });

  it('is not ended by our clock while the provider does not answer', async () => {
    const { charge } = await hold();
    await till.em().execute(`update charge set capture_by = clock_now() where id = ?`, [charge]);
    // Nobody serves this provider here: the question fails.
    await till.job('charges.expire', { charge });
    const sql = `select status, expire_due_at > clock_now() + interval '5 minutes' as later from charge where id = ?`;
    expect(await till.em().execute(sql, [charge])).toEqual([{ status: 'authorized', later: true }]);
  });

  it('is asked once a human has said no more than that it happened', async () => {
    const { made: attempt, charge } = await till.sale(true);
    await till.settle(attempt, unknown, 'call');
    const said = { kind: 'done', ref: 'x', at: new Date(0), amount: cents(1000), currency: 'BRL', data: {} } as const;
    await till.settle(attempt, said, 'operator');
    expect(await till.end(charge)).toMatchObject({ ...whole, refunds: [] });
  });
});
