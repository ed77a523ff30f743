import { Logger } from '@nestjs/common';
import type { Handlers } from './handlers.js';
import type { Lease, Leases } from './leases.js';
import { redact } from './log.js';
import { point } from './point.js';
import { pause, timer } from './timer.js';

/** What carries leased rows to `Work`: this process itself, or Bull through Redis. */
export interface Engine {
  start(): void;
  /** Whether what carries the work answers; undefined: nothing does but the database. */
  up?(): boolean;
  /** How many rows more it takes now. */
  room(): Promise<number>;
  carry(leases: readonly Lease[]): Promise<void>;
  /** Begins nothing from now on; what runs goes on. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

/** Rows that one process works on at once. */
export const concurrency = 10;

const longestPauseMs = 600_000;
/** 1 s, 2 s, 4 s, … at most 10 minutes. */
export const pauseMs = (failures: number): number => Math.min(1_000 * 2 ** Math.min(failures - 1, 20), longestPauseMs);

/** Runs the handlers of leased rows, outside any transaction, and writes what became of them. */
export class Work {
  private readonly log = new Logger('Jobs');
  /** Row to number of its lease. */
  readonly running = new Map<string, number>();

  constructor(
    private readonly handlers: Handlers,
    private readonly leases: Leases,
    private readonly ended: () => void,
  ) {}

  /** Never throws: what fails is on the row, or its lease runs out. */
  async run(lease: Lease): Promise<void> {
    if (this.running.has(lease.id)) return;
    this.running.set(lease.id, lease.tries);
    try {
      const write = await this.outcome(lease);
      point('job.done', lease.name);
      await write();
    } catch (error) {
      this.log.error(`${lease.name} ${lease.id}: its end was not written, it will run again: ${said(error)}`);
    } finally {
      this.running.delete(lease.id);
      this.ended();
    }
  }

  /** Waits until nothing runs, but no longer than this. */
  async drained(withinMs: number): Promise<void> {
    const left = timer(withinMs);
    while (this.running.size > 0 && left() > 0) await pause(20);
    if (this.running.size > 0) this.log.warn(`${this.running.size} jobs still ran at the end: their leases run out`);
  }

  private async outcome(lease: Lease): Promise<() => Promise<void>> {
    const { id, name, payload, tries } = lease;
    try {
      const answer = await this.handlers.find(name)({ id, name, payload, tries });
      return () => (answer ? this.leases.again(lease, answer.againMs) : this.leases.done(lease));
    } catch (error) {
      const message = said(error);
      this.log.warn(`${name} ${id} failed, try ${tries}: ${message}`);
      const everyMs = this.handlers.periodic.find((it) => it.name === name)?.everyMs;
      return () => this.leases.failed(lease, message, pauseMs(lease.failing ? tries : 1), everyMs);
    }
  }
}

/** An error in at most 500 characters that may be shown. */
export const said = (error: unknown): string =>
  redact(error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
