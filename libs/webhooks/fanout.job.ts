import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { OnJob, type JobView, Queue } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Listeners } from '@libs/outbox/listeners.js';
import { addDeliveries, type Wanted } from './deliveries.js';

const job = 'webhooks.fanout';

/** From events to a delivery for each endpoint that wants one. Coming twice, it finds its deliveries made. */
@Injectable()
export class FanoutJob implements OnModuleInit {
  constructor(
    private readonly em: EntityManager,
    private readonly queue: Queue,
    private readonly listeners: Listeners,
  ) {}

  onModuleInit(): void {
    this.listeners.register(job);
  }

  @OnJob(job)
  async fanOut({ payload }: JobView): Promise<void> {
    await tx(this.em, async (em) => {
      await addDeliveries(em, this.queue, await wanted(em, payload['events'] as readonly string[]));
    });
  }
}

const wanted = (em: Em, events: readonly string[]): Promise<Wanted[]> =>
  em.execute(
    `select webhook.id as "webhookId", event.id as "eventId", event.merchant_id as "merchantId", event.mode, event.type
     from outbox event join webhook
       on webhook.merchant_id = event.merchant_id and webhook.mode = event.mode and webhook.enabled
         and webhook.deleted_at is null and (webhook.types is null or event.type = any(webhook.types))
     where event.id in (?) order by event.transaction, event.id, webhook.id`,
    [events],
  );
