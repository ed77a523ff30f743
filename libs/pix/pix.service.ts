import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { lockCharge } from '@libs/charges/lock.js';
import { ChargeOwner } from '@libs/charges/owner.js';
import { type ChargeBody, Charges } from '@libs/charges/charges.service.js';
import { cancelOf } from '@libs/charges/expiry.job.js';
import { payerOf } from '@libs/charges/customer.dto.js';
import { Methods } from '@libs/charges/methods.js';
import { Refunds } from '@libs/charges/refunds.service.js';
import { wholeSale } from '@libs/charges/settle.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { ConflictFault, MissingFault, UnavailableFault } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { point } from '@libs/kernel/point.js';
import { Reply } from '@libs/kernel/reply.js';
import { pause, timer } from '@libs/kernel/timer.js';
import { constraintOf, type Em, tx } from '@libs/kernel/transaction.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { announce } from '@libs/charges/announce.js';
import type { PixInput } from '@libs/providers/contract/inputs.js';
import { providerOf } from '@libs/providers/registry.js';
import type { Wish } from '@libs/requests/wish.js';
import { Requests } from '@libs/requests/requests.service.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Owners } from '@libs/routing/owners.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { canDo, type Instruction } from '@libs/routing/plan.js';
import { Routing } from '@libs/routing/routing.service.js';
import type { CreatePixDto } from './pix.dto.js';
import { Pix } from './pix.entity.js';
import { pixMethod } from './pix.method.js';

const missing = 'Pix não encontrado.';
const defaultExpireSeconds = 3_600;
/** How long a twin waits for the answer of the request that came first. */
const twinMs = 30_000;
const uniqueNames = new Set(['charge_wished', 'attempt_one_key']);

@Injectable()
export class PixService {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly charges: Charges,
    private readonly refunds: Refunds,
    private readonly requests: Requests,
    private readonly outbox: Outbox,
    private readonly reconcile: Reconcile,
    owners: Owners,
    methods: Methods,
  ) {
    methods.register(pixMethod);
    owners.register(new ChargeOwner(pixMethod));
  }

  /** @throws UnavailableFault when no provider took it, provably; the charge is kept as `failed`. */
  async create(merchant: Merchant, wish: Wish, dto: CreatePixDto): Promise<Reply<ChargeBody>> {
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    if (earlier !== undefined && !(await this.mayRetry(merchant, earlier))) return this.replay(merchant, earlier, 201);
    const id = uuid();
    const instruction = instructionOf(merchant, dto, id);
    const plan = await this.routing.plan(instruction);
    let claimed: string | undefined;
    const claim = async (em: Em): Promise<'send' | 'repeat'> => {
      claimed =
        earlier === undefined
          ? await this.requests.claim(em, wish, id)
          : await this.requests.repoint(em, wish, earlier, id);
      if (claimed !== undefined) return 'repeat';
      await insert(em, merchant, dto, id, 'lanes' in plan);
      return 'send';
    };
    try {
      if ('lanes' in plan) await this.routing.run(instruction, plan, claim);
      else await tx(this.em, claim);
    } catch (error) {
      if (!uniqueNames.has(constraintOf(error) ?? '')) throw error;
      throw new ConflictFault('payment_id_taken', 'Já existe um pagamento com este paymentId.');
    }
    return claimed === undefined ? this.reply(merchant, id, 201, false) : this.replay(merchant, claimed, 201);
  }

  one(merchant: Merchant, id: string): Promise<ChargeBody> {
    return this.charges.view(merchant, id, missing, 'pix');
  }

  byCustomCode(merchant: Merchant, customCode: string): Promise<readonly ChargeBody[]> {
    return this.charges.byCustomCode(merchant, 'pix', customCode);
  }

  /** Cancels at the provider; `canceled` only when it has said so. @throws ConflictFault unless `pending`. */
  async cancel(merchant: Merchant, wish: Wish, id: string): Promise<Reply<ChargeBody>> {
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    if (earlier !== undefined && !(await this.mayCancelAgain(this.em.fork(), id)))
      return this.replayCancel(merchant, id);
    const pix = await this.load(merchant, id);
    const made = pix.attemptId ? await this.em.fork().findOne(Attempt, pix.attemptId) : null;
    let claimed: string | undefined;
    const claim = async (em: Em): Promise<'send' | 'repeat'> => {
      const first = earlier ?? (await this.requests.claim(em, wish, id));
      const charge = await lockCharge(em, id);
      if (first !== undefined && !(await this.mayCancelAgain(em, id))) {
        claimed = first;
        return 'repeat';
      }
      if (charge.status !== 'pending' || charge.inFlight) {
        throw new ConflictFault('invalid_state', 'Só um Pix pendente pode ser cancelado.', { status: charge.status });
      }
      charge.inFlight = 'canceling';
      await em.flush();
      return 'send';
    };
    if (made && canDo(providerOf(made.provider), 'pix.cancel')) {
      const step = await this.routing.follow(cancelOf(pix, made, 'pix.cancel'), made, claim);
      if (step?.state === 'failed') throw new UnavailableFault(undefined, { id });
      if (step?.state === 'declined') await this.refusedCancel(merchant, made.id, id);
    } else await tx(this.em, (em) => this.cancelOurs(em, id, claim));
    return claimed === undefined ? this.reply(merchant, id, 200, false) : this.replayCancel(merchant, id);
  }

  /** Gives back a part, or what remains. The claim is posted now; the provider is told by a job. */
  async refund(
    merchant: Merchant,
    wish: Wish,
    id: string,
    amount: CreatePixDto['amount'] | undefined,
  ): Promise<Reply<ChargeBody>> {
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    if (earlier !== undefined) return this.replay(merchant, earlier, 200);
    await this.load(merchant, id);
    point('claim.before', 'asked');
    const claimed = await tx(this.em, async (em) => {
      const first = await this.requests.claim(em, wish, id);
      if (first === undefined) await this.refunds.ask(em, await lockCharge(em, id), amount);
      return first;
    });
    point('claim.after', 'asked');
    return this.reply(merchant, id, 200, claimed !== undefined);
  }

  /** The provider would not: it has been paid, most likely, and then the caller reads that. */
  private async refusedCancel({ merchantId, mode }: Merchant, attempt: string, id: string): Promise<void> {
    await this.reconcile.find(attempt, 'find');
    const { status } = await this.em.fork().findOneOrFail(Pix, { id, merchantId, mode });
    if (status === 'canceled') return;
    throw new ConflictFault('invalid_state', 'O provedor não aceitou o cancelamento.', { status });
  }

  private async load({ merchantId, mode }: Merchant, id: string): Promise<Pix> {
    const pix = isUuid(id) ? await this.em.fork().findOne(Pix, { id, merchantId, mode }) : null;
    if (!pix) throw new MissingFault(missing);
    return pix;
  }

  /** Our side alone, where the provider has no cancel: it may still be paid, and is then late. */
  private async cancelOurs(em: Em, id: string, claim: (em: Em) => Promise<'send' | 'repeat'>): Promise<void> {
    if ((await claim(em)) === 'repeat') return;
    const charge = await lockCharge(em, id);
    charge.status = 'canceled';
    charge.inFlight = null;
    charge.expireDueAt = null;
    await em.flush();
    await this.outbox.append(em, [await announce(em, charge, pixMethod, pixMethod.change)]);
  }

  /** After a 503 the same key tries again: it is proved that nothing was done, and the failed charge stays. */
  private async mayRetry(merchant: Merchant, id: string): Promise<boolean> {
    return (await this.load(merchant, id)).status === 'failed';
  }

  /** After a 503 the same key tries again: every cancel so far was provably never done, and the charge still waits. */
  private async mayCancelAgain(em: Em, id: string): Promise<boolean> {
    const charge = await em.findOneOrFail(Pix, id);
    if (charge.status !== 'pending' || charge.inFlight) return false;
    const where = { ownerId: id, operation: 'pix.cancel' as const };
    const failed = await em.count(Attempt, { ...where, state: 'failed' });
    return failed > 0 && (await em.count(Attempt, where)) === failed;
  }

  private async replay(merchant: Merchant, id: string, status: number): Promise<Reply<ChargeBody>> {
    const leftMs = timer(twinMs);
    const em = this.em.fork();
    while ((await em.fork().count(Attempt, { ownerId: id, state: 'sent' })) > 0 && leftMs() > 0) await pause(50);
    return this.reply(merchant, id, status, true);
  }

  /** It may be heard at this very moment what became of the first: what was not done is not answered as done. */
  private async replayCancel(merchant: Merchant, id: string): Promise<Reply<ChargeBody>> {
    const reply = await this.replay(merchant, id, 200);
    const { status, pendingOperation } = reply.body;
    if (status !== 'pending' || pendingOperation !== null) return reply;
    const last = await this.em
      .fork()
      .findOne(Attempt, { ownerId: id, operation: 'pix.cancel' }, { orderBy: { createdAt: 'desc' } });
    if (last?.state === 'failed') throw new UnavailableFault(undefined, { id });
    throw new ConflictFault('invalid_state', 'O provedor não aceitou o cancelamento.', { status });
  }

  /** The status code follows from the row, so that it survives a crash before any answer. */
  private async reply(merchant: Merchant, id: string, status: number, replayed: boolean): Promise<Reply<ChargeBody>> {
    const body = await this.charges.view(merchant, id, missing, 'pix');
    if (status === 201 && body['status'] === 'failed') throw new UnavailableFault(undefined, { id });
    const undecided = body['status'] === 'processing' || body['pendingOperation'] === 'cancel';
    return new Reply(undecided ? 202 : status, body, replayed);
  }
}

function instructionOf(merchant: Merchant, dto: CreatePixDto, id: string): Instruction<PixInput> {
  const { amount, expire = defaultExpireSeconds, instructions, customer, paymentId } = dto;
  return {
    merchantId: merchant.merchantId,
    mode: merchant.mode,
    operation: 'pix.create',
    amount,
    currency: 'BRL',
    owner: { kind: 'pix', id },
    input: { amount, currency: 'BRL', expireSeconds: expire, instructions, payer: customer && payerOf(customer) },
    wish: paymentId,
  };
}

/** The row of the first commit: `processing`, or `failed` at once when no lane can serve it. */
async function insert(em: Em, merchant: Merchant, dto: CreatePixDto, id: string, served: boolean): Promise<void> {
  const { amount, customCode, customer, instructions, paymentId, expire = defaultExpireSeconds } = dto;
  await em.execute(
    `insert into charge (id, merchant_id, mode, type, status, custom_code, amount, currency, shares, customer,
       instructions, wished_payment_id, payment_id, expire_seconds, expires_at, expire_due_at)
     values (?, ?, ?, 'pix', ?, ?, ?, 'BRL', ?::jsonb, ?::jsonb, ?, ?, ?, ?,
       clock_now() + ? * interval '1 second', clock_now() + ? * interval '1 second')`,
    [
      id,
      merchant.merchantId,
      merchant.mode,
      served ? 'processing' : 'failed',
      customCode ?? null,
      amount,
      JSON.stringify(wholeSale(amount)),
      customer ? JSON.stringify(customer) : null,
      instructions ?? null,
      paymentId ?? null,
      paymentId ?? null,
      expire,
      expire,
      expire,
    ],
  );
}
