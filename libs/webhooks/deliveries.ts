import { uuid } from '@libs/kernel/ids.js';
import { parts } from '@libs/kernel/parts.js';
import type { Queue } from '@libs/kernel/queue.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { Outbox } from '@libs/outbox/outbox.service.js';
import { LockMode } from '@mikro-orm/core';
import { type DisabledWhy, Webhook, webhookView } from './webhook.entity.js';

/** The job of one call each of some deliveries: their n-th. One that has gone on meanwhile has nothing to do. */
export const deliverJob = 'webhooks.deliver';
export const call = (deliveries: readonly string[], tries: number, afterMs = 0) => ({
  name: deliverJob,
  payload: { deliveries, tries },
  afterMs,
});
/** How many calls to one endpoint a job makes at once. */
const mostAtOnce = 100;

/** An event that an endpoint is to be told. */
export interface Wanted {
  readonly webhookId: string;
  readonly eventId: string;
  readonly merchantId: string;
  readonly mode: string;
  readonly type: string;
}

/** Makes the deliveries that were not made before, with their first calls. Answers their ids. */
export async function addDeliveries(em: Em, queue: Queue, wanted: readonly Wanted[]): Promise<readonly string[]> {
  if (wanted.length === 0) return [];
  const made = await em.execute<{ id: string; webhookId: string }[]>(
    `insert into delivery (id, webhook_id, event_id, merchant_id, mode, type, status, next_try_at)
     select id, "webhookId", "eventId", "merchantId", mode, type, 'pending', clock_now()
     from jsonb_to_recordset(?::jsonb)
       as it (id uuid, "webhookId" uuid, "eventId" uuid, "merchantId" uuid, mode text, type text)
     on conflict (webhook_id, event_id) do nothing returning id, webhook_id as "webhookId"`,
    [JSON.stringify(wanted.map((it) => ({ ...it, id: uuid() })))],
  );
  const ids = [...Map.groupBy(made, (it) => it.webhookId).values()].map((group) => group.map(({ id }) => id));
  await queue.add(
    em,
    ids.flatMap((group) => parts(group, mostAtOnce).map((part) => call(part, 0))),
  );
  return ids.flat();
}

/** Switches an endpoint off and tells the merchant's others. Whoever comes second finds it done. */
export async function switchOff(em: Em, outbox: Outbox, id: string, why: DisabledWhy): Promise<void> {
  const webhook = await em.findOneOrFail(Webhook, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (!webhook.enabled || webhook.deletedAt) return;
  webhook.enabled = false;
  webhook.disabledWhy = why;
  webhook.sequence += 1;
  await em.flush();
  const { merchantId, mode, sequence } = webhook;
  const data = { ...webhookView(webhook) };
  await outbox.append(em, [{ merchantId, mode, objectId: id, type: 'webhookDisabled', sequence, data }]);
}
