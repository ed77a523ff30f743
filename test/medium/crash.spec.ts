import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Point, points } from '@libs/kernel/point.js';
import { type Act, type Compared, Crash, type Place } from '@test/support/crash.js';
import { fresh } from '@test/support/scene.js';

jest.setTimeout(60_000);

/** Where each act is killed, and what it leaves. A refund passes a claim twice: asked for, and in its job. */
const places: Readonly<Record<Act, Readonly<Partial<Record<Place, string>>>>> = {
  create: {
    'claim.before': 'nothing',
    'claim.after': 'sent',
    'wire.before': 'sent',
    'wire.after': 'sent',
    'settle.before': 'sent',
    'settle.after': 'pending',
  },
  refund: {
    'claim.after': 'claimed',
    'claim.before#2': 'claimed',
    'claim.after#2': 'sent',
    'wire.before': 'sent',
    'wire.after': 'sent',
    'settle.before': 'sent',
    'settle.after': 'pending',
  },
  cancel: { 'claim.after': 'sent', 'wire.after': 'sent' },
};
const placesOf = (act: Act): readonly Place[] => Object.keys(places[act]) as Place[];
/** Points that no act above is killed at. They are covered in A2; whoever adds one decides where it belongs. */
const later: readonly Point[] = [
  'inbox.before',
  'inbox.after',
  'relay.before',
  'relay.after',
  'delivery.before',
  'delivery.after',
  'job.leased',
  'job.done',
];

const even: Compared = { doubles: [], lost: [], sum: 0, off: 0 };
const acts = Object.keys(places) as Act[];
interface Ended {
  readonly left: string;
  readonly status: string;
  readonly refunds: readonly unknown[];
  readonly charges: number;
  readonly compared: Compared;
}

/** Two platforms side by side, each dying place by place: most of it is starting and waiting. */
const halves: readonly (readonly Act[])[] = [['create', 'cancel'], ['refund']];
const crashes = new Map<Act, Crash>();
const results = new Map<string, Promise<Ended>>();
const all = (half: readonly Act[]): Promise<unknown> =>
  Promise.allSettled(half.flatMap((act) => placesOf(act).map((at) => results.get(`${act} ${at}`)!)));

async function round(crash: Crash, act: Act, at: Place): Promise<Ended> {
  const wish = await crash.prepare(act);
  const left = await crash.die(at, wish);
  const { status, refunds, customCode } = await crash.repeat(wish);
  const charges = customCode === null ? 1 : await crash.charges(customCode);
  return {
    left,
    status,
    refunds: refunds.map((it) => [it.amount, it.status]),
    charges,
    compared: await crash.compare(),
  };
}
async function begin(half: readonly Act[]): Promise<void> {
  const crash = await Crash.open();
  let before: Promise<unknown> = Promise.resolve();
  for (const act of half) {
    crashes.set(act, crash);
    for (const at of placesOf(act)) {
      const ended = before.then(() => round(crash, act, at));
      results.set(`${act} ${at}`, ended);
      before = ended.catch(() => undefined);
    }
  }
}
beforeAll(async () => {
  await Promise.all(halves.map(begin));
});
afterAll(async () => {
  await Promise.all(halves.map(all));
  await Promise.all([...new Set(crashes.values())].map((it) => it.close()));
});

describe('the points', () => {
  it('have each their place', () => {
    const killed = acts.flatMap(placesOf).map((it) => it.split('#')[0]);
    expect(new Set([...killed, ...later])).toEqual(new Set(points));
    expect(later.filter((it) => killed.includes(it))).toEqual([]);
  });
});

const refunds = { create: [], cancel: [], refund: [[1000, 'done']] };
const ends = { create: 'pending', cancel: 'canceled', refund: 'refunded' };
describe.each(acts)('a %s whose process dies', (act) => {
  it.each(placesOf(act))('at %s happens once', async (at) => {
    const ended = await results.get(`${act} ${at}`);
    const fulfilled = { status: ends[act], refunds: refunds[act], charges: 1, compared: even };
    expect(ended).toEqual({ left: places[act][at], ...fulfilled });
  });
});

describe('a process that is killed in the middle', () => {
  it('of twenty calls: twenty charges and twenty effects when they are repeated', async () => {
    const crash = crashes.get('create')!;
    await all(halves[0]!);
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
  });

  it('of twenty refunds of one charge: each given back once', async () => {
    const crash = crashes.get('refund')!;
    await all(halves[1]!);
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
  });
});
