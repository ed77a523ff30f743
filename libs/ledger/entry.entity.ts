import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { Cents, Currency } from '@libs/money/cents.js';

/** One fact of the books. Written by `Ledger.post` alone; the database refuses to change it. */
export const EntrySchema = defineEntity({
  name: 'Entry',
  tableName: 'entry',
  properties: {
    id: p.uuid().primary(),
    mode: p.text().$type<Mode>(),
    reference: p.text(),
    createdAt: p.datetime(),
  },
});
export class Entry extends EntrySchema.class {}
EntrySchema.setClass(Entry);

/** One amount from one address to another: an entry cannot be out of balance, whatever its postings say. */
export const PostingSchema = defineEntity({
  name: 'Posting',
  tableName: 'posting',
  properties: {
    id: p.bigint('string').primary(),
    entryId: p.uuid(),
    mode: p.text().$type<Mode>(),
    from: p.text(),
    to: p.text(),
    amount: p.bigint('bigint').$type<Cents>(),
    currency: p.text().$type<Currency>(),
  },
});
export class Posting extends PostingSchema.class {}
PostingSchema.setClass(Posting);
