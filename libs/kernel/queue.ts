import { Injectable, SetMetadata } from '@nestjs/common';
import { type Em, later } from './transaction.js';

/** What a transaction leaves to be done after it. The payload carries ids, never money and never a secret. */
export interface JobDraft {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly afterMs?: number;
}

/** What a handler learns of its row besides the payload. `tries` counts this one too. */
export interface JobView {
  readonly id: string;
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly tries: number;
}
/** Answers `{ againMs }` to be run again later; a throw runs it again with growing pauses. A handler may run twice. */
export type JobHandler = (job: JobView) => Promise<void | { readonly againMs: number }>;

export const jobMetadata = 'trilho:job';
export interface JobOptions {
  /** Periodic work: one run per period, whatever the number of processes. */
  readonly everyMs?: number;
}
/** Marks the method that does the jobs of a name. Two handlers for a name, or a job without one, stop the boot. */
export const OnJob = (name: string, options: JobOptions = {}): MethodDecorator =>
  SetMetadata(jobMetadata, { name, options });

export const tickMetadata = 'trilho:tick';
/** Marks a method that every worker calls at each turn, any number at once; it answers how many rows it did. */
export const OnTick = (): MethodDecorator => SetMetadata(tickMetadata, true);

@Injectable()
export class Queue {
  private known?: ReadonlySet<string>;
  private listener?: () => void;

  /** The names that have a handler. From then on a job of any other name is refused. */
  knows(names: Iterable<string>): void {
    this.known = new Set(names);
  }

  /** Who wants to hear, in this process, that jobs were added. The transaction may still be open then. */
  onAdd(listener: () => void): void {
    this.listener = listener;
  }

  /** Adds the jobs in the caller's transaction: they exist when, and only when, it commits. */
  async add(em: Em, drafts: readonly JobDraft[]): Promise<void> {
    if (drafts.length === 0) return;
    const orphan = drafts.find(({ name }) => this.known?.has(name) === false);
    if (orphan) throw new Error(`the job ${orphan.name} has no handler`);
    const rows = drafts.map(({ name, payload, afterMs = 0 }) => ({ name, payload, after: Math.round(afterMs) }));
    await later(
      em,
      `insert into job (name, payload, run_at)
       select name, payload, clock_now() + after * interval '1 millisecond'
       from jsonb_to_recordset(?::jsonb) as it (name text, payload jsonb, after bigint)`,
      [JSON.stringify(rows)],
    );
    this.listener?.();
  }
}
