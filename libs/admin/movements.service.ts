import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Charge, charges } from '@libs/charges/charges.entity.js';
import { Refund } from '@libs/charges/refund.entity.js';
import type { Administrator } from '@libs/kernel/caller.js';
import { ConflictFault, type Fault, MissingFault, refusedField } from '@libs/kernel/fault.js';
import { isUuid, rowOf } from '@libs/kernel/ids.js';
import { pageOf } from '@libs/kernel/page.js';
import { type Page, Reply } from '@libs/kernel/reply.js';
import type { Em } from '@libs/kernel/transaction.js';
import { Pix } from '@libs/pix/pix.entity.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Movement } from '@libs/routing/movement.entity.js';
import { Movements } from '@libs/routing/movements.js';
import type { Owned } from '@libs/routing/owners.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Deeds } from './deeds.js';
import { type MatchDto, MovementItem, type MovementsQuery } from './movements.dto.js';

const linked = 'O movimento já foi ligado a outra cobrança.';
const elsewhere = 'A cobrança não foi feita na conta onde está o dinheiro.';
const unknown = (): Fault => refusedField('id', 'invalid', 'Cobrança desconhecida.');
const illegal = (message: string, status: string): Fault => new ConflictFault('invalid_state', message, { status });

/** Money that names no row of ours, and the charges that it turns out to pay. */
@Injectable()
export class MovementsRoom {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly movements: Movements,
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
    return { ...page, data: await shown(em, page.data) };
  }

  /**
   * Takes money out of suspense as the payment of a charge that can still be paid, through the door of all news, or as
   * one more payment of a static code.
   * @throws MissingFault for the movement; InvalidFault on `id` when the charge is not there, or was not asked for with
   * this account and currency; ConflictFault when the movement is not received money in suspense, or the charge cannot
   * be paid.
   */
  async match(wish: Wish, { person }: Administrator, id: string, dto: MatchDto): Promise<Reply<MovementItem>> {
    const { type } = dto;
    const target = rowOf(dto.id)?.toLowerCase();
    const { rowId } = await this.row(id);
    if (target === undefined) throw unknown();
    const view = async (): Promise<MovementItem> => (await shown(this.em.fork(), [await this.row(rowId)]))[0]!;
    const replayed = await this.deeds.once(wish, rowId, view, async () => {
      const movement = await this.row(rowId);
      if (movement.state === 'matched' && (await this.isOf(movement, type, target))) return;
      if (movement.state !== 'suspense' || movement.kind !== 'received' || movement.attemptId) {
        throw illegal('O movimento não é um recebimento sem dono.', movement.state);
      }
      const account = await this.movements.accountOf(this.em.fork(), movement.credentialId);
      const code = type === 'pix' ? await this.codeOf(movement, account, target) : undefined;
      if (code) return this.payCode(movement, code);
      const { charge, attempt } = await this.payable(movement, account, type, target);
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

  private async isOf({ ownerKind, ownerId }: Movement, type: string, target: string): Promise<boolean> {
    if (ownerKind !== type || !ownerId) return false;
    return ownerId === target || (await this.em.fork().count(Pix, { id: ownerId, staticId: target })) > 0;
  }

  /** The static code under an id, paid to this account. @throws ConflictFault for one that nobody can pay. */
  private async codeOf(
    { mode, currency }: Movement,
    account: readonly string[],
    id: string,
  ): Promise<Owned | undefined> {
    const code = await this.em.fork().findOne(Pix, { id, mode, currency, reusable: true });
    if (!code) return undefined;
    if (!code.credentialId) throw illegal('A cobrança não pode mais ser paga.', code.status);
    if (!account.includes(code.credentialId)) throw refusedField('id', 'invalid', elsewhere);
    return { kind: 'pix', id: code.id, credential: code.credentialId };
  }

  private async payCode({ rowId, state }: Movement, code: Owned): Promise<void> {
    if (!(await this.routing.adopt(rowId, code))) throw illegal(linked, state);
  }

  /** The charge, and the attempt that asked for it with the account where the money lies. */
  private async payable(
    { mode, currency }: Movement,
    account: readonly string[],
    type: string,
    id: string,
  ): Promise<{ readonly charge: Charge; readonly attempt: Attempt }> {
    const em = this.em.fork();
    const charge = await em.findOne(Charge, { id, mode, currency });
    if (charge?.type !== type) throw unknown();
    const of = { ownerKind: type, ownerId: charge.id, credentialId: { $in: [...account] } };
    const asked = await em.find(Attempt, of, { orderBy: { id: 'desc' } });
    const made = asked.filter((it) => /\.(create|authorize)$/.test(it.operation) && !it.twinOf);
    const attempt = made.find((it) => it.id === charge.attemptId) ?? made[0];
    if (!attempt) throw refusedField('id', 'invalid', elsewhere);
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
    if (rows.length === 0) throw illegal(linked, state);
  }

  private async pay(movement: Movement, charge: Charge, attempt: Attempt, person: string): Promise<void> {
    const { rowId, amount, currency, at } = movement;
    const ref = attempt.ref ?? attempt.key;
    // A statement's line that names nothing has no name of the payment either: what tells of it later brings one.
    const receipt = Object.keys(movement.about).length > 0 ? movement.id : undefined;
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

/** Movements with the charge that each is of: its owner, or what its owner gives back. */
async function shown(em: Em, rows: readonly Movement[]): Promise<MovementItem[]> {
  const refunds = rows.flatMap(({ ownerKind, ownerId }) => (ownerKind === 'refund' && ownerId ? [ownerId] : []));
  const found = refunds.length > 0 ? await em.find(Refund, { id: { $in: refunds } }) : [];
  const chargeOf = ({ ownerKind, ownerId }: Movement): string | null =>
    (ownerKind === 'refund' ? found.find((it) => it.id === ownerId)?.chargeId : ownerId) ?? null;
  return rows.map((it) => MovementItem.from(it, chargeOf(it)));
}
