import { type Cents, cents } from '@libs/money/cents.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { News } from '@libs/providers/contract/outcome.js';
import type { AttemptView } from './attempt.entity.js';
import type { Source } from './owners.js';

/** Why a human is asked how much it was: the provider says that it was paid, and that it was not with what it asked. */
export const unstated = 'it was paid with an amount that the provider does not state';

type Standing = Pick<AttemptView, 'operation' | 'state' | 'proof'>;

/**
 * Whether what was done may be seen to have come undone: a refund that the payment itself shows. No word of the
 * provider is needed for it, and so no single answer is enough.
 */
export const mayReturn = ({ operation, state, proof }: Standing): boolean =>
  state === 'succeeded' && operation.endsWith('.refund') && proof.by === 'state';

type Ended = Standing & Pick<AttemptView, 'key' | 'ref' | 'amount' | 'currency' | 'parkedWhy'>;

/** What a final word takes back of what is on record as done: a refund, whole; of a payment what never came. */
export function takenBack(attempt: Ended, heard: News, from: Source, at: Date): Moved | undefined {
  const { key, ref, currency, operation, state, parkedWhy } = attempt;
  const moved = (kind: Moved['kind'], amount: Cents): Moved => {
    return { kind, id: key, about: { key, ...(ref ? { ref } : {}) }, amount, currency, at };
  };
  const told = from === 'operator' && state === 'succeeded' && operation.endsWith('.refund');
  if (heard.kind === 'absent' ? told || mayReturn(attempt) : heard.kind === 'declined' && told) {
    return moved('returned', attempt.amount);
  }
  if (heard.kind !== 'done' || from !== 'operator' || parkedWhy !== unstated || !isDone(state)) return undefined;
  return heard.amount < attempt.amount ? moved('taken', cents(attempt.amount - heard.amount)) : undefined;
}

/** More than what is on record as paid: that would be another payment. */
export const isAbove = ({ state, amount, parkedWhy }: Ended, news: News): boolean =>
  isDone(state) && parkedWhy === unstated && news.kind === 'done' && news.amount > amount;

const isDone = (state: AttemptView['state']): boolean => state === 'succeeded' || state === 'orphan';

/** Whether a human may still say something of an attempt that has ended well: how much it was, or that it came back. */
export const mayAnswer = (attempt: Standing & Pick<AttemptView, 'parkedAt'>, kind: News['kind']): boolean =>
  kind === 'done'
    ? isDone(attempt.state) && !!attempt.parkedAt
    : mayReturn(attempt) ||
      (attempt.state === 'succeeded' && attempt.operation.endsWith('.refund') && !!attempt.parkedAt);
