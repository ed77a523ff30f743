import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { Cents, Currency } from '@libs/money/cents.js';

/** What one address gave for a refund, in cents. `claim`: it could refuse for want of balance. */
export interface Part {
  readonly address: string;
  readonly amount: number;
  readonly claim: boolean;
}

/**
 * A part of a charge given back: `asked` by the merchant, or `undo` of money that must not be kept (an orphan, a second
 * payment). It names the attempt or the movement whose money it returns, never only the charge.
 */
export const RefundSchema = defineEntity({
  name: 'Refund',
  tableName: 'refund',
  properties: {
    id: p.uuid().primary(),
    chargeId: p.uuid(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    attemptId: p.uuid().nullable(),
    movementId: p.uuid().nullable(),
    kind: p.text().$type<'asked' | 'undo'>(),
    amount: p.bigint('bigint').$type<Cents>(),
    currency: p.text().$type<Currency>(),
    status: p.text().$type<'pending' | 'done' | 'failed'>(),
    held: p.json<readonly Part[]>(),
    reason: p.text().nullable(),
    tries: p.integer().default(0),
    giveUpAt: p.datetime().defaultRaw(`clock_now() + interval '24 hours'`),
    sequence: p.integer().default(0),
    createdAt: p.datetime().defaultRaw('clock_now()'),
    doneAt: p.datetime().nullable(),
  },
});
export class Refund extends RefundSchema.class {}
RefundSchema.setClass(Refund);
