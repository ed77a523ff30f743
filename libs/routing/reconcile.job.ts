import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { OnJob, OnTick, type JobView, Queue } from '@libs/kernel/queue.js';
import { timer } from '@libs/kernel/timer.js';
import { tx } from '@libs/kernel/transaction.js';
import { partsOf } from '@libs/providers/contract/acts.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { offered } from '@libs/providers/contract/provider.js';
import { providerOf } from '@libs/providers/registry.js';
import { Attempt, type AttemptView, live } from './attempt.entity.js';
import { actOf, Credentials } from './credentials.js';
import type { Source } from './owners.js';
import { Routing } from './routing.service.js';

const batch = 50;
const dayMs = 24 * 60 * 60 * 1_000;

/** Asks providers what became of attempts that are still undecided. Breakers do not apply to a question. */
@Injectable()
export class Reconcile {
  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly credentials: Credentials,
    private readonly routing: Routing,
    private readonly queue: Queue,
  ) {}

  /**
   * Moves what is due into jobs. The next question is set ahead first: a lost job is asked again, none is asked twice
   * at once.
   */
  @OnTick()
  async due(): Promise<number> {
    return tx(this.em, async (em) => {
      const rows = await em.execute<{ id: string }[]>(
        `update attempt set asks = asks + 1, ask_at = clock_now() + ? * interval '1 millisecond'
         where id in (select id from attempt where ask_at <= clock_now() order by ask_at limit ? for update skip locked)
         returning id`,
        [this.config.JOB_LEASE_MS * 2, batch],
      );
      await this.queue.add(
        em,
        rows.map(({ id }) => ({ name: 'routing.ask', payload: { attempt: id } })),
      );
      return rows.length;
    });
  }

  @OnJob('routing.ask')
  async ask({ payload }: JobView): Promise<void> {
    await this.find(String(payload['attempt']), 'find');
  }

  /** One question, and what it says recorded. Undefined: there is nothing to ask. */
  async find(id: string, from: Source): Promise<AttemptView | undefined> {
    const attempt = await this.em.fork().findOne(Attempt, id);
    if (!attempt) return undefined;
    return this.routing.settle(id, await this.news(attempt), from);
  }

  private async news(attempt: Attempt): Promise<News> {
    try {
      const found = await this.question(attempt);
      return found.kind === 'absent' && mayRepeat(attempt) ? await this.again(attempt) : found;
    } catch (error) {
      return { kind: 'unknown', why: 'crash', message: String(error) };
    }
  }

  private async question(attempt: Attempt): Promise<News> {
    const capability = offered(providerOf(attempt.provider), attempt.operation);
    if (!capability) throw new Error(`${attempt.provider} has no ${attempt.operation}`);
    return capability.find({
      key: attempt.key,
      credentials: await this.credentials.open(attempt.credentialId),
      leftMs: timer(this.config.PROVIDER_DEADLINE_MS),
      input: {
        act: partsOf(attempt.operation)[1],
        ref: attempt.ref ?? undefined,
        amount: attempt.amount,
        currency: attempt.currency,
        sentAt: attempt.createdAt,
        parent: attempt.parent ?? undefined,
        before: attempt.before ?? undefined,
      },
    });
  }

  /** The same bytes under the same key: what `again` proves is that the provider refuses or replays a used one. */
  private async again(attempt: Attempt): Promise<News> {
    const credentials = await this.credentials.open(attempt.credentialId);
    const input = { ...attempt.parent, amount: attempt.amount, currency: attempt.currency };
    const leftMs = timer(this.config.PROVIDER_DEADLINE_MS);
    return actOf(providerOf(attempt.provider), attempt.operation)({ key: attempt.key, credentials, input, leftMs });
  }

  /** One look a day at what still waits for its payer, so that a lost callback does not stay lost. */
  @OnJob('routing.look', { everyMs: dayMs })
  async look(): Promise<void> {
    await tx(this.em, (em) =>
      em.execute(`update attempt set ask_at = clock_now() where state = 'pending' and ask_at is null`),
    );
  }
}

const mayRepeat = ({ proof, state, saleAt, deadline }: AttemptView): boolean =>
  proof.by === 'again' &&
  live.includes(state) &&
  state !== 'pending' &&
  deadline.getTime() - saleAt.getTime() < proof.untilMs;
