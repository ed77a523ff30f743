import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operations } from '@libs/providers/contract/acts.js';
import { kinds } from '@apps/sandbox/faults.js';
import type { Answer } from '@test/support/app.js';
import { allCells, type Cell, type End, endsOf, groupsOf, modes } from '@test/support/cells.js';
import { type Cell as Field, matrixText } from '@test/support/matrix.js';
import { as, type Charge, type Effect, Scene } from '@test/support/scene.js';

const whole = process.env['TRILHO_LONG'] === '1';
const groups = groupsOf(whole);
const fields: Field[] = [];
let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({
    PROOF_GERENCIANET_PIX_CREATE_MS: '1000',
    PROOF_GERENCIANET_PIX_CANCEL_MS: '1000',
    PROVIDER_DEADLINE_MS: '700',
  });
});
afterAll(async () => {
  await scene.close();
  const columns = modes.flatMap((mode) => operations.map((operation) => `${operation} ${mode}`));
  process.stdout.write(matrixText('Faults at the platform', columns, fields, allCells.length));
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** The one clock goes on, and everybody has a moment to do what is due. */
const hop = async (seconds: number): Promise<void> => {
  await scene.advance(seconds);
  await sleep(100);
};

/** Every charge has an amount of its own, by which what happened to it is known. */
let cents = 100_000;
/** Refunds that the provider took back after it had said that they were done: a human has been told, nothing moves. */
let cameBack = 0;
interface Play {
  readonly cell: Cell;
  readonly amount: number;
  readonly expire: number;
  made?: Charge;
  answer?: Answer;
}

/** What the act is done to stands before anything goes wrong. */
async function staged(cell: Cell): Promise<Play> {
  // A payment that nobody tells of is found when the code expires.
  const expire = cell.kind === 'no_callback' ? 60 : 86_400;
  const play: Play = { cell, amount: (cents += 1), expire };
  if (cell.operation === 'pix.cancel') play.made = await scene.pix({ amount: play.amount, expire });
  if (cell.operation === 'pix.refund') play.made = await scene.paid({ amount: play.amount, expire });
  return play;
}

/** With it a fault strikes the first call, spares the second, and goes on so. */
const seed = 8;
const atRate = whole ? 4 : 2;
const lasting: Readonly<Record<Cell['mode'], object>> = { once: { times: 1 }, minute: {}, rate: { rate: 0.5 } };
const delays: Readonly<Record<string, number>> = { slow: 1_500, late_callback: 300, reordered_callbacks: 300 };

async function armed({ kind, operation, mode }: Cell): Promise<void> {
  const delayMs = delays[kind] ?? (kind === 'chargeback' || kind.endsWith('after_success') ? 50 : undefined);
  await scene.arm(operation, kind, { ...lasting[mode], delayMs, seed });
}

const pays = /callback|second_payment|chargeback/;
async function played(play: Play): Promise<void> {
  const { cell, amount, expire, made } = play;
  switch (cell.operation) {
    case 'pix.create': {
      play.answer = await scene.ask({ amount, expire });
      if (play.answer.status === 201 && pays.test(cell.kind)) {
        const { metadata } = as<Charge>(play.answer.body);
        const pay = (): Promise<Answer> => scene.sim('POST', `/_sim/pix/${metadata['paymentId']}/pay`);
        expect((await pay()).status).toBe(200);
        if (cell.kind === 'second_payment') await pay();
      }
      return;
    }
    case 'pix.cancel':
      play.answer = await scene.api('POST', `/pix/${made!.id}/cancel`);
      return;
    case 'pix.refund':
      play.answer = await scene.refund(made!.id);
  }
}

const idOf = ({ made, answer }: Play): string => made?.id ?? as<{ id: string }>(answer!.body).id;

/** Whether it has come to one of its ends; a code that stands when all is over is paid by its payer. */
async function ended(play: Play, ends: readonly End[], effects: readonly Effect[]): Promise<End | undefined> {
  const charge = await scene.charge(idOf(play));
  if (play.cell.operation === 'pix.create' && charge.status === 'pending' && charge.metadata['paymentId']) {
    const seen = effects.some((it) => it.amount === play.amount && it.operation === 'pix.received');
    if (!seen) await scene.pay(charge);
    return undefined;
  }
  const found = effects.filter((it) => it.amount === play.amount).map(({ operation }) => operation);
  const now = { answer: play.answer!.status, status: charge.status, effects: found.sort() };
  const same = (end: End): boolean =>
    end.answer === now.answer && end.status === now.status && String([...end.effects].sort()) === String(now.effects);
  return charge.pendingOperation === null ? ends.find(same) : undefined;
}

/** What each play has come to, after at most so many hops of the clock. */
async function settled(plays: readonly Play[]): Promise<readonly string[]> {
  let results: readonly (End | undefined)[] = [];
  for (let hops = 0; hops < 60; hops += 1) {
    const effects = await scene.effects();
    results = await Promise.all(plays.map((play) => ended(play, endsOf(play.cell), effects)));
    if (results.every((it) => it !== undefined)) break;
    await hop(15);
  }
  const effects = await scene.effects();
  return Promise.all(
    plays.map(async (play, i) => {
      if (results[i]?.status === 'refunded' && !results[i].effects.includes('pix.refund')) cameBack += play.amount;
      if (results[i]) return `${results[i].status} ${results[i].effects.length}`;
      const { status, pendingOperation } = await scene.charge(idOf(play));
      const found = effects.filter((it) => it.amount === play.amount).map(({ operation }) => operation);
      return `WRONG: ${play.answer!.status} ${status} ${pendingOperation} ${String(found)}`;
    }),
  );
}

const counted = (results: readonly string[]): string =>
  [...new Set(results)]
    .map((it) => (results.length > 1 ? `${results.filter((x) => x === it).length}× ${it}` : it))
    .join(', ');

describe(
  whole ? 'every fault at every act, once, for a minute and at a rate' : 'every kind of fault, while it lasts',
  () => {
    it.each(
      groups.map(
        (group) => [group.map((it) => `${it.kind} at ${it.operation}`).join(', '), group[0]!.mode, group] as const,
      ),
    )('%s, %s', async (_, mode, group) => {
      await scene.pix({ expire: 86_400 }); // all is well, and no breaker is open
      const plays = await Promise.all(
        group.flatMap((cell) => Array.from({ length: mode === 'rate' ? atRate : 1 }, () => staged(cell))),
      );
      for (const cell of group) await armed(cell);
      await Promise.all(plays.map(played));
      const seconds = mode === 'minute' ? [20, 20, 20] : [5];
      for (const it of seconds) await hop(it);
      // What the world does by itself, a little later.
      if (group.some(({ kind }) => /chargeback|after_success/.test(kind))) await sleep(600);
      await scene.calm();
      const results = await settled(plays);
      for (const { kind, operation } of group) {
        const of = results.filter((_result, i) => plays[i]!.cell.operation === operation);
        fields.push({ row: kind, column: `${operation} ${mode}`, result: counted(of) });
      }
      expect(results.filter((it) => it.startsWith('WRONG'))).toEqual([]);
    });

    it('has played each kind that there is, and said so', () => {
      expect([...new Set(fields.map(({ row }) => row))].sort()).toEqual([...kinds].sort());
      expect(fields).toHaveLength(groups.flat().length);
      if (whole) expect(fields).toHaveLength(allCells.length);
    });

    it('has cost nobody a centavo that the world has not seen', async () => {
      const moved = await scene.effects();
      const sum = (operation: string): number =>
        moved.filter((it) => it.operation === operation).reduce((total, it) => total + it.amount, 0);
      const addresses = await scene.addresses();
      const gone = sum('pix.refund') + sum('pix.chargeback') + cameBack;
      expect(-addresses['provider:gerencianet:clearing']!).toBe(sum('pix.received') - gone);
      expect([addresses['provider:gerencianet:suspense'] ?? 0, addresses['refunds:transit']]).toEqual([0, 0]);
      expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
    });
  },
);
