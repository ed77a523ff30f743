/** Milliseconds left until `ms` from now, by a clock that neither jumps nor follows `/_sim/clock`. */
export function timer(ms: number): () => number {
  const end = performance.now() + ms;
  return () => end - performance.now();
}

/** A pause that does not keep the process alive. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
