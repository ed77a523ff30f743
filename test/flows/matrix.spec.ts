import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '@test/support/app.js';
import { allCells, type Cell, endsOf, groupsOf, providers } from '@test/support/cells.js';
import { kindsOf, type Provider } from '@test/support/ends.js';
import { type Cell as Field, matrixText } from '@test/support/matrix.js';
import type { Play } from '@test/support/player.js';
import { apart, Plays } from '@test/support/plays.js';
import { as, type Charge, type Effect, Scene } from '@test/support/scene.js';

const whole = process.env['TRILHO_LONG'] === '1';
const groups = groupsOf(whole);
const fields: Field[] = [];
let scene: Scene;
let plays: Plays;

beforeAll(async () => {
  scene = await Scene.open({ SIMULATOR_PROOF_MS: '1000', PROVIDER_DEADLINE_MS: '1200' });
  plays = await Plays.open(scene, apart);
});
const columnOf = ({ provider, operation, mode }: Cell): string => `${operation} ${provider} ${mode}`;
afterAll(async () => {
  await scene.close();
  const columns = [...new Set(allCells.map(columnOf))].filter((it) => fields.some(({ column }) => column === it));
  process.stdout.write(matrixText('Faults at the platform', columns, fields, allCells.length));
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** The one clock goes on, and everybody has a moment to do what is due. */
const hop = async (seconds: number): Promise<void> => {
  await scene.advance(seconds);
  await sleep(100);
};

/** Refunds that the provider took back after it had said that they were done: a human has been told, nothing moves. */
const cameBack = new Map<Provider, number>();
/** Refunds that a human has to decide. */
let waiting = 0;
const cellOf = (play: Play): Cell => play.it as Cell;

/** With it a fault strikes the first call, spares the second, and goes on so. */
const seed = 8;
const atRate = whole ? 4 : 2;
const lasting: Readonly<Record<Cell['mode'], object>> = { once: { times: 1 }, minute: {}, rate: { rate: 0.5 } };
const delays: Readonly<Record<string, number>> = { slow: 2_000, late_callback: 300, reordered_callbacks: 300 };
const later = /chargeback|portal|after_success/;
const armed = (cell: Cell): Promise<string> => {
  const delayMs = delays[cell.kind] ?? (later.test(cell.kind) ? 50 : undefined);
  return plays.arm(cell, { ...lasting[cell.mode], delayMs, seed });
};

const pays = /callback|second_payment|chargeback/;
async function played(play: Play): Promise<void> {
  const { status, body } = await plays.ask(play);
  const { kind, operation } = play.it;
  if (operation !== 'pix.create' || status !== 201 || !pays.test(kind)) return;
  const { paymentId } = as<Charge>(body).metadata;
  const pay = (): Promise<Answer> => scene.sim('POST', `/_sim/pix/${paymentId}/pay`);
  expect((await pay()).status).toBe(200);
  if (kind === 'second_payment') await pay();
}

/** How it stands, where that is one of its ends; a code that stands when all is over is paid by its payer. */
async function ended(play: Play, effects: readonly Effect[]): Promise<string | undefined> {
  const { provider, operation } = play.it;
  const now = await plays.now(play, effects);
  const found = now.effects[provider];
  if (operation === 'pix.create' && now.status === 'pending' && !found.includes('pix.received')) {
    const charge = await plays.charge(play);
    if (charge.metadata['paymentId']) await scene.pay(charge);
    return undefined;
  }
  const end = endsOf(cellOf(play)).find(
    (it) =>
      it.answers.includes(now.answer) &&
      it.status === now.status &&
      (now.pending === null || it.parked === true) &&
      String([...it.effects].sort()) === String(found),
  );
  return end && `${end.status} ${end.effects.length}`;
}

/** What each play has come to, after at most so many hops of the clock. */
async function settled(group: readonly Play[]): Promise<readonly string[]> {
  for (let hops = 0; ; hops += 1) {
    const effects = await scene.effects();
    const results = await Promise.all(group.map((play) => ended(play, effects)));
    if (results.every((it) => it !== undefined) || hops === 60) {
      return Promise.all(
        group.map(async (play, i) => {
          const { status, effects: found } = await plays.now(play, effects);
          const { provider } = play.it;
          const gone = found[provider].includes(`${play.it.operation.split('.')[0]}.refund`);
          if (status === 'refunded' && !gone) cameBack.set(provider, (cameBack.get(provider) ?? 0) + play.amount);
          if (results[i]?.startsWith('refund_requested')) waiting += play.amount;
          return results[i] ?? `WRONG: ${JSON.stringify(await plays.now(play, effects))}`;
        }),
      );
    }
    await hop(15);
  }
}

const counted = (results: readonly string[]): string =>
  [...new Set(results)]
    .map((it) => (results.length > 1 ? `${results.filter((x) => x === it).length}× ${it}` : it))
    .join(', ');

describe(
  whole ? 'every fault at every act, once, for a minute and at a rate' : 'every kind of fault, while it lasts',
  () => {
    it.each(
      groups.map((group) => {
        const cells = group.map((it) => `${it.kind} at ${it.operation} of ${it.provider}`);
        return [cells.join(', '), group[0]!.mode, group] as const;
      }),
    )('%s, %s', async (_, mode, group) => {
      // All is well, and no breaker is open.
      const struck = [...new Set(group.map(({ provider }) => provider))];
      await Promise.all(struck.map((it) => plays.well(it)));
      const staged = await Promise.all(
        group.flatMap((cell) => Array.from({ length: mode === 'rate' ? atRate : 1 }, () => plays.stage(cell))),
      );
      if (mode === 'once') await Promise.all(struck.map((it) => plays.unasked(it)));
      for (const cell of group) await armed(cell);
      await Promise.all(staged.map(played));
      const seconds = mode === 'minute' ? [20, 20, 20] : [5];
      for (const it of seconds) await hop(it);
      // What the world does by itself, a little later.
      if (group.some(({ kind }) => later.test(kind))) await sleep(600);
      await scene.calm();
      const results = await settled(staged);
      for (const cell of group) {
        const of = results.filter((_result, i) => cellOf(staged[i]!) === cell);
        fields.push({ row: cell.kind, column: columnOf(cell), result: counted(of) });
      }
      expect(results.filter((it) => it.startsWith('WRONG'))).toEqual([]);
    });

    it('has played each kind that there is at each provider that plays it, and said so', () => {
      for (const provider of providers) {
        const own = fields.filter(({ column }) => column.split(' ')[1] === provider);
        expect([...new Set(own.map(({ row }) => row))].sort()).toEqual([...kindsOf(provider)].sort());
      }
      expect(fields).toHaveLength(groups.flat().length);
      if (whole) expect(fields).toHaveLength(allCells.length);
    });

    it('has cost nobody a centavo that the world has not seen', async () => {
      const moved = await scene.effects();
      const addresses = await scene.addresses();
      for (const provider of providers) {
        const gone = cameBack.get(provider) ?? 0;
        expect(-addresses[`provider:${provider}:clearing`]!).toBe(plays.held(provider, moved) - gone);
        expect(addresses[`provider:${provider}:suspense`] ?? 0).toBe(0);
      }
      expect(addresses['refunds:transit']).toBe(waiting);
      expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
    });
  },
);
