import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { Mode } from '@libs/kernel/caller.js';
import { uuid } from '@libs/kernel/ids.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { AttemptView } from './attempt.entity.js';
import { Credential } from './credential.entity.js';
import { Movement } from './movement.entity.js';

/**
 * The credentials of one account at a provider: merchants may share an account, it has one statement, and it may call
 * the address of any of them. The two books are never mixed.
 */
const account = `from credential it join credential c using (provider, environment, identity, mode) where c.id = ?`;
/** The same as a set of ids, for one parameter. */
export const ofAccount = `(select it.id ${account})`;

/** How far a statement's line that names nothing may lie from the money that it tells of: it bears no better sign. */
export const nearby = `interval '2 days'`;

/** The rows of money that moved without a call. */
@Injectable()
export class Movements {
  async modeOf(em: Em, credential: string): Promise<Mode> {
    return (await em.findOneOrFail(Credential, credential)).mode;
  }

  /** Every credential of the same account, the oldest first. */
  async accountOf(em: Em, credential: string): Promise<readonly string[]> {
    const oldest = `select it.id ${account} order by it.created_at, it.id`;
    return (await em.execute<{ id: string }[]>(oldest, [credential])).map(({ id }) => id);
  }

  /** Where nobody's money of an account is kept, whichever of its credentials was told: once. */
  async keeperOf(em: Em, credential: string): Promise<string> {
    return (await this.accountOf(em, credential))[0]!;
  }

  /** The attempt that a provider's names mean: of that credential, else of another one of the same account. */
  async attemptOf(em: Em, credential: string, about: About): Promise<string | undefined> {
    const own = await this.attemptIn(em, [credential], about);
    if (own !== undefined) return own;
    const others = (await this.accountOf(em, credential)).filter((id) => id !== credential);
    return others.length > 0 ? this.attemptIn(em, others, about) : undefined;
  }

  /** By our key first. A key may have twins, which are told apart by what the provider calls them. */
  private async attemptIn(
    em: Em,
    credentials: readonly string[],
    { key, ref, receipt }: About,
  ): Promise<string | undefined> {
    const names = [key ?? null, ref ?? null, receipt ?? null] as const;
    const [row] = await em.execute<{ id: string }[]>(
      `select id from (
         select id, case when ref = ? then 0 else 1 end as rank, twin_of, created_at
           from attempt where credential_id in (?) and key = ?
         union all select id, 2, twin_of, created_at from attempt where credential_id in (?) and ref = ?
         union all select id, 3, twin_of, created_at from attempt where credential_id in (?) and receipt = ?
       ) it order by rank, twin_of nulls first, created_at limit 1`,
      [ref ?? null, ...names.flatMap((name) => [credentials, name])],
    );
    return row?.id;
  }

  /** @throws when there is none. */
  lock(em: Em, rowId: string): Promise<Movement> {
    return em.findOneOrFail(Movement, rowId, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }

  /**
   * The movement in suspense that turns out to be this one, under its name: told of before, or put there for a line
   * that names nothing. Of several such lines the nearest: they are of one amount, and the books are right with any.
   * `repeat`: this one is known, and waits no more.
   */
  async waiting(em: Em, credential: string, moved: Moved): Promise<Movement | 'repeat' | undefined> {
    const { kind, id, about, amount, currency, at } = moved;
    const nameless = kind === 'taken' ? 'taken' : 'received';
    const day = at.toISOString();
    const [found] = await em.execute<{ row_id: string; same: boolean; waits: boolean }[]>(
      `select row_id, same, waits from (
         select row_id, true as same, state = 'suspense' and owner_id is null as waits from movement
           where credential_id in ${ofAccount} and kind = ? and id = ?
         union all
         select row_id, false, true from (
           select row_id from movement where credential_id in ${ofAccount} and kind = ? and state = 'suspense'
             and owner_id is null and about = '{}' and amount = ? and currency = ?
             and at between ?::timestamptz - ${nearby} and ?::timestamptz + ${nearby}
           order by abs(extract(epoch from at - ?::timestamptz)), row_id limit 1 for update skip locked) nameless
       ) it order by same desc, waits desc limit 1`,
      [credential, kind, id, credential, nameless, amount, currency, day, day, day],
    );
    if (!found) return undefined;
    if (!found.waits) return 'repeat';
    const movement = await this.lock(em, found.row_id);
    if (movement.state !== 'suspense' || movement.ownerId) return 'repeat'; // somebody was faster
    if (!found.same) Object.assign(movement, { kind, id, about });
    return movement;
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
}
