/** How much of a window is left to a key. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}
/** Counts a request of a key, and says whether it may pass. */
export interface Limit {
  take(key: string): Allowance | Promise<Allowance>;
  close(): void;
}

export const windowSeconds = 10;

export const allowance = (limit: number, count: number, leftSeconds: number): Allowance => ({
  allowed: count <= limit,
  limit,
  remaining: Math.max(0, limit - count),
  resetSeconds: Math.max(1, Math.ceil(leftSeconds)),
});

/** Requests per key and window of ten seconds, counted in this process. A replay counts like any request. */
export class Limiter implements Limit {
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
    return allowance(this.limit, count, (window + 1 - at) * windowSeconds);
  }

  close(): void {}
}
