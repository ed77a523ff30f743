import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { Cents } from '@libs/money/cents.js';
import type { Rule } from './rules.js';

/** One run of other rules over a merchant's past attempts; the counts are those so far. It moves nothing. */
export const ReplaySchema = defineEntity({
  name: 'Replay',
  tableName: 'replay',
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    /** Attempts from `since` on and before `until`. */
    since: p.datetime(),
    until: p.datetime(),
    rules: p.json<readonly Rule[]>(),
    status: p.text().$type<'running' | 'done' | 'failed'>(),
    done: p.bigint('number'),
    total: p.bigint('number'),
    moved: p.bigint('number'),
    amountMoved: p.bigint('bigint').$type<Cents>(),
    feeDelta: p.bigint('bigint').$type<Cents>(),
    expectedApprovals: p.double().$type<number>(),
    /** What really went well, to compare with. */
    approvals: p.bigint('number'),
    createdAt: p.datetime().defaultRaw('clock_now()'),
    doneAt: p.datetime().nullable(),
  },
});
export class Replay extends ReplaySchema.class {}
ReplaySchema.setClass(Replay);
