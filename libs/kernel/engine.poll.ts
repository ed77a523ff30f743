import type { Lease } from './leases.js';
import { concurrency, type Engine, type Work } from './work.js';

/** Without Redis: what this process leases it does itself, at once. */
export class PollEngine implements Engine {
  constructor(private readonly work: Work) {}

  start(): void {}

  room(): Promise<number> {
    return Promise.resolve(concurrency - this.work.running.size);
  }

  carry(leases: readonly Lease[]): Promise<void> {
    for (const lease of leases) void this.work.run(lease);
    return Promise.resolve();
  }

  pause(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
