import { EntityManager, type FilterQuery } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Charge } from '@libs/charges/charges.entity.js';
import { Methods } from '@libs/charges/methods.js';
import { Refund } from '@libs/charges/refund.entity.js';
import { chargeView } from '@libs/charges/view.js';
import { MissingFault } from '@libs/kernel/fault.js';
import { rowOf } from '@libs/kernel/ids.js';
import { pageOf } from '@libs/kernel/page.js';
import { endOf, startOf } from '@libs/kernel/period.js';
import type { Page } from '@libs/kernel/reply.js';
import type { Em } from '@libs/kernel/transaction.js';
import { Entry, Posting } from '@libs/ledger/entry.entity.js';
import { EntryItem } from '@libs/ledger/ledger.dto.js';
import { body, Event, type EventView } from '@libs/outbox/outbox.entity.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Movement } from '@libs/routing/movement.entity.js';
import { detailed } from './attempts.service.js';
import { MovementItem } from './movements.dto.js';
import { type AllTransactionsQuery, DeliveryItem, type DeliveryRow, type StoryDto } from './transactions.dto.js';

const missing = 'Transação não encontrada.';
const oldestFirst = { createdAt: 1, id: 1 } as const;

/** Charges of every merchant, and the whole story of one. Read-only. */
@Injectable()
export class Transactions {
  constructor(
    private readonly em: EntityManager,
    private readonly methods: Methods,
  ) {}

  /** A page of charges, newest first. */
  async list(query: AllTransactionsQuery): Promise<Page<object>> {
    const { status, type, provider, customCode, merchantId, mode, createdFrom, createdTo } = query;
    const given = Object.entries({ status, type, provider, customCode, merchantId, mode });
    const where: Record<string, unknown> = Object.fromEntries(given.filter(([, value]) => value !== undefined));
    const since = createdFrom ? { $gte: startOf(createdFrom) } : {};
    const until = createdTo ? { $lt: endOf(createdTo) } : {};
    if (createdFrom ?? createdTo) where['createdAt'] = { ...since, ...until };
    const em = this.em.fork();
    const page = await pageOf(query, ({ id, order, take }) => {
      const wanted = { ...where, ...(id === undefined ? {} : { id }) } as FilterQuery<Charge>;
      return em.find(Charge, wanted, { orderBy: { id: order }, limit: take });
    });
    return { ...page, data: await this.bodies(em, page.data) };
  }

  /** By our id, then the provider's, then customCode, the newest. @throws MissingFault. */
  async story(id: string): Promise<StoryDto> {
    const em = this.em.fork();
    const charge = await find(em, id);
    const refunds = await em.find(Refund, { chargeId: charge.id }, { orderBy: oldestFirst });
    const owners = [charge.id, ...refunds.map((it) => it.id)];
    const attempts = await em.find(Attempt, { ownerId: { $in: owners } }, { orderBy: oldestFirst });
    const own = { $or: [{ ownerId: { $in: owners } }, { attemptId: { $in: attempts.map((it) => it.id) } }] };
    const movements = await em.find(Movement, own, { orderBy: { rowId: 1 } });
    const events = await em.find(Event, { objectId: { $in: owners } }, { orderBy: { id: 1 } });
    const [told] = await this.bodies(em, [charge]);
    return {
      charge: told!,
      attempts: await detailed(em, attempts),
      movements: movements.map((it) => MovementItem.from(it, charge.id)),
      postings: await entries(em, [
        ...attempts.flatMap((it) => [`attempt:${it.id}`, `orphan:${it.id}`]),
        ...refunds.flatMap((it) => [`refund:${it.id}`, `failed:${it.id}`]),
        ...movements.flatMap((it) => [`movement:${it.rowId}`, `matched:${it.rowId}`]),
      ]),
      events: events.map((it): EventView => body(it).event),
      deliveries: await deliveries(
        em,
        events.map((it) => it.id),
      ),
    };
  }

  private async bodies(em: Em, rows: readonly Charge[]): Promise<object[]> {
    const refunds = await em.find(Refund, { chargeId: { $in: rows.map((it) => it.id) } }, { orderBy: oldestFirst });
    const attempts = await em.find(Attempt, { id: { $in: rows.flatMap((it) => it.attemptId ?? []) } });
    return rows.map((row) => {
      const own = refunds.filter((it) => it.chargeId === row.id);
      const decision = attempts.find((it) => it.id === row.attemptId)?.decision;
      const { merchantId, mode } = row;
      return { ...chargeView(row, this.methods.of(row.type), own, decision), merchantId, mode };
    });
  }
}

async function find(em: Em, id: string): Promise<Charge> {
  const orderBy = { id: -1 } as const;
  if (id.includes('\0')) throw new MissingFault(missing); // no column holds one
  const row = rowOf(id);
  const charge =
    (row === undefined ? null : await em.findOne(Charge, { id: row })) ??
    (await em.findOne(Charge, { paymentId: id }, { orderBy })) ??
    (await em.findOne(Charge, { customCode: id }, { orderBy }));
  if (!charge) throw new MissingFault(missing);
  return charge;
}

async function entries(em: Em, references: readonly string[]): Promise<EntryItem[]> {
  const found = await em.find(Entry, { reference: { $in: references } }, { orderBy: { id: 1 } });
  const where = { entryId: { $in: found.map((it) => it.id) } };
  const postings = await em.find(Posting, where, { orderBy: { id: 1 } });
  return found.map((entry) => EntryItem.from({ entry, postings: postings.filter((it) => it.entryId === entry.id) }));
}

async function deliveries(em: Em, events: readonly string[]): Promise<DeliveryItem[]> {
  if (events.length === 0) return [];
  const rows = await em.execute<DeliveryRow[]>(
    `select id, webhook_id, event_id, type, status, tries, last_status_code, next_try_at, created_at
     from delivery where event_id in (?) order by id`,
    [events],
  );
  return rows.map((it) => DeliveryItem.from(it));
}
