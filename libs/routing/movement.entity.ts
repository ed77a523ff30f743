import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { Cents, Currency } from '@libs/money/cents.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';

/** What moved without a call of ours, where it was seen, and whose it is when that is known. */
export const MovementSchema = defineEntity({
  name: 'Movement',
  tableName: 'movement',
  properties: {
    rowId: p.uuid().primary(),
    credentialId: p.uuid(),
    provider: p.text().$type<ProviderId>(),
    mode: p.text().$type<Mode>(),
    kind: p.text().$type<Moved['kind']>(),
    /** The provider's: endToEndId, rtrId, dispute id, statement line. */
    id: p.text(),
    about: p.json<About>(),
    amount: p.bigint('bigint').$type<Cents>(),
    currency: p.text().$type<Currency>(),
    at: p.datetime(),
    attemptId: p.uuid().nullable(),
    ownerKind: p.text().nullable(),
    ownerId: p.uuid().nullable(),
    state: p.text().$type<'owned' | 'suspense' | 'matched'>(),
    createdAt: p.datetime().defaultRaw('clock_now()'),
  },
});
export class Movement extends MovementSchema.class {}
MovementSchema.setClass(Movement);
