import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';

/** One announcement, written in the transaction of what it announces. `relayedAt`: every listener has its job. */
export const EventSchema = defineEntity({
  name: 'Event',
  tableName: 'outbox',
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    objectId: p.uuid(),
    type: p.text(),
    sequence: p.integer(),
    late: p.boolean(),
    data: p.json<Readonly<Record<string, unknown>>>(),
    extra: p.json<Readonly<Record<string, unknown>>>(),
    transaction: p.text(),
    createdAt: p.datetime(),
    relayedAt: p.datetime().nullable(),
  },
});
export class Event extends EventSchema.class {}
EventSchema.setClass(Event);

/** What merchants see of an event, in the feed and in every delivery of it. */
export interface EventView {
  readonly id: string;
  readonly sequence: number;
  readonly type: string;
  readonly createdAt: string;
  readonly late: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  readonly [extra: string]: unknown;
}

// Other changes of an object have a type of their own, and the same member of `data` as its printed one.
const members: Readonly<Record<string, string>> = { pixUpdate: 'pix', bankslipUpdate: 'bankslip' };

type Told = Pick<Event, 'id' | 'sequence' | 'type' | 'createdAt' | 'late' | 'data' | 'extra'>;

/** The printed body: `{"event": {…, "data": {"pix": {…}}}}`. */
export function body(event: Told): { readonly event: EventView } {
  const { id, sequence, type, createdAt, late, data, extra } = event;
  const told = { [members[type] ?? type]: data };
  return { event: { id, sequence, type, createdAt: createdAt.toISOString(), late, data: told, ...extra } };
}
