import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { ConflictFault, UnavailableFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { type JobView, OnJob, Queue } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { refundsTransit } from '@libs/ledger/address.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { type Cents, toJson } from '@libs/money/cents.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import type { Part } from '@libs/providers/contract/acts.js';
import { Attempt, live } from '@libs/routing/attempt.entity.js';
import type { Place } from '@libs/routing/attempts.js';
import { Credential } from '@libs/routing/credential.entity.js';
import { Movement } from '@libs/routing/movement.entity.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import { announce, refundsOf } from './announce.js';
import { Charge, charges, type ChargeStatus, type FeesRow } from './charges.entity.js';
import { Methods } from './methods.js';
import { lockCharge } from './lock.js';
import { Refund } from './refund.entity.js';
import { lockRefund, onlyHeld, RefundOwner } from './refunds.owner.js';
import { givenBack, goneOf } from './settle.js';
import { refundable } from './view.js';

/** What a refund of a charge would be. `amount` absent: the rest. @throws ConflictFault as `ask`. */
export function assertRefundable(
  charge: Readonly<Charge>,
  amount?: Cents,
): { readonly status: ChargeStatus; readonly fees: FeesRow; readonly asked: Cents } {
  const status = charges.next(charge.status, 'ask');
  const { fees, attemptId, movementId } = charge;
  if (status === undefined || charge.inFlight || !fees || !(attemptId ?? movementId)) {
    throw new ConflictFault('invalid_state', 'O estado da cobrança não permite o estorno.', { status: charge.status });
  }
  const rest = refundable(charge);
  const asked = amount ?? rest;
  if (asked > rest || asked === 0n) {
    throw new ConflictFault('amount_exceeds_remaining', 'O valor excede o que resta a estornar.', {
      amountRefundable: toJson(rest),
    });
  }
  return { status, fees, asked };
}

/** What is given back, and the jobs that tell the provider so. */
@Injectable()
export class Refunds {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly reconcile: Reconcile,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly queue: Queue,
    private readonly methods: Methods,
    private readonly owner: RefundOwner,
  ) {}

  /**
   * T0 of a refund, in the caller's transaction: the claim is posted, the row waits for its job, at least `afterMs`.
   * `amount` absent: the rest.
   * @throws ConflictFault when the state does not allow it or the amount is above what remains; RefusedFault when the
   * merchant's balance cannot bear its part.
   */
  async ask(em: Em, charge: Charge, amount?: Cents, afterMs = 0): Promise<string> {
    const { status, fees, asked } = assertRefundable(charge, amount);
    const id = uuid();
    const back = { reference: `refund:${id}`, amount: asked, to: refundsTransit } as const;
    const { entry, parts } = givenBack(
      { currency: charge.currency, fees },
      goneOf(charge, await refundsOf(em, charge.id)),
      back,
    );
    await em.insert(Refund, {
      id,
      chargeId: charge.id,
      merchantId: charge.merchantId,
      mode: charge.mode,
      attemptId: charge.attemptId ?? null,
      movementId: charge.movementId ?? null,
      kind: 'asked',
      amount: asked,
      currency: charge.currency,
      status: 'pending',
      held: parts,
    });
    charge.status = status;
    charge.refundingAmount = (charge.refundingAmount + asked) as Cents;
    await em.flush();
    const method = this.methods.of(charge.type);
    await this.ledger.post(em, charge.mode, [entry]);
    await this.outbox.append(em, [await announce(em, charge, method, method.change)]);
    await this.queue.add(em, [{ name: 'charges.refund', payload: { refund: id }, afterMs }]);
    return id;
  }

  /**
   * Whether whoever holds a charge's money gives so much of it back itself; true where the state decides. Not in a
   * transaction: an account may have to be opened.
   */
  async offered(charge: Readonly<Charge>, amount?: Cents): Promise<boolean> {
    const { id: chargeId, type, attemptId, movementId } = charge;
    if (!(attemptId ?? movementId)) return true;
    const operation = this.methods.of(type).refunds;
    if (operation === undefined) return false;
    const { at } = await moneyOf(this.em.fork(), { chargeId, attemptId, movementId });
    return this.routing.can(at, operation, { rest: amount === undefined || amount === refundable(charge) });
  }

  /** Sends a refund that waits. A repeat of the job finds the live attempt, or the end, and sends nothing. */
  @OnJob('charges.refund')
  async send({ payload }: JobView): Promise<void> {
    const id = String(payload['refund']);
    try {
      await this.give(id);
    } catch (error) {
      if (!(error instanceof UnavailableFault)) throw error;
      await this.untold(id);
    }
  }

  /** The provider was not even asked: again after a pause, until the refund's day is over. */
  private async untold(id: string): Promise<void> {
    await tx(this.em, async (em) => {
      const refund = await lockRefund(em, id);
      if (refund.status !== 'pending' || (await hasLive(em, id))) return;
      const { entries = [], events = [], jobs = [] } = await this.owner.again(em, refund);
      await em.flush();
      if (entries.length > 0) await this.ledger.post(em, refund.mode, entries);
      if (events.length > 0) await this.outbox.append(em, events);
      await this.queue.add(em, jobs);
    });
  }

  /**
   * One try at the provider.
   * @throws UnavailableFault when what will prove it cannot be read now, or another act upon the payment is undecided.
   */
  async give(id: string): Promise<void> {
    const em = this.em.fork();
    const refund = await em.findOneOrFail(Refund, id);
    const { at, type, ref, receipt } = await moneyOf(em, refund);
    const { amount, currency, merchantId, mode } = refund;
    const input: Part = { ref, receipt, amount, currency, rest: false };
    const method = this.methods.of(type);
    const operation = onlyHeld(refund) ? method.cancels : method.refunds;
    if (operation === undefined) throw new Error(`nothing of a ${method.type} is given back by its provider`);
    // An earlier one that has come back is not to be mistaken for what the payment showed before this one.
    const { provider, credentialId } = at;
    const { doubted } = await this.reconcile.findRefund({ provider, credentialId, operation, ref }, 'find');
    if (doubted) throw new UnavailableFault();
    const owner = { kind: 'refund', id: refund.id };
    await this.routing.follow({ merchantId, mode, operation, amount, currency, owner, input }, at, async (inner) => {
      const row = await lockRefund(inner, refund.id);
      return row.status === 'pending' && !(await hasLive(inner, row.id)) ? 'send' : 'repeat';
    });
  }

  /** Claims what must not be kept: from suspense into transit, then it is sent like any refund. */
  @OnJob('charges.undo')
  async undo({ payload }: JobView): Promise<void> {
    await tx(this.em, async (em) => {
      const refund = await lockRefund(em, String(payload['refund']));
      if (onlyHeld(refund)) return this.queue.add(em, [{ name: 'charges.refund', payload: { refund: refund.id } }]);
      const reference = `refund:${refund.id}`;
      if (await this.ledger.posted(em, reference)) return;
      const charge = await lockCharge(em, refund.chargeId);
      // What no provider gives back stays where it is seen, in suspense, until it can be paid out.
      if (this.methods.of(charge.type).refunds === undefined) return;
      const { amount, currency, held } = refund;
      const postings = held.map(({ address }) => ({ from: address, to: refundsTransit, amount, currency }));
      await this.ledger.post(em, refund.mode, [{ reference, postings }]);
      await this.queue.add(em, [{ name: 'charges.refund', payload: { refund: refund.id } }]);
    });
  }
}

interface Money {
  readonly at: Place;
  readonly type: string;
  readonly ref: string;
  readonly receipt?: string;
}
/** Where the money of a refund lies, and what the provider calls it: an attempt's, or what came by itself. */
async function moneyOf(
  em: Em,
  { attemptId, movementId, chargeId }: Pick<Refund, 'attemptId' | 'movementId' | 'chargeId'>,
): Promise<Money> {
  const movement = movementId ? await em.findOneOrFail(Movement, movementId) : undefined;
  if (attemptId) {
    const at = await em.findOneOrFail(Attempt, attemptId);
    return { at, type: at.ownerKind, ref: at.ref ?? at.key, receipt: movement?.id ?? at.receipt ?? undefined };
  }
  if (!movement) throw new Error('a refund of no money');
  const { provider, credentialId, createdAt: saleAt, id: receipt, about } = movement;
  const { environment } = await em.findOneOrFail(Credential, credentialId);
  const { type } = await em.findOneOrFail(Charge, chargeId);
  return { at: { provider, environment, credentialId, saleAt }, type, ref: about.ref ?? receipt, receipt };
}

const hasLive = async (em: Em, ownerId: string): Promise<boolean> =>
  (await em.count(Attempt, { ownerKind: 'refund', ownerId, state: { $in: [...live, 'succeeded'] } })) > 0;
