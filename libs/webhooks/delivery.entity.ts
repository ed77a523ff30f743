import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';

export const deliveryStatuses = ['pending', 'retrying', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** One event on its way to one endpoint. `tries` counts the calls made; a job belongs to one of them. */
export const DeliverySchema = defineEntity({
  name: 'Delivery',
  tableName: 'delivery',
  properties: {
    id: p.uuid().primary(),
    webhookId: p.uuid(),
    eventId: p.uuid(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    type: p.text(),
    status: p.text().$type<DeliveryStatus>(),
    tries: p.integer(),
    lastStatusCode: p.integer().nullable(),
    nextTryAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    deliveredAt: p.datetime().nullable(),
  },
});
export class Delivery extends DeliverySchema.class {}
DeliverySchema.setClass(Delivery);

export interface DeliveryView {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly tries: number;
  readonly lastStatusCode: number | null;
  readonly nextTryAt: string | null;
  readonly createdAt: string;
}

export const deliveryView = (delivery: Delivery): DeliveryView => ({
  id: delivery.id,
  endpointId: delivery.webhookId,
  eventId: delivery.eventId,
  type: delivery.type,
  status: delivery.status,
  tries: delivery.tries,
  lastStatusCode: delivery.lastStatusCode ?? null,
  nextTryAt: delivery.nextTryAt?.toISOString() ?? null,
  createdAt: delivery.createdAt.toISOString(),
});

// api.md: after 10 s, 1 min, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h; about 75 hours in all.
const pausesMs = [10, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((s) => s * 1_000);

/** How long to wait after the n-th call failed, ± 10 %; undefined when there is no further one. */
export function pauseAfter(tries: number, random: () => number = Math.random): number | undefined {
  const pause = pausesMs[tries - 1];
  return pause === undefined ? undefined : Math.round(pause * (0.9 + 0.2 * random()));
}
