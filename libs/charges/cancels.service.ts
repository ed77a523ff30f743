import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { ConflictFault, UnavailableFault } from '@libs/kernel/fault.js';
import { Queue } from '@libs/kernel/queue.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt, type AttemptView } from '@libs/routing/attempt.entity.js';
import type { Claim } from '@libs/routing/executor.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import { announce } from './announce.js';
import { Charge } from './charges.entity.js';
import { type ChargeBody, Charges } from './charges.service.js';
import { cancelOf } from './expiry.job.js';
import { lockCharge } from './lock.js';
import { Methods } from './methods.js';
import { Sales } from './sales.service.js';

type Type = Charge['type'];

/** The end of a charge that its merchant does not want paid any more, whatever it would have been paid with. */
@Injectable()
export class Cancels {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly requests: Requests,
    private readonly reconcile: Reconcile,
    private readonly outbox: Outbox,
    private readonly queue: Queue,
    private readonly charges: Charges,
    private readonly sales: Sales,
    private readonly methods: Methods,
  ) {}

  /**
   * Cancels at the provider; `canceled` only when it has said so. Where it has no cancel the charge is closed here.
   * @throws ConflictFault unless `pending`, or when the provider will not; UnavailableFault when it was provably not
   * told, and the same key tries again.
   */
  async cancel(merchant: Merchant, wish: Wish, type: Type, id: string): Promise<Reply<ChargeBody>> {
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    if (earlier !== undefined && !(await this.mayAgain(this.em.fork(), id))) return this.replay(merchant, type, id);
    const charge = await this.charges.load(merchant, id, type);
    let claimed: string | undefined;
    const step = await this.end(charge, async (em) => {
      const first = earlier ?? (await this.requests.claim(em, wish, id));
      if (first === undefined) return 'send';
      await lockCharge(em, id);
      if (await this.mayAgain(em, id)) return 'send';
      claimed = first;
      return 'repeat';
    });
    if (claimed !== undefined) return this.replay(merchant, type, id);
    if (step?.state === 'failed') throw new UnavailableFault(undefined, { id });
    if (step?.state === 'declined') await this.refused(merchant, charge);
    return this.sales.reply(merchant, type, id, 200, false);
  }

  /**
   * One try to end a charge that waits for its payer. `wanted` runs first in the first commit, and may find that it is
   * a repeat. Undefined: nothing was sent, it is closed on our side alone.
   * @throws ConflictFault unless `pending`.
   */
  async end(charge: Readonly<Charge>, wanted: Claim): Promise<AttemptView | undefined> {
    const { id, attemptId, type } = charge;
    const { cancels } = this.methods.of(type);
    const claim: Claim = async (em) => {
      if ((await wanted(em)) === 'repeat') return 'repeat';
      const row = await lockCharge(em, id);
      if (row.status !== 'pending' || row.inFlight) throw stateFault(row.status);
      row.inFlight = 'canceling';
      await em.flush();
      return 'send';
    };
    const made = attemptId ? await this.em.fork().findOne(Attempt, attemptId) : null;
    if (made && (await this.routing.can(made, cancels))) {
      return this.routing.follow(cancelOf(charge, made, cancels), made, claim);
    }
    await tx(this.em, async (em) => {
      if ((await claim(em)) === 'send') await this.endOurs(em, id);
    });
    return undefined;
  }

  /** Our side alone, where the provider has no cancel: it may still be paid, and is then late. */
  private async endOurs(em: Em, id: string): Promise<void> {
    const charge = await lockCharge(em, id);
    const method = this.methods.of(charge.type);
    charge.status = 'canceled';
    charge.inFlight = null;
    charge.expireDueAt = null;
    await em.flush();
    await this.outbox.append(em, [await announce(em, charge, method, method.change)]);
    if (!charge.attemptId) return;
    await this.queue.add(em, [{ name: 'charges.close', payload: { charge: id, attempt: charge.attemptId } }]);
  }

  /** The provider would not: it has been paid, most likely, and then the caller reads that. */
  private async refused(merchant: Merchant, { id, type, attemptId }: Readonly<Charge>): Promise<void> {
    if (attemptId) await this.reconcile.find(attemptId, 'find');
    const { status } = await this.charges.load(merchant, id, type);
    if (status !== 'canceled') throw deniedFault(status);
  }

  /** After a 503 the same key tries again: every cancel so far was provably never done, and the charge still waits. */
  private async mayAgain(em: Em, id: string): Promise<boolean> {
    const charge = await em.findOneOrFail(Charge, id);
    if (charge.status !== 'pending' || charge.inFlight) return false;
    const where = { ownerId: id, operation: this.methods.of(charge.type).cancels };
    const failed = await em.count(Attempt, { ...where, state: 'failed' });
    return failed > 0 && (await em.count(Attempt, where)) === failed;
  }

  /** It may be heard at this very moment what became of the first: what was not done is not answered as done. */
  private async replay(merchant: Merchant, type: Type, id: string): Promise<Reply<ChargeBody>> {
    const reply = await this.sales.replay(merchant, type, id, 200);
    const { status, pendingOperation } = reply.body;
    if (status !== 'pending' || pendingOperation !== null) return reply;
    const where = { ownerId: id, operation: this.methods.of(type).cancels };
    const last = await this.em.fork().findOne(Attempt, where, { orderBy: { createdAt: 'desc' } });
    if (last?.state === 'failed') throw new UnavailableFault(undefined, { id });
    throw deniedFault(status);
  }
}

const stateFault = (status: string): ConflictFault =>
  new ConflictFault('invalid_state', 'Só uma cobrança pendente pode ser cancelada.', { status });

const deniedFault = (status: string): ConflictFault =>
  new ConflictFault('invalid_state', 'O provedor não aceitou o cancelamento.', { status });
