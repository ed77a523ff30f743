import type { Answer } from './app.js';
import type { Provider, Struck } from './ends.js';
import { as, type Charge, type Effect, type Scene } from './scene.js';

/** One struck act, as somebody plays it. Every charge has an amount of its own, by which its effects are known. */
export interface Play {
  readonly it: Struck;
  readonly amount: number;
  readonly key: string;
  /** Seconds for which a code may be paid. */
  readonly expire: number;
  made?: Charge;
  answer?: Answer;
}
/** A fault as it is armed: at an act, or at all of a provider's. */
export type Armed = Pick<Struck, 'kind' | 'provider'> & { readonly operation: Struck['operation'] | '*' };
/** How an act and its charge stand. */
export interface Now {
  readonly answer: number;
  readonly status: string;
  readonly pending: string | null;
  /** What the simulated world has seen, by provider. */
  readonly effects: Readonly<Record<Provider, readonly string[]>>;
}

/** Who plays struck acts over the API before the simulated providers: of codes and cards, or of slips. */
export abstract class Player {
  constructor(readonly scene: Scene) {}

  /** One that nothing befalls. */
  abstract well(provider: Provider): Promise<void>;
  /** What the act is done to stands before anything goes wrong. */
  abstract stage(it: Struck): Promise<Play>;
  /** Asks for the act, each time under the same key; the last answer is kept. */
  abstract ask(play: Play, more?: object): Promise<Answer>;
  abstract charge(play: Play): Promise<Charge>;

  async arm({ provider, operation, kind }: Armed, more: object = {}): Promise<string> {
    const fault = { provider, operation, kind, ...more };
    const { status, text, body } = await this.scene.sim('PUT', '/_sim/faults', fault);
    if (status !== 200) throw new Error(`not armed: ${text}`);
    return as<{ id: string }>(body).id;
  }

  /** Whether a fault has struck as often as it was to. */
  async struck(fault: string): Promise<boolean> {
    const { faults } = as<{ faults: { id: string }[] }>((await this.scene.sim('GET', '/_sim/faults')).body);
    return !faults.some(({ id }) => id === fault);
  }

  async now(play: Play, effects: readonly Effect[]): Promise<Now> {
    const { status, pendingOperation: pending } = await this.charge(play);
    const at = (provider: Provider): readonly string[] =>
      effects
        .filter((it) => it.provider === provider && this.isOf(play, it))
        .map(({ operation }) => operation)
        .sort();
    const seen = {
      gerencianet: at('gerencianet'),
      cielo: at('cielo'),
      stripe: at('stripe'),
      pinbank: at('pinbank'),
    };
    return { answer: play.answer?.status ?? 0, status, pending, effects: seen };
  }

  /** Whether it happened to what this play is about. */
  protected isOf({ amount }: Play, effect: Effect): boolean {
    return effect.amount === amount;
  }
}
