import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { MissingFault } from '@libs/kernel/fault.js';
import { isUuid } from '@libs/kernel/ids.js';
import { pageOf } from '@libs/kernel/page.js';
import { type Page, Reply } from '@libs/kernel/reply.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Finding } from '@libs/routing/finding.entity.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { AttemptDetail, AttemptItem, type AttemptsQuery, FindingItem, ResolutionItem } from './attempts.dto.js';
import { Deeds } from './deeds.js';
import { Resolution } from './resolution.entity.js';

/** Attempts with everything that was heard of them, oldest news first. */
export async function detailed(em: Em, attempts: readonly Attempt[]): Promise<AttemptDetail[]> {
  const where = { attemptId: { $in: attempts.map(({ id }) => id) } };
  const findings = await em.find(Finding, where, { orderBy: { id: 'asc' } });
  const resolutions = await em.find(Resolution, where, { orderBy: { id: 'asc' } });
  return attempts.map((attempt) => ({
    ...AttemptItem.from(attempt),
    findings: findings.filter((it) => it.attemptId === attempt.id).map((it) => FindingItem.from(it)),
    resolutions: resolutions.filter((it) => it.attemptId === attempt.id).map((it) => ResolutionItem.from(it)),
  }));
}

/** Provider calls, as administrators see and ask after them. */
@Injectable()
export class AttemptsRoom {
  constructor(
    private readonly em: EntityManager,
    private readonly reconcile: Reconcile,
    private readonly deeds: Deeds,
  ) {}

  async list({ state, parked, provider, merchantId, ...query }: AttemptsQuery): Promise<Page<AttemptItem>> {
    const em = this.em.fork();
    const page = await pageOf(query, ({ id, order, take }) =>
      em.find(
        Attempt,
        {
          ...(id === undefined ? {} : { id }),
          ...(state === undefined ? {} : { state }),
          ...(parked === undefined ? {} : { parkedAt: parked === 'true' ? { $ne: null } : null }),
          ...(provider === undefined ? {} : { provider }),
          ...(merchantId === undefined ? {} : { merchantId }),
        },
        { orderBy: { id: order }, limit: take },
      ),
    );
    return { ...page, data: page.data.map((it) => AttemptItem.from(it)) };
  }

  /** @throws MissingFault. */
  async row(id: string): Promise<Attempt> {
    const attempt = isUuid(id) ? await this.em.fork().findOne(Attempt, { id }) : null;
    if (!attempt) throw new MissingFault('Tentativa não encontrada.');
    return attempt;
  }

  async get(id: string): Promise<AttemptDetail> {
    const [detail] = await detailed(this.em.fork(), [await this.row(id)]);
    return detail!;
  }

  /** Asks the provider now. @throws MissingFault, and what a bad key throws. */
  async find(wish: Wish, id: string): Promise<Reply<AttemptDetail>> {
    const { id: known } = await this.row(id);
    const view = (): Promise<AttemptDetail> => this.get(known);
    return this.answer(known, await this.deeds.once(wish, known, view, () => this.reconcile.find(known, 'find')));
  }

  /** The attempt as it is now: 202 while nobody knows, or a second person has to say so. */
  async answer(id: string, replayed: boolean): Promise<Reply<AttemptDetail>> {
    const detail = await this.get(id);
    const waits = detail.resolutions.some(({ confirmedBy }) => confirmedBy === null);
    const open = waits || detail.state === 'sent' || detail.state === 'unknown';
    return new Reply(open ? 202 : 200, detail, replayed);
  }
}
