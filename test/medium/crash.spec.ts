import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Point, points } from '@libs/kernel/point.js';
import { type Act, type Compared, Crash, type Place } from '@test/support/crash.js';
import { fresh } from '@test/support/scene.js';

/** Where each act is killed. A refund passes a claim twice: when it is asked for, and when its job sends it. */
const places: Readonly<Record<Act, readonly Place[]>> = {
  create: ['claim.before', 'claim.after', 'wire.before', 'wire.after', 'settle.before', 'settle.after'],
  refund: [
    'claim.before', 'claim.after', 'claim.before#2', 'claim.after#2',
    'wire.before', 'wire.after', 'settle.before', 'settle.after',
  ],
  cancel: ['claim.after', 'wire.after', 'settle.before'],
};
/** Points that no act above is killed at. They are covered in A2; whoever adds one decides where it belongs. */
const later: readonly Point[] = [
  'inbox.before', 'inbox.after', 'relay.before', 'relay.after',
  'delivery.before', 'delivery.after', 'job.leased', 'job.done',
];

const even: Compared = { doubles: [], lost: [], sum: 0, off: 0 };
const acts = Object.keys(places) as Act[];
interface Ended {
  readonly status: string;
  readonly refunds: readonly unknown[];
  readonly charges: number;
  readonly compared: Compared;
}

/** Each act dies on a platform of its own, place by place; the three side by side, for most of it is waiting. */
const crashes = new Map<Act, Crash>();
const results = new Map<string, Promise<Ended>>();
async function round(act: Act, at: Place, before: Promise<unknown>): Promise<Ended> {
  await before;
  const crash = crashes.get(act)!;
  const wish = await crash.prepare(act);
  await crash.die(at, wish);
  const { status, refunds, customCode } = await crash.repeat(wish);
  const charges = customCode === null ? 1 : await crash.charges(customCode);
  return { status, refunds: refunds.map(({ amount, status }) => [amount, status]), charges, compared: await crash.compare() };
}
beforeAll(async () => {
  await Promise.all(acts.map(async (act) => crashes.set(act, await Crash.open())));
  for (const act of acts) {
    let before: Promise<unknown> = Promise.resolve();
    for (const at of places[act]) {
      const ended = round(act, at, before);
      results.set(`${act} ${at}`, ended);
      before = ended.catch(() => undefined);
    }
  }
});
afterAll(async () => {
  await Promise.allSettled(results.values());
  await Promise.all([...crashes.values()].map((it) => it.close()));
});

describe('the points', () => {
  it('have each their place', () => {
    const killed = Object.values(places).flat().map((it) => it.split('#')[0]);
    expect([...new Set([...killed, ...later])].sort()).toEqual([...points].sort());
    expect(later.filter((it) => killed.includes(it))).toEqual([]);
  });
});

const refunds = { create: [], cancel: [], refund: [[1000, 'done']] };
const ends = { create: 'pending', cancel: 'canceled', refund: 'refunded' };
describe.each(acts)('a %s whose process dies', (act) => {
  it.each(places[act])('at %s happens once', async (at) => {
    const ended = await results.get(`${act} ${at}`);
    expect(ended).toEqual({ status: ends[act], refunds: refunds[act], charges: 1, compared: even });
  }, 60_000);
});

describe('a process that is killed in the middle', () => {
  it('of twenty calls: twenty charges and twenty effects when they are repeated', async () => {
    const crash = crashes.get('create')!;
    await Promise.allSettled(places.create.map((at) => results.get(`create ${at}`)));
    const wishes = await Promise.all(Array.from({ length: 20 }, () => crash.prepare('create')));
    const before = (await crash.scene.effects()).length;
    const asked = wishes.map((it) => crash.ask(it).catch(() => undefined));
    await Promise.race(asked);
    await crash.scene.app.kill();
    await Promise.all(asked);
    await crash.scene.app.restart();
    const made = await Promise.all(wishes.map((it) => crash.repeat(it)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(20);
    expect((await crash.scene.effects()).length - before).toBe(20);
    expect(await crash.compare()).toEqual(even);
  }, 60_000);

  it('of twenty refunds of one charge: each given back once', async () => {
    const crash = crashes.get('refund')!;
    await Promise.allSettled(places.refund.map((at) => results.get(`refund ${at}`)));
    const { id } = await crash.scene.paid();
    const keys = Array.from({ length: 20 }, () => fresh('part'));
    const ask = (key: string) =>
      crash.scene.refund(id, 50, { headers: { 'idempotency-key': key } }).catch(() => undefined);
    const asked = keys.map(ask);
    await Promise.race(asked);
    await crash.scene.app.kill();
    await Promise.all(asked);
    await crash.scene.app.restart();
    const again = await Promise.all(keys.map(ask));
    expect(again.map((it) => it?.status)).toEqual(keys.map(() => 200));
    await crash.quiet();
    const charge = await crash.scene.until(id, (it) => it.amountRefundable === 0 && it.pendingOperation === null);
    expect(charge.refunds.map((it) => [it.amount, it.status])).toEqual(keys.map(() => [50, 'done']));
    expect(await crash.compare()).toEqual(even);
    expect(await crash.scene.verified()).toMatchObject({ ok: true });
  }, 60_000);
});
