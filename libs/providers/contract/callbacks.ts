import type { About, Moved } from './moved.js';
import type { Finding } from './outcome.js';
import type { Read } from './call.js';

export interface Callbacks<C> {
  /** Proves the sender, on the raw body: parsed it can no longer be verified. Several secrets: one is being rotated. */
  verify(
    raw: Buffer,
    headers: Readonly<Record<string, string | undefined>>,
    secrets: readonly string[],
    now: Date,
  ): 'genuine' | 'forged' | 'ask-for-keys' | 'stale';
  /** The provider's public keys, where it publishes them; they are cached and join `secrets`. */
  readonly keys?: Read<object, readonly string[], C>;
  /** Pure. One notice per fact; an empty list when it says nothing of ours. */
  read(raw: Buffer): readonly Notice[];
  /**
   * Tells the provider where to call, where it is told on the wire; repeating it is harmless. `held`: the secret that
   * it gave for this address is still known, so that what is there need only be set right.
   */
  readonly register?: Read<{ readonly url: string; readonly held: boolean }, { readonly secret?: string }, C>;
  /** What the `token` of a hint stands for: the things that it says something of. */
  readonly open?: Read<string, readonly About[], C>;
  /** What moved there, for a hint that names no attempt (a static Pix). */
  readonly look?: Read<About, readonly Moved[], C>;
}
export type Doubt = Extract<Finding, { kind: 'unknown' }>;
export type Notice =
  /** Nothing signs the body: go and `find`. `doubt`: what it adds can only make the answer believed less. */
  | { readonly kind: 'hint'; readonly about: About; readonly doubt?: Doubt }
  /** Signed; `id` is the provider's event id. */
  | { readonly kind: 'event'; readonly id: string; readonly about: About; readonly news: Finding | Moved };
