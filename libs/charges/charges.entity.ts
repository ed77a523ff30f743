import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import { machine } from '@libs/kernel/machine.js';
import type { Cents, Currency } from '@libs/money/cents.js';
import type { Part } from './refund.entity.js';

/** The words of the public contract, in the database too: no second vocabulary. */
export type ChargeStatus =
  | 'processing'
  | 'pending'
  | 'authorized'
  | 'paid'
  | 'refund_requested'
  | 'refunded'
  | 'expired'
  | 'canceled'
  | 'declined'
  | 'failed';
export type ChargeEvent =
  'issue' | 'hold' | 'pay' | 'decline' | 'fail' | 'expire' | 'cancel' | 'enable' | 'ask' | 'refund' | 'restore';
/** Beside the status: what excludes every other follow-up. Shown as `pendingOperation`. */
export type InFlight = 'capturing' | 'canceling';
export const chargeTypes = ['pix', 'bankslip', 'creditCard', 'debitCard'] as const;
export type ChargeType = (typeof chargeTypes)[number];

export const charges = machine<ChargeStatus, ChargeEvent>('processing', {
  processing: { issue: 'pending', hold: 'authorized', pay: 'paid', decline: 'declined', fail: 'failed' },
  pending: { pay: 'paid', expire: 'expired', cancel: 'canceled', decline: 'declined', fail: 'failed' },
  authorized: { pay: 'paid', cancel: 'canceled', expire: 'expired' },
  paid: { ask: 'refund_requested', refund: 'refunded' },
  refund_requested: { ask: 'refund_requested', refund: 'refunded', restore: 'paid' },
  refunded: { ask: 'refund_requested', refund: 'refunded' },
  expired: { pay: 'paid', enable: 'pending' }, // late
  canceled: { pay: 'paid', enable: 'pending' }, // late
  declined: {},
  failed: {},
});

/** One party of the sale as the charge keeps it. `to`: an address, or `seller`, whose address depends on the lane. */
export interface ShareRow {
  readonly to: string;
  readonly weight: number;
  readonly liable: boolean;
}
/** What a paid charge was made of, in cents; `seller` is the address that holds the merchant's part. */
export interface FeesRow {
  readonly price: number;
  readonly net: number;
  readonly seller: string;
  /** What the seller still held when it became free to draw; refunds count from there. */
  readonly released?: number;
}
/** What a dispute has away, in cents, and who bore it: nobody yet where the money had not come. */
export interface DisputeRow {
  readonly id: string;
  readonly amount: number;
  readonly parts: readonly Part[];
}
export interface CustomerRow {
  readonly name?: string;
  readonly documentNumber?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly birthdate?: string;
  readonly customerSince?: string;
  readonly address?: Readonly<Record<string, string>>;
}

/** What all money-in has in common; each method extends it with its own columns (single-table inheritance). */
export const ChargeSchema = defineEntity({
  name: 'Charge',
  tableName: 'charge',
  discriminatorColumn: 'type',
  abstract: true,
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    type: p.text().$type<ChargeType>(),
    status: p.text().$type<ChargeStatus>(),
    inFlight: p.text().$type<InFlight>().nullable(),
    customCode: p.text().nullable(),
    amount: p.bigint('bigint').$type<Cents>(),
    currency: p.text().$type<Currency>(),
    amountPaid: p.bigint('bigint').$type<Cents>(),
    refundedAmount: p.bigint('bigint').$type<Cents>(),
    /** Asked back and not decided yet. */
    refundingAmount: p.bigint('bigint').$type<Cents>(),
    shares: p.json<readonly ShareRow[]>(),
    fees: p.json<FeesRow>().nullable(),
    disputes: p.json<readonly DisputeRow[]>(),
    customer: p.json<CustomerRow>().nullable(),
    metadata: p.json<Readonly<Record<string, string>>>(),
    returnCode: p.text().nullable(),
    returnMessage: p.text().nullable(),
    late: p.boolean(),
    provider: p.text().nullable(),
    /** The attempt that made it, or the one whose money it is. */
    attemptId: p.uuid().nullable(),
    /** The movement whose money it is, where nobody asked for it by a call. */
    movementId: p.uuid().nullable(),
    /** One counter per type of event. */
    sequences: p.json<Readonly<Record<string, number>>>(),
    expiresAt: p.datetime().nullable(),
    /** When the expiry is looked at next. */
    expireDueAt: p.datetime().nullable(),
    /** When what was sold may be drawn. */
    releaseDueAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('clock_now()'),
    paidAt: p.datetime().nullable(),
    capturedAt: p.datetime().nullable(),
    refundedAt: p.datetime().nullable(),
    /** The provider's name of it, as merchants see it. */
    paymentId: p.text().nullable(),
  },
});
export class Charge extends ChargeSchema.class {}
ChargeSchema.setClass(Charge);
