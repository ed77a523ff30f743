import type { Read } from './call.js';
import type { Moved } from './moved.js';

/**
 * One line of an account's statement, as a fact. `line`: the statement's own name of it, unique within the account, the
 * same however often it is read; `id` and `about`: those by which callbacks tell of the same money. `sent`: money that
 * left, by an act of ours or by nobody knows what. `text`: the provider's words, for a human.
 */
export interface Line extends Omit<Moved, 'kind'> {
  readonly kind: Moved['kind'] | 'sent';
  readonly line: string;
  readonly text: string;
}
/** `next`: the cursor of the page after this one; absent on the last. */
export interface StatementPage {
  readonly lines: readonly Line[];
  readonly next?: string;
}
/** `since` is within the period, `until` after it; both are midnights in São Paulo, at most 31 days apart. */
export interface Period {
  readonly since: Date;
  readonly until: Date;
  readonly cursor?: string;
}
/** What moved on the account in a period. A line that nobody can read makes its page `unread`: it may be the money. */
export interface Statements<C> {
  readonly read: Read<Period, StatementPage, C>;
}
