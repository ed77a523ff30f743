import { defineEntity, p } from '@mikro-orm/core';
import { type Charge, ChargeSchema } from '@libs/charges/charges.entity.js';

/** What a charge on a card keeps of it: never its number, which stands in the vault alone. */
const columns = () => ({
  /** The sealed card. */
  cardId: p.uuid().nullable(),
  /** The keyed hash that the same card always has. */
  cardHash: p.text().nullable(),
  brand: p.text().nullable(),
  first6: p.text().fieldName('first6').nullable(),
  last4: p.text().fieldName('last4').nullable(),
  holder: p.text().nullable(),
  installments: p.integer(),
  softDescriptor: p.text().nullable(),
  isGift: p.boolean(),
  /** false: the amount is held until it is captured or voided. */
  wantsCapture: p.boolean(),
  /** When a hold lapses. */
  captureBy: p.datetime().nullable(),
  /** The page of the payer's bank. */
  redirectUrl: p.text().nullable(),
  authorizationCode: p.text().nullable(),
  nsu: p.text().nullable(),
});

export const CreditCardSchema = defineEntity({
  name: 'CreditCard',
  tableName: 'charge',
  extends: ChargeSchema,
  discriminatorValue: 'creditCard',
  properties: columns(),
});
export class CreditCard extends CreditCardSchema.class {}
CreditCardSchema.setClass(CreditCard);

export const DebitCardSchema = defineEntity({
  name: 'DebitCard',
  tableName: 'charge',
  extends: ChargeSchema,
  discriminatorValue: 'debitCard',
  properties: columns(),
});
export class DebitCard extends DebitCardSchema.class {}
DebitCardSchema.setClass(DebitCard);

export type CardType = 'creditCard' | 'debitCard';
export type CardCharge = CreditCard | DebitCard;

/** A charge that its owner knows to be on a card. @throws Error for any other. */
export function cardOf(charge: Charge): CardCharge {
  if (charge.type !== 'creditCard' && charge.type !== 'debitCard') throw new Error(`${charge.id} is not on a card`);
  return charge as CardCharge;
}
