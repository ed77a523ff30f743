import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import type { Merchant } from '@libs/kernel/caller.js';
import { refusedField } from '@libs/kernel/fault.js';
import { isUuid } from '@libs/kernel/ids.js';
import type { Page } from '@libs/kernel/reply.js';
import { body, Event, type EventView } from './outbox.entity.js';

const kept = `interval '30 days'`;

@Injectable()
export class Feed {
  constructor(private readonly em: EntityManager) {}

  /**
   * A merchant's events after one it knows, oldest first. Ordered by transaction, and never past the oldest one that
   * still runs: an event may show late, but none appears behind a place where somebody has already read.
   * @throws InvalidFault on `after` when it names no event that is still kept.
   */
  async page({ merchantId, mode }: Merchant, limit: number, after?: string): Promise<Page<EventView>> {
    const em = this.em.fork();
    const place = after === undefined ? { transaction: '0', id: after } : await this.place(merchantId, mode, after);
    const rows = await em.execute<{ id: string }[]>(
      `select id from outbox
       where merchant_id = ? and mode = ? and transaction < pg_snapshot_xmin(pg_current_snapshot())
         and (transaction, id) > (?::xid8, ?::uuid) and created_at > clock_now() - ${kept}
       order by transaction, id limit ?`,
      [merchantId, mode, place.transaction, place.id ?? '00000000-0000-0000-0000-000000000000', limit + 1],
    );
    const ids = rows.slice(0, limit).map(({ id }) => id);
    const events = new Map((await em.find(Event, { id: { $in: ids } })).map((event) => [event.id, event]));
    const data = ids.flatMap((id) => events.get(id) ?? []).map((event) => body(event).event);
    return { data, hasMore: rows.length > limit };
  }

  private async place(merchantId: string, mode: string, after: string): Promise<{ transaction: string; id: string }> {
    const [place] = isUuid(after)
      ? await this.em.fork().execute<{ transaction: string; id: string }[]>(
          `select transaction::text, id from outbox
           where id = ? and merchant_id = ? and mode = ? and created_at > clock_now() - ${kept}`,
          [after, merchantId, mode],
        )
      : [];
    if (!place) throw refusedField('after', 'invalid', 'Evento desconhecido.');
    return place;
  }
}
