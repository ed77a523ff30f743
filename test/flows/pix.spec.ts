import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, verify } from '@libs/brazil/brcode.js';
import { eventually } from '@test/support/app.js';
import { type Received, type Receiver, startReceiver, type Told, verified } from '@test/support/receiver.js';
import { as, type Charge, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
let shop: Receiver;
let secret: string;

beforeAll(async () => {
  [scene, shop] = await Promise.all([Scene.open(), startReceiver()]);
  const { status, body } = await scene.api('POST', '/webhooks', { url: `${shop.url}/hook` });
  expect(status).toBe(201);
  secret = as<{ secret: string }>(body).secret;
});
afterAll(async () => {
  await scene.close();
  await shop.stop();
});

interface Page {
  readonly data: readonly Charge[];
  readonly hasMore: boolean;
}
const list = async (query: string): Promise<Page> => as<Page>((await scene.api('GET', `/transactions?${query}`)).body);
const available = async (): Promise<number> => {
  const { body } = await scene.api('GET', '/balance');
  const { data } = as<{ data: { available: number }[] }>(body);
  return data[0]!.available;
};
/** What the merchant's server was told of an object, its signatures verified, in the order of its sequence. */
const told = (id: string, type: string): readonly Told['event'][] =>
  shop.got
    .map((it: Received) => verified(it, secret).event)
    .filter((it) => it.type === type && Object.values(it.data).some((one) => (one as { id: string }).id === id))
    .sort((a, b) => a.sequence - b.sequence);
const hears = (id: string, type: string, count = 1): Promise<readonly Told['event'][]> =>
  eventually(async () => {
    const got = told(id, type);
    return got.length >= count && got;
  });

describe('a Pix from its code to its ledger', () => {
  const customCode = fresh('order');
  let charge: Charge;
  let before: number;

  it('is made with a BR Code that a bank can read', async () => {
    before = await available();
    charge = await scene.pix({ amount: 10_000, customCode, instructions: 'Pedido 1', expire: 600 });
    expect(charge).toMatchObject({ status: 'pending', amount: 10_000, customCode, amountPaid: 0, fees: null });
    expect(verify(charge.qrCode!)).toBe(true);
    expect(Object.fromEntries(parse(charge.qrCode!))).toMatchObject({ '53': '986', '54': '100.00', '58': 'BR' });
    expect(charge.metadata).toMatchObject({ qrCode: charge.qrCode, customCode });
    expect(await scene.charge(charge.id)).toEqual(charge);
  });

  it('is paid by the callback, less the price of the lane', async () => {
    const endToEndId = await scene.pay(charge);
    charge = await scene.becomes(charge.id, 'paid');
    expect(charge).toMatchObject({ amountPaid: 10_000, amountRefundable: 10_000, fees: { price: 99, net: 9_901 } });
    expect(charge.metadata).toMatchObject({ endToEndId });
    expect(await available()).toBe(before + 9_901);
  });

  it('is told to the merchant, signed, in the printed form', async () => {
    const [event] = await hears(charge.id, 'pix');
    expect(event).toMatchObject({ type: 'pix', sequence: 1, late: false });
    expect(Date.parse(String(event!['createdAt']))).not.toBeNaN();
    const { id, qrCode } = charge;
    const paidAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const printed = { id, customCode, amount: 10_000, amountPaid: 10_000, qrCode, paidAt, status: 'paid' };
    expect(event!.data['pix']).toMatchObject(printed);
  });

  it('is given back in part, and then whatever is left', async () => {
    const part = await scene.refund(charge.id, 2_500);
    expect([part.status, part.body['status'], part.body['amountRefundable']]).toEqual([200, 'refund_requested', 7_500]);
    expect(part.body['pendingOperation']).toBe('refund');
    charge = await scene.becomes(charge.id, 'refunded');
    expect(charge).toMatchObject({ refundedAmount: 2_500, amountRefundable: 7_500 });
    expect((await scene.refund(charge.id)).status).toBe(200);
    charge = await scene.until(charge.id, (it) => it.refundedAmount === 10_000);
    expect(charge).toMatchObject({ status: 'refunded', amountRefundable: 0, pendingOperation: null });
    expect(charge.refunds.map(({ amount, status }) => [amount, status])).toEqual([
      [2_500, 'done'],
      [7_500, 'done'],
    ]);
    expect(await available()).toBe(before);
  });

  it('is not given back beyond that', async () => {
    const more = await scene.refund(charge.id, 1);
    expect([more.status, more.body['code']]).toEqual([409, 'amount_exceeds_remaining']);
    const all = await scene.refund(charge.id);
    expect([all.status, all.body['code']]).toEqual([409, 'amount_exceeds_remaining']);
  });

  it('has told every step once, without a gap, and no step twice', async () => {
    const updates = await hears(charge.id, 'pixUpdate', 4);
    expect(updates.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    const refunds = await eventually(async () => {
      const got = charge.refunds.flatMap(({ id }) => told(id, 'refund'));
      return got.length >= 2 && got;
    });
    expect(refunds.map(({ data }) => data['refund'])).toEqual(
      charge.refunds.map((it) => ({ ...it, chargeId: charge.id })),
    );
    const events = await eventually(async () => {
      const all = (await scene.events()).filter((it) => it.data['pix']?.id === charge.id);
      return all.length >= 5 && all;
    });
    expect(events.map((it) => `${it.type} ${it.sequence} ${it.data['pix']!.status}`)).toEqual([
      'pix 1 paid',
      'pixUpdate 1 refund_requested',
      'pixUpdate 2 refunded',
      'pixUpdate 3 refund_requested',
      'pixUpdate 4 refunded',
    ]);
  });

  it('stands on the statement as it went', async () => {
    interface Line {
      readonly reference: string;
      readonly postings: readonly { readonly address: string; readonly amount: number }[];
    }
    const { body } = await scene.api('GET', '/statement?limit=3');
    const lines = as<{ data: Line[] }>(body).data.map(({ postings }) => postings.map(({ amount }) => amount));
    // Each refund takes the price back in proportion, rounded so that the whole comes out even.
    expect(lines).toEqual([[-7_426], [-2_475], [10_000, -99]]);
  });

  it('shows every call that was made for it', async () => {
    const { body } = await scene.api('GET', `/transactions/${charge.id}/attempts`);
    const { data } = as<{ data: { operation: string; state: string; settledAt: string; routing: object }[] }>(body);
    expect(data.map(({ operation, state }) => `${operation} ${state}`)).toEqual([
      'pix.create succeeded',
      'pix.refund succeeded',
      'pix.refund succeeded',
    ]);
    expect(data.every(({ settledAt }) => settledAt !== null)).toBe(true);
    expect(data[0]!.routing).toEqual({
      candidates: [{ provider: 'gerencianet', outcome: 'chosen', reason: 'priority' }],
    });
  });

  it('is found by each of its names, and by no other', async () => {
    const find = async (path: string): Promise<unknown> => (await scene.api('GET', path)).body['id'];
    expect(await find(`/transactions/${charge.id}`)).toBe(charge.id);
    expect(await find(`/transactions/${charge.metadata['paymentId']}`)).toBe(charge.id);
    expect(await find(`/transactions/${customCode}`)).toBe(charge.id);
    const newer = await scene.pix({ customCode });
    expect(await find(`/transactions/${customCode}`)).toBe(newer.id);
    const both = await scene.api('GET', `/pix?customCode=${customCode}`);
    expect(as<Charge[]>(both.body).map(({ id }) => id)).toEqual([newer.id, charge.id]);
    expect((await scene.api('GET', '/pix?customCode=nobody')).text).toBe('[]');
    const none = await scene.api('GET', '/pix/nobody');
    expect([none.status, none.body['code'], none.body['message']]).toEqual([404, 'not_found', 'Pix não encontrado.']);
    const nothing = await scene.api('GET', '/transactions/nobody');
    expect([nothing.status, nothing.body['message']]).toEqual([404, 'Transação não encontrada.']);
  });
});

describe('the list of transactions', () => {
  it('goes by pages, newest first, both ways', async () => {
    const customCode = fresh('list');
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) made.unshift((await scene.pix({ customCode })).id);
    const page = async (more: string): Promise<readonly [string, boolean]> => {
      const { data, hasMore } = await list(`customCode=${customCode}&${more}`);
      return [data.map(({ id }) => made.indexOf(id)).join(), hasMore];
    };
    expect(await page('limit=2')).toEqual(['0,1', true]);
    expect(await page(`limit=2&starting_after=${made[1]}`)).toEqual(['2,3', true]);
    expect(await page(`limit=2&starting_after=${made[3]}`)).toEqual(['4', false]);
    expect(await page(`limit=2&ending_before=${made[3]}`)).toEqual(['1,2', true]);
    expect(await page(`limit=3&ending_before=${made[3]}`)).toEqual(['0,1,2', false]);
    expect(await page('limit=100')).toEqual(['0,1,2,3,4', false]);
    expect(await page('unknown=parameter')).toEqual(['0,1,2,3,4', false]);
  });

  it('is filtered by state, type, provider, code and time', async () => {
    const customCode = fresh('filter');
    const [open, done] = [await scene.pix({ customCode }), await scene.paid({ customCode })];
    const ids = async (more: string): Promise<readonly string[]> =>
      (await list(`customCode=${customCode}&${more}`)).data.map(({ id }) => id);
    expect(await ids('status=paid')).toEqual([done.id]);
    expect(await ids('status=pending&type=pix&provider=gerencianet')).toEqual([open.id]);
    expect(await ids('type=bankslip')).toEqual([]);
    expect(await ids('provider=cielo')).toEqual([]);
    const { createdAt } = as<{ createdAt: string }>((await scene.api('GET', `/pix/${open.id}`)).body);
    const day = new Date(Date.parse(createdAt) - 3 * 3_600_000).toISOString().slice(0, 10);
    expect(await ids(`createdFrom=${day}&createdTo=${day}`)).toEqual([done.id, open.id]);
    expect(await ids(`createdTo=${createdAt}`)).toEqual([open.id]);
    const later = new Date(Date.parse(createdAt) + 60_000).toISOString();
    expect(await ids(`createdFrom=${later}`)).toEqual([]);
  });
});

it('moved in the world what stands in the ledger, to the cent', async () => {
  interface Entry {
    readonly postings: readonly { readonly from: string; readonly to: string; readonly amount: number }[];
  }
  const clearing = 'provider:gerencianet:clearing';
  const { body } = await scene.admin('GET', `/admin/ledger/entries?limit=100&address=${clearing}`);
  const postings = as<{ data: Entry[] }>(body).data.flatMap((it) => it.postings);
  const sorted = (amounts: readonly number[]): readonly number[] => [...amounts].sort((a, b) => a - b);
  const effects = await scene.effects();
  const moved = (operation: string): readonly number[] =>
    sorted(effects.filter((it) => it.operation === operation).map(({ amount }) => amount));
  expect(sorted(postings.filter(({ from }) => from === clearing).map(({ amount }) => amount))).toEqual(
    moved('pix.received'),
  );
  expect(sorted(postings.filter(({ to }) => to === clearing).map(({ amount }) => amount))).toEqual(moved('pix.refund'));
  const addresses = await scene.addresses();
  expect(Object.values(addresses).reduce((sum, balance) => sum + balance, 0)).toBe(0);
  expect(addresses['refunds:transit']).toBe(0);
  expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
});
