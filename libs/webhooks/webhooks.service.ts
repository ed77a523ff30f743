import { randomBytes } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { Config } from '@libs/kernel/config.js';
import { ConflictFault, MissingFault, refusedField } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { type PageQuery, pageOf } from '@libs/kernel/page.js';
import { Queue } from '@libs/kernel/queue.js';
import { type Page, Reply } from '@libs/kernel/reply.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Vault } from '@libs/vault/vault.service.js';
import { refusedUrl } from './address.js';
import { addDeliveries } from './deliveries.js';
import { Delivery, type DeliveryView, deliveryView } from './delivery.entity.js';
import { sealedFor, Webhook, type WebhookView, webhookView } from './webhook.entity.js';
import type { NewWebhook, WebhookChange } from './webhooks.dto.js';

const rotation = `interval '24 hours'`;

/** A merchant's endpoints. Secrets are shown by the call that makes them and by no other. */
@Injectable()
export class Webhooks {
  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly requests: Requests,
    private readonly vault: Vault,
    private readonly queue: Queue,
  ) {}

  async create(merchant: Merchant, wish: Wish, { url, types }: NewWebhook): Promise<Reply<WebhookView>> {
    this.check(url);
    const { merchantId, mode } = merchant;
    return this.requests.once<WebhookView>(
      wish,
      async (em) => {
        const { secret, sealed } = await this.newSecret(em);
        const id = uuid();
        await em.execute(
          `insert into webhook (id, merchant_id, mode, url, types, secret)
           values (?, ?, ?, ?, (select array_agg(it) from jsonb_array_elements_text(?::jsonb) as it), ?)`,
          [id, merchantId, mode, url, JSON.stringify(types ?? []), sealed],
        );
        return { id, body: { ...webhookView(await this.find(em, merchant, id)), secret } };
      },
      (em, id) => this.withoutSecret(em, merchant, id),
    );
  }

  list({ merchantId, mode }: Merchant, query: PageQuery): Promise<Page<WebhookView>> {
    return pageOf(query, async ({ id, order, take }) => {
      const where = { merchantId, mode, deletedAt: null, ...(id && { id }) };
      const rows = await this.em.fork().find(Webhook, where, { orderBy: { id: order }, limit: take });
      return rows.map(webhookView);
    });
  }

  /** @throws MissingFault for another merchant's, as for none. */
  async one(merchant: Merchant, id: string): Promise<WebhookView> {
    return webhookView(await this.find(this.em.fork(), merchant, id));
  }

  /** Switching it on forgets why it was off. */
  async change(merchant: Merchant, id: string, { url, types, enabled }: WebhookChange): Promise<WebhookView> {
    if (url !== undefined) this.check(url);
    return tx(this.em, async (em) => {
      const webhook = await this.find(em, merchant, id, true);
      if (url !== undefined) webhook.url = url;
      if (types !== undefined) webhook.types = types;
      if (enabled !== undefined && enabled !== webhook.enabled) {
        webhook.enabled = enabled;
        webhook.disabledWhy = null;
        webhook.failingSince = null;
      }
      return webhookView(webhook);
    });
  }

  async remove(merchant: Merchant, id: string): Promise<void> {
    await tx(this.em, async (em) => {
      await this.find(em, merchant, id, true);
      await em.execute('update webhook set enabled = false, deleted_at = clock_now() where id = ?', [id]);
    });
  }

  /** The secret so far signs for 24 hours more, beside the new one. */
  async rotate(merchant: Merchant, wish: Wish, id: string): Promise<Reply<WebhookView>> {
    const reply = await this.requests.once<WebhookView>(
      wish,
      async (em) => {
        const view = webhookView(await this.find(em, merchant, id, true));
        const { secret, sealed } = await this.newSecret(em);
        await em.execute(
          `update webhook set previous_secret = secret, previous_until = clock_now() + ${rotation}, secret = ?
           where id = ?`,
          [sealed, id],
        );
        return { id, body: { ...view, secret } };
      },
      (at) => this.withoutSecret(at, merchant, id),
    );
    return new Reply(200, reply.body, reply.replayed);
  }

  /** An event for this endpoint alone: it is relayed to nobody else. Each is an object of its own. */
  async test(merchant: Merchant, wish: Wish, id: string): Promise<Reply<DeliveryView>> {
    const { merchantId, mode } = merchant;
    const reply = await this.requests.once<DeliveryView>(
      wish,
      async (em) => {
        const webhook = await this.find(em, merchant, id, true);
        if (!webhook.enabled) throw disabled();
        const eventId = uuid();
        const data = { id: eventId, webhookId: id };
        await em.execute(
          `insert into outbox (id, merchant_id, mode, object_id, type, sequence, data, relayed_at)
           values (?, ?, ?, ?, 'test', 1, ?::jsonb, clock_now())`,
          [eventId, merchantId, mode, eventId, JSON.stringify(data)],
        );
        const [made] = await addDeliveries(em, this.queue, [
          { webhookId: id, eventId, merchantId, mode, type: 'test' },
        ]);
        const delivery = await em.findOneOrFail(Delivery, { id: made });
        return { id: delivery.id, body: deliveryView(delivery) };
      },
      async (em, made) => deliveryView(await em.findOneOrFail(Delivery, { id: made })),
    );
    return new Reply(200, reply.body, reply.replayed);
  }

  private async newSecret(em: Em): Promise<{ secret: string; sealed: string }> {
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    return { secret, sealed: await this.vault.seal(em, sealedFor, secret) };
  }

  private async withoutSecret(em: Em, merchant: Merchant, id: string): Promise<WebhookView> {
    return { ...webhookView(await this.find(em, merchant, id)), secret: null };
  }

  private check(url: string): void {
    const code = refusedUrl(url, this.config.WEBHOOK_PRIVATE);
    if (code) throw refusedField('url', code, 'O endereço deve ser http ou https, público e sem credenciais.');
  }

  private async find(em: Em, { merchantId, mode }: Merchant, id: string, lock = false): Promise<Webhook> {
    const webhook = isUuid(id)
      ? await em.findOne(
          Webhook,
          { id, merchantId, mode, deletedAt: null },
          lock ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {},
        )
      : null;
    if (!webhook) throw new MissingFault('Webhook não encontrado(a).');
    return webhook;
  }
}

export const disabled = (): ConflictFault =>
  new ConflictFault('invalid_state', 'O webhook está desligado.', { status: 'disabled' });
