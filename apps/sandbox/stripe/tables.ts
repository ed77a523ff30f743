import type { Card } from './cards.js';
import type { Problem } from './refusal.js';
import { Table } from '@apps/sandbox/world.js';

type Texts = Readonly<Record<string, string>>;

export interface Billing {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly tax_id?: string;
  readonly address?: Readonly<Record<string, string | undefined>>;
}
/** Times are seconds of the simulated clock, amounts minor units of the currency. */
export interface Method {
  readonly id: string;
  readonly created: number;
  readonly card: Card;
  readonly fingerprint: string;
  readonly billing: Billing;
  readonly metadata: Texts;
  readonly spent: boolean; // it has paid once, and belongs to no customer who could use it again
}
export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';
export interface Intent {
  readonly id: string;
  readonly secret: string;
  readonly created: number;
  readonly status: IntentStatus;
  readonly amount: bigint;
  readonly currency: string;
  readonly capturable: bigint;
  readonly received: bigint;
  readonly manual: boolean;
  readonly captureMethod: 'automatic' | 'automatic_async' | 'manual';
  readonly confirmationMethod: 'automatic' | 'manual';
  readonly redirects?: 'always' | 'never'; // of automatic payment methods
  readonly cardOnly?: true; // no other method was allowed: nothing redirects but the payer's bank
  readonly method?: string;
  readonly charge?: string; // the latest
  readonly challenge?: { readonly token: string; readonly url: string; readonly returnUrl?: string };
  readonly failure?: Problem;
  readonly canceledAt?: number;
  readonly canceledFor?: string;
  readonly description?: string;
  readonly receiptEmail?: string;
  readonly suffix?: string;
  readonly transferGroup?: string;
  readonly metadata: Texts;
  readonly key: string; // the idempotency key of the call that confirmed it
}
export interface Charge {
  readonly id: string;
  readonly created: number;
  readonly intent: string;
  readonly method: string;
  readonly amount: bigint;
  readonly captured: bigint; // 0 while it is only held
  readonly released: bigint; // of what was held and will never be captured
  readonly refunded: bigint; // by refunds that have not failed
  readonly currency: string;
  readonly settled: boolean; // captured, or given up
  readonly problem?: Problem; // it was declined
  readonly disputed: boolean;
  readonly authenticated: boolean;
  readonly authorization: string;
  readonly description?: string;
  readonly suffix?: string;
  readonly receiptEmail?: string;
  readonly transferGroup?: string;
  readonly metadata: Texts;
}
export interface Refund {
  readonly id: string;
  readonly created: number;
  readonly charge: string;
  readonly intent: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly reason?: string;
  readonly failure?: string;
  readonly reversal?: string; // what has booked it back, where it had left the balance
  readonly metadata: Texts;
  readonly key: string;
  readonly next?: { readonly status: 'succeeded' | 'failed'; readonly afterMs: number };
}
export interface Dispute {
  readonly id: string;
  readonly created: number;
  readonly charge: string;
  readonly intent: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly inquiry: boolean; // the bank only asks: no money has been taken
  readonly status: 'needs_response' | 'warning_needs_response' | 'won' | 'lost' | 'warning_closed';
  readonly evidence: boolean;
}
/** What the account's balance was changed by. What left it is below zero; `fee` was kept of it. */
export interface Transaction {
  readonly id: string;
  readonly created: number;
  readonly type: 'charge' | 'refund' | 'refund_failure' | 'adjustment' | 'payout';
  readonly source: string;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly currency: string;
}
export interface Payout {
  readonly id: string;
  readonly created: number;
  readonly amount: bigint;
  readonly currency: string;
  readonly transaction: string;
}
/** Something that will befall a charge by itself. */
export interface Fate {
  readonly id: string;
  readonly charge: string;
  readonly what: 'dispute' | 'portal';
  readonly reason: string;
  readonly afterMs: number;
}
export interface Endpoint {
  readonly id: string;
  readonly created: number;
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly description?: string;
  readonly apiVersion?: string;
  readonly metadata: Texts;
}
export interface Told {
  readonly id: string;
  readonly created: number;
  readonly type: string;
  readonly object: unknown; // as it was then
  readonly request: string | null;
  readonly key: string | null;
  readonly pending: number;
}
/** The answer that a key already has; `print` is a keyed digest of what was asked with it. */
export interface Kept {
  readonly print: string;
  readonly status: number;
  readonly body: unknown;
  readonly request: string;
  readonly at: number;
}

export const methods = new Table<Method>('stripe.method');
export const intents = new Table<Intent>('stripe.intent');
export const charges = new Table<Charge>('stripe.charge');
export const refunds = new Table<Refund>('stripe.refund');
export const disputes = new Table<Dispute>('stripe.dispute');
export const fates = new Table<Fate>('stripe.fate');
export const endpoints = new Table<Endpoint>('stripe.endpoint', true);
export const events = new Table<Told>('stripe.event');
export const keys = new Table<Kept>('stripe.key');
export const transactions = new Table<Transaction>('stripe.transaction');
export const payouts = new Table<Payout>('stripe.payout');
const books = [transactions, payouts];
export const tables = [methods, intents, charges, refunds, disputes, fates, endpoints, events, keys, ...books];
