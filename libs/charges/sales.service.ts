import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { Config } from '@libs/kernel/config.js';
import { RefusedFault, UnavailableFault, UnservedFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { point } from '@libs/kernel/point.js';
import { Reply } from '@libs/kernel/reply.js';
import { pause, timer } from '@libs/kernel/timer.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import type { Cents } from '@libs/money/cents.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import type { Instruction } from '@libs/routing/plan.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Charge } from './charges.entity.js';
import { type ChargeBody, Charges } from './charges.service.js';
import { lockCharge } from './lock.js';
import { assertRefundable, Refunds } from './refunds.service.js';

type Type = Charge['type'];

/** What a payment method makes of a wish for a charge. */
export interface Sale {
  /** What providers are asked; absent: none is, and `insert` makes the whole of it. */
  readonly instruction?: Instruction;
  /** The charge that the same wish without a key has made already, in the first commit. Absent: each is a new one. */
  readonly twin?: (em: Em) => Promise<string | undefined>;
  /** The row, in the first commit: `processing`, or `failed` at once when no lane can serve it. */
  readonly insert: (em: Em, status: 'processing' | 'failed') => Promise<void>;
}

/** What is to be given back. `amount` absent: the rest. */
export interface Back {
  readonly id: string;
  readonly type: Type;
  readonly amount?: Cents;
  readonly atOnce?: boolean;
}

/** How long a twin waits for the answer of the request that came first. */
const twinMs = 30_000;

/** The provider that a charge is tied to has no such act, and no other can do it. */
export const lackedFault = (): RefusedFault =>
  new RefusedFault('payment_declined', 'O provedor desta cobrança não faz esta operação.');

/** The one way of a wish to its first answer, for a charge and for its refund, whatever it is paid with. */
@Injectable()
export class Sales {
  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly routing: Routing,
    private readonly requests: Requests,
    private readonly charges: Charges,
    private readonly refunds: Refunds,
  ) {}

  /**
   * `make` is asked once the wish is known to be none that was answered before; `id` is the new charge's.
   * @throws UnavailableFault when no provider took it, provably; UnservedFault when no lane would. The charge is kept
   * as `failed`.
   */
  async create(
    merchant: Merchant,
    wish: Wish,
    type: Type,
    make: (id: string) => Sale | Promise<Sale>,
  ): Promise<Reply<ChargeBody>> {
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    if (earlier !== undefined && !(await this.mayRetry(merchant, earlier))) {
      return this.replay(merchant, type, earlier, 201);
    }
    const id = uuid();
    const { instruction, twin, insert } = await make(id);
    const plan = instruction && (await this.routing.plan(instruction));
    let claimed: string | undefined;
    const claim = async (em: Em): Promise<'send' | 'repeat'> => {
      claimed =
        earlier === undefined
          ? await this.requests.claim(em, wish, id)
          : await this.requests.repoint(em, wish, earlier, id);
      if (wish.checkedKey === undefined) claimed = await twin?.(em);
      if (claimed !== undefined) return 'repeat';
      await insert(em, plan === undefined || 'lanes' in plan ? 'processing' : 'failed');
      return 'send';
    };
    const served = instruction && plan && 'lanes' in plan;
    const step = served ? await this.routing.run(instruction, plan, claim) : void (await tx(this.em, claim));
    if (claimed !== undefined) return this.replay(merchant, type, claimed, 201);
    return step?.shown ? answer(step.shown, 201, false) : this.reply(merchant, type, id, 201, false, !served);
  }

  /**
   * Gives back a part, or what remains. The claim is posted now; the provider is told by a job, or before the answer
   * where it gives back `atOnce`.
   * @throws as `Refunds.ask`; RefusedFault when the provider gives nothing back, or not in parts.
   */
  async refund(merchant: Merchant, wish: Wish, { id, type, amount, atOnce = false }: Back): Promise<Reply<ChargeBody>> {
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    if (earlier !== undefined) return this.replay(merchant, type, earlier, 200);
    const offered = await this.refunds.offered(await this.charges.load(merchant, id, type), amount);
    // The job comes after the try that the caller waits for, if need be.
    const afterMs = atOnce ? this.config.PROVIDER_DEADLINE_MS * 3 : 0;
    let asked: string | undefined;
    point('claim.before', 'asked');
    const claimed = await tx(this.em, async (em) => {
      const first = await this.requests.claim(em, wish, id);
      if (first !== undefined) return first;
      const charge = await lockCharge(em, id);
      if (!offered) {
        assertRefundable(charge, amount); // what its state forbids is told first
        throw lackedFault();
      }
      asked = await this.refunds.ask(em, charge, amount, afterMs);
      return undefined;
    });
    point('claim.after', 'asked');
    if (atOnce && asked !== undefined) await this.refunds.give(asked).catch(() => undefined);
    return this.reply(merchant, type, id, 200, claimed !== undefined);
  }

  /** The answer to a repeat, once the provider call of the first one has come back. */
  async replay(merchant: Merchant, type: Type, id: string, status: number): Promise<Reply<ChargeBody>> {
    const leftMs = timer(twinMs);
    const em = this.em.fork();
    while ((await em.fork().count(Attempt, { ownerId: id, state: 'sent' })) > 0 && leftMs() > 0) await pause(50);
    return this.reply(merchant, type, id, status, true);
  }

  /** A charge as it stands. @throws as `answer`. */
  async reply(
    merchant: Merchant,
    type: Type,
    id: string,
    status: number,
    replayed: boolean,
    unserved = false,
  ): Promise<Reply<ChargeBody>> {
    return answer(await this.charges.view(merchant, id, type), status, replayed, unserved);
  }

  /** After a 503 the same key tries again: it is proved that nothing was done, and the failed charge stays. */
  private async mayRetry({ merchantId, mode }: Merchant, id: string): Promise<boolean> {
    return (await this.em.fork().count(Charge, { id, merchantId, mode, status: 'failed' })) > 0;
  }
}

/**
 * The status code follows from the rows, so that it survives a crash before any answer.
 * @throws UnavailableFault for a sale that no provider took; UnservedFault where no lane would.
 */
function answer(body: ChargeBody, status: number, replayed: boolean, unserved = false): Reply<ChargeBody> {
  if (status === 201 && body['status'] === 'failed') {
    const extra = { id: body['id'] };
    throw unserved ? new UnservedFault(extra) : new UnavailableFault(undefined, extra);
  }
  const pending = body['pendingOperation'];
  const undecided = body['status'] === 'processing' || pending === 'cancel' || pending === 'capture';
  return new Reply(undecided ? 202 : status, body, replayed);
}
