import { AsyncLocalStorage } from 'node:async_hooks';

/** An administrator's act while it runs: what its resource was before, once somebody has said so. */
export interface Act {
  before?: unknown;
}

const running = new AsyncLocalStorage<Act>();

/** Runs `work` as an act: what is said with `before` in it is kept in `act`. */
export const withAct = <T>(act: Act, work: () => T): T => running.run(act, work);

/**
 * Says how a resource stood before the act that runs changes it, in the shape that the act answers with; the last word
 * counts, because a transaction may be tried again. Where no act runs (a job, a merchant) nobody listens.
 */
export function before(state: unknown): void {
  const act = running.getStore();
  if (act !== undefined) act.before = state;
}
