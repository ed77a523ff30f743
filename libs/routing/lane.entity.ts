import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { FeeRow } from '@libs/money/fee.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { DeclineCode } from '@libs/providers/contract/outcome.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';

/** Declines that may never be tried elsewhere: irreversible ones, for whose repetition the brands charge. */
type Final =
  | 'request_invalid'
  | 'amount_invalid'
  | 'payer_invalid'
  | 'suspected_fraud'
  | 'card_expired'
  | 'card_invalid'
  | 'cancelled'
  | 'expired';
export type Reroutable = Exclude<DeclineCode, Final>;
export const reroutable: readonly Reroutable[] = [
  'insufficient_funds',
  'card_declined',
  'limit_exceeded',
  'not_allowed',
  'our_balance',
];

/** When a lane serves, or a rule applies: every condition given must hold. */
export interface Conditions {
  readonly method?: string;
  readonly amountMin?: number;
  readonly amountMax?: number;
  readonly currency?: string;
  readonly type?: 'credit' | 'debit';
  readonly brand?: string;
  /** The first digits of a card. */
  readonly bin?: string;
  readonly installmentsMax?: number;
  readonly country?: string;
  readonly weekdays?: readonly number[];
  readonly hours?: { readonly from: number; readonly to: number };
}

/** One merchant's permission to use one credential for one operation, and at what price. Edited under /admin. */
export const LaneSchema = defineEntity({
  name: 'Lane',
  tableName: 'lane',
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid(),
    credentialId: p.uuid(),
    provider: p.text().$type<ProviderId>(),
    operation: p.text().$type<Operation>(),
    mode: p.text().$type<Mode>(),
    priority: p.integer(),
    weight: p.integer().nullable(),
    conditions: p.json<Conditions>(),
    /** Days until the money may be drawn. */
    settleDays: p.integer(),
    settleOn: p.text().$type<'calendar' | 'business'>(),
    unproven: p.boolean(),
    /** What the provider charges us. */
    cost: p.json<FeeRow>(),
    /** What we charge the merchant. */
    price: p.json<FeeRow>(),
    /** Declines after which the next lane may be tried. */
    reroute: p.array<Reroutable>(),
  },
});
export class Lane extends LaneSchema.class {}
LaneSchema.setClass(Lane);
