import type { INestApplicationContext } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { uuid } from '@libs/kernel/ids.js';
import { JobSchema } from '@libs/kernel/job.entity.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Runner } from '@libs/kernel/runner.js';
import { tx } from '@libs/kernel/transaction.js';
import { EventSchema } from '@libs/outbox/outbox.entity.js';
import { OutboxModule } from '@libs/outbox/outbox.module.js';
import { type EventDraft, Outbox } from '@libs/outbox/outbox.service.js';
import { RequestSchema } from '@libs/requests/request.entity.js';
import { Wish } from '@libs/requests/wish.js';
import { SealedSchema } from '@libs/vault/vault.entity.js';
import { Deliveries } from '@libs/webhooks/deliveries.service.js';
import { DeliverySchema, type DeliveryStatus, type DeliveryView } from '@libs/webhooks/delivery.entity.js';
import { WebhookSchema } from '@libs/webhooks/webhook.entity.js';
import { WebhooksModule } from '@libs/webhooks/webhooks.module.js';
import { Webhooks } from '@libs/webhooks/webhooks.service.js';
import { emOf, startContext } from '@test/support/context.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';
import { type Received, type Receiver, startReceiver } from '@test/support/receiver.js';

const entities = [JobSchema, EventSchema, RequestSchema, SealedSchema, WebhookSchema, DeliverySchema];

/** A merchant with a server that listens, on a database of its own, served by workers of outbox and webhooks. */
export class Shop {
  /** The worker whose services the test calls. */
  at!: INestApplicationContext;
  merchant!: Merchant;
  offsetSeconds = 0;
  private workers: INestApplicationContext[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly receiver: Receiver,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<Shop> {
    const shop = new Shop(await cloneDatabase(), await startReceiver());
    shop.at = await shop.worker(env);
    shop.merchant = await shop.newMerchant();
    return shop;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((it) => it.close()));
    await this.receiver.stop();
    await this.database.drop();
  }

  async worker(env: Record<string, string> = {}): Promise<INestApplicationContext> {
    const made = await startContext({
      databaseUrl: this.database.url,
      entities,
      imports: [OutboxModule, WebhooksModule],
      env: { WEBHOOK_PRIVATE: 'on', ...env },
    });
    this.workers.push(made);
    await made.get(Runner).start();
    return made;
  }

  sql<T>(text: string, params: unknown[] = []): Promise<T[]> {
    return emOf(this.at).execute<T[]>(text, params);
  }

  /** Moves the database's clock forwards. */
  async later(seconds: number): Promise<void> {
    this.offsetSeconds += seconds;
    await this.sql(
      `create or replace function clock_now() returns timestamptz language sql stable parallel safe
       as $$ select now() + interval '${this.offsetSeconds} seconds' $$`,
    );
  }

  async newMerchant(): Promise<Merchant> {
    const merchantId = uuid();
    await this.sql(`insert into merchant (id, name) values (?, 'Loja')`, [merchantId]);
    return { kind: 'merchant', keyId: uuid(), merchantId, mode: 'test', scopes: ['*'] };
  }

  wish(route: string, key?: string, who = this.merchant): Wish {
    return new Wish(`merchant:${who.merchantId}:${who.mode}`, key, route, '', {});
  }

  async endpoint(path: string, types?: string[], who = this.merchant): Promise<{ id: string; secret: string }> {
    const body = { url: `${this.receiver.url}${path}`, types };
    const reply = await this.at.get(Webhooks).create(who, this.wish('POST /webhooks', undefined, who), body);
    return { id: reply.body.id, secret: reply.body.secret! };
  }

  draft(objectId: string, sequence: number, more: Partial<EventDraft> = {}): EventDraft {
    const data = { id: objectId, status: 'paid', amount: 1000 };
    return { merchantId: this.merchant.merchantId, mode: 'test', objectId, type: 'pix', sequence, data, ...more };
  }

  announce(...drafts: EventDraft[]): Promise<void> {
    return tx(emOf(this.at), (em) => this.at.get(Outbox).append(em, drafts));
  }

  async deliveries(status?: DeliveryStatus): Promise<readonly DeliveryView[]> {
    const query = Object.assign(new PageQuery(), { status, limit: 100 });
    return (await this.at.get(Deliveries).list(this.merchant, query)).data;
  }

  got(path: string): Received[] {
    return this.receiver.got.filter((it) => it.path === path);
  }
}
