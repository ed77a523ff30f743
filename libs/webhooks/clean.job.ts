import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { OnJob } from '@libs/kernel/queue.js';
import { tx } from '@libs/kernel/transaction.js';

const batch = 1_000;

/** Events are kept for 30 days, and longer while one of their deliveries is still under way. */
@Injectable()
export class EventsCleanJob {
  constructor(private readonly em: EntityManager) {}

  @OnJob('events.clean', { everyMs: 3_600_000 })
  async clean(): Promise<void | { againMs: number }> {
    const count = await tx(this.em, async (em) => {
      const rows = await em.execute<{ id: string }[]>(
        `select id from outbox
         where created_at < clock_now() - interval '30 days' and relayed_at is not null
           and not exists (
             select 1 from delivery where event_id = outbox.id and status in ('pending', 'retrying')
           )
         limit ${batch} for update skip locked`,
      );
      if (rows.length === 0) return 0;
      const ids = rows.map(({ id }) => id);
      await em.execute('delete from delivery where event_id in (?)', [ids]);
      await em.execute('delete from outbox where id in (?)', [ids]);
      return ids.length;
    });
    if (count === batch) return { againMs: 0 };
  }
}
