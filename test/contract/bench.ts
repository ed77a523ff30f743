import { expect } from 'vitest';
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

/** Whether a passage is a log-in, and no part of any act. */
export const logsIn = (path: string): boolean => /\/(token|authorize)$/.test(path);

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

  /** What the call says when nothing goes wrong. */
  get says(): Outcome['kind'] {
    return this.stand.peer.later?.includes(this.operation) ? 'pending' : this.script.says;
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
      const chain = this.tap.seen.slice(from).filter(({ path }) => !logsIn(path));
      const heard = chain.slice(this.stand.peer.chained?.(this.operation) ? 0 : -1);
      // Of what is asked before an act: where that is not answered, nothing is sent, and no rule is about it.
      if (this.stand.peer.asksFirst?.includes(this.operation) && chain.length > 1) heard.splice(0, 1);
      return heard.map((exchange) => ({ ask, exchange, chain }));
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
    for (const { ask, exchange, chain } of await this.genuine(staged)) {
      const { sandbox, peer } = this.stand;
      const { letter } = peer;
      const clear = { ...exchange.said!, body: letter?.open(sandbox, exchange.said!.body) ?? exchange.said!.body };
      const said = peer.ours?.(clear, staged.key) ?? clear;
      const play = (words: Said): Promise<Heard> => {
        const sent = { ...words, body: letter?.close(sandbox, words.body) ?? words.body };
        // The others on the same way say what they have said: the world has gone on since.
        this.tap.instead = (it) => (same(it, exchange) ? sent : chain.find((other) => same(it, other))?.said);
        return ask();
      };
      const truth = await play(said);
      for (const words of make(said).filter((it) => !own(it))) {
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
  readonly chain: readonly Exchange[];
}
const same = (a: Exchange, b: Exchange): boolean => a.method === b.method && a.path === b.path;

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
