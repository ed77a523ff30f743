import { defineEntity, p } from '@mikro-orm/core';
import { ChargeSchema } from '@libs/charges/charges.entity.js';
import type { FeeRow } from '@libs/money/fee.js';
import type { Decision } from '@libs/routing/plan.js';

/** What the lane of a static code said of its money when the code was made, and why it was that lane. */
export interface TermsRow {
  readonly cost: FeeRow;
  readonly price: FeeRow;
  readonly settleDays: number;
  readonly settleOn: 'calendar' | 'business';
  readonly decision: Decision;
}

/** A Pix code: dynamic, for one payment; or static, for any number of them, each of which is a row of its own. */
export const PixSchema = defineEntity({
  name: 'Pix',
  tableName: 'charge',
  extends: ChargeSchema,
  discriminatorValue: 'pix',
  properties: {
    qrCode: p.text().nullable(),
    /** How long the code can be paid, from its making; null: for ever. */
    expireSeconds: p.integer().nullable(),
    instructions: p.text().nullable(),
    /** The txid that the merchant asked for. */
    wishedPaymentId: p.text().nullable(),
    endToEndId: p.text().nullable(),
    /** A static code. No provider knows of it: it was made here, with the key of an account. */
    reusable: p.boolean().default(false),
    /** The account of a static code; null where no lane could serve one. */
    credentialId: p.uuid().nullable(),
    /** Of a static code and of its payments. */
    terms: p.json<TermsRow>().nullable(),
    /** Of a payment: the static code that was paid. */
    staticId: p.uuid().nullable(),
  },
});
export class Pix extends PixSchema.class {}
PixSchema.setClass(Pix);
