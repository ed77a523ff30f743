import { expect } from '@jest/globals';
import { cents } from '@libs/money/cents.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import { configureProviders } from '@libs/providers/settings.js';
import { type Script, scriptOf } from './scripts.js';
import type { Staged, Stand } from './stand.js';
import type { Exchange, Said, Tap } from './tap.js';

export type Heard = Outcome | Finding;
export type Judge = (heard: Heard, said: Said, truth: Heard) => void;

/** Where a rule is put to an act: before the sandbox, directly or with a man in the middle. */
export class Bench {
  readonly script: Script<unknown>;

  constructor(
    readonly operation: Operation,
    readonly stand: Stand,
    readonly tap: Tap,
  ) {
    this.script = scriptOf(operation);
  }

  /** The adapter finds the sandbox without anybody between. */
  direct(): void {
    configureProviders({ sandboxUrl: this.stand.sandbox.url, sandboxCa: this.stand.sandbox.caFile });
  }

  tapped(): void {
    this.tap.clear();
    configureProviders({ sandboxUrl: this.tap.url, sandboxCa: this.stand.sandbox.caFile });
  }

  stage(): Promise<Staged> {
    return this.script.stage(this.stand);
  }

  act(staged: Staged, ms?: number): Promise<Outcome> {
    return this.stand.act(this.operation, staged, ms);
  }

  find(staged: Staged, ms?: number): Promise<Finding> {
    return this.stand.find(this.operation, staged, ms);
  }

  /** Done as it should be, whoever has to decide it. */
  async done(staged: Staged): Promise<Finding> {
    await this.act(staged);
    await this.script.decide?.(this.stand, staged);
    return this.stand.becomes(this.operation, staged, 'done');
  }

  /** The name by which the provider knows what this act makes or changes. */
  name({ key, parent }: Staged): string {
    return this.stand.peer.keyless.includes(this.operation) ? parent!.ref : key;
  }

  /** Effects of this very act. */
  async made(staged: Staged): Promise<number> {
    return (await this.stand.under(this.name(staged))).filter((it) => it === this.operation).length;
  }

  /** What moved, where the act moves anything. */
  amount({ amount }: Staged): bigint {
    return this.script.moves ? amount : cents(0);
  }

  /** The answers to the act and to a question after it, as the sandbox gives them when nothing goes wrong. */
  async genuine(staged: Staged): Promise<readonly Asked[]> {
    const asked = async (ask: () => Promise<Heard>): Promise<readonly Asked[]> => {
      const from = this.tap.seen.length;
      await ask();
      const seen = this.tap.seen.slice(from);
      return (this.stand.peer.chained ? seen : seen.slice(-1)).map((exchange) => ({ ask, exchange }));
    };
    return [...(await asked(() => this.act(staged))), ...(await asked(() => this.find(staged)))];
  }

  /**
   * Puts other words into the provider's mouth, after the act and after the question; the sandbox is not asked. Its own
   * words for "there is no such thing" are no others.
   */
  async hear(staged: Staged, make: (said: Said) => readonly Said[], judge: Judge, whole = false): Promise<void> {
    const absent = whole ? [] : this.stand.peer.absences(this.operation);
    const own = (it: Said): boolean => absent.some(({ status, body }) => status === it.status && body === it.body);
    let heard = 0;
    for (const { ask, exchange } of await this.genuine(staged)) {
      const { path } = exchange;
      const said = this.stand.peer.ours?.(exchange.said!, staged.key) ?? exchange.said;
      const play = (words: Said): Promise<Heard> => {
        this.tap.instead = (it) => (it.path === path ? words : undefined);
        return ask();
      };
      const truth = await play(said!);
      for (const words of make(said!).filter((it) => !own(it))) {
        judge(await play(words), words, truth);
        heard += 1;
      }
    }
    expect(heard).toBeGreaterThan(0);
    this.tap.instead = undefined;
  }
}
interface Asked {
  readonly ask: () => Promise<Heard>;
  readonly exchange: Exchange;
}

/** A rule of the provider contract, put to one act of one provider. */
export interface Rule {
  readonly name: string;
  /** Whether it says anything of acts that are proved so; of all, unless told. */
  readonly of?: (proof: Proof) => boolean;
  readonly test: (bench: Bench) => Promise<void>;
}

/** Fails with the answer that was misunderstood. */
export const kindIs =
  (...kinds: readonly Heard['kind'][]): Judge =>
  (heard, said) => {
    if (!kinds.includes(heard.kind)) expect({ heard, said }).toBe(kinds.join(' or '));
  };
