import { EntityManager, type FilterQuery } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Mode } from '@libs/kernel/caller.js';
import { MissingFault } from '@libs/kernel/fault.js';
import { isUuid, rowOf } from '@libs/kernel/ids.js';
import { endOf, startOf } from '@libs/kernel/period.js';
import { assertCursors } from '@libs/kernel/page.js';
import type { Page } from '@libs/kernel/reply.js';
import { type Row, shaped } from '@libs/kernel/rows.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import type { Decision } from '@libs/routing/plan.js';
import { refundsOf } from './announce.js';
import { Charge } from './charges.entity.js';
import { AttemptDto, type AttemptsDto, type TransactionsQuery } from './charges.dto.js';
import { Methods } from './methods.js';
import { Refund } from './refund.entity.js';
import { chargeView } from './view.js';

/** Whose charges: nothing outside of it is ever seen. */
export interface Tenant {
  readonly merchantId: string;
  readonly mode: Mode;
}
export type ChargeBody = Readonly<Record<string, unknown>>;

const missing = 'Transação não encontrada.';

/** Reads over the charges of every method. */
@Injectable()
export class Charges {
  constructor(
    private readonly em: EntityManager,
    private readonly methods: Methods,
  ) {}

  /** One charge as merchants see it. @throws MissingFault when it is not the tenant's, or not of this type. */
  async view({ merchantId, mode }: Tenant, id: string, type: Charge['type']): Promise<ChargeBody> {
    const em = this.em.fork();
    const method = this.methods.of(type);
    const rows = isUuid(id) ? await em.execute<Row[]>(whole, [id, merchantId, mode, type]) : [];
    const [charge] = shaped(em, Charge, rows);
    if (!charge) throw new MissingFault(method.missing);
    const { decision, refunded } = rows[0] as Row;
    const refunds = refunded ? await refundsOf(em, charge.id) : [];
    return chargeView(charge, method, refunds, decision as Decision);
  }

  /** The row itself. @throws as `view`. */
  async load({ merchantId, mode }: Tenant, id: string, type: Charge['type']): Promise<Charge> {
    const charge = isUuid(id) ? await this.em.fork().findOne(Charge, { id, merchantId, mode, type }) : null;
    if (!charge) throw new MissingFault(this.methods.of(type).missing);
    return charge;
  }

  /** Charges of one type under a custom code, newest first, at most a hundred. */
  async byCustomCode(
    { merchantId, mode }: Tenant,
    type: Charge['type'],
    customCode: string,
    provider?: string,
  ): Promise<readonly ChargeBody[]> {
    const orderBy = { createdAt: -1, id: -1 } as const;
    const where = { merchantId, mode, type, customCode, ...(provider === undefined ? {} : { provider }) };
    const found = await this.em.fork().find(Charge, where, { orderBy, limit: 100 });
    return this.bodies(found);
  }

  /** By our id, then the provider's, then customCode, the newest. */
  async find(tenant: Tenant, id: string): Promise<Charge> {
    const { merchantId, mode } = tenant;
    const em = this.em.fork();
    const orderBy = { createdAt: -1, id: -1 } as const;
    if (id.includes('\0')) throw new MissingFault(missing); // no column holds one
    const row = rowOf(id);
    const charge =
      (row === undefined ? null : await em.findOne(Charge, { id: row, merchantId, mode })) ??
      (await em.findOne(Charge, { paymentId: id, merchantId, mode }, { orderBy })) ??
      (await em.findOne(Charge, { customCode: id, merchantId, mode }, { orderBy }));
    if (!charge) throw new MissingFault(missing);
    return charge;
  }

  async one(tenant: Tenant, id: string): Promise<ChargeBody> {
    const [body] = await this.bodies([await this.find(tenant, id)]);
    return body!;
  }

  /** Every provider call made for a charge and for its refunds, oldest first. */
  async attempts(tenant: Tenant, id: string): Promise<AttemptsDto> {
    const charge = await this.find(tenant, id);
    const em = this.em.fork();
    const refunds = await em.find(Refund, { chargeId: charge.id });
    const owners = [charge.id, ...refunds.map((it) => it.id)];
    const rows = await em.find(Attempt, { ownerId: { $in: owners } }, { orderBy: { createdAt: 1, id: 1 } });
    return { data: rows.map((it) => AttemptDto.from(it)), hasMore: false };
  }

  /** A page of charges, newest first. */
  async list({ merchantId, mode }: Tenant, query: TransactionsQuery): Promise<Page<ChargeBody>> {
    assertCursors(query);
    const { status, type, provider, customCode, limit } = query;
    const em = this.em.fork();
    const where: FilterQuery<Charge>[] = [{ merchantId, mode }];
    for (const filter of [{ status }, { type }, { provider }, { customCode }]) {
      if (Object.values(filter)[0] !== undefined) where.push(filter as FilterQuery<Charge>);
    }
    if (query.createdFrom) where.push({ createdAt: { $gte: startOf(query.createdFrom) } });
    if (query.createdTo) where.push({ createdAt: { $lt: endOf(query.createdTo) } });
    const cursor = query.starting_after ?? query.ending_before;
    const backwards = query.starting_after === undefined && query.ending_before !== undefined;
    if (cursor !== undefined) {
      const at = await em.findOne(Charge, { id: rowOf(cursor), merchantId, mode });
      if (!at) return { data: [], hasMore: false };
      const { createdAt, id } = at;
      // The bound alone is a range that an index is entered at, however deep the page; the rest breaks ties.
      where.push(
        ...(backwards
          ? [{ createdAt: { $gte: createdAt } }, { $or: [{ createdAt: { $gt: createdAt } }, { id: { $gt: id } }] }]
          : [{ createdAt: { $lte: createdAt } }, { $or: [{ createdAt: { $lt: createdAt } }, { id: { $lt: id } }] }]),
      );
    }
    const direction = backwards ? 1 : -1;
    const orderBy = { createdAt: direction, id: direction } as const;
    const found = await em.find(Charge, { $and: where }, { orderBy, limit: limit + 1 });
    const page = found.slice(0, limit);
    return { data: await this.bodies(backwards ? page.toReversed() : page), hasMore: found.length > limit };
  }

  private async bodies(rows: readonly Charge[]): Promise<readonly ChargeBody[]> {
    const em = this.em.fork();
    const refunds = await refundsOf(em, ...rows.filter(mayHaveRefunds).map((it) => it.id));
    const made = rows.flatMap((it) => (it.attemptId ? [it.attemptId] : []));
    const open = rows.flatMap((it) => (it.attemptId ? [] : [it.id])); // nothing has come of it yet
    const which = [
      ...(made.length > 0 ? [{ id: { $in: made } }] : []),
      ...(open.length > 0 ? [{ ownerId: { $in: open } }] : []),
    ];
    const attempts = await em.find(Attempt, { $or: which }, { orderBy: { createdAt: 1 } });
    const decisions = new Map(
      attempts.flatMap(({ id, ownerId, decision }) => [
        [id, decision],
        [ownerId, decision],
      ]),
    );
    return rows.map((row) =>
      chargeView(
        row,
        this.methods.of(row.type),
        refunds.filter((it) => it.chargeId === row.id),
        decisions.get(row.attemptId ?? row.id),
      ),
    );
  }
}

/** A charge, whether it has refunds, and the decision that made it, or the last one as long as nothing came of any. */
const whole = `
  select charge.*, (
    select decision from attempt
    where id = charge.attempt_id or (charge.attempt_id is null and owner_id = charge.id)
    order by created_at desc limit 1
  ) as decision, exists (select 1 from refund where charge_id = charge.id) as refunded
  from charge where id = ? and merchant_id = ? and mode = ? and type = ?`;

const mayHaveRefunds = ({ refundedAmount, refundingAmount, fees }: Charge): boolean =>
  refundedAmount > 0n || refundingAmount > 0n || !!fees;
