import { defineEntity, p } from '@mikro-orm/core';

/** One wish under an Idempotency-Key and the resource that came of it, written in the commit that makes that. */
export const RequestSchema = defineEntity({
  name: 'Request',
  tableName: 'request',
  properties: {
    /** `merchant:{id}:{mode}` or `admin:{keyId}`. */
    scope: p.text().primary(),
    key: p.text().primary(),
    route: p.text(),
    fingerprint: p.text(),
    fingerprintVersion: p.integer(),
    resource: p.uuid(),
    createdAt: p.datetime(),
  },
});
export class Request extends RequestSchema.class {}
RequestSchema.setClass(Request);
