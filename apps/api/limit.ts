/** How much of a window is left to a key. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

export const windowSeconds = 10;

/** Requests per key and window of ten seconds, counted in this process. A replay counts like any request. */
export class Limiter {
  private readonly counts = new Map<string, number>();
  private window = -1;

  /** `clockMs` is monotonic milliseconds. */
  constructor(
    private readonly limit: number,
    private readonly clockMs: () => number = () => performance.now(),
  ) {}

  take(key: string): Allowance {
    const at = this.clockMs() / 1000 / windowSeconds;
    const window = Math.floor(at);
    if (window !== this.window) this.counts.clear();
    this.window = window;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return {
      allowed: count <= this.limit,
      limit: this.limit,
      remaining: Math.max(0, this.limit - count),
      resetSeconds: Math.max(1, Math.ceil((window + 1 - at) * windowSeconds)),
    };
  }
}
