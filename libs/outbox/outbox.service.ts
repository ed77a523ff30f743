import { Injectable } from '@nestjs/common';
import type { Mode } from '@libs/kernel/caller.js';
import { uuid } from '@libs/kernel/ids.js';
import { type Em, later } from '@libs/kernel/transaction.js';

/**
 * One announcement. `sequence` counts per (object, type), raised under the object's lock; `data` is the object's GET.
 */
export interface EventDraft {
  readonly merchantId: string;
  readonly mode: Mode;
  readonly objectId: string;
  readonly type: string;
  readonly sequence: number;
  readonly late?: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  /** Members beside `data`: `differs: true`. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

@Injectable()
export class Outbox {
  /** Appends the events in the transaction of the fact that they announce. */
  async append(em: Em, drafts: readonly EventDraft[]): Promise<void> {
    for (const { merchantId, mode, objectId, type, sequence, late = false, data, extra = {} } of drafts) {
      await later(
        em,
        `insert into outbox (id, merchant_id, mode, object_id, type, sequence, late, data, extra)
         values (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb)`,
        [uuid(), merchantId, mode, objectId, type, sequence, late, JSON.stringify(data), JSON.stringify(extra)],
      );
    }
  }
}
