import type { Bound, Kind } from './faults.js';
import type { Callbacks, Calling } from './callbacks.js';
import type { Papers } from './certificates.js';
import type { Line, Scheme } from './listener.js';
import type { Control } from './question.js';
import type { Requests } from './requests.js';
import type { Put, Table, World } from './world.js';

/** Everything that a provider's acts need of the sandbox, made once at the start. */
export interface Ground<A = unknown> {
  readonly provider: string;
  readonly account: A;
  readonly world: World;
  readonly faults: Bound; // those armed for this provider
  readonly callbacks: Callbacks; // those of this provider
  readonly requests: Requests;
  /** Our own address, as `GET /_sim/listeners` tells it: for links in answers. */
  readonly origin: string;
  /** Those of the doors beside it, by their names. */
  readonly origins: Readonly<Record<string, string>>;
  /** A timer that ends with the sandbox; what must outlive it is started again by `resume`. */
  readonly after: (waitMs: number, act: () => void) => void;
  /** The static code that some shop shows under an id; absent where nobody can look. */
  readonly seen?: (id: string) => Promise<string | undefined>;
  /** An effect of this provider, to be committed with what it is the effect of. */
  readonly effect: (operation: string, key: string, ref: string, amount: bigint) => Put;
  /** Takes such an effect back. */
  readonly undone: (operation: string, ref: string) => Put;
}

/** A provider at work. */
export interface Played {
  /** Answers a call that came by the door of this name; the provider's own is called as the provider is. */
  readonly serve: (line: Line, door: string) => Promise<void>;
  /** Routes of `/_sim`; one path may be several providers', the first that knows the thing answers. */
  readonly controls?: readonly Control[];
  /** What an earlier process had still to do, once, when everybody listens. */
  readonly resume?: () => void;
  /** What it keeps beside the world, emptied with it. */
  readonly reset?: () => void;
}

/** One provider's side of the wire: a folder of its own, and one line in simulators.ts. */
export interface Simulator<I extends string = string, A = unknown> {
  readonly id: I;
  readonly scheme: Scheme;
  /** A free port, the same one ever after; or the one after the sandbox's own. */
  readonly port: 'own' | 'next';
  /** Hosts of its own that speak otherwise, each on a free port: their names in `GET /_sim/listeners`. */
  readonly beside?: Readonly<Record<string, Scheme>>;
  /** What faults may name, in the contract's words where it has some. */
  readonly operations: readonly string[];
  /** Operations beside the acts, as a log-in is: a fault of `*` spares them. */
  readonly aside: readonly string[];
  /** Kinds of fault that mean anything here; another one is refused when it is armed. */
  readonly kinds: readonly Kind[];
  readonly tables: readonly Pick<Table<unknown>, 'name' | 'lasting'>[];
  readonly calling: Calling;
  /** The customer's account, made at the first start and the same ever after. */
  readonly account: (directory: string, papers: Papers) => A;
  readonly open: (ground: Ground<A>) => Played;
}

/** A simulator, with its id and its account as types. */
export const simulator = <const I extends string, A>(it: Simulator<I, A>): Simulator<I, A> => it;
