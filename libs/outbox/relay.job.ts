import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { parts } from '@libs/kernel/parts.js';
import { point } from '@libs/kernel/point.js';
import { OnTick, Queue } from '@libs/kernel/queue.js';
import { later, tx } from '@libs/kernel/transaction.js';
import { Listeners } from './listeners.js';

/** Events of one transaction, and of one job of a listener. */
const [batch, atOnce] = [500, 100];

/** Turns events into the listeners' jobs, in the order of their transactions; any number of relays at once. */
@Injectable()
export class RelayJob {
  constructor(
    private readonly em: EntityManager,
    private readonly queue: Queue,
    private readonly listeners: Listeners,
  ) {}

  @OnTick()
  async relay(): Promise<number> {
    const [waiting] = await this.em.fork().execute('select 1 from outbox where relayed_at is null limit 1');
    return waiting ? this.turn() : 0;
  }

  private async turn(): Promise<number> {
    const count = await tx(this.em, async (em) => {
      const rows = await em.execute<{ id: string }[]>(
        `select id from outbox where relayed_at is null
         order by transaction, id limit ${batch} for update skip locked`,
      );
      if (rows.length === 0) return 0;
      const ids = rows.map(({ id }) => id);
      await this.queue.add(
        em,
        parts(ids, atOnce).flatMap((events) => this.listeners.jobs.map((name) => ({ name, payload: { events } }))),
      );
      await later(em, 'update outbox set relayed_at = clock_now() where id in (?)', [ids]);
      point('relay.before');
      return ids.length;
    });
    point('relay.after');
    return count;
  }
}
