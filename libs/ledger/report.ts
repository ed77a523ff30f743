import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { refusedField } from '@libs/kernel/fault.js';
import type { Page } from '@libs/kernel/reply.js';
import { cents, type Currency, toJson } from '@libs/money/cents.js';
import { merchantPayable, merchantReceivable } from './address.js';
import { Balance } from './balance.entity.js';
import {
  AddressItem,
  type AddressesQuery,
  type BalanceBody,
  type BalanceItem,
  type EntriesQuery,
  EntryItem,
  StatementItem,
  type StatementQuery,
} from './ledger.dto.js';
import { findEntries } from './page.js';
import { endOf, startOf } from '@libs/kernel/period.js';
import { findStandings } from './standing.js';

/** What the ledger shows: to a merchant its own side, to an administrator all of it. Amounts in minor units. */
@Injectable()
export class LedgerReport {
  constructor(private readonly em: EntityManager) {}

  /** A row for each currency the merchant has had, and for reais in any case; all zeros where nothing moved yet. */
  async balance(merchant: Merchant, requestId: string, currency?: Currency): Promise<BalanceBody> {
    const { merchantId, mode } = merchant;
    const address = { $in: [merchantPayable(merchantId), merchantReceivable(merchantId)] };
    const rows = await this.em.fork().find(Balance, { mode, address, ...(currency ? { currency } : {}) });
    const currencies = new Set<Currency>([currency ?? 'BRL', ...rows.map((row) => row.currency)]);
    const data = [...currencies].sort().map((each) =>
      itemOf(
        each,
        rows.filter((row) => row.currency === each),
        merchantId,
      ),
    );
    return { requestId, data };
  }

  /** The entries that touch the merchant, newest first, each with the merchant's own ends of its postings. */
  async statement(merchant: Merchant, query: StatementQuery): Promise<Page<StatementItem>> {
    const { merchantId, mode } = merchant;
    const filter = {
      modes: [mode],
      addresses: [merchantPayable(merchantId), merchantReceivable(merchantId)],
      from: query.from === undefined ? undefined : startOf(query.from),
      before: query.to === undefined ? undefined : endOf(query.to),
    };
    const { data, hasMore } = await findEntries(this.em.fork(), filter, query);
    return { data: data.map((view) => StatementItem.from(view, merchantId)), hasMore };
  }

  /** All entries, or those of one address, newest first. */
  async entries(query: EntriesQuery): Promise<Page<EntryItem>> {
    const filter = {
      modes: query.mode === undefined ? (['test', 'live'] as const) : [query.mode],
      addresses: query.address === undefined ? undefined : [query.address],
    };
    const { data, hasMore } = await findEntries(this.em.fork(), filter, query);
    return { data: data.map((view) => EntryItem.from(view)), hasMore };
  }

  /**
   * Every address with what stands there, in the order of bytes. A page counts addresses: the books of one stay
   * together.
   */
  async addresses({
    limit,
    starting_after: after,
    ending_before: before,
    mode,
  }: AddressesQuery): Promise<Page<AddressItem>> {
    if (after !== undefined && before !== undefined) throw refusedField('ending_before', 'invalid', 'Valor inválido.');
    const last = before !== undefined;
    const found = await findStandings(this.em.fork(), mode, { after, before, addresses: limit + 1, last });
    const names = [...new Set(found.map(({ address }) => address))];
    const kept = new Set(last ? names.slice(-limit) : names.slice(0, limit));
    const data = found.filter(({ address }) => kept.has(address)).map((it) => AddressItem.from(it));
    return { data, hasMore: names.length > limit };
  }
}

function itemOf(currency: Currency, rows: readonly Balance[], merchantId: string): BalanceItem {
  const at = (address: string): bigint => rows.find((row) => row.address === address)?.amount ?? 0n;
  const available = at(merchantPayable(merchantId));
  const receivable = at(merchantReceivable(merchantId));
  const debt = rows.reduce((total, row) => total + row.debt, 0n);
  return {
    currency,
    balance: toJson(cents(available + receivable - debt)),
    available: toJson(cents(available)),
    receivable: toJson(cents(receivable)),
    debt: toJson(cents(debt)),
  };
}
