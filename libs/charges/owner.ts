import { LockMode } from '@mikro-orm/core';
import { uuid } from '@libs/kernel/ids.js';
import type { JobDraft } from '@libs/kernel/queue.js';
import type { Em } from '@libs/kernel/transaction.js';
import { providerClearing, providerSuspense } from '@libs/ledger/address.js';
import { cents, toJson } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { Attempt, type AttemptView, live } from '@libs/routing/attempt.entity.js';
import { Movement } from '@libs/routing/movement.entity.js';
import type { Effects, Owner, Source } from '@libs/routing/owners.js';
import { announce, refundsOf } from './announce.js';
import { Charge, type ChargeEvent, charges } from './charges.entity.js';
import type { Method } from './methods.js';
import { Refund } from './refund.entity.js';
import { givenBack, sold } from './settle.js';

type Done = Extract<News, { kind: 'done' }>;
type Declined = Extract<News, { kind: 'declined' }>;

export const lockCharge = (em: Em, id: string): Promise<Charge> =>
  em.findOneOrFail(Charge, id, { lockMode: LockMode.PESSIMISTIC_WRITE });

/** Ends an attempt whose instrument is closed: money for it is late from then on. */
const closed = (attempt: string, code: 'cancelled' | 'expired'): JobDraft => ({
  name: 'charges.closed',
  payload: { attempt, code },
});
const ask = (attempt: string): JobDraft => ({ name: 'routing.ask', payload: { attempt } });

/** What news means to a charge, whatever its method: one settle for fees, splits and entries. */
export class ChargeOwner implements Owner {
  readonly kind: string;

  constructor(private readonly method: Method) {
    this.kind = method.type;
  }

  async settle(em: Em, attempt: AttemptView, news: News, from: Source): Promise<Effects> {
    const charge = await lockCharge(em, attempt.ownerId);
    if (attempt.operation === this.method.cancels) return this.canceled(em, charge, attempt, news);
    switch (news.kind) {
      case 'done':
        return this.received(em, charge, attempt, news);
      case 'pending':
        return this.issued(em, charge, attempt, news.data, from);
      case 'declined':
        return this.declined(em, charge, attempt, news);
      case 'unsent':
      case 'absent':
        return this.ended(em, charge, attempt, 'fail');
      case 'unknown':
        return {};
    }
  }

  async learn(em: Em, attempt: AttemptView, news: News, _from: Source): Promise<Effects> {
    if (attempt.operation === this.method.cancels) return {};
    if (news.kind !== 'done' && news.kind !== 'pending') return {};
    const charge = await lockCharge(em, attempt.ownerId);
    this.method.fill(charge, news.data);
    const givenUp = attempt.state === 'failed' || attempt.state === 'declined';
    return givenUp && news.kind === 'pending' ? { jobs: [this.close(charge, attempt)] } : {};
  }

  async wants(em: Em, id: string): Promise<boolean> {
    return (await lockCharge(em, id)).status === 'processing';
  }

  /** Adopted when the charge has no other way left, given back when somebody else has paid or it had ended. */
  async orphan(em: Em, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind !== 'done' || attempt.operation === this.method.cancels) return {};
    const charge = await lockCharge(em, attempt.ownerId);
    const suspense = providerSuspense(attempt.provider);
    const arrived = {
      reference: `orphan:${attempt.id}`,
      postings: [
        { from: providerClearing(attempt.provider), to: suspense, amount: news.amount, currency: news.currency },
      ],
    };
    if (charges.next(charge.status, 'pay') === undefined) {
      return { entries: [arrived], jobs: [await undo(em, charge, attempt, news)] };
    }
    if (await otherLive(em, attempt)) return { entries: [arrived] };
    const { entries = [], ...rest } = await this.received(em, charge, attempt, news, suspense);
    return { entries: [arrived, ...entries], ...rest };
  }

  /** Money of this charge that moved without a call. */
  async moved(em: Em, id: string, movement: Movement, attempt?: AttemptView): Promise<Effects> {
    const charge = await lockCharge(em, id);
    const reference = `movement:${movement.rowId}`;
    const { amount, currency } = movement;
    const clearing = providerClearing(movement.provider);
    switch (movement.kind) {
      case 'received': {
        // One code, one payment that counts: a second one goes back to who paid it.
        const suspense = providerSuspense(movement.provider);
        const entries = [{ reference, postings: [{ from: clearing, to: suspense, amount, currency }] }];
        return attempt ? { entries, jobs: [await undo(em, charge, attempt, movement, movement.rowId)] } : { entries };
      }
      case 'taken': {
        const event = await announce(em, charge, this.method, 'dispute', { movement: disputeOf(movement) });
        if (!charge.fees) return { events: [event] };
        const back = { reference, amount, to: clearing, facts: true } as const;
        const { entry } = givenBack({ currency, fees: charge.fees }, await refundsOf(em, id), back);
        return { entries: [entry], events: [event] };
      }
      case 'given': {
        const event = await announce(em, charge, this.method, 'dispute', { movement: disputeOf(movement) });
        const seller = charge.fees?.seller ?? providerSuspense(movement.provider);
        return {
          entries: [{ reference, postings: [{ from: clearing, to: seller, amount, currency }] }],
          events: [event],
        };
      }
      case 'returned':
      case 'fee':
      case 'banked':
        return {
          entries: [
            { reference, postings: [{ from: clearing, to: providerSuspense(movement.provider), amount, currency }] },
          ],
        };
    }
  }

  private async issued(em: Em, charge: Charge, attempt: AttemptView, data: unknown, from: Source): Promise<Effects> {
    this.method.fill(charge, data);
    const status = charges.next(charge.status, 'issue');
    if (status === undefined) return {};
    charge.status = status;
    charge.provider = attempt.provider;
    charge.attemptId = attempt.id;
    // Who asked for it reads it in the answer; only an answer that came otherwise is news.
    return from === 'call' ? {} : { events: [await announce(em, charge, this.method, this.method.change)] };
  }

  /** Money for the charge: whatever was asked, what came is posted. */
  private async received(em: Em, charge: Charge, attempt: AttemptView, news: Done, source?: string): Promise<Effects> {
    this.method.fill(charge, news.data);
    const status = charges.next(charge.status, 'pay');
    if (status === undefined) return this.orphanOfEnded(em, charge, attempt, news);
    const waiting = source ?? (await fromSuspense(em, attempt, news));
    const { entry, fees } = sold(charge, attempt, news, waiting);
    charge.late = charge.status === 'expired' || charge.status === 'canceled';
    charge.status = status;
    charge.inFlight = null;
    charge.expireDueAt = null;
    charge.provider = attempt.provider;
    charge.attemptId = attempt.id;
    charge.amountPaid = news.amount;
    charge.fees = fees;
    charge.paidAt = news.at;
    charge.capturedAt = news.at;
    const differs = news.amount !== charge.amount ? { differs: true } : {};
    return { entries: [entry], events: [await announce(em, charge, this.method, this.method.money, differs)] };
  }

  /** Another attempt of the charge has ended it already: this money goes back. */
  private async orphanOfEnded(em: Em, charge: Charge, attempt: AttemptView, news: Done): Promise<Effects> {
    const postings = [
      {
        from: providerClearing(attempt.provider),
        to: providerSuspense(attempt.provider),
        amount: news.amount,
        currency: news.currency,
      },
    ];
    return {
      entries: [{ reference: `orphan:${attempt.id}`, postings }],
      jobs: [await undo(em, charge, attempt, news)],
    };
  }

  private async declined(em: Em, charge: Charge, attempt: AttemptView, news: Declined): Promise<Effects> {
    if (charge.status === 'pending' && news.code === 'cancelled') return this.ended(em, charge, attempt, 'cancel');
    if (charge.status === 'pending' && news.code === 'expired') return this.ended(em, charge, attempt, 'expire');
    if (news.code !== 'our_balance') {
      charge.returnCode = news.returnCode ?? news.code;
      charge.returnMessage = news.message;
    }
    return this.ended(em, charge, attempt, 'decline');
  }

  /** The end of a charge that was not paid, unless money of an earlier lane has been waiting for just this. */
  private async ended(em: Em, charge: Charge, attempt: AttemptView, event: ChargeEvent): Promise<Effects> {
    const status = charges.next(charge.status, event);
    if (status === undefined) return {};
    const waiting = await waitingOrphan(em, charge, attempt);
    if (waiting) {
      const { orphan, news } = waiting;
      return this.received(em, charge, orphan, news, providerSuspense(orphan.provider));
    }
    charge.status = status;
    charge.inFlight = null;
    charge.expireDueAt = null;
    charge.provider ??= attempt.provider;
    charge.attemptId ??= attempt.id;
    return { events: [await announce(em, charge, this.method, this.method.change)] };
  }

  private async canceled(em: Em, charge: Charge, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind === 'pending' || news.kind === 'unknown') return {};
    charge.inFlight = null;
    const made = charge.attemptId;
    if (news.kind === 'declined') return { jobs: made ? [ask(made)] : [] }; // it may be paid: the provider knows
    if (news.kind !== 'done') return {};
    const jobs = made ? [closed(made, charge.status === 'expired' ? 'expired' : 'cancelled')] : [];
    const ends = await this.ended(em, charge, attempt, 'cancel');
    return { ...ends, jobs };
  }

  private close(charge: Charge, attempt: AttemptView): JobDraft {
    return { name: 'charges.close', payload: { charge: charge.id, attempt: attempt.id } };
  }
}

const disputeOf = ({ kind, id, amount, at }: Movement): Readonly<Record<string, unknown>> => ({
  kind,
  id,
  amount: toJson(amount),
  at: at.toISOString(),
});

/** Gives money back that must not be kept. It has been posted to suspense; the refund takes it from there. */
async function undo(
  em: Em,
  charge: Charge,
  attempt: AttemptView,
  money: Pick<Movement, 'amount' | 'currency'>,
  movementId?: string,
): Promise<JobDraft> {
  const id = uuid();
  const held = [{ address: providerSuspense(attempt.provider), amount: toJson(money.amount), claim: false }];
  await em.insert(Refund, {
    id,
    chargeId: charge.id,
    merchantId: charge.merchantId,
    mode: charge.mode,
    attemptId: attempt.id,
    movementId: movementId ?? null,
    kind: 'undo',
    amount: money.amount,
    currency: money.currency,
    status: 'pending',
    held,
  });
  return { name: 'charges.undo', payload: { refund: id } };
}

export const otherLive = async (em: Em, { id, ownerId, operation }: AttemptView): Promise<boolean> =>
  (await em.count(Attempt, { ownerId, operation, state: { $in: live }, id: { $ne: id } })) > 0;

/** An orphan of this charge that could not be adopted while another attempt was live. */
async function waitingOrphan(
  em: Em,
  charge: Charge,
  ended: AttemptView,
): Promise<{ readonly orphan: Attempt; readonly news: Done } | undefined> {
  const where = { ownerId: charge.id, operation: ended.operation, state: 'orphan' as const, id: { $ne: ended.id } };
  const orphan = await em.findOne(Attempt, where, { orderBy: { createdAt: 1 } });
  if (!orphan || (await em.count(Refund, { attemptId: orphan.id })) > 0) return undefined;
  const [row] = await em.execute<{ heard: { amount: number; at: string; data: unknown } }[]>(
    `select heard from finding where attempt_id = ? and heard ->> 'kind' = 'done' order by id limit 1`,
    [orphan.id],
  );
  const { amount, at, data } = row!.heard;
  const news: Done = {
    kind: 'done',
    ref: orphan.ref ?? '',
    at: new Date(at),
    amount: cents(amount),
    currency: orphan.currency,
    data,
  };
  return { orphan, news };
}

/** Money that was seen before its owner was known lies in suspense; then that is where the sale takes it from. */
async function fromSuspense(em: Em, attempt: AttemptView, news: Done): Promise<string | undefined> {
  if (news.receipt === undefined) return undefined;
  const rows = await em.execute<unknown[]>(
    `update movement set state = 'matched', attempt_id = ?, owner_kind = ?, owner_id = ?
     where credential_id = ? and kind = 'received' and id = ? and state = 'suspense' returning row_id`,
    [attempt.id, attempt.ownerKind, attempt.ownerId, attempt.credentialId, news.receipt],
  );
  return rows.length > 0 ? providerSuspense(attempt.provider) : undefined;
}
