import type { News } from '@libs/providers/contract/outcome.js';
import type { AttemptView } from './attempt.entity.js';
import type { Timing } from './attempts.js';

const second = 1_000;
const day = 24 * 60 * 60 * second;
const longest = 10 * 60 * second;
/** Where asking is also sending again: what is unknown is known within a minute of the provider being well again. */
const longestAgain = 30 * second;

/**
 * A little after the moment at which an absence begins to count, so that the question falls on the right side of it.
 */
const margin = 100;

/** A code that nobody has paid yet, a payer at the page of his bank. */
const waitsForPayer = ({ operation }: AttemptView): boolean => /\.(create|authorize)$/.test(operation);

/**
 * When an undecided attempt is asked after next: first within seconds, then with growing pauses, and at the moments at
 * which an absence would be believed. Undefined: callbacks, the look at expiry and the daily list tell it.
 */
export function askAt(
  attempt: AttemptView,
  heard: News,
  { at, pastDeadlineMs, firstAbsentMs }: Timing,
): Date | undefined {
  const after = (ms: number): Date => new Date(at.getTime() + ms);
  if (attempt.parkedAt) return after(day);
  const growing = Math.min(second * 2 ** Math.min(attempt.asks, 20), longest);
  const { proof, state } = attempt;
  if (state === 'pending' && waitsForPayer(attempt)) return undefined;
  const pace = state === 'pending' ? growing * 5 : growing;
  if (proof.by === 'again' && state !== 'pending') return after(Math.min(pace, longestAgain));
  if (heard.kind !== 'unknown' || (proof.by !== 'key' && proof.by !== 'state')) return after(pace);
  const early = proof.afterMs - pastDeadlineMs;
  if (early > 0) return after(Math.min(pace, early + margin));
  const between = proof.afterMs / 2 - (firstAbsentMs ?? 0);
  // Nothing is left to wait for: what was asked could not be answered, and is asked again as any other question.
  return after(between > 0 ? Math.min(pace, between + margin) : pace);
}
