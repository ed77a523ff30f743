import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { Cents, Currency } from '@libs/money/cents.js';

/** What a lockable address holds or owes: one of the two is always 0. Changed by `Ledger.post` alone. */
export const BalanceSchema = defineEntity({
  name: 'Balance',
  tableName: 'balance',
  properties: {
    mode: p.text().$type<Mode>().primary(),
    address: p.text().primary(),
    currency: p.text().$type<Currency>().primary(),
    amount: p.bigint('bigint').$type<Cents>(),
    debt: p.bigint('bigint').$type<Cents>(),
  },
});
export class Balance extends BalanceSchema.class {}
BalanceSchema.setClass(Balance);
