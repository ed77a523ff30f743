import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { now } from '@libs/kernel/clock.js';
import { type JobView, OnJob, OnTick, Queue } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { pauseMs } from '@libs/kernel/work.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { Attempt, type AttemptState, type AttemptView, live } from '@libs/routing/attempt.entity.js';
import { Finding } from '@libs/routing/finding.entity.js';
import type { Instruction } from '@libs/routing/plan.js';
import type { Whole } from '@libs/providers/contract/acts.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import { announce } from './announce.js';
import { Charge, charges } from './charges.entity.js';
import { Methods } from './methods.js';
import { lockCharge } from './lock.js';

const batch = 50;
const dayMs = 24 * 60 * 60 * 1_000;
/** A look that was lost is taken again after this long. */
const againMs = 30_000;

/** What ends by the clock, and what is closed at the provider after it has ended on our side. */
@Injectable()
export class Expiry {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly reconcile: Reconcile,
    private readonly outbox: Outbox,
    private readonly queue: Queue,
    private readonly methods: Methods,
  ) {}

  @OnTick()
  async due(): Promise<number> {
    return tx(this.em, async (em) => {
      const rows = await em.execute<{ id: string }[]>(
        `update charge set expire_due_at = clock_now() + ? * interval '1 millisecond'
         where id in (select id from charge where status in ('pending', 'authorized')
                        and expire_due_at <= clock_now() order by expire_due_at limit ? for update skip locked)
         returning id`,
        [againMs, batch],
      );
      await this.queue.add(
        em,
        rows.map(({ id }) => ({ name: 'charges.expire', payload: { charge: id } })),
      );
      return rows.length;
    });
  }

  /** One look first: what was paid in time is not called late because its callback was lost. */
  @OnJob('charges.expire')
  async expire({ payload }: JobView): Promise<void> {
    const id = String(payload['charge']);
    if (await this.warned(id)) return;
    const { attemptId, status: was, inFlight } = await this.em.fork().findOneOrFail(Charge, id);
    if (was === 'authorized' && inFlight) return; // what is under way decides; it is looked at again
    if (attemptId) await this.reconcile.find(attemptId, 'find');
    // It may have been captured at the provider's own site: our clock alone never says that it was let go.
    if (was === 'authorized' && attemptId && !(await this.told(attemptId))) return this.later(id);
    await tx(this.em, async (em) => {
      const charge = await lockCharge(em, id);
      const status = charges.next(charge.status, 'expire');
      if (status === undefined || (charge.status === 'authorized' && charge.inFlight)) return;
      charge.status = status;
      charge.inFlight = null;
      charge.expireDueAt = null;
      await em.flush();
      const method = this.methods.of(charge.type);
      await this.outbox.append(em, [await announce(em, charge, method, method.change)]);
      await this.queue.add(em, [{ name: 'charges.close', payload: { charge: id, attempt: attemptId } }]);
    });
  }

  private async later(id: string): Promise<void> {
    const sql = `update charge set expire_due_at = clock_now() + interval '10 minutes' where id = ?`;
    await this.em.fork().execute(sql, [id]);
  }

  /** Whether the last question about an attempt was answered. */
  private async told(attemptId: string): Promise<boolean> {
    const last = await this.em.fork().findOne(Finding, { attemptId }, { orderBy: { id: 'desc' } });
    return last?.heard['kind'] !== 'unknown';
  }

  /** Money that is only held is announced a day before it lapses; it is due again when it does. */
  private warned(id: string): Promise<boolean> {
    return tx(this.em, async (em) => {
      const charge = await lockCharge(em, id);
      const method = this.methods.of(charge.type);
      const lapses = charge.status === 'authorized' ? method.lapses?.(charge) : undefined;
      if (lapses === undefined || lapses <= now()) return false;
      charge.expireDueAt = lapses;
      await em.flush();
      await this.outbox.append(em, [await announce(em, charge, method, method.change)]);
      return true;
    });
  }

  /** Closes what its payer cannot decide, and asks again until the provider has said how it ended. */
  @OnJob('charges.undecided')
  async undecided(job: JobView): Promise<void | { againMs: number }> {
    const attempt = await this.reconcile.find(String(job.payload['attempt']), 'find');
    if (attempt?.state !== 'pending') return;
    await this.close(job);
    return { againMs: pauseMs(job.tries) };
  }

  /** Closes at the provider what has ended here, so that nobody pays it any more. */
  @OnJob('charges.close')
  async close({ payload, tries }: JobView): Promise<void | { againMs: number }> {
    const em = this.em.fork();
    const charge = await em.findOneOrFail(Charge, String(payload['charge']));
    const made = await em.findOneOrFail(Attempt, String(payload['attempt']));
    const method = this.methods.of(charge.type);
    const operation = method.cancels;
    const can = (await this.routing.can(made, operation)) && (method.closes?.(charge) ?? true);
    if (!can) {
      const leftMs = (method.lingers?.(charge)?.getTime() ?? 0) - now().getTime();
      if (leftMs > 0) return { againMs: leftMs };
      return this.end(made.id, charge.status === 'canceled' ? 'cancelled' : 'expired');
    }
    const step = await this.routing.follow(cancelOf(charge, made, operation), made, async (inner) => {
      await lockCharge(inner, charge.id);
      return (await hasCancel(inner, made, operation, [...live, 'succeeded'])) ? 'repeat' : 'send';
    });
    if (step?.state === 'failed') throw new Error('the provider could not be told; again later');
    // Whoever told it may have died on the way: if it turns out that nothing was done, it is told again.
    if (await hasCancel(em, made, operation, live)) return { againMs: pauseMs(tries) };
  }

  /** The attempt of a closed instrument ends; money that still comes for it is an orphan, adopted as late. */
  @OnJob('charges.closed')
  async closed({ payload }: JobView): Promise<void> {
    await this.end(String(payload['attempt']), payload['code'] === 'expired' ? 'expired' : 'cancelled');
  }

  /** One question a day about what was closed: that nobody can pay it any more does not prove that nobody had. */
  @OnJob('charges.watch')
  async watch({ payload }: JobView): Promise<void | { againMs: number }> {
    await this.reconcile.find(String(payload['attempt']), 'find');
    if (now() < new Date(String(payload['until']))) return { againMs: dayMs };
  }

  private async end(attempt: string, code: 'cancelled' | 'expired'): Promise<void> {
    const message = code === 'expired' ? 'the instrument has expired' : 'the instrument was cancelled';
    await this.routing.settle(attempt, { kind: 'declined', code, message }, 'clock');
  }
}

export function cancelOf(
  charge: Readonly<Charge>,
  made: AttemptView,
  operation: Instruction['operation'],
): Instruction<Whole> {
  const { merchantId, mode, amount, currency } = charge;
  const input = { ref: made.ref ?? made.key, receipt: made.receipt ?? undefined };
  return { merchantId, mode, operation, amount, currency, owner: { kind: charge.type, id: charge.id }, input };
}

/** Of this instrument: what was made besides it is closed by a cancel of its own. */
const hasCancel = async (
  em: Em,
  { ownerId, credentialId, ref, key }: AttemptView,
  operation: Instruction['operation'],
  states: readonly AttemptState[],
): Promise<boolean> => {
  const [row] = await em.execute<{ there: boolean }[]>(
    `select exists (select from attempt where owner_id = ? and credential_id = ? and operation = ? and state in (?)
       and parent ->> 'ref' in (?, ?)) as there`,
    [ownerId, credentialId, operation, states, ref ?? key, key],
  );
  return row!.there;
};
