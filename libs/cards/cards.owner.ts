import { charges, type Charge } from '@libs/charges/charges.entity.js';
import { announce } from '@libs/charges/announce.js';
import { lockCharge } from '@libs/charges/lock.js';
import { type Done, otherLive, undo, waitingOrphans } from '@libs/charges/orphans.js';
import { type Arrived, ask, ChargeOwner } from '@libs/charges/owner.js';
import { now } from '@libs/kernel/clock.js';
import type { JobDraft } from '@libs/kernel/queue.js';
import type { Em } from '@libs/kernel/transaction.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { Attempt, type AttemptView, live } from '@libs/routing/attempt.entity.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import type { Effects, Source } from '@libs/routing/owners.js';
import { cardOf } from './cards.entity.js';

const dayMs = 24 * 60 * 60 * 1_000;
const capture = 'cards.capture';

interface Hold {
  readonly captured: Cents;
  readonly captureBy?: Date;
  /** The provider says that nothing of it is captured, and not until when it could be: there is no hold any more. */
  readonly gone: boolean;
}
/** How a sale stands: kept news has it as JSON writes it, a human who resolves an attempt says the sum alone. */
function stateOf(charge: Charge, { data, amount }: Done): Hold {
  const said = (data ?? {}) as { captured?: bigint | number; captureBy?: Date | string };
  if (said.captured === undefined) {
    return { captured: cents(cardOf(charge).wantsCapture ? amount : 0n), gone: false };
  }
  const captured = cents(said.captured);
  if (said.captureBy === undefined) return { captured, gone: captured === 0n };
  return { captured, captureBy: new Date(said.captureBy), gone: false };
}

/** Where a charge on a card differs from others: its money may only be held, and is then captured or let go. */
export class CardOwner extends ChargeOwner {
  protected override async settled(
    em: Em,
    charge: Charge,
    attempt: AttemptView,
    news: News,
    from: Source,
  ): Promise<Effects> {
    if (attempt.operation === capture) return this.captured(em, charge, attempt, news);
    if (news.kind !== 'pending' || attempt.operation !== 'cards.authorize') {
      return super.settled(em, charge, attempt, news, from);
    }
    this.method.fill(charge, news.data, news);
    const { redirectUrl, wantsCapture } = cardOf(charge);
    // What waits for a hold is undecided, and shown as no more: only money may be waited for.
    const known = wantsCapture ? await super.settled(em, charge, attempt, news, from) : {};
    if (redirectUrl && wantsCapture) return known; // a payer at his bank's page has the charge's own day
    // What nobody can decide is closed when an absence would be believed, and the provider says how it has ended.
    const afterMs = redirectUrl || !('afterMs' in attempt.proof) ? dayMs : attempt.proof.afterMs;
    const payload = { charge: charge.id, attempt: attempt.id };
    return { ...known, jobs: [{ name: 'charges.undecided', payload, afterMs }] };
  }

  override async learn(em: Em, attempt: AttemptView, news: News, from: Source): Promise<Effects> {
    if (attempt.operation === capture) return {};
    const known = await super.learn(em, attempt, news, from);
    if (from === 'clock' || attempt.operation !== 'cards.authorize') return known;
    const charge = await lockCharge(em, attempt.ownerId);
    // Captured at the provider's own site while it lapsed here: money is money, and late.
    const open = charge.status === 'authorized' || charge.status === 'expired' || charge.status === 'canceled';
    const ours = open && charge.attemptId === attempt.id && attempt.state === 'succeeded';
    // While a capture or a cancel is under way, its own outcome is what counts.
    if (!ours || charge.inFlight || (await followed(em, charge))) return known;
    return { ...known, ...(await this.changed(em, charge, attempt, news)) };
  }

  override async orphan(em: Em, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind !== 'done') return {};
    const charge = await lockCharge(em, attempt.ownerId);
    if (attempt.operation === capture) return this.captured(em, charge, attempt, news);
    if (attempt.operation === this.method.cancels) {
      return charge.status === 'authorized'
        ? this.ended(em, charge, attempt, 'cancel')
        : super.orphan(em, attempt, news);
    }
    const { captured } = stateOf(charge, news);
    if (captured > 0n) return super.orphan(em, attempt, { ...news, amount: captured });
    if (charges.next(charge.status, 'hold') === undefined) return { jobs: await this.back(em, charge, attempt, news) };
    return (await otherLive(em, attempt)) ? {} : this.held(em, charge, attempt, news);
  }

  /** The sale itself, seen before its answer was, is no second payment: it is asked after. */
  override async moved(em: Em, id: string, movement: Movement, attempt?: AttemptView): Promise<Effects> {
    const { ref } = movement.about;
    const same = attempt?.operation === 'cards.authorize' && (!attempt.ref || ref === undefined || ref === attempt.ref);
    if (movement.kind === 'received' && same) return { jobs: [ask(attempt.id)] };
    return super.moved(em, id, movement, attempt);
  }

  /** What is captured is paid, what is not is held. */
  protected override received(
    em: Em,
    charge: Charge,
    attempt: AttemptView,
    news: Arrived,
    source?: string,
  ): Promise<Effects> {
    const { captured } = stateOf(charge, news);
    if (captured === 0n) return this.held(em, charge, attempt, news);
    return this.paid(em, charge, attempt, { ...news, amount: captured }, source);
  }

  private paid(em: Em, charge: Charge, attempt: AttemptView, news: Arrived, source?: string): Promise<Effects> {
    charge.paymentId = attempt.ref ?? charge.paymentId ?? null;
    return super.received(em, charge, attempt, news, source);
  }

  /** A hold has posted nothing: it is voided. */
  protected override async back(
    em: Em,
    charge: Charge,
    attempt: AttemptView,
    news: Done,
  ): Promise<readonly JobDraft[]> {
    const { captured } = stateOf(charge, news);
    const whole = captured === 0n ? news.amount : captured;
    return [await undo(em, charge, attempt, { ...news, amount: whole }, undefined, captured === 0n)];
  }

  private async held(em: Em, charge: Charge, attempt: AttemptView, news: Done): Promise<Effects> {
    const card = cardOf(charge);
    const status = charges.next(card.status, 'hold');
    if (status === undefined) return { jobs: await this.back(em, card, attempt, news) };
    const { captureBy, gone } = stateOf(charge, news);
    this.method.fill(card, news.data, news);
    card.status = status;
    card.inFlight = null;
    card.provider = attempt.provider;
    card.attemptId = attempt.id;
    card.paymentId = attempt.ref ?? card.paymentId ?? null;
    card.captureBy = captureBy ?? null;
    card.expireDueAt = captureBy ? new Date(Math.max(captureBy.getTime() - dayMs, now().getTime())) : null;
    const events = [await announce(em, card, this.method, this.method.change, { attempt })];
    const jobs: JobDraft[] = [];
    for (const other of await waitingOrphans(em, card, attempt)) {
      jobs.push(...(await this.back(em, card, other.orphan, other.news)));
    }
    if (!gone) return { events, jobs };
    // It was let go before we ever heard of it.
    const { events: last = [], ...rest } = await this.ended(em, card, attempt, 'cancel');
    return { ...rest, events: [...events, ...last], jobs: [...jobs, ...(rest.jobs ?? [])] };
  }

  /** What became of a hold without us: captured at the provider's own site, or let go. */
  private async changed(em: Em, charge: Charge, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind === 'declined' && (news.code === 'expired' || news.code === 'cancelled')) {
      return this.ended(em, charge, attempt, news.code === 'expired' ? 'expire' : 'cancel');
    }
    if (news.kind !== 'done') return {};
    const { captured, gone } = stateOf(charge, news);
    if (captured > 0n) return this.paid(em, charge, attempt, { ...news, amount: captured });
    const lapsed = (cardOf(charge).captureBy ?? now()) <= now();
    return !gone ? {} : this.ended(em, charge, attempt, lapsed ? 'expire' : 'cancel');
  }

  /** A capture is the money of the authorisation before it, at that one's price; what it leaves is let go. */
  private async captured(em: Em, charge: Charge, attempt: AttemptView, news: News): Promise<Effects> {
    if (news.kind === 'pending' || news.kind === 'unknown') return {};
    if (news.kind !== 'done') {
      charge.inFlight = null;
      // It may have lapsed, or somebody else may have let it go: the provider knows.
      return { jobs: news.kind === 'declined' && charge.attemptId ? [ask(charge.attemptId)] : [] };
    }
    if (charges.next(charge.status, 'pay') === undefined || !charge.attemptId) return {};
    const made = await em.findOneOrFail(Attempt, charge.attemptId);
    return this.paid(em, charge, made, { ...news, asked: attempt.amount });
  }
}

const followed = async (em: Em, { id }: Charge): Promise<boolean> =>
  (await em.count(Attempt, {
    ownerId: id,
    operation: { $in: [capture, 'cards.void'] },
    state: { $in: [...live] },
  })) > 0;
