import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { staticCode } from '@libs/brazil/brcode.js';
import { plain } from '@libs/brazil/plain.js';
import { announce } from '@libs/charges/announce.js';
import { charges } from '@libs/charges/charges.entity.js';
import type { ChargeBody } from '@libs/charges/charges.service.js';
import { lockCharge } from '@libs/charges/lock.js';
import { Sales } from '@libs/charges/sales.service.js';
import { wholeSale } from '@libs/charges/settle.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { ConflictFault, MissingFault, refusedField } from '@libs/kernel/fault.js';
import { long, short } from '@libs/kernel/ids.js';
import type { Reply } from '@libs/kernel/reply.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Merchant as MerchantRow } from '@libs/merchants/merchant.entity.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { providerOf } from '@libs/providers/registry.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Credentials } from '@libs/routing/credentials.js';
import type { Instruction } from '@libs/routing/plan.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Pix, type TermsRow } from './pix.entity.js';
import { pixMethod } from './pix.method.js';
import type { CreateStaticDto, CreateStaticInfraDto } from './static.dto.js';

/** What stands in a code for a name or a city that nobody has given: a BR Code has both. */
const nobody = 'RECEBEDOR';
const somewhere = 'BRASIL';
/** The largest amount that a code can write, in centavos. */
const mostAmount = 10n ** 12n - 1n;

/** A code that was made, and the account to whose key it is paid. */
interface Made {
  readonly qrCode: string;
  readonly provider: string;
  readonly credentialId: string;
  readonly terms: TermsRow;
}

/** Codes that may be paid any number of times: made here, with the key of the lane that is chosen. */
@Injectable()
export class StaticPix {
  constructor(
    private readonly em: EntityManager,
    private readonly routing: Routing,
    private readonly credentials: Credentials,
    private readonly sales: Sales,
    private readonly requests: Requests,
    private readonly outbox: Outbox,
  ) {}

  /**
   * @throws UnavailableFault when no lane has a key for such codes; the charge is kept as `failed`. InvalidFault for an
   * amount that no code can write, a name or a city without a Latin letter, and where a card's number stands.
   */
  async create(merchant: Merchant, wish: Wish, dto: CreateStaticInfraDto): Promise<Reply<ChargeBody>> {
    assertNoStrays(dto);
    assertWritable(dto);
    return this.sales.create(merchant, wish, 'pix', async (id) => {
      const made = await this.code(merchant, id, dto);
      return { insert: (em) => insert(em, merchant, id, dto, made) };
    });
  }

  /** Has a code stand open again. @throws MissingFault unless it is one under this custom code; ConflictFault. */
  async enable(merchant: Merchant, wish: Wish, id: string, customCode: string): Promise<Reply<ChargeBody>> {
    const { merchantId, mode } = merchant;
    const row = long(id);
    const where = { id: row, merchantId, mode, customCode, reusable: true };
    const found = row === undefined ? null : await this.em.fork().findOne(Pix, where);
    if (!found) throw new MissingFault(pixMethod.missing);
    const replayed = await tx(this.em, async (em) => {
      if ((await this.requests.claim(em, wish, found.id)) !== undefined) return true;
      await this.open(em, found.id);
      return false;
    });
    return this.sales.reply(merchant, 'pix', found.id, 200, replayed);
  }

  private async open(em: Em, id: string): Promise<void> {
    const charge = await lockCharge(em, id);
    if (charge.status === 'pending') return;
    const status = charges.next(charge.status, 'enable');
    if (status === undefined) {
      throw new ConflictFault('invalid_state', 'O estado do Pix não permite reativá-lo.', { status: charge.status });
    }
    charge.status = status;
    await em.flush();
    await this.outbox.append(em, [await announce(em, charge, pixMethod, pixMethod.change)]);
  }

  /** The code under the key of the first lane that has one; undefined: none has. */
  private async code(merchant: Merchant, id: string, dto: CreateStaticInfraDto): Promise<Made | undefined> {
    const plan = await this.routing.plan(instructionOf(merchant, dto, id));
    if (!('lanes' in plan)) return undefined;
    const [{ provider, credentialId, cost, price, settleDays, settleOn }] = plan.lanes;
    const { amount, instructions, receiverName, receiverCity } = dto;
    const { name } = await this.em.fork().findOneOrFail(MerchantRow, merchant.merchantId);
    const qrCode = staticCode({
      key: providerOf(provider).pixKey!(await this.credentials.open(credentialId)),
      text: instructions,
      amountCents: amount,
      name: receiverName ?? (plain(name) || nobody),
      city: receiverCity ?? somewhere,
      txid: short(id),
    });
    return { qrCode, provider, credentialId, terms: { cost, price, settleDays, settleOn, decision: plan.decision } };
  }
}

function assertWritable({ amount, receiverName, receiverCity }: CreateStaticInfraDto): void {
  if (amount > mostAmount) throw refusedField('amount', 'out_of_range', 'Valor fora dos limites.');
  for (const [field, text] of Object.entries({ receiverName, receiverCity })) {
    if (text !== undefined && plain(text) === '') throw refusedField(field, 'invalid', 'Valor inválido.');
  }
}

function instructionOf({ merchantId, mode }: Merchant, { amount }: CreateStaticDto, id: string): Instruction {
  const owner = { kind: 'pix', id };
  // How long a code lasts is nobody's to refuse: no provider hears of it.
  const input = { amount, currency: 'BRL', expireSeconds: 1 };
  return { merchantId, mode, operation: 'pix.create', amount, currency: 'BRL', owner, input, needs: 'pixKey' };
}

async function insert(em: Em, merchant: Merchant, id: string, dto: CreateStaticDto, made?: Made): Promise<void> {
  const { amount, customCode, instructions } = dto;
  await em.execute(
    `insert into charge (id, merchant_id, mode, type, status, custom_code, amount, currency, shares, instructions,
       payment_id, qr_code, provider, reusable, credential_id, terms)
     values (?, ?, ?, 'pix', ?, ?, ?, 'BRL', ?::jsonb, ?, ?, ?, ?, true, ?, ?::jsonb)`,
    [
      id,
      merchant.merchantId,
      merchant.mode,
      made ? 'pending' : 'failed',
      customCode ?? null,
      amount,
      JSON.stringify(wholeSale(amount)),
      instructions ?? null,
      made ? short(id) : null,
      made?.qrCode ?? null,
      made?.provider ?? null,
      made?.credentialId ?? null,
      made ? JSON.stringify(made.terms) : null,
    ],
  );
}
