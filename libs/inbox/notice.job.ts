import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { type JobDraft, type JobView, OnJob } from '@libs/kernel/queue.js';
import { timer } from '@libs/kernel/timer.js';
import type { Doubt } from '@libs/providers/contract/callbacks.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import { providerOf } from '@libs/providers/registry.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Credentials } from '@libs/routing/credentials.js';
import { Finding } from '@libs/routing/finding.entity.js';
import { Movements } from '@libs/routing/movements.js';
import { Owners } from '@libs/routing/owners.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import { agrees } from './agreed.js';
import { type EventNews, isMoved, type KeptNews, revived } from './news.js';
import type { NoticeState } from './notice.entity.js';

const name = 'inbox.notice';
export const noticeJob = (notice: string): JobDraft => ({ name, payload: { notice } });

/** 5 s, 1 min, 10 min, 1 h, 1 day: the commit that would tell whose it is may still be on its way. */
const pausesMs = [5, 60, 600, 3_600, 86_400].map((seconds) => seconds * 1_000);
/** By then an attempt would have been there: what is not one may be money all the same. */
const looksFrom = 3;

interface Begun {
  readonly id: string;
  readonly credential_id: string;
  readonly provider: string;
  readonly about: About;
  readonly news: KeptNews | null;
  readonly tries: number;
}
interface Heard {
  readonly state: Extract<NoticeState, 'done' | 'unmatched'>;
  /** Nothing more will be learned by asking again. */
  readonly clear: boolean;
  readonly outcome: string;
}
const nobodys = (more = ''): Heard => ({ state: 'unmatched', clear: false, outcome: `sem tentativa${more}` });

/** What several things come to: one of ours is enough to be ours. */
const together = (heard: readonly Heard[]): Heard => ({
  state: heard.some((it) => it.state === 'done') ? 'done' : 'unmatched',
  clear: heard.every((it) => it.clear),
  outcome: heard.map((it) => it.outcome).join('; '),
});

/**
 * Finds out what a notice means. A signed event that fits what is on record is settled or recorded; anything else is
 * never believed: the provider is asked, and its answer settled or recorded.
 */
@Injectable()
export class NoticeJob {
  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly credentials: Credentials,
    private readonly movements: Movements,
    private readonly owners: Owners,
    private readonly reconcile: Reconcile,
    private readonly routing: Routing,
  ) {}

  @OnJob(name)
  async settle({ payload }: JobView): Promise<void | { readonly againMs: number }> {
    const notice = await this.begin(String(payload['notice']));
    if (!notice) return;
    const meant = await this.meant(notice);
    const heard =
      'state' in meant ? meant : together(await Promise.all(meant.map((about) => this.heard(notice, about))));
    const againMs = heard.clear ? undefined : pausesMs[notice.tries - 1];
    await this.end(notice.id, againMs === undefined ? heard.state : 'working', heard.outcome);
    if (againMs !== undefined) return { againMs };
  }

  /** From here on the same hint is a notice of its own: this one's question may be too early for it. */
  private async begin(id: string): Promise<Begun | undefined> {
    const [row] = await this.em.fork().execute<Begun[]>(
      `update notice set state = 'working', tries = tries + 1 where id = ? and state in ('waiting', 'working')
       returning id, credential_id, provider, about, news, tries`,
      [id],
    );
    return row;
  }

  private async end(id: string, state: NoticeState, outcome: string): Promise<void> {
    await this.em
      .fork()
      .execute(`update notice set state = ?, outcome = ?, done_at = case when ? then clock_now() end where id = ?`, [
        state,
        outcome.slice(0, 500),
        state !== 'working',
        id,
      ]);
  }

  /** What a notice is about: what it names itself, or what its token stands for. */
  private async meant(notice: Begun): Promise<readonly About[] | Heard> {
    const { token } = notice.about;
    if (token === undefined) return [notice.about];
    const open = providerOf(notice.provider).callbacks?.open;
    if (!open) throw new Error(`${notice.provider} has no tokens`);
    const credentials = await this.credentials.open(notice.credential_id);
    const answer = await open({ credentials, input: token, leftMs: timer(this.config.PROVIDER_DEADLINE_MS) });
    if (answer.kind !== 'read') return nobodys(`; o provedor não disse de que se trata: ${answer.message}`);
    if (answer.data.length > 0) return answer.data;
    return { state: 'unmatched', clear: true, outcome: 'o provedor não conhece o código' };
  }

  private async heard(notice: Begun, about: About): Promise<Heard> {
    const it = { ...notice, about };
    const attempt = await this.attemptOf(it, about);
    if (attempt !== undefined) return this.hear(attempt, it);
    const account = await this.movements.accountOf(this.em.fork(), it.credential_id);
    return this.look(it, await this.owners.named(this.em.fork(), account, about));
  }

  private attemptOf({ credential_id }: Begun, about: About): Promise<string | undefined> {
    return this.movements.attemptOf(this.em.fork(), credential_id, about);
  }

  private async hear(id: string, notice: Begun): Promise<Heard> {
    const news = notice.news && revived(notice.news);
    const attempt = news ? await this.em.fork().findOneOrFail(Attempt, id) : undefined;
    if (!news || !attempt || !agrees(attempt, notice.about, news)) {
      return this.find(id, notice.about, news?.kind === 'unknown' ? news : undefined);
    }
    return { state: 'done', clear: true, outcome: `tentativa ${id}: ${await this.believe(id, notice, news)}` };
  }

  private async believe(id: string, { credential_id }: Begun, news: EventNews): Promise<string> {
    if (!isMoved(news)) return (await this.routing.settle(id, news, 'callback')).state;
    await this.routing.record(credential_id, news);
    return news.kind;
  }

  /** Asks after the attempt. A question that failed is asked again, and so is one that does not see the payment yet. */
  private async find(id: string, { receipt }: About, doubt?: Doubt): Promise<Heard> {
    const view = await this.reconcile.find(id, 'callback', doubt);
    const refund = view && (await this.reconcile.findRefund(view, 'callback'));
    const last = { orderBy: { id: 'desc' } } as const;
    const told = await this.em.fork().findOne(Finding, { attemptId: id, source: 'callback' }, last);
    const unpaid = view?.state === 'pending' && view.operation.endsWith('.create') && receipt !== undefined;
    const known = told?.heard['kind'] !== 'unknown' || told.heard['why'] === 'amount';
    const clear = known && !unpaid && !refund?.live;
    return { state: 'done', clear, outcome: `tentativa ${id}: ${view?.state ?? 'desconhecida'}` };
  }

  /** No call of ours has that name, or none yet: what moved at the provider tells more. `row`: what waits for money. */
  private async look(notice: Begun, row?: { readonly kind: string; readonly id: string }): Promise<Heard> {
    if (!row && notice.tries < looksFrom) return nobodys();
    const known = (more: string): Heard =>
      row ? { state: 'done', clear: true, outcome: `${row.kind} ${row.id}; ${more}` } : nobodys(`; ${more}`);
    const news = notice.news && revived(notice.news);
    if (news && isMoved(news)) {
      await this.routing.record(notice.credential_id, news);
      return known(`movimento: ${news.kind}`);
    }
    const look = providerOf(notice.provider).callbacks?.look;
    if (!look) return nobodys();
    const credentials = await this.credentials.open(notice.credential_id);
    const leftMs = timer(this.config.PROVIDER_DEADLINE_MS);
    const answer = await look({ credentials, input: notice.about, leftMs });
    if (answer.kind !== 'read') return nobodys(`; o provedor não disse o que moveu: ${answer.message}`);
    for (const moved of answer.data) {
      const heard = await this.take(notice, moved);
      if (heard) return heard;
    }
    const seen = `movimentos vistos: ${answer.data.length}`;
    return answer.data.length > 0 ? known(seen) : nobodys(`; ${seen}`);
  }

  /** Money for an attempt is the attempt's news: recorded as a movement it would be a second payment, and sent back. */
  private async take(notice: Begun, moved: Moved): Promise<Heard | undefined> {
    const attempt = await this.attemptOf(notice, moved.about);
    if (attempt !== undefined) return this.find(attempt, moved.about);
    await this.routing.record(notice.credential_id, moved);
    return undefined;
  }
}
