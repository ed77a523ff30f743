import type { Outcome } from './outcome.js';

/** What every call carries. `key` is what goes on the wire: the type requires it, so no adapter can forget it. */
export interface Call<I, C> {
  readonly key: string;
  readonly credentials: C;
  readonly input: I;
  readonly leftMs: () => number; // monotonic, started before T1
  /** Where this credential is called, for a provider that is told so with each act. */
  readonly callbackUrl?: () => Promise<string>;
}
export type Act<I, O, C> = (call: Call<I, C>) => Promise<Outcome<O>>;
export type Read<I, O, C> = (call: Omit<Call<I, C>, 'key'>) => Promise<Answer<O>>;
export type Answer<T> =
  { readonly kind: 'read'; readonly data: T } | { readonly kind: 'refused' | 'unread'; readonly message: string };
