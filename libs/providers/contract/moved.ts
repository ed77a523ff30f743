import type { Cents, Currency } from '@libs/money/cents.js';

/**
 * How a provider names a thing of ours: our key, its reference, the payment's own id (endToEndId, nsu). `token` names
 * nothing of ours by itself: whoever holds the credential asks what it stands for.
 */
export interface About {
  readonly token?: string;
  readonly key?: string;
  readonly ref?: string;
  readonly receipt?: string;
}
/** Money that moved and no call of ours ended in.
 *  received: a Pix or slip beyond the attempt's own · returned: a pay-out or refund that came back ·
 *  taken: chargeback, MED, dispute · given: a dispute won · fee: the provider's charge as it states it ·
 *  banked: it paid us out, to our bank. */
export interface Moved {
  readonly kind: 'received' | 'returned' | 'taken' | 'given' | 'fee' | 'banked';
  readonly id: string; // the provider's: endToEndId, rtrId, dispute id, statement line
  readonly about: About;
  readonly amount: Cents;
  readonly currency: Currency;
  readonly at: Date; // at: shown, never ordered by
}
