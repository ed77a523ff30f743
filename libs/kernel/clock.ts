/**
 * The one clock. SQL reads `clock_now()`, code reads `now()`; both are the machine's time plus an offset that only the
 * sandbox's `/_sim/clock` moves, forwards, in the embedded start and in tests.
 */
let offsetMs = 0;

export const now = (): Date => new Date(Date.now() + offsetMs);

/** Milliseconds that the clock runs ahead of the machine's. */
export const clockOffsetMs = (): number => offsetMs;

/** The clock never goes backwards: a smaller offset is ignored. */
export function advanceClockTo(ms: number): void {
  offsetMs = Math.max(offsetMs, ms);
}

/** The machine's time again: for a process that begins anew, as the tests' workers do with each file. */
export function resetClock(): void {
  offsetMs = 0;
}
