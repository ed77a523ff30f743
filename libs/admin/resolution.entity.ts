import { defineEntity, p } from '@mikro-orm/core';

export const findings = ['done', 'declined', 'absent'] as const;

/** What an administrator says of an attempt; the amount in cents. */
export interface Said {
  readonly finding: (typeof findings)[number];
  readonly amount?: number;
  readonly ref?: string;
  readonly receipt?: string;
}

/** What one person says of an act that only humans can prove; it counts when another has confirmed it. */
export const ResolutionSchema = defineEntity({
  name: 'Resolution',
  tableName: 'resolution',
  properties: {
    id: p.uuid().primary(),
    attemptId: p.uuid(),
    finding: p.json<Said>(),
    evidence: p.text(),
    person: p.text(),
    confirmedBy: p.text().nullable(),
    createdAt: p.datetime(),
  },
});
export class Resolution extends ResolutionSchema.class {}
ResolutionSchema.setClass(Resolution);
