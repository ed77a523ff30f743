import { LockMode } from '@mikro-orm/core';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Administrator } from '@libs/kernel/caller.js';
import { ConflictFault, ForbiddenFault, refusedField } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import type { Reply } from '@libs/kernel/reply.js';
import { tx } from '@libs/kernel/transaction.js';
import { toJson } from '@libs/money/cents.js';
import type { Wish } from '@libs/requests/wish.js';
import { type Attempt, attempts } from '@libs/routing/attempt.entity.js';
import { Finding } from '@libs/routing/finding.entity.js';
import { isAbove, mayAnswer } from '@libs/routing/returned.js';
import { Routing } from '@libs/routing/routing.service.js';
import type { AttemptDetail, ResolveDto } from './attempts.dto.js';
import { AttemptsRoom } from './attempts.service.js';
import { Deeds } from './deeds.js';
import { Resolution, type Said } from './resolution.entity.js';
import { newsOf, onlyHumans } from './said.js';

const illegal = (message: string, { state }: Attempt): ConflictFault =>
  new ConflictFault('invalid_state', message, { status: state });

/** What people say of calls whose outcome no provider tells. It goes through the door that all news goes through. */
@Injectable()
export class Resolutions {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly room: AttemptsRoom,
    private readonly deeds: Deeds,
  ) {}

  /**
   * Settles an attempt by a person's word, or keeps it for a second person where only humans can prove the act.
   * @throws MissingFault; InvalidFault on `amount`, and where a card's number stands; ConflictFault when the attempt
   * has ended in a way that the finding cannot change, or another word waits to be confirmed.
   */
  async resolve(wish: Wish, { person }: Administrator, id: string, dto: ResolveDto): Promise<Reply<AttemptDetail>> {
    assertNoStrays(dto);
    const attempt = await this.room.row(id);
    const said = saidOf(dto);
    const news = newsOf(attempt, said);
    const { kind } = news;
    const replayed = await this.deeds.once(
      wish,
      attempt.id,
      () => this.room.get(id),
      async () => {
        if (await this.heard(attempt.id, said, person, dto.evidence)) return;
        if (attempts.next(attempt.state, kind) === undefined && !mayAnswer(attempt, kind)) {
          throw illegal('O estado da tentativa não permite esta resolução.', attempt);
        }
        if (isAbove(attempt, news)) throw refusedField('amount', 'out_of_range', 'Acima do que foi registrado.');
        if (onlyHumans(attempt)) await this.propose(attempt, said, person, dto.evidence);
        else await this.settle(attempt, said, person, dto.evidence);
      },
    );
    return this.room.answer(attempt.id, replayed);
  }

  /**
   * The second person's word, which settles the attempt.
   * @throws MissingFault; ForbiddenFault when it is the first person's; ConflictFault when nothing waits.
   */
  async confirm(wish: Wish, { person }: Administrator, id: string): Promise<Reply<AttemptDetail>> {
    const attempt = await this.room.row(id);
    const replayed = await this.deeds.once(
      wish,
      attempt.id,
      () => this.room.get(id),
      async () => {
        const by = await this.confirmed(attempt, person);
        if (await this.heard(attempt.id, by.finding, by.person, by.evidence)) return;
        await this.settle(attempt, by.finding, by.person, by.evidence);
      },
    );
    return this.room.answer(attempt.id, replayed);
  }

  private settle(attempt: Attempt, said: Said, person: string, evidence: string): Promise<unknown> {
    return this.routing.settle(attempt.id, newsOf(attempt, said), 'operator', { person, evidence });
  }

  /** Whether this very word has been recorded: a repeat after a crash finds it, whatever the state is by now. */
  private async heard(attemptId: string, { finding }: Said, person: string, evidence: string): Promise<boolean> {
    const told = await this.em.fork().find(Finding, { attemptId, source: 'operator', person, evidence });
    return told.some(({ news }) => news['kind'] === finding);
  }

  private async propose(attempt: Attempt, said: Said, person: string, evidence: string): Promise<void> {
    const finding = JSON.stringify(said);
    await tx(this.em, async (em) => {
      await em.execute(
        `insert into resolution (id, attempt_id, finding, evidence, person) values (?, ?, ?::jsonb, ?, ?)
         on conflict (attempt_id) where confirmed_by is null do nothing`,
        [uuid(), attempt.id, finding, evidence, person],
      );
      const same = await em.execute<unknown[]>(
        `select 1 from resolution
         where attempt_id = ? and confirmed_by is null and finding = ?::jsonb and evidence = ? and person = ?`,
        [attempt.id, finding, evidence, person],
      );
      if (same.length === 0) throw illegal('Outra resolução espera por confirmação.', attempt);
    });
  }

  /** The word that this person confirms now, or confirmed before. */
  private confirmed(attempt: Attempt, person: string): Promise<Resolution> {
    return tx(this.em, async (em) => {
      const where = { attemptId: attempt.id, confirmedBy: null };
      const open = await em.findOne(Resolution, where, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (open?.person === person) throw new ForbiddenFault('A confirmação cabe a outra pessoa.');
      if (open) return Object.assign(open, { confirmedBy: person });
      const orderBy = { id: 'desc' } as const;
      const mine = await em.findOne(Resolution, { attemptId: attempt.id, confirmedBy: person }, { orderBy });
      if (mine) return mine;
      throw illegal('Não há resolução à espera de confirmação.', attempt);
    });
  }
}

const saidOf = ({ finding, amount, ref, receipt }: ResolveDto): Said => ({
  finding,
  ...(amount === undefined ? {} : { amount: toJson(amount) }),
  ...(ref === undefined ? {} : { ref }),
  ...(receipt === undefined ? {} : { receipt }),
});
