import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { JobDraft } from '@libs/kernel/queue.js';
import type { Em } from '@libs/kernel/transaction.js';
import { platformLosses, providerClearing, providerSuspense, refundsTransit } from '@libs/ledger/address.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import { cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { type AttemptView, live } from '@libs/routing/attempt.entity.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import type { Effects, Owner } from '@libs/routing/owners.js';
import { announce, announceRefund, refundsOf } from './announce.js';
import { type Charge, charges } from './charges.entity.js';
import { Methods } from './methods.js';
import { lockCharge } from './lock.js';
import { fromSuspense, otherLive } from './orphans.js';
import { Refund } from './refund.entity.js';
import { givenBack, goingBack, goneOf, restored } from './settle.js';
import { refundable } from './view.js';

/**
 * A refund that was proved not to have been sent is tried again after growing pauses, until its day is over; the first
 * of them is as long as a payment must rest between two.
 */
const pauseMs = (tries: number): number => Math.min(2_500 * 2 ** Math.min(tries, 16), 30 * 60_000);

/** A hold that was let go, not money that was given back: nothing is posted. */
export const onlyHeld = ({ kind, held }: Pick<Refund, 'kind' | 'held'>): boolean =>
  kind === 'undo' && held.length === 0;

export const lockRefund = (em: Em, id: string): Promise<Refund> =>
  em.findOneOrFail(Refund, id, { lockMode: LockMode.PESSIMISTIC_WRITE });

/** Where the money of a refund has left us: the provider's own place, unless a statement has told of it before. */
const leftBy = async (em: Em, { amount, currency }: Refund, at: Date, attempt: AttemptView): Promise<string> =>
  (await fromSuspense(em, attempt, { amount, currency, at }, 'taken')) ?? providerClearing(attempt.provider);

/** What was to be given back and cannot be lies in suspense again: it is a human's to know of. */
const shelve = (em: Em, { kind, movementId }: Refund): Promise<unknown> =>
  kind === 'undo' && movementId
    ? em.execute(`update movement set state = 'suspense' where row_id = ?`, [movementId])
    : Promise.resolve();

/** What news means to a refund and to the charge that it gives back. */
@Injectable()
export class RefundOwner implements Owner {
  readonly kind = 'refund';

  constructor(private readonly methods: Methods) {}

  async settle(em: Em, attempt: AttemptView, news: News): Promise<Effects> {
    const refund = await lockRefund(em, attempt.ownerId);
    if (refund.status !== 'pending') return {};
    switch (news.kind) {
      case 'done':
        return this.done(em, refund, news.at, attempt);
      case 'declined':
        return news.code === 'our_balance' ? this.again(em, refund) : this.failed(em, refund, news.message);
      case 'unsent':
      case 'absent':
        return this.again(em, refund);
      case 'pending':
      case 'unknown':
        return {};
    }
  }

  async learn(): Promise<Effects> {
    return {};
  }

  async wants(em: Em, id: string): Promise<boolean> {
    return (await lockRefund(em, id)).status === 'pending';
  }

  /**
   * Given up, and yet it happened: a fact, taken from whoever still holds the charge's money, else from the platform.
   */
  async orphan(em: Em, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind !== 'done') return {};
    const refund = await lockRefund(em, attempt.ownerId);
    if (refund.status === 'pending' && !(await otherLive(em, attempt))) {
      return this.done(em, refund, news.at, attempt);
    }
    if (onlyHeld(refund)) return this.completed(em, refund, news.at);
    const { done, entry } = await this.adopted(em, refund, attempt, news.at);
    return done ? { entries: [entry], ...(await this.completed(em, refund, news.at)) } : { entries: [entry] };
  }

  /** It came back after it was done: those who gave it have it again. */
  async moved(em: Em, id: string, movement: Movement, attempt?: AttemptView): Promise<Effects> {
    const refund = await lockRefund(em, id);
    // Only what was done can come back: told of it first, we take it for the answer that is still on its way.
    const early = refund.status === 'pending' && !!attempt && live.includes(attempt.state);
    if (early && movement.kind === 'returned' && movement.amount === refund.amount) {
      const given = await this.done(em, refund, movement.at, attempt);
      const { entries = [], events = [] } = await this.moved(em, id, movement);
      return { entries: [...(given.entries ?? []), ...entries], events: [...(given.events ?? []), ...events] };
    }
    const reference = `movement:${movement.rowId}`;
    const clearing = providerClearing(movement.provider);
    if (movement.kind !== 'returned' || refund.status !== 'done' || movement.amount !== refund.amount) {
      const suspense = providerSuspense(movement.provider);
      const { amount, currency } = movement;
      movement.state = 'suspense';
      return { entries: [{ reference, postings: [{ from: clearing, to: suspense, amount, currency }] }] };
    }
    const entry = await this.wayBack(em, refund, reference, clearing);
    refund.status = 'failed';
    if (refund.kind === 'undo') {
      await shelve(em, refund);
      return { entries: [entry], events: [announceRefund(refund)] };
    }
    const charge = await lockCharge(em, refund.chargeId);
    charge.refundedAmount = cents(charge.refundedAmount - refund.amount);
    // Two moves in one commit: every step announced is one that a charge may take.
    const events = [announceRefund(refund)];
    if (charge.status === 'refunded') events.push(await this.step(em, charge, 'ask'));
    events.push(await this.rest(em, charge));
    return { entries: [entry], events };
  }

  private async done(em: Em, refund: Refund, at: Date, attempt: AttemptView): Promise<Effects> {
    const { amount, currency } = refund;
    if (onlyHeld(refund)) return this.completed(em, refund, at);
    const to = await leftBy(em, refund, at, attempt);
    const entry: EntryDraft = {
      reference: `attempt:${attempt.id}`,
      postings: [{ from: refundsTransit, to, amount, currency }],
    };
    if (refund.kind === 'asked') {
      const charge = await lockCharge(em, refund.chargeId);
      charge.refundingAmount = cents(charge.refundingAmount - amount);
    }
    return { entries: [entry], ...(await this.completed(em, refund, at)) };
  }

  private async completed(em: Em, refund: Refund, at: Date): Promise<Effects> {
    refund.status = 'done';
    refund.doneAt = at;
    const events = [announceRefund(refund)];
    if (refund.kind === 'asked') {
      const charge = await lockCharge(em, refund.chargeId);
      charge.refundedAmount = cents(charge.refundedAmount + refund.amount);
      charge.refundedAt = at;
      events.push(await this.rest(em, charge));
    }
    return { events };
  }

  /** Those who gave it have it again; what the seller gave before the release goes where the rest of it lies now. */
  private async wayBack(em: Em, refund: Refund, reference: string, from: string): Promise<EntryDraft> {
    if (refund.kind === 'undo') return restored(reference, from, refund.currency, refund.held);
    const charge = await lockCharge(em, refund.chargeId);
    const { parts, fees } = goingBack(charge, refund.held);
    charge.fees = fees;
    return restored(reference, from, refund.currency, parts);
  }

  private async failed(em: Em, refund: Refund, reason: string): Promise<Effects> {
    refund.status = 'failed';
    refund.reason = reason.slice(0, 255);
    if (onlyHeld(refund)) return { events: [announceRefund(refund)] };
    await shelve(em, refund);
    const entry = await this.wayBack(em, refund, `failed:${refund.id}`, refundsTransit);
    const events = [announceRefund(refund)];
    if (refund.kind === 'asked') {
      const charge = await lockCharge(em, refund.chargeId);
      charge.refundingAmount = cents(charge.refundingAmount - refund.amount);
      events.push(await this.rest(em, charge));
    }
    return { entries: [entry], events };
  }

  /** It was provably not done: another try is queued, or it is given up when its day is over. */
  async again(em: Em, refund: Refund): Promise<Effects> {
    const [row] = await em.execute<{ over: boolean }[]>('select clock_now() > ?::timestamptz as over', [
      refund.giveUpAt.toISOString(),
    ]);
    if (row!.over && refund.kind === 'asked')
      return this.failed(em, refund, 'O provedor não aceitou o estorno a tempo.');
    refund.tries += 1;
    const job: JobDraft = { name: 'charges.refund', payload: { refund: refund.id }, afterMs: pauseMs(refund.tries) };
    return { jobs: [job] };
  }

  /** Where the money of a refund that had failed is taken from now. */
  private async adopted(
    em: Em,
    refund: Refund,
    attempt: AttemptView,
    at: Date,
  ): Promise<{ readonly done: boolean; readonly entry: EntryDraft }> {
    const reference = `attempt:${attempt.id}`;
    const to = await leftBy(em, refund, at, attempt);
    const { amount, currency } = refund;
    const charge = await lockCharge(em, refund.chargeId);
    if (refund.kind === 'asked' && refund.status === 'failed' && charge.fees && refundable(charge) >= amount) {
      const back = { reference, amount, to, facts: true } as const;
      const gone = goneOf(charge, await refundsOf(em, charge.id));
      const { entry, parts } = givenBack({ currency, fees: charge.fees }, gone, back);
      refund.held = parts;
      if (charge.status !== 'refund_requested') charge.status = charges.next(charge.status, 'ask') ?? charge.status;
      return { done: true, entry };
    }
    return { done: false, entry: { reference, postings: [{ from: platformLosses, to, amount, currency }] } };
  }

  /** The charge when a refund has ended: `refund_requested` while another waits, else by what stays refunded. */
  private rest(em: Em, charge: Charge): ReturnType<typeof announce> {
    const event = charge.refundingAmount > 0n ? 'ask' : charge.refundedAmount > 0n ? 'refund' : 'restore';
    return this.step(em, charge, event);
  }

  private step(em: Em, charge: Charge, event: 'ask' | 'refund' | 'restore'): ReturnType<typeof announce> {
    charge.status = charges.next(charge.status, event) ?? charge.status;
    const method = this.methods.of(charge.type);
    return announce(em, charge, method, method.change);
  }
}
