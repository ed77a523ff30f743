import type { About } from '@libs/providers/contract/moved.js';
import { attempts, type AttemptView } from '@libs/routing/attempt.entity.js';
import { contradicts } from '@libs/routing/settlement.js';
import { type EventNews, isMoved } from './news.js';

type Known = Pick<AttemptView, 'state' | 'key' | 'ref' | 'amount' | 'currency'>;

/**
 * Whether a signed event fits the attempt that it names: reference, amount and currency. An event is a moment of the
 * past, and what it says may be over: against the record it is no more than a reason to ask.
 */
export function agrees(attempt: Known, about: About, news: EventNews): boolean {
  if (about.key !== undefined && about.key !== attempt.key) return false;
  if (isMoved(news)) {
    // What was received for an attempt is that attempt's news; as a movement it would be a second payment.
    return news.kind !== 'received' && news.currency === attempt.currency && news.amount <= attempt.amount;
  }
  if (attempts.next(attempt.state, news.kind) === undefined && contradicts(attempt, news)) return false;
  switch (news.kind) {
    case 'done':
      return fits(attempt, news.ref) && news.currency === attempt.currency && news.amount === attempt.amount;
    case 'pending':
    case 'declined':
      return fits(attempt, news.ref);
    case 'unknown':
    case 'absent':
      return false;
  }
}

const fits = ({ ref: known }: Known, ref?: string): boolean => !known || ref === undefined || ref === known;
