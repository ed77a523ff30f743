import { Injectable } from '@nestjs/common';
import type { Mode } from '@libs/kernel/caller.js';
import { uuid } from '@libs/kernel/ids.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { AttemptView } from './attempt.entity.js';
import { Credential } from './credential.entity.js';
import { Movement } from './movement.entity.js';
import { unowned } from './suspense.js';

/** The rows of money that moved without a call. */
@Injectable()
export class Movements {
  async modeOf(em: Em, credential: string): Promise<Mode> {
    return (await em.findOneOrFail(Credential, credential)).mode;
  }

  /**
   * The attempt that a provider's names mean, by our key first; only attempts of that credential. A key may have twins,
   * which are told apart by what the provider calls them.
   */
  async attemptOf(em: Em, credential: string, { key, ref, receipt }: About): Promise<string | undefined> {
    const names = [key ?? null, ref ?? null, receipt ?? null] as const;
    const [row] = await em.execute<{ id: string }[]>(
      `select id from (
         select id, case when ref = ? then 0 else 1 end as rank, twin_of, created_at
           from attempt where credential_id = ? and key = ?
         union all select id, 2, twin_of, created_at from attempt where credential_id = ? and ref = ?
         union all select id, 3, twin_of, created_at from attempt where credential_id = ? and receipt = ?
       ) it order by rank, twin_of nulls first, created_at limit 1`,
      [ref ?? null, ...names.flatMap((name) => [credential, name])],
    );
    return row?.id;
  }

  /** The row of a movement; undefined when the same one is there already. */
  async insert(
    em: Em,
    credential: string,
    moved: Moved,
    found?: { readonly kind: string; readonly id: string; readonly attempt?: AttemptView },
  ): Promise<Movement | undefined> {
    const { provider, mode } = await em.findOneOrFail(Credential, credential);
    const rowId = uuid();
    const rows = await em.execute<unknown[]>(
      `insert into movement (row_id, credential_id, provider, mode, kind, id, about, amount, currency, at, attempt_id,
         owner_kind, owner_id, state)
       values (?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?, ?)
       on conflict (credential_id, kind, id) do nothing returning row_id`,
      [
        rowId,
        credential,
        provider,
        mode,
        moved.kind,
        moved.id,
        JSON.stringify(moved.about),
        moved.amount,
        moved.currency,
        moved.at.toISOString(),
        found?.attempt?.id ?? null,
        found?.kind ?? null,
        found?.id ?? null,
        found || moved.kind === 'fee' || moved.kind === 'banked' ? 'owned' : 'suspense', // the last two need nobody
      ],
    );
    return rows.length === 0 ? undefined : em.findOneOrFail(Movement, rowId);
  }

  unowned(movement: Movement): EntryDraft {
    return unowned(movement);
  }
}
