import { Injectable, Logger } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { Config } from '@libs/kernel/config.js';
import { point } from '@libs/kernel/point.js';
import { OnJob, type JobView, Queue } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { body, Event } from '@libs/outbox/outbox.entity.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { Vault } from '@libs/vault/vault.service.js';
import { call, deliverJob, switchOff } from './deliveries.js';
import { pauseAfter } from './delivery.entity.js';
import { type Answer, type Letter, Sender } from './sender.js';
import { sealedFor, Webhook } from './webhook.entity.js';

interface Claimed {
  readonly webhook_id: string;
  readonly event_id: string;
}

/** Makes one call of a delivery and writes what came of it. The next call is a job of its own. */
@Injectable()
export class DeliverJob {
  private readonly log = new Logger('Webhooks');

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly queue: Queue,
    private readonly outbox: Outbox,
    private readonly vault: Vault,
    private readonly sender: Sender,
  ) {}

  @OnJob(deliverJob)
  async deliver({ payload }: JobView): Promise<void | { againMs: number }> {
    const id = String(payload['delivery']);
    const tries = Number(payload['tries']);
    const claimed = await this.claim(id, tries);
    if (!claimed) return this.later(id, tries);
    const letter = await this.letter(claimed);
    if (!letter) return this.giveUp(id);
    point('delivery.before');
    const answer = await this.sender.send(letter);
    point('delivery.after');
    await this.settle(id, tries, claimed.webhook_id, answer);
  }

  /** One caller at a time. Whoever dies with it has lost it when the job's lease is over, too. */
  private async claim(id: string, tries: number): Promise<Claimed | undefined> {
    const [claimed] = await this.em.fork().execute<Claimed[]>(
      `update delivery set next_try_at = clock_now() + ? * interval '1 millisecond'
       where id = ? and tries = ? and status in ('pending', 'retrying') and next_try_at <= clock_now()
       returning webhook_id, event_id`,
      [this.config.JOB_LEASE_MS, id, tries],
    );
    return claimed;
  }

  private async later(id: string, tries: number): Promise<void | { againMs: number }> {
    const [waiting] = await this.em.fork().execute<{ ms: string }[]>(
      `select extract(epoch from next_try_at - clock_now()) * 1000 as ms from delivery
       where id = ? and tries = ? and status in ('pending', 'retrying')`,
      [id, tries],
    );
    if (waiting) return { againMs: Math.max(50, Math.ceil(Number(waiting.ms))) };
  }

  /** What goes on the wire; undefined when the endpoint was switched off or deleted meanwhile. */
  private async letter({ webhook_id, event_id }: Claimed): Promise<Letter | undefined> {
    const em = this.em.fork();
    const webhook = await em.findOneOrFail(Webhook, { id: webhook_id });
    if (!webhook.enabled || webhook.deletedAt) return undefined;
    const event = await em.findOneOrFail(Event, { id: event_id });
    const [old] = await em.execute<{ id: string }[]>(
      'select previous_secret as id from webhook where id = ? and previous_until > clock_now()',
      [webhook_id],
    );
    const ids = [webhook.secret, ...(old ? [old.id] : [])];
    const secrets = await Promise.all(ids.map((id) => this.vault.open(em, id, sealedFor)));
    return {
      url: webhook.url,
      id: event.id,
      body: JSON.stringify(body(event)),
      secrets: secrets.map((secret) => secret.toString()),
    };
  }

  private async giveUp(id: string): Promise<void> {
    await this.em
      .fork()
      .execute(`update delivery set status = 'failed', next_try_at = null where id = ? and status <> 'delivered'`, [
        id,
      ]);
  }

  private async settle(id: string, tries: number, webhookId: string, answer: Answer): Promise<void> {
    const { status } = answer;
    const ok = status !== undefined && status >= 200 && status < 300;
    if (!ok) this.log.debug(`delivery ${id}, try ${tries + 1}: ${answer.status ?? answer.why}`);
    const afterMs = ok || status === 410 ? undefined : pauseAfter(tries + 1);
    await tx(this.em, async (em) => {
      const [settled] = await em.execute<unknown[]>(
        `update delivery set tries = tries + 1, status = ?, last_status_code = ?,
           next_try_at = clock_now() + ?::numeric * interval '1 millisecond',
           delivered_at = case when ? then clock_now() end
         where id = ? and tries = ? and status in ('pending', 'retrying') returning id`,
        [
          ok ? 'delivered' : afterMs === undefined ? 'failed' : 'retrying',
          status ?? null,
          afterMs ?? null,
          ok,
          id,
          tries,
        ],
      );
      if (!settled) return; // another call has ended meanwhile: what it heard counts
      if (ok) {
        await em.execute('update webhook set failing_since = null where id = ? and failing_since is not null', [
          webhookId,
        ]);
        return;
      }
      if (afterMs !== undefined) await this.queue.add(em, [call(id, tries + 1, afterMs)]);
      await this.fail(em, webhookId, status);
    });
  }

  private async fail(em: Em, webhookId: string, status?: number): Promise<void> {
    if (status === 410) return switchOff(em, this.outbox, webhookId, 'gone');
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
