import type { Cents, Currency } from '@libs/money/cents.js';
import type { Moved } from './moved.js';

export type DeclineCode =
  | 'insufficient_funds'
  | 'card_declined'
  | 'card_expired'
  | 'card_invalid'
  | 'suspected_fraud'
  | 'limit_exceeded'
  | 'payer_invalid'
  | 'amount_invalid'
  | 'not_allowed'
  | 'request_invalid'
  | 'expired'
  | 'cancelled'
  | 'our_balance'; // our own balance or limit at the provider: never told to a merchant

/**
 * What a provider call came to. Five kinds, and the kind alone decides what may happen next. `twins`: references of
 * what else the provider has made of it, each to be looked at and undone.
 */
export type Outcome<T = unknown> =
  /** It happened, for this amount: what moved, or what an authorisation holds. */
  | {
      readonly kind: 'done';
      readonly ref: string;
      readonly receipt?: string;
      readonly at: Date;
      readonly amount: Cents;
      readonly currency: Currency;
      /** `amount` is all that has come by it so far: more of it later is another payment. */
      readonly total?: true;
      readonly data: T;
      readonly moved?: readonly Moved[];
      readonly twins?: readonly string[];
    }
  /** It was accepted and will be decided later, by callback or by `find`. */
  | { readonly kind: 'pending'; readonly ref: string; readonly data: T; readonly twins?: readonly string[] }
  /** The answer is no, for good. The payer may be told; no other provider is tried unless the lane says so. */
  | {
      readonly kind: 'declined';
      readonly code: DeclineCode;
      readonly message: string;
      readonly returnCode?: string;
      readonly ref?: string;
      readonly twins?: readonly string[];
    }
  /** The provider provably did nothing. The next lane may be tried at once, with a new attempt. */
  | {
      readonly kind: 'unsent';
      readonly why: 'refused' | 'limited' | 'credentials' | 'breaker' | 'late' | 'unready';
      readonly message: string;
    }
  /** It may or may not have happened. Never rerouted: only `find` may settle it. */
  | {
      readonly kind: 'unknown';
      /**
       * `stray`: a state that no act of ours explains and no later answer will. `amount`: it was paid, and with how
       * much the provider does not state. Of both a human is told at once.
       */
      readonly why: 'timeout' | 'dropped' | 'fault' | 'garbled' | 'duplicate' | 'early' | 'stray' | 'amount' | 'crash';
      readonly message: string;
      readonly ref?: string;
    };

/** What `find` or a callback says of an act. Never `unsent`: a question that failed says nothing and is `unknown`. */
export type Finding<T = unknown> = Exclude<Outcome<T>, { kind: 'unsent' }> | { readonly kind: 'absent' };
/** What `settle` takes. `unsent` only from the call itself. */
export type News = Outcome | Finding;
