import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, rows } from './app.js';
import { blowOf, type Provider, type Struck } from './ends.js';
import { begins, byTurns, columnOf, lost, nextOf, right } from './failover.js';
import type { Now, Play, Player } from './player.js';
import { as, type Scene } from './scene.js';

export interface Seen {
  readonly play: Play;
  readonly now: Now;
}
const delays: Readonly<Record<string, number>> = { slow: 2_500, late_callback: 300, reordered_callbacks: 300 };
const delayOf = (kind: string): number | undefined =>
  delays[kind] ?? (/chargeback|portal|after_success/.test(kind) ? 50 : undefined);

/** As many at once as a busy machine can serve within the deadline. */
export const abreast = 16;
// A slip waits for its payer and nobody asks, but for its twin: that is asked after for as long as it might be paid.
const unrest = `
  select (select count(*) from attempt
      where parked_at is null and (state in ('sent', 'unknown') or ask_at is not null)
        and (twin_of is null or operation <> 'bankslip.create'))
    + (select count(*) from job where done_at is null and run_at <= clock_now() + interval '1 minute'
         and name ~ '^(charges|inbox|routing[.]ask)') as n`;

/** Acts struck by their faults, each by its own, and followed until nothing moves any more. */
export class Strikes {
  readonly played: Play[] = [];
  private readonly turns = new Map<Provider, Promise<unknown>>();

  constructor(
    private readonly scene: Scene,
    private readonly plays: Player,
  ) {}

  /** The one clock goes on, and everybody has a moment to do what is due. */
  async hop(seconds: number): Promise<void> {
    await this.scene.advance(seconds);
    await sleep(100);
  }

  /** What the acts are done to, while all is well. */
  async staged(cells: readonly Struck[]): Promise<readonly Play[]> {
    const group: Play[] = [];
    for (let i = 0; i < cells.length; i += abreast) {
      group.push(...(await Promise.all(cells.slice(i, i + abreast).map((it) => this.plays.stage(it)))));
    }
    this.played.push(...group);
    return group;
  }

  /** Each call by its own fault, once. */
  async oneByOne(cells: readonly Struck[]): Promise<void> {
    const begun = byTurns(await this.staged(cells)).map((play) => {
      const { provider } = play.it;
      return this.inTurn(begins(play.it) ? [provider, nextOf(play.it)] : [provider], () => this.strike(play));
    });
    await Promise.all((await Promise.all(begun)).map(({ answered }) => answered));
  }

  /** Answers that are lost, and then questions that fail, or lie. */
  async blindly(cells: readonly Struck[]): Promise<void> {
    await this.oneByOne(cells);
    for (const { kind } of cells.slice(0, 1)) {
      // The lie of a whole window would be believed: an absence is no more than what the provider says of it.
      const more = kind === 'wrong_store_404' ? { times: 1 } : {};
      for (const provider of new Set(cells.map((it) => it.provider)))
        await this.plays.arm({ kind, provider, operation: '*' }, more);
    }
    for (let hops = 0; hops < 3; hops += 1) await this.hop(3);
    await this.scene.calm();
    await this.settled([]); // or the next lie would be told of the same act, and be the second that is believed
  }

  /** Nobody gets through to that provider. */
  async away(provider: Provider, cells: readonly Struck[]): Promise<void> {
    // Half open the other one would let a single call through of those that come to it at once.
    const begun = cells.filter(begins);
    if (begun.length > 1) for (const next of new Set(begun.map(nextOf))) await this.recover(next);
    const group = await this.staged(cells);
    await this.plays.arm({ kind: 'refuse', provider, operation: '*' });
    await Promise.all(group.map((play) => this.plays.ask(play)));
    await sleep(200); // refunds are told by a job
    await this.scene.calm();
    await this.recover(provider);
  }

  /** Whoever was refused asks again where a provider is: meanwhile it shows him a certificate that nobody knows. */
  async disguised<T>(act: () => Promise<T>): Promise<T> {
    const folder = join(this.scene.app.folder, 'sandbox/certificates');
    const known = readFileSync(join(folder, 'ca.pem'));
    copyFileSync(join(folder, 'caller.pem'), join(folder, 'ca.pem'));
    try {
      return await act();
    } finally {
      writeFileSync(join(folder, 'ca.pem'), known);
    }
  }

  /** Its breaker is closed again, by the one try that half opens it. */
  async recover(provider: Provider): Promise<void> {
    await this.hop(11);
    await this.plays.well(provider);
  }

  /** Puts a question for each of these attempts, whatever is known of it, and waits until all have been answered. */
  async asked(which: string): Promise<void> {
    await rows(this.scene.app, `update attempt set ask_at = clock_now() where parked_at is null and ${which}`);
    await eventually(async () => !(await this.busy()), 60_000);
  }

  /** What each has come to when all questions are answered and nothing moves any more. */
  async settled(group: readonly Play[] = this.played): Promise<readonly Seen[]> {
    for (let hops = 0; hops < 30; hops += 1) {
      if (!(await this.busy()) && wrong(await this.seen(group)).length === 0) break;
      await this.hop(15);
    }
    return this.seen(group);
  }

  private async busy(): Promise<boolean> {
    return (await rows<{ n: string }>(this.scene.app, unrest))[0]!.n !== '0';
  }

  async seen(group: readonly Play[]): Promise<readonly Seen[]> {
    const effects = await this.scene.effects();
    return Promise.all(group.map(async (play) => ({ play, now: await this.plays.now(play, effects) })));
  }

  /** One after another at a provider: a fault is to strike the call that it was armed for and no other. */
  private inTurn<T>(whose: readonly Provider[], act: () => Promise<T>): Promise<T> {
    const done = Promise.all(whose.map(async (it) => this.turns.get(it))).then(act);
    for (const it of whose) this.turns.set(it, done);
    return done;
  }

  /** Goes on as soon as the fault has struck: the answer may take as long as it likes. */
  private async strike(play: Play): Promise<{ readonly answered: Promise<unknown> }> {
    const { kind, operation } = play.it;
    const fault: Struck = lost(kind) ? { ...play.it, kind: 'reset_after' } : play.it;
    const id = await this.plays.arm(fault, { times: 1, delayMs: delayOf(kind) });
    const waits = operation === 'cards.refund'; // a job tells it
    const blow = blowOf(fault);
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = { over: false };
      const answered = this.askUntil(play, () => this.plays.struck(id)).then(() => (answer.over = true));
      for (let polls = 0; waits ? polls < 1_000 : !answer.over; polls += 1) {
        if ((waits || /timeout|slow/.test(fault.kind)) && (await this.plays.struck(id))) return { answered };
        await sleep(10);
      }
      const { status, body } = play.answer!;
      const elsewhere =
        blow === 'none' && status === 201 && as<{ provider: string }>(body).provider !== play.it.provider;
      const passed = begins(play.it) && (elsewhere || (blow !== 'none' && !(await this.plays.struck(id))));
      if (!waits && !passed) return { answered };
      // A busy machine has had its breaker opened, and went elsewhere at once: another one is struck instead.
      await this.hop(11);
      if (begins(play.it)) Object.assign(play, await this.plays.stage(play.it));
    }
    throw new Error(`${fault.kind} at ${columnOf(fault)} never struck: ${play.answer?.text}`);
  }

  /** A busy machine may have been too late to send anything: then the same key tries again, as long as that is so. */
  private async askUntil(play: Play, struck: () => Promise<boolean>): Promise<void> {
    const { status } = await this.plays.ask(play);
    if (status !== 503 || blowOf(play.it) === 'none' || (await struck())) return;
    await sleep(300);
    await this.askUntil(play, struck);
  }
}

export const wrong = (all: readonly Seen[]): readonly string[] =>
  all
    .filter(({ play, now }) => !right(play.it, now))
    .map(({ play: { it }, now }) => `${it.kind} at ${columnOf(it)}: ${JSON.stringify(now)}`);
