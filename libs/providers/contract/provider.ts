import type { Cents, Currency } from '@libs/money/cents.js';
import type { Ids } from '@libs/kernel/ids.js';
import { type Acts, type Answers, type Operation, partsOf, type Whole } from './acts.js';
import type { Act, Call, Read } from './call.js';
import type { Callbacks } from './callbacks.js';
import type { Finding } from './outcome.js';
import type { Proof } from './proof.js';
import type { Statements } from './statements.js';

export type ProviderId = string; // the folder's name; the tidy test checks it, so that no union has to be edited

/** An earlier act, to be asked after; `key` is that act's key. All columns of the attempt; nothing secret. */
export interface Sought<A> {
  readonly act: A;
  readonly ref?: string;
  readonly amount: Cents;
  readonly currency: Currency;
  readonly sentAt: Date;
  readonly parent?: Whole; // what a capture, refund or cancel acted on
  /** What the object showed before the act (VoidedAmount, ValorDisponivelDevolucao, CapturedAmount). */
  readonly before?: string;
}

export type Capability<K extends keyof Acts, C> = { readonly [A in keyof Acts[K]]: Act<Acts[K][A], Answers[K], C> } & {
  readonly find: (call: Call<Sought<keyof Acts[K]>, C>) => Promise<Finding<Answers[K]>>;
  readonly proof: { readonly [A in keyof Acts[K]]: Proof };
  /** For acts proved by state: what the object shows now. T1 stores it. */
  readonly before?: Read<{ readonly act: keyof Acts[K]; readonly parent: Whole }, string, C>;
  /** Acts the provider does not have: they answer `declined: 'not_allowed'` without a call, and the plan knows. */
  readonly lacks?: readonly (keyof Acts[K])[];
};

/** One provider. A capability is an optional member: its presence is its declaration. */
export type Provider<C extends object = object> = {
  readonly id: ProviderId;
  /** A class-validator class; routing parses the stored secret with it before every call. */
  readonly credentials: new () => C;
  /**
   * Whose account these credentials open (MerchantId, client and key, channel, acct_): a rotated secret must answer for
   * the same one.
   */
  readonly identify: Read<object, string, C>;
  /** Pure. What goes on the wire; `wish` is the merchant's `paymentId`, on the first lane only. */
  readonly keyOf: (operation: Operation, ids: Ids, wish?: string) => string;
  /** Its keys are ints: one is drawn for every attempt. */
  readonly numbered?: true;
  /** Pure. What only one live act may touch (§8); undefined: nothing. */
  readonly objectOf?: (operation: Operation, input: unknown) => string | undefined;
  /** How long what an act touches must rest since the last such act upon it, in milliseconds; absent: not at all. */
  readonly restMs?: (operation: Operation) => number;
  /** Members of the credentials that are no secret and decide what these can do: `unfit` is told them. */
  readonly settings?: readonly (keyof C & string)[];
  /**
   * Pure. Why this provider cannot take it: no address on a slip, an `expire` it cannot honour, a partial refund.
   * `settings`: those of the account, where they are known.
   */
  readonly unfit?: (operation: Operation, input: unknown, settings?: Partial<C>) => string | undefined;
  /**
   * Pure. The key of these credentials to which codes of our own making can be paid, any number of times; such money is
   * told of by `callbacks.look`. Absent: nobody would tell us.
   */
  readonly pixKey?: (credentials: C) => string;
  /** Operations of which only a human can say what became of them: a lane has to say so too. */
  readonly unproven?: readonly Operation[];
  readonly callbacks?: Callbacks<C>;
  /** Absent: what moved there can be read by no call (a file, a page for humans). */
  readonly statements?: Statements<C>;
} & { readonly [K in keyof Acts]?: Capability<K, C> };

/** Forgets the type of the credentials, so that one list can hold every provider. The only cast in the library: sound
 *  because routing builds `credentials` from the stored secret with this same class before each call. */
export const provider = <C extends object>(it: Provider<C>): Provider => it as unknown as Provider;

/** A capability whatever it is: for who holds the name of an operation. Sound because each name keeps its own input. */
export interface AnyCapability {
  readonly act: Act<unknown, unknown, object>;
  readonly find: (call: Call<Sought<string>, object>) => Promise<Finding>;
  readonly proof: Proof;
  readonly before?: Read<{ readonly act: string; readonly parent: Whole }, string, object>;
}
/** What a provider offers for an operation; undefined: it has no such capability. */
export function offered(provider: Provider, operation: Operation): AnyCapability | undefined {
  const [capability, act] = partsOf(operation);
  const it = provider[capability] as unknown as
    | (Readonly<Record<string, AnyCapability['act']>> &
        Omit<AnyCapability, 'act' | 'proof'> & {
          readonly proof: Readonly<Record<string, Proof>>;
        })
    | undefined;
  return it && { act: it[act]!, find: it.find, proof: it.proof[act]!, before: it.before };
}
