import { Injectable } from '@nestjs/common';
import type { Mode } from '@libs/kernel/caller.js';
import { RefusedFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { constraintOf, type Em, later } from '@libs/kernel/transaction.js';
import { findStandings, type Standing, type StandingFilter, sumStandings } from './standing.js';
import { check, type Move, moves } from './moves.js';
import type { EntryDraft } from './sale.js';

// Zero rows are made in the same statement, so that the next one finds, and locks, every row it needs.
const write = `
  with made as (
    insert into entry (id, mode, reference)
    select id, ?, reference from jsonb_to_recordset(?::jsonb) as it (id uuid, reference text) order by reference
  ), opened as (
    insert into balance (mode, address, currency)
    select ?, address, currency from jsonb_to_recordset(?::jsonb) as it (address text, currency text)
    order by address, currency
    on conflict do nothing
  )
  insert into posting (entry_id, mode, "from", "to", amount, currency)
  select entry_id, ?, "from", "to", amount, currency
  from jsonb_to_recordset(?::jsonb) as it (entry_id uuid, "from" text, "to" text, amount bigint, currency text)`;

// A claim that the row cannot bear asks for a negative amount, and the CHECK refuses it; a fact always fits. The limit
// only tells the planner how few rows these are: without it a sale reads the balances of every merchant.
const apply = `
  with wanted as materialized (
    select * from jsonb_to_recordset(?::jsonb) as it (address text, currency text, delta bigint, need bigint)
    limit ?
  ), locked as materialized (
    select b.mode, b.address, b.currency
    from balance b join wanted using (address, currency)
    where b.mode = ? order by b.address, b.currency for update of b
  )
  update balance b set
    amount = case when b.amount - b.debt < w.need then b.amount - b.debt - w.need
                  else greatest(b.amount - b.debt + w.delta, 0) end,
    debt = greatest(-(b.amount - b.debt + w.delta), 0)
  from locked l join wanted w using (address, currency)
  where b.mode = l.mode and b.address = l.address and b.currency = l.currency`;

@Injectable()
export class Ledger {
  /**
   * Writes the entries of one book in the caller's transaction, and locks the balances they touch in (address,
   * currency) order until it ends. Amounts are in the smallest unit of their currency.
   * @throws RefusedFault `insufficient_funds` when a claim does not hold: the caller's transaction is void and must
   * end.
   * @throws the database's unique violation for a reference that is posted already: its state machine should have
   * known.
   * @throws RangeError for an entry that only a bug can ask for.
   */
  async post(em: Em, mode: Mode, entries: readonly EntryDraft[]): Promise<void> {
    if (entries.length === 0) return;
    check(entries);
    const made = entries.map((entry) => ({ ...entry, id: uuid() }));
    const postings = made.flatMap(({ id, postings }) =>
      postings.map(({ from, to, amount, currency }) => ({ entry_id: id, from, to, amount: String(amount), currency })),
    );
    const changes = moves(entries);
    await later(em, write, [
      mode,
      JSON.stringify(made.map(({ id, reference }) => ({ id, reference }))),
      mode,
      JSON.stringify(changes.map(({ address, currency }) => ({ address, currency }))),
      mode,
      JSON.stringify(postings),
    ]);
    if (changes.length > 0) await this.move(em, mode, changes);
  }

  /** Whether an entry with this reference exists, in either book. */
  async posted(em: Em, reference: string): Promise<boolean> {
    const found = await em.execute<unknown[]>('select 1 from entry where reference = ?', [reference]);
    return found.length > 0;
  }

  /**
   * What stands at each address, in (address, currency, mode) order: for reports, not for decisions, which need a
   * claim.
   */
  balances(em: Em, mode?: Mode, filter: StandingFilter = {}): Promise<Standing[]> {
    return findStandings(em, mode, filter);
  }

  /** The sum over all addresses of both books, in minor units. Anything but 0 is a broken ledger. */
  total(em: Em): Promise<bigint> {
    return sumStandings(em);
  }

  private async move(em: Em, mode: Mode, changes: readonly Move[]): Promise<void> {
    const wanted = changes.map(({ address, currency, delta, need }) => ({
      address,
      currency,
      delta: String(delta),
      need: need === undefined ? null : String(need),
    }));
    const { affectedRows } = await em
      .execute<{ affectedRows: number }>(apply, [JSON.stringify(wanted), wanted.length, mode], 'run')
      .catch((error: unknown) => {
        if (!constraintOf(error)?.startsWith('balance_')) throw error;
        throw new RefusedFault('insufficient_funds', 'Saldo insuficiente.');
      });
    if (affectedRows !== changes.length) throw new Error(`${changes.length} balances to move, ${affectedRows} found`);
  }
}
