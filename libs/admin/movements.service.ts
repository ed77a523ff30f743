import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Charge, charges } from '@libs/charges/charges.entity.js';
import type { Administrator } from '@libs/kernel/caller.js';
import { ConflictFault, type Fault, MissingFault, refusedField } from '@libs/kernel/fault.js';
import { isUuid } from '@libs/kernel/ids.js';
import { pageOf } from '@libs/kernel/page.js';
import { type Page, Reply } from '@libs/kernel/reply.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Movement } from '@libs/routing/movement.entity.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Deeds } from './deeds.js';
import { type MatchDto, MovementItem, type MovementsQuery } from './movements.dto.js';

const illegal = (message: string, status: string): Fault => new ConflictFault('invalid_state', message, { status });

/** Money that names no row of ours, and the charges that it turns out to pay. */
@Injectable()
export class MovementsRoom {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly deeds: Deeds,
  ) {}

  async list({ state, provider, ...query }: MovementsQuery): Promise<Page<MovementItem>> {
    const em = this.em.fork();
    const page = await pageOf(query, ({ id, order, take }) =>
      em.find(
        Movement,
        {
          ...(id === undefined ? {} : { rowId: id }),
          ...(state === undefined ? {} : { state }),
          ...(provider === undefined ? {} : { provider }),
        },
        { orderBy: { rowId: order }, limit: take },
      ),
    );
    return { ...page, data: page.data.map((it) => MovementItem.from(it)) };
  }

  /**
   * Takes money out of suspense as the payment of a charge that can still be paid, through the door of all news.
   * @throws MissingFault for the movement; InvalidFault on `id` when the charge is not there, or was not asked for with
   * this account and currency; ConflictFault when the movement is not received money in suspense, or the charge cannot
   * be paid.
   */
  async match(wish: Wish, { person }: Administrator, id: string, dto: MatchDto): Promise<Reply<MovementItem>> {
    const { type, id: target } = dto;
    const { rowId } = await this.row(id);
    const view = async (): Promise<MovementItem> => MovementItem.from(await this.row(rowId));
    const replayed = await this.deeds.once(wish, rowId, view, async () => {
      const movement = await this.row(rowId);
      if (movement.state === 'matched' && movement.ownerKind === type && movement.ownerId === target) return;
      if (movement.state !== 'suspense' || movement.kind !== 'received') {
        throw illegal('O movimento não é um recebimento sem dono.', movement.state);
      }
      const { charge, attempt } = await this.payable(movement, type, target);
      await this.claim(movement, charge);
      await this.pay(movement, charge, attempt, person);
    });
    return new Reply(200, await view(), replayed);
  }

  private async row(id: string): Promise<Movement> {
    const movement = isUuid(id) ? await this.em.fork().findOne(Movement, { rowId: id }) : null;
    if (!movement) throw new MissingFault('Movimento não encontrado.');
    return movement;
  }

  /** The charge, and the attempt that asked for it with the account where the money lies. */
  private async payable(
    { mode, currency, credentialId }: Movement,
    type: string,
    id: string,
  ): Promise<{ readonly charge: Charge; readonly attempt: Attempt }> {
    const em = this.em.fork();
    const charge = await em.findOne(Charge, { id, mode, currency });
    if (charge?.type !== type) throw refusedField('id', 'invalid', 'Cobrança desconhecida.');
    const asked = await em.find(Attempt, { ownerKind: type, ownerId: id, credentialId }, { orderBy: { id: 'desc' } });
    const made = asked.filter((it) => /\.(create|authorize)$/.test(it.operation) && !it.twinOf);
    const attempt = made.find((it) => it.id === charge.attemptId) ?? made[0];
    if (!attempt) throw refusedField('id', 'invalid', 'A cobrança não foi feita na conta onde está o dinheiro.');
    if (charges.next(charge.status, 'pay') !== undefined) return { charge, attempt };
    throw illegal('A cobrança não pode mais ser paga.', charge.status);
  }

  /** One movement pays one charge: from here on nobody can match it with another; a repeat goes on with this one. */
  private async claim({ rowId, state }: Movement, { id, type }: Charge): Promise<void> {
    const rows = await this.em.fork().execute<unknown[]>(
      `update movement set owner_kind = ?, owner_id = ?
       where row_id = ? and state = 'suspense' and (owner_id is null or owner_id = ?) returning row_id`,
      [type, id, rowId, id],
    );
    if (rows.length === 0) throw illegal('O movimento já foi ligado a outra cobrança.', state);
  }

  private async pay(movement: Movement, charge: Charge, attempt: Attempt, person: string): Promise<void> {
    const { rowId, id: receipt, amount, currency, at } = movement;
    const ref = attempt.ref ?? attempt.key;
    // A Pix is known by its end-to-end id; of a card it counts that the money is no longer only held.
    const data = charge.type === 'pix' ? { endToEndId: receipt } : { captured: amount };
    const news = { kind: 'done', ref, receipt, at, amount, currency, data } as const;
    await this.routing.settle(attempt.id, news, 'operator', { person, evidence: `movement ${rowId}` });
    if ((await this.row(rowId)).state === 'matched') return;
    const free = `update movement set owner_kind = null, owner_id = null where row_id = ? and state = 'suspense'`;
    await this.em.fork().execute(free, [rowId]);
    const { status } = await this.em.fork().findOneOrFail(Charge, charge.id);
    throw illegal('A cobrança foi paga de outro modo.', status);
  }
}
