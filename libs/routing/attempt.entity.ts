import { defineEntity, p } from '@mikro-orm/core';
import { machine } from '@libs/kernel/machine.js';
import type { Mode } from '@libs/kernel/caller.js';
import type { Cents, Currency } from '@libs/money/cents.js';
import type { FeeRow } from '@libs/money/fee.js';
import type { Operation, Whole } from '@libs/providers/contract/acts.js';
import type { DeclineCode, News } from '@libs/providers/contract/outcome.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';
import type { Environment } from './credential.entity.js';
import type { Decision } from './plan.js';

export type AttemptState = 'sent' | 'pending' | 'unknown' | 'succeeded' | 'declined' | 'failed' | 'orphan';

/** The event of an attempt's move is the kind of the news. */
export const attempts = machine<AttemptState, News['kind']>('sent', {
  sent: {
    done: 'succeeded',
    pending: 'pending',
    declined: 'declined',
    unsent: 'failed',
    unknown: 'unknown',
    absent: 'failed',
  },
  pending: { done: 'succeeded', pending: 'pending', declined: 'declined', unknown: 'pending' },
  unknown: { done: 'succeeded', pending: 'pending', declined: 'declined', unknown: 'unknown', absent: 'failed' },
  declined: { done: 'orphan' },
  failed: { done: 'orphan' }, // given up, and yet it happened
  succeeded: {},
  orphan: {}, // shown to merchants as succeeded
});

/** Still undecided: it may yet move money. */
export const live: readonly AttemptState[] = ['sent', 'pending', 'unknown'];

/**
 * One provider call, from the commit before it to its last word. What a lane or proof said is copied when it is opened.
 */
export const AttemptSchema = defineEntity({
  name: 'Attempt',
  tableName: 'attempt',
  properties: {
    id: p.uuid().primary(),
    ownerKind: p.text(),
    ownerId: p.uuid(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    operation: p.text().$type<Operation>(),
    state: p.text().$type<AttemptState>(),
    unsent: p.boolean(),
    provider: p.text().$type<ProviderId>(),
    environment: p.text().$type<Environment>().default('production'),
    credentialId: p.uuid(),
    laneId: p.uuid().nullable(),
    amount: p.bigint('bigint').$type<Cents>(),
    currency: p.text().$type<Currency>(),
    /** What went on the wire. */
    key: p.text(),
    /** What only one live act may touch. */
    object: p.text().nullable(),
    parent: p.json<Whole>().nullable(),
    before: p.text().nullable(),
    decision: p.json<Decision>(),
    cost: p.json<FeeRow>(),
    price: p.json<FeeRow>(),
    settleDays: p.integer(),
    settleOn: p.text().$type<'calendar' | 'business'>().default('calendar'),
    reroute: p.array<DeclineCode>(),
    proof: p.json<Proof>(),
    /** The provider's id; set once, another value is a contradiction. */
    ref: p.text().nullable(),
    /** The payment's own id (endToEndId, nsu); set once. */
    receipt: p.text().nullable(),
    code: p.text().nullable(),
    returnCode: p.text().nullable(),
    message: p.text().nullable(),
    parkedAt: p.datetime().nullable(),
    parkedWhy: p.text().nullable(),
    deadline: p.datetime(),
    /** The first `absent` that came late enough to count. */
    absentAt: p.datetime().nullable(),
    asks: p.integer(),
    askAt: p.datetime().nullable(),
    saleAt: p.datetime(),
    /** The attempt of which the provider has made this one too: nobody here has asked for it. */
    twinOf: p.uuid().nullable(),
    createdAt: p.datetime().defaultRaw('clock_now()'),
    settledAt: p.datetime().nullable(),
  },
});
export class Attempt extends AttemptSchema.class {}
AttemptSchema.setClass(Attempt);

export type AttemptView = Readonly<Attempt>;
