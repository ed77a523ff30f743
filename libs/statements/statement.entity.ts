import { defineEntity, p } from '@mikro-orm/core';

/** One reading of a provider account's statement, and how far it has come. */
export const StatementSchema = defineEntity({
  name: 'Statement',
  tableName: 'statement',
  properties: {
    id: p.uuid().primary(),
    credentialId: p.uuid(),
    /** Lines from `since` on and before `until`: midnights in São Paulo. */
    since: p.datetime(),
    until: p.datetime(),
    status: p.text().$type<'running' | 'done' | 'failed'>(),
    cursor: p.text().nullable(),
    lines: p.bigint('number'),
    /** Lines that told something that nobody had known. */
    news: p.bigint('number'),
    error: p.text().nullable(),
    createdAt: p.datetime().defaultRaw('clock_now()'),
    doneAt: p.datetime().nullable(),
  },
});
export class Statement extends StatementSchema.class {}
StatementSchema.setClass(Statement);
