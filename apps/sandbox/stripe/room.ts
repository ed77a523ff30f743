import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { CallbackTimes } from '@apps/sandbox/callbacks.js';
import type { Ground } from '@apps/sandbox/simulator.js';
import type { Manners } from '@apps/sandbox/transport.js';

/** The account of the provider's customer. */
export interface Account {
  readonly id: string; // acct_…
  readonly secretKey: string; // sk_test_…
}

/** What the provider's pages leave open, and how long things take there. The values are in wire.ts. */
export interface Wire extends CallbackTimes, Omit<Manners, 'failed'> {
  apiVersion: string; // of shapes and events, whatever version a caller asks for
  oldMethodTypes: boolean; // `payment_method_types` is understood as well, as by older versions
  rawCards: boolean; // whether the account may send card numbers at all
  keepsFailures: boolean; // a 500 is the answer of its key ever after
  keyHours: number; // how long a key is remembered
  least: bigint; // the smallest payment: 0.50 USD in each currency, so that this is a choice
  most: bigint;
  holdDays: number; // until a hold that nobody captures lapses
  releasedIsRefunded: boolean; // what is not captured counts as refunded on the charge
  methodsOnce: boolean; // a payment method without a customer pays once
  unknownBrands: 'accepted' | 'declined';
  plainCallbacks: boolean; // http addresses, which the real one takes in test mode only
  mostEndpoints: number;
  feeBps: bigint; // what is kept of a payment: a choice, for prices differ by country and contract
  feeFixed: bigint;
  disputeFee: bigint;
  refundDelayMs: number; // until a pending refund is decided, or one that was done fails after all
  disputeDelayMs: number;
  searchLagSeconds: number; // what is younger cannot be searched, though it can be listed
}
export interface Room extends Ground<Account> {
  readonly wire: Wire;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new id of the provider's shape. */
export const identity = (prefix: string, length = 24): string =>
  `${prefix}_${[...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('')}`;

/** The present in the provider's whole seconds. */
export const seconds = (): number => Math.floor(now().getTime() / 1000);

/** Minor units as they are written. What fits the wire's largest amount fits a number exactly. */
export const units = (amount: bigint): number => Number.parseInt(`${amount}`, 10);
