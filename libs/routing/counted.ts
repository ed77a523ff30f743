import { Counter } from 'prom-client';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import type { AttemptView } from './attempt.entity.js';

const attempts = new Counter({
  name: 'trilho_attempts_total',
  help: 'Provider calls of this process by what became of the call itself',
  labelNames: ['provider', 'operation', 'outcome'],
});

/** Counts a call whose outcome has been recorded. */
export const countAttempt = ({ provider, operation }: AttemptView, outcome: Outcome): void =>
  attempts.inc({ provider, operation, outcome: outcome.kind });
