import type { JobDraft } from '@libs/kernel/queue.js';
import type { Em } from '@libs/kernel/transaction.js';
import { providerSuspense } from '@libs/ledger/address.js';
import { type Cents, toJson } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import type { Effects, Owner, Source } from '@libs/routing/owners.js';
import { unowned } from '@libs/routing/suspense.js';
import { releaseOf } from './release.job.js';
import { announce, refundsOf } from './announce.js';
import { type Charge, type ChargeEvent, charges } from './charges.entity.js';
import { disputed } from './disputes.js';
import { lockCharge } from './lock.js';
import type { Method } from './methods.js';
import { arrived, closedBy, type Done, fromSuspense, otherLive, shelved, undo, waitingOrphans } from './orphans.js';
import { sold } from './settle.js';
import { stated } from './stated.js';
import { chargeView } from './view.js';

type Declined = Extract<News, { kind: 'declined' }>;

/** A decline that says no more than that the instrument is closed. */
const closings: Readonly<Partial<Record<Declined['code'], ChargeEvent>>> = { cancelled: 'cancel', expired: 'expire' };

/** Ends an attempt whose instrument is closed: money for it is late from then on. */
const closed = (attempt: string, code: 'cancelled' | 'expired'): JobDraft => ({
  name: 'charges.closed',
  payload: { attempt, code },
});
const watch = (attempt: string, until: Date): JobDraft => ({
  name: 'charges.watch',
  payload: { attempt, until: until.toISOString() },
  afterMs: 24 * 60 * 60 * 1_000,
});
export const ask = (attempt: string): JobDraft => ({ name: 'routing.ask', payload: { attempt } });
/** Money for a charge; `asked`: how much of it was wanted, where that is not the whole. */
export type Arrived = Done & { readonly asked?: Cents };

/** What news means to a charge, whatever its method: one settle for fees, splits and entries. */
export class ChargeOwner implements Owner {
  readonly kind: string;

  constructor(protected readonly method: Method) {
    this.kind = method.type;
  }

  async settle(em: Em, attempt: AttemptView, news: News, from: Source): Promise<Effects> {
    return this.settled(em, await lockCharge(em, attempt.ownerId), attempt, news, from);
  }

  protected async settled(em: Em, charge: Charge, attempt: AttemptView, news: News, from: Source): Promise<Effects> {
    if (attempt.operation === this.method.cancels) return this.canceled(em, charge, attempt, news);
    switch (news.kind) {
      case 'done':
        return this.received(em, charge, attempt, news);
      case 'pending':
        return this.issued(em, charge, attempt, news, from);
      case 'declined':
        return this.declined(em, charge, attempt, news, from);
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
    this.method.fill(charge, news.data, news);
    const givenUp = attempt.state === 'failed' || attempt.state === 'declined';
    return givenUp && news.kind === 'pending' ? { jobs: [this.close(charge, attempt)] } : {};
  }

  async wants(em: Em, id: string): Promise<boolean> {
    return (await lockCharge(em, id)).status === 'processing';
  }

  /** Adopted when the charge has no other way left, given back when somebody else has paid or it had ended. */
  async orphan(em: Em, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind !== 'done') return {};
    const charge = await lockCharge(em, attempt.ownerId);
    if (attempt.operation === this.method.cancels) return { jobs: charge.attemptId ? [ask(charge.attemptId)] : [] };
    const suspense = providerSuspense(attempt.provider);
    const arrivals = await arrived(em, attempt, news);
    if (charges.next(charge.status, 'pay') === undefined) {
      return { entries: arrivals, jobs: await this.back(em, charge, attempt, news) };
    }
    if (await otherLive(em, attempt)) return { entries: arrivals };
    const { entries = [], ...rest } = await this.received(em, charge, attempt, news, suspense);
    return { entries: [...arrivals, ...entries], ...rest };
  }

  /** Money of this charge that moved without a call. */
  async moved(em: Em, id: string, movement: Movement, attempt?: AttemptView): Promise<Effects> {
    const charge = await lockCharge(em, id);
    if (movement.kind === 'fee') {
      const installments = this.method.installments?.(charge);
      return { entries: await stated(em, charge.amountPaid, movement, attempt, installments) };
    }
    const entries = [unowned(movement)];
    if (movement.kind === 'taken' || movement.kind === 'given') return this.disputed(em, charge, movement);
    const goesBack = movement.kind === 'received' && attempt;
    // Until somebody can pay it out, it is a human's to know of.
    if (!goesBack || this.method.refunds === undefined) movement.state = 'suspense';
    // One code, one payment that counts: a second one goes back to who paid it.
    if (!goesBack) return { entries };
    return { entries, jobs: [await undo(em, charge, attempt, movement, movement.rowId)] };
  }

  private async disputed(em: Em, charge: Charge, movement: Movement): Promise<Effects> {
    const { entry, disputes, fees } = disputed(charge, await refundsOf(em, charge.id), movement);
    charge.disputes = disputes;
    charge.fees = fees;
    const extra = { movement: disputeOf(movement) };
    return { entries: [entry], events: [await announce(em, charge, this.method, 'dispute', { extra })] };
  }

  private async issued(
    em: Em,
    charge: Charge,
    attempt: AttemptView,
    news: { readonly data?: unknown; readonly ref?: string },
    from: Source,
  ): Promise<Effects> {
    this.method.fill(charge, news.data ?? {}, news);
    const status = charges.next(charge.status, 'issue');
    if (status === undefined) return {};
    charge.status = status;
    charge.provider = attempt.provider;
    charge.attemptId = attempt.id;
    // Who asked for it reads it in the answer; only an answer that came otherwise is news.
    return from === 'call'
      ? { shown: chargeView(charge, this.method, [], attempt.decision) }
      : { events: [await announce(em, charge, this.method, this.method.change, { attempt })] };
  }

  /** Money for the charge: whatever was asked, what came is posted. */
  protected async received(
    em: Em,
    charge: Charge,
    attempt: AttemptView,
    news: Arrived,
    source?: string,
  ): Promise<Effects> {
    this.method.fill(charge, news.data, news);
    const status = charges.next(charge.status, 'pay');
    if (status === undefined) return this.orphanOfEnded(em, charge, attempt, news);
    const waiting = source ?? (await fromSuspense(em, attempt, news));
    const { id, provider, settleDays, cost, price } = attempt;
    const terms = { reference: `attempt:${id}`, provider, settleDays, cost, price };
    const { entry, fees } = sold(charge, terms, news, waiting, this.method.installments?.(charge));
    charge.late = charge.status === 'expired' || charge.status === 'canceled';
    charge.status = status;
    charge.inFlight = null;
    charge.expireDueAt = null;
    charge.provider = attempt.provider;
    charge.attemptId = attempt.id;
    charge.amountPaid = news.amount;
    charge.fees = fees;
    charge.releaseDueAt = releaseOf(attempt);
    charge.paidAt = news.at;
    charge.capturedAt = news.at;
    const differs = news.amount !== (news.asked ?? charge.amount) ? { differs: true } : {};
    const known = { attempt, refunds: [], extra: differs };
    const event = await announce(em, charge, this.method, this.method.money, known);
    const jobs: JobDraft[] = [];
    for (const other of await waitingOrphans(em, charge, attempt)) {
      jobs.push(...(await this.back(em, charge, other.orphan, other.news)));
    }
    return { entries: [entry], events: [event], jobs };
  }

  /** Another attempt of the charge has ended it already: this money goes back. */
  private async orphanOfEnded(em: Em, charge: Charge, attempt: AttemptView, news: Done): Promise<Effects> {
    return { entries: await arrived(em, attempt, news), jobs: await this.back(em, charge, attempt, news) };
  }

  /** What comes of money that must not be kept; it has been posted to suspense. */
  protected async back(em: Em, charge: Charge, attempt: AttemptView, news: Done): Promise<readonly JobDraft[]> {
    const row = this.method.refunds === undefined ? await shelved(em, attempt, news) : undefined;
    return [await undo(em, charge, attempt, news, row)];
  }

  private async declined(em: Em, charge: Charge, attempt: AttemptView, news: Declined, from: Source): Promise<Effects> {
    const closing = closings[news.code];
    this.method.fill(charge, {}, news);
    if (closing) {
      // It had been issued before it was closed, whichever was heard first: both steps in one commit, each announced.
      const first = await this.issued(em, charge, attempt, news, from);
      const { events = [], ...last } = await this.ended(em, charge, attempt, closing);
      return { ...last, events: [...(first.events ?? []), ...events] };
    }
    if (news.code !== 'our_balance') {
      charge.returnCode = news.returnCode ?? news.code;
      charge.returnMessage = news.message;
    }
    return this.ended(em, charge, attempt, 'decline');
  }

  /** The end of a way to be paid, unless money of an earlier lane has been waiting for just this. */
  protected async ended(em: Em, charge: Charge, attempt: AttemptView, event: ChargeEvent): Promise<Effects> {
    if (charges.next(charge.status, 'pay') !== undefined) {
      const [waiting] = await waitingOrphans(em, charge, attempt);
      if (waiting) {
        const { orphan, news } = waiting;
        return this.received(em, charge, orphan, news, providerSuspense(orphan.provider));
      }
    }
    const status = charges.next(charge.status, event);
    if (status === undefined) return {};
    charge.status = status;
    charge.inFlight = null;
    charge.expireDueAt = null;
    charge.provider ??= attempt.provider;
    charge.attemptId ??= attempt.id;
    return { events: [await announce(em, charge, this.method, this.method.change, { attempt })] };
  }

  private async canceled(em: Em, charge: Charge, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind === 'pending' || news.kind === 'unknown') return {};
    const made = (await closedBy(em, attempt)) ?? charge.attemptId;
    if (!made || (charge.attemptId && made !== charge.attemptId)) {
      // Of another lane, given up before: the charge goes on.
      return news.kind === 'done' && made ? { jobs: [closed(made, 'cancelled')] } : {};
    }
    charge.inFlight = null;
    if (news.kind === 'declined') return { jobs: [ask(made)] }; // it may be paid: the provider knows
    if (news.kind !== 'done') return {};
    const undecided = charge.status === 'processing' || charge.status === 'pending';
    // Closed because nobody could decide it any more: how it ended is for the provider to say.
    if (undecided && this.method.waits?.(charge) === false) return { jobs: [ask(made)] };
    const until = this.method.watched?.(charge);
    const jobs = [
      closed(made, charge.status === 'expired' ? 'expired' : 'cancelled'),
      ...(until ? [watch(made, until)] : []),
    ];
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
