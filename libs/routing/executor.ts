import { timer } from '@libs/kernel/timer.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import type { Opened, Way } from './attempts.js';
import type { Step } from './settlement.js';

/**
 * T0, the domain's part of the first commit: inserts the row, or locks it and asks its machine; posts the claim; writes
 * `request`.
 */
export type Claim = (em: Em) => Promise<'send' | 'repeat'>;
export type Wire = () => Promise<Outcome>;

export interface Steps {
  /** T0 and T1 in one commit; undefined: a repeat, nothing is sent. */
  open(way: Way, claim: Claim): Promise<Opened | undefined>;
  /** Credentials, vault, mapping; no wire yet. What it throws is `unsent`. */
  prepare(way: Way, opened: Opened, leftMs: () => number): Promise<Wire>;
  /** T2, and T1 of the next lane when the recorded state allows it. */
  settle(attemptId: string, outcome: Outcome, next?: Way): Promise<Step>;
}

/**
 * Persist, call, record, lane by lane. `deadlineMs` counts from before the first commit, by a clock that never jumps.
 */
export async function run(
  steps: Steps,
  deadlineMs: number,
  ways: readonly [Way, ...Way[]],
  claim: Claim,
): Promise<Step | undefined> {
  let leftMs = timer(deadlineMs);
  let opened = await steps.open(ways[0], claim);
  if (opened === undefined) return undefined;
  for (const [index, way] of ways.entries()) {
    const outcome = await send(steps, way, opened, leftMs);
    leftMs = timer(deadlineMs);
    const step: Step = await steps.settle(opened.id, outcome, ways[index + 1]);
    if (step.next === undefined) return step;
    opened = step.next;
  }
  throw new Error('unreachable: the last lane has no successor');
}

async function send(steps: Steps, way: Way, opened: Opened, leftMs: () => number): Promise<Outcome> {
  let wire: Wire;
  try {
    wire = await steps.prepare(way, opened, leftMs);
  } catch (error) {
    return { kind: 'unsent', why: 'unready', message: String(error) };
  }
  return wire().catch((error: unknown): Outcome => ({ kind: 'unknown', why: 'crash', message: String(error) }));
}
