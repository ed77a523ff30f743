import { defineEntity, p } from '@mikro-orm/core';

/** One run over the whole ledger. `failed` is a run that could not be finished; what it found wrong is `ok: false`. */
export const VerificationSchema = defineEntity({
  name: 'Verification',
  tableName: 'verification',
  properties: {
    id: p.uuid().primary(),
    status: p.text().$type<'running' | 'done' | 'failed'>(),
    checked: p.bigint('number'),
    total: p.bigint('number'),
    ok: p.boolean().nullable(),
    firstBad: p.text().nullable(),
    createdAt: p.datetime(),
    doneAt: p.datetime().nullable(),
  },
});
export class Verification extends VerificationSchema.class {}
VerificationSchema.setClass(Verification);
