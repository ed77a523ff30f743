import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { short, uuid } from '@libs/kernel/ids.js';
import { type Row, shaped } from '@libs/kernel/rows.js';
import { type Em, later } from '@libs/kernel/transaction.js';
import { type FeeRow, noFee } from '@libs/money/fee.js';
import { type Cents, cents, type Currency, toJson } from '@libs/money/cents.js';
import type { Operation, Whole } from '@libs/providers/contract/acts.js';
import type { News } from '@libs/providers/contract/outcome.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import { offered } from '@libs/providers/contract/provider.js';
import { providerOf } from '@libs/providers/registry.js';
import { Attempt, type AttemptView } from './attempt.entity.js';
import type { LaneFact } from './plan.js';
import type { Environment } from './credential.entity.js';
import type { Source } from './owners.js';
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
  /** What the parent showed before the act, where that is what proves it. */
  readonly before?: string;
  readonly saleAt?: Date;
  readonly decision: Decision;
};
/** Who says it, when a human does. */
export interface Witness {
  readonly person: string;
  readonly evidence: string;
}
/** News as it came and as it was taken. */
export interface Told {
  readonly news: News;
  readonly heard: News;
  readonly from: Source;
  readonly late: boolean;
  readonly contradiction: boolean;
  readonly witness?: Witness;
}
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
/** The account where money lies, and since when: an attempt's, or a movement's. */
export type Place = Pick<AttemptView, 'provider' | 'environment' | 'credentialId' | 'saleAt'>;
/** A follow-up goes where the money is; it has no price of its own. */
export const wayBack = ({ provider, environment, credentialId }: Place): Way => ({
  provider,
  environment,
  credentialId,
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
    const number = provider.numbered ? await drawn(em) : 0;
    const key = provider.keyOf(wanted.operation, { uuid: id, short: short(id), number }, wanted.wish);
    const object = provider.objectOf?.(wanted.operation, wanted.input) ?? null;
    await later(
      em,
      `insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, provider, environment,
         credential_id, lane_id, amount, currency, key, object, parent, before, decision, cost, price, settle_days,
         settle_on, reroute, proof, deadline, ask_at, sale_at)
       values (?, ?, ?, ?, ?, ?, 'sent', ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?,
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
        wanted.before ?? null,
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
    const proof = offered(providerOf(provider), operation)?.proof;
    if (!proof) throw new Error(`${provider} has no ${operation}`);
    const most = this.config.SIMULATOR_PROOF_MS;
    if (environment !== 'simulator' || most === undefined || (proof.by !== 'key' && proof.by !== 'state')) return proof;
    return { ...proof, afterMs: Math.min(proof.afterMs, most) };
  }

  /**
   * How many acts there have been upon an object, how many of them are undecided, and how long ago the last of those
   * operations ended after which it must rest.
   */
  async upon(
    em: Em,
    credential: string,
    object = '',
    rests: readonly Operation[] = [],
  ): Promise<{ readonly all: number; readonly live: number; readonly restedMs?: number }> {
    const [row] = await em.execute<{ all: number; live: number; rested: number | null }[]>(
      `select count(*)::int as all, count(*) filter (where state in ('sent', 'pending', 'unknown'))::int as live,
         (extract(epoch from clock_now() - max(coalesce(settled_at, created_at))
           filter (where not unsent and operation in (select jsonb_array_elements_text(?::jsonb)))) * 1000)::float8
           as rested
       from attempt where credential_id = ? and object = ?`,
      [JSON.stringify(rests), credential, object],
    );
    const { all, live, rested } = row!;
    return { all, live, ...(rested === null ? {} : { restedMs: rested }) };
  }

  /**
   * The attempt, locked, and what the database's clock says of it. The lock is the weakest that keeps others from
   * changing the row: whoever holds the charge may still insert a refund that names it, and no two wait for each other.
   * @throws when there is none.
   */
  async lock(em: Em, id: string): Promise<{ readonly attempt: Attempt; readonly timing: Timing }> {
    const sql = 'select *, clock_now() as clock from attempt where id = ? for no key update';
    const rows = await em.execute<Row[]>(sql, [id]);
    const [attempt] = shaped(em, Attempt, rows);
    if (!attempt) throw new Error(`there is no attempt ${id}`);
    return { attempt, timing: timingOf(attempt, new Date(String(rows[0]!['clock']))) };
  }

  /**
   * What the provider has made of an attempt's call besides, under a reference of its own: given up from the first, so
   * that whatever it holds or has taken is an orphan. It is asked after until that is known. A repeat changes nothing.
   */
  async twin(em: Em, attempt: AttemptView, ref: string): Promise<void> {
    const { id, credentialId, operation, twinOf } = attempt;
    await later(
      em,
      `insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, provider, environment,
         credential_id, lane_id, amount, currency, key, object, parent, before, decision, cost, price, settle_days,
         settle_on, reroute, proof, ref, code, deadline, ask_at, sale_at, twin_of)
       select ?, owner_kind, owner_id, merchant_id, mode, operation, 'failed', provider, environment,
         credential_id, lane_id, amount, currency, key, object, parent, before, decision, cost, price, settle_days,
         settle_on, reroute, proof, ?, 'unready', deadline, clock_now(), sale_at, ?
       from attempt where id = ?
         and not exists (select from attempt where credential_id = ? and operation = ? and ref = ?)
       on conflict (credential_id, operation, ref) where twin_of is not null do nothing`,
      [uuid(), ref, twinOf ?? id, id, credentialId, operation, ref],
    );
  }

  /** The newest act upon an object that is under way or stands; a refund that came back stands no more. */
  async newest(
    em: Em,
    credential: string,
    object: string,
  ): Promise<Pick<AttemptView, 'id' | 'operation' | 'state' | 'proof'> | undefined> {
    const [row] = await em.execute<Pick<AttemptView, 'id' | 'operation' | 'state' | 'proof'>[]>(
      `select id, operation, state, proof from attempt where credential_id = ? and object = ?
         and state in ('sent', 'pending', 'unknown', 'succeeded') and not exists (select from movement
           where credential_id = attempt.credential_id and kind = 'returned' and movement.id = attempt.key)
       order by created_at desc limit 1`,
      [credential, object],
    );
    return row;
  }

  /** The most that was ever heard to have come of it, in cents. */
  async most(em: Em, id: string): Promise<Cents | undefined> {
    const [row] = await em.execute<{ most: string | null }[]>(
      `select max((heard ->> 'amount')::bigint)::text as most from finding where attempt_id = ?
         and heard ->> 'kind' = 'done'`,
      [id],
    );
    return row?.most ? cents(BigInt(row.most)) : undefined;
  }

  /** What was heard, kept for ever, and what it changes of the locked attempt. */
  async save(em: Em, attempt: AttemptView, told: Told): Promise<void> {
    await later(
      em,
      `with told as (
         insert into finding (attempt_id, source, news, heard, late, contradiction, person, evidence)
         values (?, ?, ?::jsonb, ?::jsonb, ?, ?, ?, ?)
       )
       update attempt set state = ?, unsent = ?, ref = ?, receipt = ?, code = ?, return_code = ?, message = ?,
         parked_at = ?, parked_why = ?, absent_at = ?, ask_at = ?, settled_at = ?
       where id = ?`,
      [
        attempt.id,
        told.from,
        plain(told.news),
        plain(told.heard),
        told.late,
        told.contradiction,
        told.witness?.person ?? null,
        told.witness?.evidence ?? null,
        attempt.state,
        attempt.unsent,
        attempt.ref ?? null,
        attempt.receipt ?? null,
        attempt.code ?? null,
        attempt.returnCode ?? null,
        attempt.message ?? null,
        iso(attempt.parkedAt),
        attempt.parkedWhy ?? null,
        iso(attempt.absentAt),
        iso(attempt.askAt),
        iso(attempt.settledAt),
        attempt.id,
      ],
    );
  }
}

/** Never given twice, not even when its transaction comes to nothing. */
async function drawn(em: Em): Promise<number> {
  const [row] = await em.execute<{ number: number }[]>(`select nextval('attempt_number')::int as number`);
  return row!.number;
}

const iso = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;

/** News as a finding keeps it: amounts as integers, dates as text. */
const plain = (news: News): string =>
  JSON.stringify(news, (_, value: unknown) => (typeof value === 'bigint' ? toJson(value as Cents) : value));

const timingOf = (attempt: Readonly<Attempt>, at: Date): Timing => ({
  at,
  pastDeadlineMs: at.getTime() - attempt.deadline.getTime(),
  ...(attempt.absentAt ? { firstAbsentMs: at.getTime() - attempt.absentAt.getTime() } : {}),
  ageMs: at.getTime() - attempt.saleAt.getTime(),
});

export type Sum = { readonly amount: Cents; readonly currency: Currency };
