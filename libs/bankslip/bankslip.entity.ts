import { defineEntity, p } from '@mikro-orm/core';
import { type Charge, ChargeSchema } from '@libs/charges/charges.entity.js';

/** What is due beside the amount once the due date is over: a part of it in basis points, or so many cents. */
export type FineRow = { readonly rateBps: number } | { readonly amount: number };

/** A bank slip (boleto). */
export const BankslipSchema = defineEntity({
  name: 'Bankslip',
  tableName: 'charge',
  extends: ChargeSchema,
  discriminatorValue: 'bankslip',
  properties: {
    /** `YYYY-MM-DD`, as São Paulo counts days. */
    dueOn: p.text(),
    /** How many days after it the slip can still be paid. */
    payableDays: p.integer(),
    instructions: p.text().nullable(),
    fine: p.json<FineRow>().nullable(),
    /** Basis points a month. */
    interestBps: p.integer().nullable(),
    /** 44 digits, and the 47 that a person types. */
    barcode: p.text().nullable(),
    digitableLine: p.text().nullable(),
    /** Nosso número. */
    referenceCode: p.text().nullable(),
    /** A BR Code that pays the same slip. */
    qrCode: p.text().nullable(),
  },
});
export class Bankslip extends BankslipSchema.class {}
BankslipSchema.setClass(Bankslip);

/** A charge that its owner knows to be a slip. @throws Error for any other. */
export function slipOf(charge: Charge): Bankslip {
  if (charge.type !== 'bankslip') throw new Error(`${charge.id} is not a slip`);
  return charge as Bankslip;
}
