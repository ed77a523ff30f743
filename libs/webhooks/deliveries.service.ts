import { LockMode } from '@mikro-orm/core';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { MissingFault, refusedField } from '@libs/kernel/fault.js';
import { isUuid } from '@libs/kernel/ids.js';
import { pageOf } from '@libs/kernel/page.js';
import { endOf, startOf } from '@libs/kernel/period.js';
import { Queue } from '@libs/kernel/queue.js';
import { type Page, Reply } from '@libs/kernel/reply.js';
import type { Em } from '@libs/kernel/transaction.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { call } from './deliveries.js';
import { Delivery, type DeliveryView, deliveryView } from './delivery.entity.js';
import { Webhook } from './webhook.entity.js';
import type { DeliveryQuery, ResendRange } from './webhooks.dto.js';
import { disabled } from './webhooks.service.js';

/** What was sent to a merchant's endpoints, and sending it again under the same `webhook-id`. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly em: EntityManager,
    private readonly requests: Requests,
    private readonly queue: Queue,
  ) {}

  list({ merchantId, mode }: Merchant, query: DeliveryQuery): Promise<Page<DeliveryView>> {
    const { status, createdFrom, createdTo } = query;
    const from = createdFrom === undefined ? undefined : { createdAt: { $gte: startOf(createdFrom) } };
    const to = createdTo === undefined ? undefined : { createdAt: { $lt: endOf(createdTo) } };
    return pageOf(query, async ({ id, order, take }) => {
      const where = { merchantId, mode, ...(status && { status }), ...(id && { id }), $and: [from ?? {}, to ?? {}] };
      const rows = await this.em.fork().find(Delivery, where, { orderBy: { id: order }, limit: take });
      return rows.map(deliveryView);
    });
  }

  /** @throws MissingFault, or ConflictFault while its endpoint is off. */
  async resend(merchant: Merchant, wish: Wish, id: string): Promise<Reply<DeliveryView>> {
    const reply = await this.requests.once<DeliveryView>(
      wish,
      async (em) => {
        const delivery = await this.find(em, merchant, id, true);
        const webhook = await em.findOneOrFail(Webhook, { id: delivery.webhookId });
        if (!webhook.enabled || webhook.deletedAt) throw disabled();
        await this.again(em, [id]);
        return { id, body: deliveryView(await em.refreshOrFail(delivery)) };
      },
      async (em) => deliveryView(await this.find(em, merchant, id)),
    );
    return new Reply(200, reply.body, reply.replayed);
  }

  /** Every delivery made in the period, whatever became of it, to endpoints that are on. */
  async resendRange(merchant: Merchant, wish: Wish, range: ResendRange): Promise<Reply<{ resent: number }>> {
    const [from, to] = [startOf(range.from)!, endOf(range.to)!];
    if (to <= from) throw refusedField('to', 'out_of_range', 'O fim vem antes do início.');
    const reply = await this.requests.once<{ resent: number }>(
      wish,
      async (em) => {
        const rows = await em.execute<{ id: string }[]>(
          `select delivery.id from delivery join webhook on webhook.id = delivery.webhook_id
           where delivery.merchant_id = ? and delivery.mode = ? and webhook.enabled and webhook.deleted_at is null
             and delivery.created_at >= ? and delivery.created_at < ?
           order by delivery.id for update of delivery`,
          [merchant.merchantId, merchant.mode, from, to],
        );
        await this.again(
          em,
          rows.map(({ id }) => id),
        );
        return { id: counting(rows.length), body: { resent: rows.length } };
      },
      (_, id) => Promise.resolve({ resent: counted(id) }),
    );
    return new Reply(200, reply.body, reply.replayed);
  }

  /** Their next call is due now. A call that waits for its time finds the count moved on, or comes first itself. */
  private async again(em: Em, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const rows = await em.execute<{ id: string; tries: number }[]>(
      `update delivery set status = 'retrying', next_try_at = clock_now() where id in (?) returning id, tries`,
      [ids],
    );
    await this.queue.add(
      em,
      rows.map(({ id, tries }) => call([id], tries)),
    );
  }

  private async find(em: Em, { merchantId, mode }: Merchant, id: string, lock = false): Promise<Delivery> {
    const delivery = isUuid(id)
      ? await em.findOne(Delivery, { id, merchantId, mode }, lock ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {})
      : null;
    if (!delivery) throw new MissingFault('Entrega não encontrado(a).');
    return delivery;
  }
}

/** A period has no row that a replay could read: its count is the id that the key points to, a UUID of version 8. */
const prefix = '00000000-0000-8000-8000-';
const counting = (count: number): string => prefix + count.toString(16).padStart(12, '0');
const counted = (id: string): number => Number.parseInt(id.slice(prefix.length), 16);
