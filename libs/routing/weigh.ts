import type { News } from '@libs/providers/contract/outcome.js';
import type { AttemptView } from './attempt.entity.js';
import type { Source } from './owners.js';
import { unstated } from './returned.js';

/**
 * By the database's clock. firstAbsentMs: since the first `absent` that was late enough; ageMs: of the sale the act
 * belongs to.
 */
export interface Asked {
  readonly pastDeadlineMs: number;
  readonly firstAbsentMs?: number;
  readonly ageMs: number;
}
const denied: News = { kind: 'declined', code: 'not_allowed', message: 'Aceito pelo provedor, e não executado.' };
const doubt = (message: string): News => ({ kind: 'unknown', why: 'early', message });

type Weighed = Pick<AttemptView, 'currency' | 'proof'> & Partial<Pick<AttemptView, 'state' | 'parkedWhy'>>;

/** What settlement takes the news for. */
export function weigh(attempt: Weighed, news: News, from: Source, asked: Asked): News {
  if (news.kind === 'done' && news.currency !== attempt.currency) return doubt('another currency');
  if (news.kind === 'done' && attempt.parkedWhy === unstated && from !== 'operator') {
    return { kind: 'unknown', why: 'amount', message: unstated };
  }
  if (news.kind === 'unsent' && from !== 'call') return doubt('a question that failed');
  const { proof, state } = attempt;
  if (news.kind !== 'absent' || from === 'operator' || proof.by === 'harmless') return news;
  // What was there once has not become undone; only what the object itself does not show was accepted in vain.
  if (state === 'pending' && proof.by !== 'state') return doubt('it was there before');
  if (proof.by === 'human' || proof.by === 'again') return doubt('absence proves nothing here');
  if (asked.ageMs > (proof.forgetsMs ?? Infinity)) return doubt('older than the provider remembers');
  const twice = asked.firstAbsentMs !== undefined && asked.firstAbsentMs >= proof.afterMs / 2;
  if (asked.pastDeadlineMs < proof.afterMs || !twice) return doubt('absent too early');
  return state === 'pending' ? denied : news;
}
