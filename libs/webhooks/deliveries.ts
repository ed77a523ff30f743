import { uuid } from '@libs/kernel/ids.js';
import type { Queue } from '@libs/kernel/queue.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { Event } from '@libs/outbox/outbox.entity.js';
import type { Outbox } from '@libs/outbox/outbox.service.js';
import { LockMode } from '@mikro-orm/core';
import { type DisabledWhy, Webhook, webhookView } from './webhook.entity.js';

/** The job of one call: the n-th of a delivery. When the delivery has gone on meanwhile, the job has nothing to do. */
export const deliverJob = 'webhooks.deliver';
export const call = (delivery: string, tries: number, afterMs = 0) => ({
  name: deliverJob,
  payload: { delivery, tries },
  afterMs,
});

/** Makes the delivery of an event to an endpoint, with its first call; undefined when it was made before. */
export async function addDelivery(
  em: Em,
  queue: Queue,
  webhookId: string,
  { id: eventId, merchantId, mode, type }: Pick<Event, 'id' | 'merchantId' | 'mode' | 'type'>,
): Promise<string | undefined> {
  const id = uuid();
  const [made] = await em.execute<{ id: string }[]>(
    `insert into delivery (id, webhook_id, event_id, merchant_id, mode, type, status, next_try_at)
     values (?, ?, ?, ?, ?, ?, 'pending', clock_now())
     on conflict (webhook_id, event_id) do nothing returning id`,
    [id, webhookId, eventId, merchantId, mode, type],
  );
  if (!made) return undefined;
  await queue.add(em, [call(id, 0)]);
  return id;
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
