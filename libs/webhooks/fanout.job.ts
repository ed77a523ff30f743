import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { OnJob, type JobView, Queue } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Listeners } from '@libs/outbox/listeners.js';
import { Event } from '@libs/outbox/outbox.entity.js';
import { addDelivery } from './deliveries.js';

const job = 'webhooks.fanout';

/** From one event to a delivery for each endpoint that wants it. Coming twice, it finds its deliveries made. */
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
      const event = await em.findOne(Event, { id: String(payload['event']) });
      if (!event) return;
      for (const { id } of await wanting(em, event)) await addDelivery(em, this.queue, id, event);
    });
  }
}

const wanting = (em: Em, { merchantId, mode, type }: Event): Promise<{ id: string }[]> =>
  em.execute(
    `select id from webhook
     where merchant_id = ? and mode = ? and enabled and deleted_at is null and (types is null or ? = any(types))
     order by id`,
    [merchantId, mode, type],
  );
