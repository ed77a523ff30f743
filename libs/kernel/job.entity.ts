import { defineEntity, p } from '@mikro-orm/core';

/** A piece of work; the row is the truth whichever engine carries it. `doneAt` ends it. */
export const JobSchema = defineEntity({
  name: 'Job',
  tableName: 'job',
  properties: {
    id: p.bigint('string').primary(),
    name: p.text(),
    payload: p.json<Readonly<Record<string, unknown>>>(),
    period: p.text().nullable(),
    runAt: p.datetime(),
    leasedUntil: p.datetime().nullable(),
    tries: p.integer(),
    lastError: p.text().nullable(),
    createdAt: p.datetime(),
    doneAt: p.datetime().nullable(),
  },
});
export class Job extends JobSchema.class {}
JobSchema.setClass(Job);
