import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { announce } from '@libs/charges/announce.js';
import { Cancels } from '@libs/charges/cancels.service.js';
import { lockCharge } from '@libs/charges/lock.js';
import { type ChargeBody, Charges } from '@libs/charges/charges.service.js';
import { payerOf } from '@libs/charges/customer.dto.js';
import { Methods } from '@libs/charges/methods.js';
import { Sales } from '@libs/charges/sales.service.js';
import { wholeSale } from '@libs/charges/settle.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { faultOf } from '@libs/kernel/checked.js';
import { ConflictFault, InvalidFault, MissingFault } from '@libs/kernel/fault.js';
import { rowOf } from '@libs/kernel/ids.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import type { Reply } from '@libs/kernel/reply.js';
import { constraintOf, type Em, later, tx } from '@libs/kernel/transaction.js';
import type { PixInput } from '@libs/providers/contract/inputs.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Owners } from '@libs/routing/owners.js';
import type { Instruction } from '@libs/routing/plan.js';
import type { CreatePixDto } from './pix.dto.js';
import { mostKeys, notesIn } from './metadata.js';
import { pixMethod } from './pix.method.js';
import { PixOwner } from './pix.owner.js';

const defaultExpireSeconds = 3_600;
const uniqueNames = new Set(['charge_wished', 'attempt_one_key']);

@Injectable()
export class PixService {
  constructor(
    private readonly em: EntityManager,
    private readonly cancels: Cancels,
    private readonly charges: Charges,
    private readonly sales: Sales,
    private readonly outbox: Outbox,
    owners: Owners,
    methods: Methods,
  ) {
    methods.register(pixMethod);
    owners.register(new PixOwner());
  }

  /**
   * @throws UnavailableFault when no provider took it, provably; the charge is kept as `failed`. InvalidFault when a
   * text of it holds the number of a card.
   */
  async create(merchant: Merchant, wish: Wish, dto: CreatePixDto): Promise<Reply<ChargeBody>> {
    assertNoStrays(dto);
    try {
      return await this.sales.create(merchant, wish, 'pix', (id) => ({
        instruction: instructionOf(merchant, dto, id),
        insert: (em, status) => insert(em, merchant, dto, id, status),
      }));
    } catch (error) {
      if (!uniqueNames.has(constraintOf(error) ?? '')) throw error;
      throw new ConflictFault('payment_id_taken', 'Já existe um pagamento com este paymentId.');
    }
  }

  one(merchant: Merchant, id: string): Promise<ChargeBody> {
    return this.charges.view(merchant, named(id), 'pix');
  }

  byCustomCode(merchant: Merchant, customCode: string): Promise<readonly ChargeBody[]> {
    return this.charges.byCustomCode(merchant, 'pix', customCode);
  }

  /** Cancels at the provider; `canceled` only when it has said so. @throws ConflictFault unless `pending`. */
  cancel(merchant: Merchant, wish: Wish, id: string): Promise<Reply<ChargeBody>> {
    return this.cancels.cancel(merchant, wish, 'pix', named(id));
  }

  /** Gives back a part, or what remains. @throws as `Sales.refund`. */
  async refund(
    merchant: Merchant,
    wish: Wish,
    id: string,
    amount?: CreatePixDto['amount'],
  ): Promise<Reply<ChargeBody>> {
    return this.sales.refund(merchant, wish, { id: named(id), type: 'pix', amount });
  }

  /** The code as a picture. @throws MissingFault also for one that was never issued. */
  async picture<T>(merchant: Merchant, id: string, draw: (code: string) => T): Promise<T> {
    const { qrCode } = await this.one(merchant, id);
    if (typeof qrCode !== 'string') throw new MissingFault(pixMethod.missing);
    return draw(qrCode);
  }

  /** Sets its custom code and members of its metadata; what is not named stays as it is. @throws InvalidFault. */
  async annotate(merchant: Merchant, known: string, body: unknown): Promise<ChargeBody> {
    const { customCode, own } = notesIn(body);
    const { id } = await this.charges.load(merchant, named(known), 'pix');
    await tx(this.em, async (em) => {
      const charge = await lockCharge(em, id);
      const metadata = { ...charge.metadata, ...own };
      if (Object.keys(metadata).length >= mostKeys) throw new InvalidFault([faultOf('body', 'too_long')]);
      charge.customCode = customCode;
      charge.metadata = metadata;
      await em.flush();
      await this.outbox.append(em, [await announce(em, charge, pixMethod, pixMethod.change)]);
    });
    return this.charges.view(merchant, id, 'pix');
  }
}

/** The row of an id: a dynamic Pix and a payment have a UUID, a static one 25 characters. @throws MissingFault. */
function named(id: string): string {
  const row = rowOf(id);
  if (row === undefined) throw new MissingFault(pixMethod.missing);
  return row;
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
async function insert(
  em: Em,
  merchant: Merchant,
  dto: CreatePixDto,
  id: string,
  status: 'processing' | 'failed',
): Promise<void> {
  const { amount, customCode, customer, instructions, paymentId, expire = defaultExpireSeconds } = dto;
  await later(
    em,
    `insert into charge (id, merchant_id, mode, type, status, custom_code, amount, currency, shares, customer,
       instructions, wished_payment_id, payment_id, expire_seconds, expires_at, expire_due_at)
     values (?, ?, ?, 'pix', ?, ?, ?, 'BRL', ?::jsonb, ?::jsonb, ?, ?, ?, ?,
       clock_now() + ? * interval '1 second', clock_now() + ? * interval '1 second')`,
    [
      id,
      merchant.merchantId,
      merchant.mode,
      status,
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
