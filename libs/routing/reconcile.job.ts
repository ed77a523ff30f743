import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { OnJob, OnTick, type JobView, Queue } from '@libs/kernel/queue.js';
import { timer } from '@libs/kernel/timer.js';
import { tx } from '@libs/kernel/transaction.js';
import { operations, partsOf } from '@libs/providers/contract/acts.js';
import type { Doubt } from '@libs/providers/contract/callbacks.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { offered } from '@libs/providers/contract/provider.js';
import { providerOf } from '@libs/providers/registry.js';
import { Attempt, type AttemptView, live } from './attempt.entity.js';
import { Attempts } from './attempts.js';
import { actOf, Credentials } from './credentials.js';
import { Finding as Told } from './finding.entity.js';
import type { Source } from './owners.js';
import { mayReturn } from './returned.js';
import { Routing } from './routing.service.js';

/** What an attempt has made, and where it is. */
type Payment = Pick<AttemptView, 'provider' | 'credentialId' | 'operation'> & { readonly ref?: string | null };
/** `live`: under way; `doubted`: done, and not seen to stand when it was asked after. */
export interface Undecided {
  readonly live: boolean;
  readonly doubted: boolean;
}
const settled: Undecided = { live: false, doubted: false };

const batch = 50;
const dayMs = 24 * 60 * 60 * 1_000;

/** Asks providers what became of attempts that are still undecided. Breakers do not apply to a question. */
@Injectable()
export class Reconcile {
  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly attempts: Attempts,
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

  /**
   * One question, and what it says recorded. Undefined: there is nothing to ask. `doubt`: why what is said of a payment
   * is not to be believed.
   */
  async find(id: string, from: Source, doubt?: Doubt): Promise<AttemptView | undefined> {
    const attempt = await this.em.fork().findOne(Attempt, id);
    if (!attempt) return undefined;
    const news = await this.own(attempt, await this.news(attempt));
    if (!news) return attempt;
    const paid = attempt.operation.endsWith('.create') && (news.kind === 'done' || news.kind === 'pending');
    if (!doubt || !paid || (await this.said(id))) return this.routing.settle(id, news, from);
    if (news.kind === 'pending') await this.routing.settle(id, news, from);
    return this.routing.settle(id, { ...doubt, ref: news.ref }, from);
  }

  /** Asks after the last refund of a payment, where the payment itself shows whether it stands: as it is by now. */
  async findRefund({ provider: name, credentialId, operation, ref }: Payment, from: Source): Promise<Undecided> {
    const refund = operations.find((it) => it === `${partsOf(operation)[0]}.refund`);
    const provider = providerOf(name);
    if (!refund || !ref || offered(provider, refund)?.proof?.by !== 'state') return settled;
    const object = provider.objectOf?.(refund, { ref });
    const newest = object && (await this.attempts.newest(this.em.fork(), credentialId, object));
    if (!newest || newest.operation !== refund) return settled;
    if (newest.state === 'sent') return { live: true, doubted: false };
    const { state, askAt, parkedAt } = (await this.find(newest.id, from))!;
    return { live: live.includes(state), doubted: !!askAt && !parkedAt };
  }

  /** What is said of this act, and not of one that has changed the same since: that began before it could be seen. */
  private async own(attempt: AttemptView, news: News): Promise<News | undefined> {
    const { id, credentialId, object, askAt } = attempt;
    if (!mayReturn(attempt) || news.kind === 'done') return news;
    const newest = await this.attempts.newest(this.em.fork(), credentialId, object ?? '');
    if (newest?.id === id) return news;
    return askAt ? { kind: 'unknown', why: 'stray', message: 'another act came before it was clear' } : undefined;
  }

  /** Whether a human has said how much was paid. */
  private async said(attemptId: string): Promise<boolean> {
    const told = await this.em.fork().find(Told, { attemptId, source: 'operator' });
    return told.some(({ heard }) => heard['kind'] === 'done');
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
