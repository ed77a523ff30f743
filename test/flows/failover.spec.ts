import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cents } from '@libs/money/cents.js';
import { type Past, replanned } from '@libs/routing/plan.js';
import { noRules, type Ruleset } from '@libs/routing/rules.js';
import { eventually, rows } from '@test/support/app.js';
import { type CardCharge, numbers } from '@test/support/counter.js';
import {
  allCells,
  begins,
  cellsOf,
  columnOf,
  columns,
  endingsOf,
  lost,
  order,
  second,
  textOf,
} from '@test/support/failover.js';
import { type Cell as Field, matrixText } from '@test/support/matrix.js';
import type { Now, Play } from '@test/support/player.js';
import { behind, Plays } from '@test/support/plays.js';
import { as, Scene } from '@test/support/scene.js';
import { abreast, type Seen, Strikes, wrong } from '@test/support/strikes.js';

const whole = process.env['TRILHO_LONG'] === '1';
const times = whole ? 3 : 1;
vi.setConfig({ testTimeout: whole ? 900_000 : 120_000 });
const cells = cellsOf(whole);
const fields: Field[] = [];
let scene: Scene;
let plays: Plays;
let strikes: Strikes;

beforeAll(async () => {
  scene = await Scene.open({ PROVIDER_DEADLINE_MS: '1200', SIMULATOR_PROOF_MS: '1000' });
  plays = await Plays.open(scene, behind);
  strikes = new Strikes(scene, plays);
});
afterAll(async () => {
  await scene.close();
  const title = 'Failover of cards, what happened at the first / at the second';
  process.stdout.write(matrixText(title, columns, fields, allCells.length));
});

/** How often an act has happened; what was undone of it is not counted. */
const countOf = ({ it }: Play, { effects }: Now): number => {
  const acts = order.flatMap((provider) => effects[provider]);
  const twin = it.kind === 'duplicate_key_first_send' && begins(it);
  const undone = twin ? acts.filter((act) => /void|refund/.test(act)) : [];
  return acts.filter((act) => act === it.operation).length - undone.length;
};
/** Never two; none where a human decides, and where the provider itself has taken it back. */
const effectsOf = ({ it }: Play): readonly number[] => {
  const back = endingsOf(it).every(({ status }) => status === 'paid') && it.operation === 'cards.refund';
  return back || endingsOf(it).some(({ parked }) => parked) ? [0] : [1];
};
const sumOf = (fits: (play: Play) => boolean): number =>
  strikes.played.filter(fits).reduce((sum, { amount }) => sum + amount, 0);

describe('every fault at every act, Cielo before Stripe and Stripe before Cielo', () => {
  it.each(Array.from({ length: times }, (_, i) => i + 1))('ends as the table says: %i', async (time) => {
    await strikes.oneByOne(cells.filter(({ kind }) => kind !== 'refuse' && !lost(kind)));
    for (const kind of new Set(cells.map((it) => it.kind).filter(lost))) {
      await strikes.blindly(cells.filter((it) => it.kind === kind));
    }
    for (const provider of order) {
      await strikes.away(
        provider,
        cells.filter((it) => it.kind === 'refuse' && it.provider === provider),
      );
    }
    // Whoever is asked once more says the same again; what stands beside a sale under its number is seen then.
    await strikes.settled([]);
    await strikes.asked(`operation = 'cards.authorize'`);
    const all = await strikes.settled();
    expect(wrong(all)).toEqual([]);
    for (const { play, now } of time === 1 ? all : []) {
      fields.push({ row: play.it.kind, column: columnOf(play.it), result: textOf(play.it, now) });
    }
    expect(fields.length).toBe(cells.length);
  });

  it('and every repeat under its key ends in one effect, whatever came first', async () => {
    const repeated = strikes.played.filter(({ it }) => !endingsOf(it).some(({ parked }) => parked));
    for (let i = 0; i < repeated.length; i += abreast) {
      await Promise.all(repeated.slice(i, i + abreast).map((play) => plays.ask(play)));
    }
    const all = await strikes.seen(strikes.played);
    const odd = all.filter(({ play, now }) => !effectsOf(play).includes(countOf(play, now)));
    expect(odd.map(({ play: { it }, now }) => `${it.kind} at ${columnOf(it)}: ${JSON.stringify(now)}`)).toEqual([]);
  });
});

describe('a chargeback', () => {
  it('is a movement of its charge, announced as a dispute, and the status is what it was', async () => {
    const disputed = strikes.played.filter(({ it }) => it.kind === 'chargeback');
    const ids = await Promise.all(disputed.map(async (play) => (await plays.charge(play)).id));
    const moved = await rows<object>(
      scene.app,
      `select owner_id as id, kind, state, amount::int as amount from movement where kind = 'taken' order by owner_id`,
    );
    const taken = disputed.map(({ amount }, i) => ({ id: ids[i]!, kind: 'taken', state: 'owned', amount }));
    expect(moved).toEqual(taken.sort((a, b) => (a.id < b.id ? -1 : 1)));
    const told = (await scene.events()).filter(({ type }) => type === 'dispute');
    expect(told.flatMap(({ data }) => Object.values(data).map(({ id, status }) => `${id} ${status}`)).sort()).toEqual(
      ids.map((id) => `${id} paid`).sort(),
    );
  });
});

describe.each(order)('with %s first', (first) => {
  const other = second(first);
  /** Listed for another try, and not: the same card is good at the other one. */
  const cards = {
    cielo: { listed: numbers.denied, final: numbers.expired },
    stripe: { listed: '4000000000000341', final: '4000000000009995' },
  }[first as 'cielo' | 'stripe'];
  const create = async (card: object = {}): Promise<Play> => {
    const play = await plays.stage({ kind: 'slow', provider: first, operation: 'cards.authorize' });
    await plays.ask(play, card);
    return play;
  };
  const told = async (row: string, play: Play): Promise<readonly unknown[]> => {
    const [{ now }] = (await strikes.seen([play])) as [Seen];
    fields.push({ row, column: `${first}: authorize`, result: textOf(play.it, now) });
    return [now.answer, now.status, now.effects[first].length, now.effects[other].length];
  };
  const calls = async (play: Play): Promise<readonly string[]> => plays.counter.calls((await plays.charge(play)).id);

  it('a decline that its lane lists goes on to the second; another one is the answer', async () => {
    const [listed, final] = [await create({ number: cards.listed }), await create({ number: cards.final })];
    expect(await told('declined, listed', listed)).toEqual([201, 'paid', 0, 1]);
    expect(await calls(listed)).toEqual([`cards.authorize ${first} declined`, `cards.authorize ${other} succeeded`]);
    expect(await told('declined', final)).toEqual([201, 'declined', 0, 0]);
    expect(await calls(final)).toEqual([`cards.authorize ${first} declined`]);
  });

  it('an open breaker is passed by, which the decision says, until one try has closed it', async () => {
    await plays.arm({ kind: 'refuse', provider: first, operation: '*' });
    for (let i = 0; i < 5; i += 1) await create();
    await scene.calm();
    const passed = await create();
    expect(await told('open breaker', passed)).toEqual([201, 'paid', 0, 1]);
    expect(await calls(passed)).toEqual([`cards.authorize ${other} succeeded`]);
    const { routing } = (await plays.charge(passed)) as CardCharge;
    expect(routing.candidates.at(-1)).toEqual({ provider: first, outcome: 'fallback', reason: 'breaker' });
    await strikes.recover(first);
    expect((await told('closed breaker', await create())).slice(1)).toEqual(['paid', 1, 0]);
  });

  it('nobody serves: 503, the charge failed; the same key tries again, and it is paid once', async () => {
    for (const provider of order) await plays.arm({ kind: 'refuse', provider, operation: '*' });
    const play = await create();
    expect([play.answer!.status, play.answer!.body['code']]).toEqual([503, 'no_provider_available']);
    expect(await told('both away', play)).toEqual([503, 'failed', 0, 0]);
    expect(await calls(play)).toEqual([`cards.authorize ${first} failed`, `cards.authorize ${other} failed`]);
    await scene.calm();
    await plays.ask(play);
    expect((await told('both back', play)).slice(1)).toEqual(['paid', 1, 0]);
  });

  it('a capture and a cancel at once are one of them, and two refunds at once are two', async () => {
    const it = { kind: 'slow', provider: first } as const;
    const [held, paid] = await Promise.all([
      plays.stage({ ...it, operation: 'cards.capture' }),
      plays.stage({ ...it, operation: 'cards.refund' }),
    ]);
    const both = ['capture', 'cancel'].map((act) => plays.counter.act(held.made!.id, act));
    const parts = [1, 2].map(() => plays.counter.act(paid.made!.id, 'refund', { amount: paid.amount / 2 }));
    const answers = (await Promise.all([...both, ...parts])).map(({ status }) => status);
    expect(answers.slice(0, 2).filter((status) => status === 409 || status === 503)).toHaveLength(1);
    expect(answers.slice(2)).toEqual([200, 200]);
    // The second waits for the first, and is tried again after a pause.
    await eventually(async () => {
      await strikes.hop(5);
      const [one, two] = await Promise.all([plays.charge(held), plays.charge(paid)]);
      return one.status !== 'authorized' && one.pendingOperation === null && two.refundedAmount === paid.amount;
    });
    const [one, two] = (await strikes.seen([held, paid])).map(({ now }) => now.effects[first]);
    expect(one).toEqual(['cards.authorize', expect.stringMatching(/^cards[.](capture|void)$/)]);
    expect(two).toEqual(['cards.authorize', 'cards.refund', 'cards.refund']);
  });

  it.each([false, true])(
    'what it did after all, when somebody else has paid, is given back; held: %s',
    async (hold) => {
      const it = { kind: 'reset_after', provider: first, operation: 'cards.authorize', hold } as const;
      const play = await plays.stage(it);
      for (const kind of ['reset_after', 'no_callback'] as const) await plays.arm({ ...it, kind }, { times: 1 });
      // It lies for as long as an absence needs to be believed.
      await plays.arm({ ...it, kind: 'wrong_store_404', operation: '*' });
      const { id } = as<{ id: string }>((await plays.ask(play)).body);
      await eventually(async () => (await strikes.hop(3), (await plays.counter.charge(id)).status === 'failed'));
      await scene.calm();
      expect((await plays.ask(play)).body['id']).not.toBe(id);
      await strikes.asked(`owner_id = '${id}'`);
      const back = hold ? 'cards.void' : 'cards.refund';
      const whole = ['cards.authorize', 'cards.authorize', back];
      await eventually(async () => String((await strikes.seen([play]))[0]!.now.effects[first]) === String(whole));
      expect((await told(hold ? 'hold given up' : 'sale given up', play)).slice(1)).toEqual([
        hold ? 'authorized' : 'paid',
        3,
        0,
      ]);
      expect((await plays.counter.charge(id)).status).toBe('failed');
    },
  );
});

describe('a certificate that nobody knows', () => {
  it('is nobody: the call was never made, and the second provider is paid', async () => {
    const create = async (): Promise<Play> => {
      const play = await plays.stage({ kind: 'refuse', provider: 'cielo', operation: 'cards.authorize' });
      await plays.ask(play);
      return play;
    };
    await plays.arm({ kind: 'refuse', provider: 'cielo', operation: '*' });
    await create();
    await scene.calm();
    const made = await strikes.disguised(create);
    const [{ play, now }] = (await strikes.seen([made])) as [Seen];
    fields.push({ row: 'TLS', column: columnOf(play.it), result: textOf(play.it, now) });
    expect([now.answer, now.status, now.effects.cielo, now.effects.stripe]).toEqual([
      201,
      'paid',
      [],
      ['cards.authorize'],
    ]);
    const said = `select code, message from attempt where owner_id = $1 and provider = 'cielo'`;
    const [attempt] = await rows<{ code: string; message: string }>(scene.app, said, [(await plays.charge(play)).id]);
    expect(attempt).toEqual({ code: 'refused', message: expect.stringMatching(/certificate|CERT|VERIFY/i) });
    await strikes.recover('cielo');
  });
});

describe('every decision', () => {
  it('that was stored is made again by the rules that it names', async () => {
    const rulesets = await rows<Ruleset>(scene.app, 'select version, rules from ruleset');
    const stored = await rows<Omit<Past, 'amount'> & { amount: string }>(
      scene.app,
      `select operation, amount, currency, owner_id as "ownerId", decision from attempt
       where decision -> 'seen' is not null`,
    );
    expect(stored.length).toBeGreaterThan(cells.length);
    for (const { amount, ...past } of stored) {
      const rules = [noRules, ...rulesets].find((it) => it.version === past.decision.rulesVersion)!;
      expect(replanned({ ...past, amount: cents(BigInt(amount)) }, rules)).toEqual(past.decision);
    }
  });
});

describe('the ledger', () => {
  it('says of either provider what the world has seen, and nothing is left in between', async () => {
    await strikes.settled([]);
    const moved = await scene.effects();
    const addresses = await scene.addresses();
    for (const provider of order) {
      expect(-addresses[`provider:${provider}:clearing`]!).toBe(plays.held(provider, moved));
      expect(addresses[`provider:${provider}:suspense`] ?? 0).toBe(0);
    }
    expect(addresses['refunds:transit'] ?? 0).toBe(
      sumOf(({ it }) => it.operation === 'cards.refund' && endingsOf(it)[0]!.parked === true),
    );
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
  });
});
