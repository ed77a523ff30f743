import { defineEntity, p } from '@mikro-orm/core';
import { ChargeSchema } from '@libs/charges/charges.entity.js';

/** A dynamic Pix code. */
export const PixSchema = defineEntity({
  name: 'Pix',
  tableName: 'charge',
  extends: ChargeSchema,
  discriminatorValue: 'pix',
  properties: {
    qrCode: p.text().nullable(),
    /** How long the code can be paid, from its making. */
    expireSeconds: p.integer(),
    instructions: p.text().nullable(),
    /** The txid that the merchant asked for. */
    wishedPaymentId: p.text().nullable(),
    endToEndId: p.text().nullable(),
  },
});
export class Pix extends PixSchema.class {}
PixSchema.setClass(Pix);
