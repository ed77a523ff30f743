import { defineEntity, p } from '@mikro-orm/core';

/** What a merchant's pay-outs may not exceed, in minor units. */
export interface Limits {
  readonly perPayout?: number;
  readonly perDay?: number;
  readonly perNight?: number;
  readonly approveAbove?: number;
}

/** Who sells through us. Everything of theirs hangs on this id and a mode. */
export const MerchantSchema = defineEntity({
  name: 'Merchant',
  tableName: 'merchant',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    document: p.text().nullable(),
    platformFeeBps: p.integer(),
    limits: p.json<Limits>(),
    createdAt: p.datetime(),
  },
});
export class Merchant extends MerchantSchema.class {}
MerchantSchema.setClass(Merchant);
