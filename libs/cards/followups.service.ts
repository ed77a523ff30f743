import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Charge, type InFlight } from '@libs/charges/charges.entity.js';
import { type ChargeBody, Charges } from '@libs/charges/charges.service.js';
import { cancelOf } from '@libs/charges/expiry.job.js';
import { lockCharge } from '@libs/charges/lock.js';
import { lackedFault, Sales } from '@libs/charges/sales.service.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { ConflictFault, RefusedFault, UnavailableFault } from '@libs/kernel/fault.js';
import type { Reply } from '@libs/kernel/reply.js';
import type { Em } from '@libs/kernel/transaction.js';
import { type Cents, toJson } from '@libs/money/cents.js';
import type { Part, Whole } from '@libs/providers/contract/acts.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt, type AttemptView } from '@libs/routing/attempt.entity.js';
import type { Instruction } from '@libs/routing/plan.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import type { CardType } from './cards.entity.js';

type Act = 'cards.capture' | 'cards.void';
const flights: Readonly<Record<Act, InFlight>> = { 'cards.capture': 'capturing', 'cards.void': 'canceling' };

/** What is done with a charge after its authorisation. */
@Injectable()
export class CardFollowups {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly charges: Charges,
    private readonly sales: Sales,
    private readonly requests: Requests,
    private readonly reconcile: Reconcile,
  ) {}

  /**
   * Captures the whole or, once, a part; the rest is let go.
   * @throws ConflictFault unless `authorized`, or above what is held; RefusedFault when the provider says no,
   * or has no such act; UnavailableFault when it provably was not told.
   */
  async capture(merchant: Merchant, wish: Wish, id: string, amount?: Cents): Promise<Reply<ChargeBody>> {
    const type = 'creditCard';
    const step = await this.follow(merchant, wish, { type, id, act: 'cards.capture' }, (charge, made) => {
      const asked = amount ?? charge.amount;
      if (asked > charge.amount) {
        const rest = { amountAuthorized: toJson(charge.amount) };
        throw new ConflictFault('amount_exceeds_remaining', 'O valor excede o autorizado.', rest);
      }
      const rest = asked === charge.amount;
      const input: Part = { ...whole(made), amount: asked, currency: charge.currency, rest };
      return { ...cancelOf(charge, made, 'cards.capture'), amount: asked, input };
    });
    if (step.attempt?.state === 'declined') throw refusedBy(step.attempt, id);
    return step.reply();
  }

  /** Lets a hold go; `canceled` only when the provider has said so. @throws as `capture`. */
  async cancel(merchant: Merchant, wish: Wish, type: CardType, id: string): Promise<Reply<ChargeBody>> {
    const step = await this.follow(merchant, wish, { type, id, act: 'cards.void' }, (charge, made) =>
      cancelOf(charge, made, 'cards.void'),
    );
    if (step.attempt?.state === 'declined') {
      // It may have been captured, or gone before: then that is what the caller reads.
      if (step.made) await this.reconcile.find(step.made, 'find');
      const { status } = await this.charges.load(merchant, id, type);
      if (status !== 'canceled') throw invalid(status);
    }
    return step.reply();
  }

  /** Gives back a part, or what remains: of debit before the answer, of credit by a job. @throws as `Sales.refund`. */
  refund(merchant: Merchant, wish: Wish, type: CardType, id: string, amount?: Cents): Promise<Reply<ChargeBody>> {
    return this.sales.refund(merchant, wish, { id, type, amount, atOnce: type === 'debitCard' });
  }

  private async follow(
    merchant: Merchant,
    wish: Wish,
    { type, id, act }: { readonly type: CardType; readonly id: string; readonly act: Act },
    instruct: (charge: Charge, made: AttemptView) => Instruction<Whole>,
  ): Promise<{
    readonly attempt?: AttemptView;
    readonly made?: string;
    readonly reply: () => Promise<Reply<ChargeBody>>;
  }> {
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    const again = async (): Promise<{ reply: () => Promise<Reply<ChargeBody>>; attempt?: AttemptView }> => {
      const reply = (): Promise<Reply<ChargeBody>> => this.sales.reply(merchant, type, id, 200, true);
      await this.sales.replay(merchant, type, id, 200);
      const attempt = await this.last(id, act);
      // It may have been heard at this very moment that nothing was done: that is not answered as done.
      if (attempt?.state === 'failed') throw new UnavailableFault(undefined, { id });
      return { reply, attempt };
    };
    if (earlier !== undefined && !(await this.mayAgain(this.em.fork(), id, act))) return again();
    const charge = await this.charges.load(merchant, id, type);
    assertHeld(charge);
    const made = await this.em.fork().findOneOrFail(Attempt, charge.attemptId!);
    const instruction = instruct(charge, made);
    if (!(await this.routing.can(made, act, instruction.input))) throw lackedFault();
    let repeated = false;
    const claim = async (em: Em): Promise<'send' | 'repeat'> => {
      const first = earlier ?? (await this.requests.claim(em, wish, id));
      const row = await lockCharge(em, id);
      repeated = first !== undefined && !(await this.mayAgain(em, id, act));
      if (repeated) return 'repeat';
      assertHeld(row);
      row.inFlight = flights[act];
      await em.flush();
      return 'send';
    };
    const attempt = await this.routing.follow(instruction, made, claim);
    if (repeated) return again();
    if (attempt?.state === 'failed') throw new UnavailableFault(undefined, { id });
    return { attempt, made: made.id, reply: () => this.sales.reply(merchant, type, id, 200, false) };
  }

  private async last(ownerId: string, operation: Act): Promise<AttemptView | undefined> {
    const orderBy = { createdAt: 'desc' } as const;
    return (await this.em.fork().findOne(Attempt, { ownerId, operation }, { orderBy })) ?? undefined;
  }

  /** After a 503 the same key tries again: every try so far was provably never done, and the charge still waits. */
  private async mayAgain(em: Em, id: string, operation: Act): Promise<boolean> {
    const charge = await em.findOneOrFail(Charge, id);
    if (charge.status !== 'authorized' || charge.inFlight) return false;
    const where = { ownerId: id, operation };
    const failed = await em.count(Attempt, { ...where, state: 'failed' });
    return failed > 0 && (await em.count(Attempt, where)) === failed;
  }
}

const whole = (made: AttemptView): Whole => ({ ref: made.ref ?? made.key, receipt: made.receipt ?? undefined });

const invalid = (status: string): ConflictFault =>
  new ConflictFault('invalid_state', 'O estado da cobrança não permite a operação.', { status });

function assertHeld({ status, inFlight, attemptId }: Readonly<Charge>): void {
  if (status !== 'authorized' || inFlight || !attemptId) throw invalid(status);
}

/** What a provider refused of a follow-up, as its caller is told it. */
const refusedBy = (attempt: AttemptView, id: string): RefusedFault =>
  new RefusedFault('payment_declined', 'O provedor recusou a operação.', {
    id,
    returnCode: attempt.returnCode ?? attempt.code ?? null,
    returnMessage: attempt.message ?? null,
  });
