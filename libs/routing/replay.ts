import { type Cents, cents } from '@libs/money/cents.js';
import { approvedOf } from './approved.js';
import type { AttemptState } from './attempt.entity.js';
import { type Past, replanned } from './plan.js';
import type { Ruleset } from './rules.js';

/** An attempt that began a wish: what it was chosen by, and what became of it. */
export interface PastAttempt extends Past {
  readonly state: AttemptState;
  readonly code: string | null;
}
/** What other rules would have done to the attempts counted so far. */
export interface Shift {
  readonly done: number;
  /** Attempts that would have begun at another lane, and their money. */
  readonly moved: number;
  readonly amountMoved: Cents;
  /** What these would have cost us more; less, when negative. */
  readonly feeDelta: Cents;
  /** What went well where nothing would have moved, and what the other lane's rate at that time promised elsewhere. */
  readonly expectedApprovals: number;
  readonly approvals: number;
}
export const unmoved: Shift = {
  done: 0,
  moved: 0,
  amountMoved: cents(0),
  feeDelta: cents(0),
  expectedApprovals: 0,
  approvals: 0,
};

/** Counts one attempt more. Pure. */
export function shifted(so: Shift, past: PastAttempt, rules: Ruleset): Shift {
  const was = past.decision.candidates[0];
  const would = replanned(past, rules)?.candidates[0];
  const approved = approvedOf(past.state, past.code);
  const approvals = so.approvals + (approved === true ? 1 : 0);
  const moves = was !== undefined && would !== undefined && was.lane !== would.lane;
  if (!moves) {
    // Of an outcome that nobody knows yet the rate of its time is the best guess.
    const expected = approved === undefined ? (was?.figures?.['approval'] ?? 0) : approved ? 1 : 0;
    return { ...so, done: so.done + 1, approvals, expectedApprovals: so.expectedApprovals + expected };
  }
  const [old, other] = [was.figures ?? {}, would.figures ?? {}];
  return {
    done: so.done + 1,
    moved: so.moved + 1,
    amountMoved: cents(so.amountMoved + past.amount),
    feeDelta: cents(so.feeDelta + cents(other['cost'] ?? 0) - cents(old['cost'] ?? 0)),
    expectedApprovals: so.expectedApprovals + (other['approval'] ?? 0),
    approvals,
  };
}
