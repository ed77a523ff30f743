import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually, rows } from '@test/support/app.js';
import { address } from '@test/support/bank.js';
import { compare } from '@test/support/compare.js';
import { ofPayment, type Provider } from '@test/support/ends.js';
import { columnOf, lost, textOf } from '@test/support/failover.js';
import { allCells, begun, cellsOf, columns } from '@test/support/failover.slips.js';
import { type Cell as Field, matrixText } from '@test/support/matrix.js';
import type { Play } from '@test/support/player.js';
import { as, type Charge, Scene } from '@test/support/scene.js';
import { houses, type Pair, pairs, Slips } from '@test/support/slips.js';
import { Strikes, wrong } from '@test/support/strikes.js';

const whole = process.env['TRILHO_LONG'] === '1';
vi.setConfig({ testTimeout: whole ? 600_000 : 120_000 });
const cells = cellsOf(whole);
const fields: Field[] = [];
let scene: Scene;
let slips: Slips;
let strikes: Strikes;

beforeAll(async () => {
  scene = await Scene.open({ PROVIDER_DEADLINE_MS: '1200', SIMULATOR_PROOF_MS: '1000' });
  slips = await Slips.open(scene);
  strikes = new Strikes(scene, slips);
});
afterAll(async () => {
  await scene.close();
  const title = 'Failover of slips, what happened at the first / at the second';
  process.stdout.write(matrixText(title, columns, fields, allCells.length));
});

/** Says what has become of these, each under its own row, and fails where that is none of its ends. */
const settled = async (plays: readonly Play[], row?: string): Promise<void> => {
  const all = await strikes.settled(plays);
  expect(wrong(all)).toEqual([]);
  for (const { play, now } of all) {
    fields.push({ row: row ?? play.it.kind, column: columnOf(play.it), result: textOf(play.it, now) });
  }
};
const asking = (pair: Pair, over: object = {}, tiny = false): Promise<Play> => {
  const staged = slips.stage(begun(pair, 'refuse'), slips.amount(pair, tiny));
  return staged.then(async (play) => (await slips.ask(play, over), strikes.played.push(play), play));
};
const calls = async (play: Play): Promise<readonly string[]> => slips.bank.calls((await slips.charge(play)).id);
const chosen = async (play: Play): Promise<readonly string[]> =>
  (await slips.charge(play)).routing.candidates.map((it) => `${it.provider} ${it.outcome} ${it.reason}`);
/** Every breaker is closed, whatever came before. */
const well = async (): Promise<void> => {
  await strikes.hop(11);
  for (const it of houses) await slips.well(it);
};
const twins = (): readonly Play[] => strikes.played.filter(({ it }) => it.kind === 'duplicate_key_first_send');
const of = (first: Provider): readonly Pair[] => pairs.filter(({ provider }) => provider === first);
const third = ({ provider, next }: Pair): Provider => houses.find((it) => it !== provider && it !== next)!;

describe('every fault at a slip of the first, with each of the other two behind it', () => {
  it('leaves one slip at the first, or provably none there and one at the second', async () => {
    await strikes.oneByOne(cells.filter(({ kind }) => kind !== 'refuse' && !lost(kind)));
    for (const kind of new Set(cells.map((it) => it.kind).filter(lost))) {
      await strikes.blindly(cells.filter((it) => it.kind === kind));
    }
    // Whoever is asked once more says the same again; what stands beside a slip under its number is seen then.
    await strikes.settled([]);
    await eventually(async () => {
      await strikes.asked(`operation = 'bankslip.create' and twin_of is null`);
      // A busy machine misses an answer now and then, and of what waits for its payer nobody asks again.
      return (await rows(scene.app, 'select 1 from attempt where twin_of is not null')).length === twins().length;
    });
    await settled(strikes.played.filter(({ it }) => !ofPayment(it.kind)));
  });

  it('and when its payer has paid, whatever is told of that, it is paid', async () => {
    const payments = strikes.played.filter(({ it }) => ofPayment(it.kind));
    const inTurn = houses.map(async (first) => {
      for (const play of payments.filter(({ it }) => it.provider === first)) await slips.pay(play, { delayMs: 300 });
    });
    await Promise.all(inTurn);
    await strikes.asked(`operation = 'bankslip.create' and state = 'pending'`);
    await settled(payments);
  });
});

describe.each(houses)('%s, first of two', (first) => {
  const both = (over?: object): Promise<readonly Play[]> => Promise.all(of(first).map((pair) => asking(pair, over)));

  it('is not there, is somebody else, is spared: one slip, at the second', async () => {
    await well();
    await slips.arm({ kind: 'refuse', provider: first, operation: '*' });
    await settled(await both());
    const others = await strikes.disguised(async () => (await scene.calm(), both()));
    await settled(others, 'TLS');
    const said = `select distinct message from attempt where provider = $1 and code = 'refused' and message ~* $2`;
    expect(await rows(scene.app, said, [first, 'certificate|CERT|VERIFY'])).toHaveLength(1);
    await slips.arm({ kind: 'refuse', provider: first, operation: '*' });
    await Promise.all([both(), both()]); // its fifth failure in a row
    await scene.calm();
    const spared = await both();
    await settled(spared, 'open breaker');
    for (const play of spared) {
      expect(await calls(play)).toEqual([`bankslip.create ${play.it.next} pending`]);
      expect((await chosen(play)).at(-1)).toBe(`${first} fallback breaker`);
    }
    await well();
    for (const play of await both()) expect(await calls(play)).toEqual([`bankslip.create ${first} pending`]);
  });

  it('cannot take it: one slip, at whoever can', async () => {
    const { number: _, ...nowhere } = address;
    const payer = { name: 'FULANO DE TAL', documentNumber: '45576360044' };
    for (const pair of of(first)) {
      const bare = pair.next === 'gerencianet' || first === 'pinbank';
      const payerData = { ...payer, ...(first === 'gerencianet' ? { address } : bare ? {} : { address: nowhere }) };
      const play = await asking(pair, { payerData }, first === 'gerencianet');
      // Where Pinbank wants an address, so does Cielo: the third is the one that needs none.
      const taken = bare ? 'gerencianet' : pair.next;
      expect(await calls(play)).toEqual([`bankslip.create ${taken} pending`]);
      expect(await chosen(play)).toContain(`${first} skipped capability`);
      fields.push({ row: 'unfit', column: columnOf(play.it), result: `pending -/${taken}` });
    }
  });
});

it.each(pairs)('$provider before $next, and nobody serves: 503, and the same key makes one later', async (pair) => {
  for (const provider of houses) await slips.arm({ kind: 'refuse', provider, operation: '*' });
  const play = await asking(pair);
  await scene.calm();
  expect([play.answer!.status, play.answer!.body['code']]).toEqual([503, 'no_provider_available']);
  const inTurn = [pair.provider, pair.next, third(pair)];
  expect(await calls(play)).toEqual(inTurn.map((it) => `bankslip.create ${it} failed`));
  const mine = async (): Promise<readonly string[]> =>
    (await scene.effects()).filter(({ amount }) => amount === play.amount).map(({ provider }) => provider);
  expect([(await slips.charge(play)).status, await mine()]).toEqual(['failed', []]);
  await slips.ask(play);
  expect([await calls(play), await mine()]).toEqual([[`bankslip.create ${pair.provider} pending`], [pair.provider]]);
  await well(); // or a breaker would open by and by
  fields.push({ row: 'all away, and back', column: columnOf(play.it), result: 'failed -/-, pending create/-' });
});

it('two that are not there are passed over, to the last one', async () => {
  const pair = pairs[0]!;
  for (const provider of [pair.provider, pair.next]) await slips.arm({ kind: 'refuse', provider, operation: '*' });
  const play = await asking(pair);
  await scene.calm();
  expect(await slips.charge(play)).toMatchObject({ status: 'pending', provider: third(pair) });
  expect(await calls(play)).toEqual([
    `bankslip.create ${pair.provider} failed`,
    `bankslip.create ${pair.next} failed`,
    `bankslip.create ${third(pair)} pending`,
  ]);
});

it('a refusal of the slip itself is the answer, unless the lane lists it: then the second is asked', async () => {
  const odd = { name: 'FULANO DE TAL', documentNumber: '45576360044', address: { ...address, state: 'XX' } };
  const no = 'bankslip.create gerencianet declined';
  for (const pair of of('gerencianet')) {
    const play = await asking(pair, { payerData: odd });
    expect([play.answer!.status, play.answer!.body['status']]).toEqual([201, 'declined']);
    expect(await calls(play)).toEqual([no]);
    fields.push({ row: 'declined', column: columnOf(play.it), result: 'declined -/-' });
  }
  await slips.listed('gerencianet', 'request_invalid');
  for (const pair of of('gerencianet')) {
    const play = await asking(pair, { payerData: odd });
    expect(await calls(play)).toEqual([no, `bankslip.create ${pair.next} pending`]);
    await settled([play], 'declined, listed');
  }
});

describe('in the end', () => {
  it('every wish under its key has one slip, whatever came first, and its payer has paid it', async () => {
    const open = strikes.played.filter(({ answer }) => as<Charge>(answer!.body).status !== 'declined');
    for (let i = 0; i < open.length; i += 16) {
      await Promise.all(open.slice(i, i + 16).map((play) => slips.ask(play)));
    }
    await strikes.settled([]);
    const charges = await Promise.all(open.map((play) => slips.charge(play)));
    await Promise.all(charges.filter(({ status }) => status === 'pending').map((it) => slips.bank.pay(it)));
    await Promise.all(charges.map(({ id }) => slips.bank.becomes(id, 'paid')));
    const effects = await scene.effects();
    const odd = open.filter(({ amount, it: { kind, provider } }) => {
      const own = effects.filter((it) => it.amount === amount).map(({ operation }) => operation);
      const count = (act: string): number => own.filter((it) => it === `bankslip.${act}`).length;
      // What Cielo has made twice stays twice, for it has no cancel.
      const alive = kind === 'duplicate_key_first_send' && provider === 'cielo' ? 2 : 1;
      const payments = kind === 'second_payment' ? 2 : 1;
      return count('create') - count('cancel') !== alive || count('received') !== payments;
    });
    expect(odd.map(({ it }) => `${it.kind} at ${columnOf(it)}`)).toEqual([]);
  });

  it('our books and attempts are those of the simulated world', async () => {
    // What was paid twice for a slip nobody gives back: it is seen until it is paid out. Pinbank tells of one payment
    // and of another in the same words, so that its statement alone knows of the second.
    const twice = (of: Provider): number =>
      strikes.played
        .filter(({ it }) => it.kind === 'second_payment' && it.provider === of)
        .reduce((all, { amount }) => all + amount, 0);
    const unheard = twice('pinbank');
    const { doubles, lost: apart, sum, off } = await compare(scene, { got: [] });
    const made = await Promise.all(twins().map(async (play) => (await slips.charge(play)).id));
    expect({ doubles: [...new Set(doubles)].sort(), apart, sum, off }).toEqual({
      doubles: made.map((id) => `bankslip.create bankslip ${id}`).sort(),
      apart: [],
      sum: 0,
      off: unheard,
    });
    const [effects, addresses] = [await scene.effects(), await scene.addresses()];
    for (const provider of houses) {
      const received = effects.filter((it) => it.provider === provider && it.operation === 'bankslip.received');
      const total = received.reduce((all, { amount }) => all + amount, 0);
      const told = provider === 'pinbank' ? total - unheard : total;
      const suspense = provider === 'pinbank' ? 0 : twice(provider);
      expect(-addresses[`provider:${provider}:clearing`]!).toBe(told);
      expect(addresses[`provider:${provider}:suspense`] ?? 0).toBe(suspense);
    }
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
  });

  it('what was written off is not asked after for ever', async () => {
    const asked = `select 1 from attempt where twin_of is not null and ask_at is not null and provider <> 'cielo'`;
    await eventually(async () => (await strikes.hop(15), (await rows(scene.app, asked)).length === 0));
  });
});
