import { defineEntity, p } from '@mikro-orm/core';
import type { Source } from './owners.js';

/** Every piece of news about an attempt, the repeats and the contradictions too: `news` as told, `heard` as taken. */
export const FindingSchema = defineEntity({
  name: 'Finding',
  tableName: 'finding',
  properties: {
    id: p.bigint('string').primary(),
    attemptId: p.uuid(),
    source: p.text().$type<Source>(),
    news: p.json<Readonly<Record<string, unknown>>>(),
    heard: p.json<Readonly<Record<string, unknown>>>(),
    late: p.boolean(),
    contradiction: p.boolean(),
    person: p.text().nullable(),
    evidence: p.text().nullable(),
    at: p.datetime(),
  },
});
export class Finding extends FindingSchema.class {}
FindingSchema.setClass(Finding);
