import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { short, uuid } from '@libs/kernel/ids.js';
import type { Em } from '@libs/kernel/transaction.js';
import { type FeeRow, noFee } from '@libs/money/fee.js';
import type { Cents, Currency } from '@libs/money/cents.js';
import type { Acts, Operation, Whole } from '@libs/providers/contract/acts.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import { providerOf } from '@libs/providers/registry.js';
import { Attempt } from './attempt.entity.js';
import type { LaneFact } from './plan.js';
import type { Environment } from './credential.entity.js';
import type { Decision, Instruction } from './plan.js';

/** What a lane, or the attempt that a follow-up is pinned to, gives to a new attempt. */
export interface Way {
  readonly laneId?: string;
  readonly provider: string;
  readonly environment: Environment;
  readonly credentialId: string;
  readonly cost: FeeRow;
  readonly price: FeeRow;
  readonly settleDays: number;
  readonly settleOn: 'calendar' | 'business';
  readonly reroute: readonly string[];
}
export interface Opened {
  readonly id: string;
  /** What goes on the wire. */
  readonly key: string;
}
/** The wish as every lane's attempt repeats it. */
export type Wanted = Pick<Instruction, 'merchantId' | 'mode' | 'operation' | 'amount' | 'currency' | 'owner'> & {
  readonly input?: unknown;
  readonly wish?: string;
  readonly parent?: Whole;
  readonly saleAt?: Date;
  readonly decision: Decision;
};
/** What only the database's clock can say of an attempt. */
export interface Timing {
  readonly at: Date;
  readonly pastDeadlineMs: number;
  readonly firstAbsentMs?: number;
  readonly ageMs: number;
}

export const wayOf = (lane: LaneFact): Way => ({
  laneId: lane.id,
  provider: lane.provider,
  environment: lane.environment,
  credentialId: lane.credentialId,
  cost: lane.cost,
  price: lane.price,
  settleDays: lane.settleDays,
  settleOn: lane.settleOn,
  reroute: lane.reroute,
});
/** A follow-up goes where the money is; it has no price of its own. */
export const wayBack = (attempt: Readonly<Attempt>): Way => ({
  provider: attempt.provider,
  environment: attempt.environment,
  credentialId: attempt.credentialId,
  cost: noFee,
  price: noFee,
  settleDays: 0,
  settleOn: 'calendar',
  reroute: [],
});

/** A parent's own amount is the attempt's, which is where it is read again. */
const withoutAmounts = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? undefined : value);

/** The rows of attempts: opened by T1, locked by T2. */
@Injectable()
export class Attempts {
  constructor(private readonly config: Config) {}

  /** T1: the attempt as `sent`, with everything that may later be asked of it. */
  async open(em: Em, wanted: Wanted, way: Way): Promise<Opened> {
    const id = uuid();
    const provider = providerOf(way.provider);
    const key = provider.keyOf(wanted.operation, { uuid: id, short: short(id) }, wanted.wish);
    const object = provider.objectOf?.(wanted.operation, wanted.input) ?? null;
    await em.execute(
      `insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, provider, environment,
         credential_id, lane_id, amount, currency, key, object, parent, decision, cost, price, settle_days, settle_on,
         reroute, proof, deadline, ask_at, sale_at)
       values (?, ?, ?, ?, ?, ?, 'sent', ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?,
         array(select jsonb_array_elements_text(?::jsonb)), ?::jsonb,
         clock_now() + ? * interval '1 millisecond', clock_now() + ? * interval '1 millisecond',
         coalesce(?::timestamptz, clock_now()))`,
      [
        id,
        wanted.owner.kind,
        wanted.owner.id,
        wanted.merchantId,
        wanted.mode,
        wanted.operation,
        way.provider,
        way.environment,
        way.credentialId,
        way.laneId ?? null,
        wanted.amount,
        wanted.currency,
        key,
        object,
        wanted.parent ? JSON.stringify(wanted.parent, withoutAmounts) : null,
        JSON.stringify(wanted.decision),
        JSON.stringify(way.cost),
        JSON.stringify(way.price),
        way.settleDays,
        way.settleOn,
        JSON.stringify(way.reroute),
        JSON.stringify(this.proofOf(way, wanted.operation)),
        this.config.PROVIDER_DEADLINE_MS,
        this.config.PROVIDER_DEADLINE_MS + 1_000,
        wanted.saleAt?.toISOString() ?? null,
      ],
    );
    return { id, key };
  }

  /** What would prove that the act never happened. The simulator hides nothing, so its windows may be short. */
  private proofOf({ provider, environment }: Way, operation: Operation): Proof {
    const [capability, act] = operation.split('.') as [keyof Acts, keyof Acts['pix']];
    const proof = providerOf(provider)[capability]?.proof[act];
    if (!proof) throw new Error(`${provider} has no ${operation}`);
    const most = this.config.SIMULATOR_PROOF_MS;
    if (environment !== 'simulator' || most === undefined || (proof.by !== 'key' && proof.by !== 'state')) return proof;
    return { ...proof, afterMs: Math.min(proof.afterMs, most) };
  }

  /**
   * The attempt, locked, and what the database's clock says of it. The lock is the weakest that keeps others from
   * changing the row: whoever holds the charge may still insert a refund that names it, and no two wait for each other.
   * @throws when there is none.
   */
  async lock(em: Em, id: string): Promise<{ readonly attempt: Attempt; readonly timing: Timing }> {
    const sql = 'select clock_now() as at from attempt where id = ? for no key update';
    const [row] = await em.execute<{ at: Date }[]>(sql, [id]);
    if (!row) throw new Error(`there is no attempt ${id}`);
    const attempt = await em.findOneOrFail(Attempt, id, { refresh: true });
    return { attempt, timing: timingOf(attempt, new Date(row.at)) };
  }
}

const timingOf = (attempt: Readonly<Attempt>, at: Date): Timing => ({
  at,
  pastDeadlineMs: at.getTime() - attempt.deadline.getTime(),
  ...(attempt.absentAt ? { firstAbsentMs: at.getTime() - attempt.absentAt.getTime() } : {}),
  ageMs: at.getTime() - attempt.saleAt.getTime(),
});

export type Sum = { readonly amount: Cents; readonly currency: Currency };
