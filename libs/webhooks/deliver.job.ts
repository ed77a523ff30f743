import { Injectable, Logger } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { type Cache, Caches } from '@libs/kernel/cache.js';
import { Config } from '@libs/kernel/config.js';
import { point } from '@libs/kernel/point.js';
import { OnJob, type JobView, Queue } from '@libs/kernel/queue.js';
import { type Row, shaped } from '@libs/kernel/rows.js';
import { type Em, later, tx } from '@libs/kernel/transaction.js';
import { body, Event } from '@libs/outbox/outbox.entity.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { Vault } from '@libs/vault/vault.service.js';
import { call, deliverJob, switchOff } from './deliveries.js';
import { pauseAfter } from './delivery.entity.js';
import { type Answer, type Letter, Sender } from './sender.js';
import { sealedFor } from './webhook.entity.js';

/** A delivery as it is called: `letter` is missing when its endpoint was switched off or deleted meanwhile. */
interface Called {
  readonly id: string;
  readonly webhookId: string;
  readonly letter?: Letter;
}
/** What came of a call. `afterMs`: until the next one; null when there is none. */
interface Ended {
  readonly id: string;
  readonly webhookId: string;
  readonly status: 'delivered' | 'retrying' | 'failed';
  readonly code: number | null;
  readonly afterMs: number | null;
}

/** Calls some deliveries at once and writes what came of them. The next call of each is a job of its own. */
@Injectable()
export class DeliverJob {
  private readonly log = new Logger('Webhooks');
  private readonly secrets: Cache<string>;

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly queue: Queue,
    private readonly outbox: Outbox,
    private readonly vault: Vault,
    private readonly sender: Sender,
    caches: Caches,
  ) {
    this.secrets = caches.open('webhook.secrets');
  }

  @OnJob(deliverJob)
  async deliver({ payload }: JobView): Promise<void | { againMs: number }> {
    const ids = payload['deliveries'] as readonly string[];
    const tries = Number(payload['tries']);
    const called = await this.claim(ids, tries);
    point('delivery.before');
    const ended = await Promise.all(called.map((it) => this.ended(it, tries)));
    point('delivery.after');
    if (ended.length > 0) await this.settle(tries, ended);
    return called.length < ids.length ? this.later(ids, tries) : undefined;
  }

  /** One caller at a time. Whoever dies with them has lost them when the job's lease is over, too. */
  private async claim(ids: readonly string[], tries: number): Promise<readonly Called[]> {
    const em = this.em.fork();
    const rows = await em.execute<Row[]>(
      `with claimed as (
         update delivery set next_try_at = clock_now() + ? * interval '1 millisecond'
         where id in (?) and tries = ? and status in ('pending', 'retrying') and next_try_at <= clock_now()
         returning id, event_id, webhook_id
       )
       select outbox.*, claimed.id as delivery, webhook.id as webhook, webhook.url, webhook.secret,
         case when webhook.previous_until > clock_now() then webhook.previous_secret end as previous,
         webhook.enabled and webhook.deleted_at is null as open
       from claimed join outbox on outbox.id = claimed.event_id join webhook on webhook.id = claimed.webhook_id`,
      [this.config.JOB_LEASE_MS, ids, tries],
    );
    return this.letters(em, rows);
  }

  private async later(ids: readonly string[], tries: number): Promise<void | { againMs: number }> {
    const [waiting] = await this.em.fork().execute<{ ms: string | null }[]>(
      `select extract(epoch from min(next_try_at) - clock_now()) * 1000 as ms from delivery
       where id in (?) and tries = ? and status in ('pending', 'retrying')`,
      [ids, tries],
    );
    if (waiting?.ms) return { againMs: Math.max(50, Math.ceil(Number(waiting.ms))) };
  }

  private letters(em: Em, rows: readonly Row[]): Promise<readonly Called[]> {
    const events = shaped(em, Event, rows);
    return Promise.all(
      rows.map(async (row, at): Promise<Called> => {
        const called = { id: String(row['delivery']), webhookId: String(row['webhook']) };
        if (row['open'] !== true) return called;
        const sealed = [row['secret'], row['previous']].filter((it) => typeof it === 'string');
        const secrets = await Promise.all(sealed.map((it) => this.secret(em, it)));
        const event = events[at]!;
        const text = JSON.stringify(body(event));
        return { ...called, letter: { url: String(row['url']), id: event.id, body: text, secrets } };
      }),
    );
  }

  private async secret(em: Em, id: string): Promise<string> {
    return (await this.secrets.get(id, async () => (await this.vault.open(em, id, sealedFor)).toString()))!;
  }

  private async ended({ id, webhookId, letter }: Called, tries: number): Promise<Ended> {
    if (!letter) return { id, webhookId, status: 'failed', code: null, afterMs: null };
    const answer: Answer = await this.sender.send(letter);
    const { status: code = null } = answer;
    if (code !== null && code >= 200 && code < 300) return { id, webhookId, status: 'delivered', code, afterMs: null };
    this.log.debug(`delivery ${id}, try ${tries + 1}: ${answer.status ?? answer.why}`);
    const afterMs = code === 410 ? null : (pauseAfter(tries + 1) ?? null);
    return { id, webhookId, status: afterMs === null ? 'failed' : 'retrying', code, afterMs };
  }

  private async settle(tries: number, ended: readonly Ended[]): Promise<void> {
    await tx(this.em, async (em) => {
      // Where another call has ended meanwhile, what that one heard counts.
      const settled = await em.execute<{ id: string }[]>(
        `update delivery set tries = tries + 1, status = it.status, last_status_code = it.code,
           next_try_at = clock_now() + it."afterMs" * interval '1 millisecond',
           delivered_at = case when it.status = 'delivered' then clock_now() end
         from jsonb_to_recordset(?::jsonb) as it (id uuid, status text, code int, "afterMs" bigint)
         where delivery.id = it.id and tries = ? and delivery.status in ('pending', 'retrying') returning delivery.id`,
        [JSON.stringify(ended), tries],
      );
      const counted = new Set(settled.map(({ id }) => id));
      const heard = ended.filter(({ id }) => counted.has(id));
      const calls = heard.flatMap(({ id, afterMs }) => (afterMs === null ? [] : [call([id], tries + 1, afterMs)]));
      await this.queue.add(em, calls);
      for (const group of Map.groupBy(heard, (it) => it.webhookId).values()) await this.judge(em, group);
    });
  }

  /** What the calls say of their endpoint: one that was taken speaks for it. */
  private async judge(em: Em, calls: readonly Ended[]): Promise<void> {
    const { webhookId } = calls[0]!;
    if (calls.some(({ code }) => code === 410)) return switchOff(em, this.outbox, webhookId, 'gone');
    if (calls.some(({ status }) => status === 'delivered')) {
      await later(em, 'update webhook set failing_since = null where id = ? and failing_since is not null', [
        webhookId,
      ]);
      return;
    }
    const [failing] = await em.execute<{ long: boolean }[]>(
      `update webhook set failing_since = coalesce(failing_since, clock_now()) where id = ?
       returning failing_since <= clock_now() - interval '7 days' as long`,
      [webhookId],
    );
    if (failing?.long) await switchOff(em, this.outbox, webhookId, 'failing');
  }

  /** Endpoints that took nothing for seven days and are no longer called. */
  @OnJob('webhooks.silence', { everyMs: 3_600_000 })
  async silence(): Promise<void> {
    const rows = await this.em.fork().execute<{ id: string }[]>(
      `select id from webhook
       where enabled and deleted_at is null and failing_since <= clock_now() - interval '7 days' limit 1000`,
    );
    for (const { id } of rows) await tx(this.em, (em) => switchOff(em, this.outbox, id, 'failing'));
  }
}
