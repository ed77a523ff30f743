import { type Cents, cents, toJson } from '@libs/money/cents.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Finding } from '@libs/providers/contract/outcome.js';

/** What a signed event says: of an act, or of money that moved without one. */
export type EventNews = Finding | Moved;
/** The same as a notice keeps it: amounts as integers, dates as text. */
export interface KeptNews {
  readonly kind: string;
  readonly amount?: number;
  readonly at?: string;
  readonly moved?: readonly KeptNews[];
}

const moves: Readonly<Record<Moved['kind'], true>> = {
  received: true,
  returned: true,
  taken: true,
  given: true,
  fee: true,
  banked: true,
};
export const isMoved = (news: EventNews): news is Moved => news.kind in moves;

/**
 * For `JSON.stringify`. The address of a bank's page bears a secret of its own, and is of use only to a payer who is
 * there: the answer to the call has told it.
 */
export const writtenNews = (name: string, value: unknown): unknown => {
  if (name === 'redirectUrl') return undefined;
  return typeof value === 'bigint' ? toJson(value as Cents) : value;
};

/** News as it came; what is the owner's own of it (`data`) stays as JSON writes it, as in a finding that was kept. */
export const revived = (kept: KeptNews): EventNews => restored(kept) as unknown as EventNews;

const restored = ({ amount, at, moved, ...rest }: KeptNews): object => ({
  ...rest,
  ...(amount === undefined ? {} : { amount: cents(amount) }),
  ...(at === undefined ? {} : { at: new Date(at) }),
  ...(moved === undefined ? {} : { moved: moved.map(restored) }),
});
