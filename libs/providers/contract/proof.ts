/** What it takes to believe that an act never happened. One per act; the values are those of evidence.md. */
export type Proof =
  /**
   * The provider answers by our key (`key`), or the object shows it and only one act is live on it (`state`).
   * Older than `forgetsMs` it is `human`.
   */
  | { readonly by: 'key' | 'state'; readonly afterMs: number; readonly forgetsMs?: number }
  /** It refuses or replays a used key: reconcile sends the same bytes again, same key, same credential. */
  | { readonly by: 'again'; readonly untilMs: number }
  /** A code nobody has seen, a cancel that only spares us late money: given up; money for it is an orphan. */
  | { readonly by: 'harmless' }
  /** No answer proves it: parked. */
  | { readonly by: 'human' };
