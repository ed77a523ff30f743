import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type ChargeBody, Charges } from '@libs/charges/charges.service.js';
import { payerOf } from '@libs/charges/customer.dto.js';
import { Methods } from '@libs/charges/methods.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { Config } from '@libs/kernel/config.js';
import { MissingFault, RefusedFault, UnavailableFault } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { Reply } from '@libs/kernel/reply.js';
import { pause, timer } from '@libs/kernel/timer.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import type { CardInput } from '@libs/providers/contract/inputs.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Inputs } from '@libs/routing/inputs.js';
import { Owners } from '@libs/routing/owners.js';
import type { Instruction } from '@libs/routing/plan.js';
import { Routing } from '@libs/routing/routing.service.js';
import type { CreateCreditCardDto, CreateDebitCardDto } from './cards.dto.js';
import { type CardCharge, type CardType, CreditCard, DebitCard } from './cards.entity.js';
import { cardMethod } from './cards.method.js';
import { CardOwner } from './cards.owner.js';
import { insertCard, recentTwin } from './cards.rows.js';
import { type ChosenCard, Purse } from './purse.js';

export type CreateCard = CreateCreditCardDto & CreateDebitCardDto;

/** What an instruction holds of a card: never its number, which `prepare` fetches from the vault. */
interface HeldCard {
  id?: string;
  readonly brand: string;
  readonly bin: string;
  readonly holder: string;
  readonly cvv?: string; // in memory alone
}
type CardWish = Omit<CardInput, 'card'> & { readonly card: HeldCard };

const missing = 'Transação não encontrada.';
/** How long a twin waits for the answer of the request that came first. */
const twinMs = 30_000;

/** Charges on cards, from the request to the first word of a provider. */
@Injectable()
export class CardsService {
  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly routing: Routing,
    private readonly charges: Charges,
    private readonly requests: Requests,
    private readonly purse: Purse,
    owners: Owners,
    methods: Methods,
    inputs: Inputs,
  ) {
    for (const type of ['creditCard', 'debitCard'] as const) {
      const method = cardMethod(type);
      methods.register(method);
      owners.register(new CardOwner(method));
    }
    inputs.register('cards.authorize', (input) => this.opened(input as CardWish));
  }

  /**
   * Authorises, and captures unless it is told not to. A refusal of the issuer is an answer like any other.
   * @throws InvalidFault for a card that cannot be one, MissingFault for an unknown token, UnavailableFault when no
   * provider took it, provably; the charge is kept as `failed`.
   */
  async create(merchant: Merchant, wish: Wish, type: CardType, dto: CreateCard): Promise<Reply<ChargeBody>> {
    this.purse.check(dto);
    const earlier = await this.requests.repeat(this.em.fork(), wish);
    if (earlier !== undefined && !(await this.mayRetry(merchant, earlier))) {
      return this.replay(merchant, type, earlier, 201);
    }
    const card = await this.purse.choose(merchant, dto.card);
    const id = uuid();
    const instruction = this.instructionOf(merchant, type, dto, card, id);
    const plan = await this.routing.plan(instruction);
    const served = 'lanes' in plan;
    let claimed: string | undefined;
    const claim = async (em: Em): Promise<'send' | 'repeat'> => {
      claimed =
        earlier === undefined
          ? await this.requests.claim(em, wish, id)
          : await this.requests.repoint(em, wish, earlier, id);
      if (wish.checkedKey === undefined) claimed = await recentTwin(em, merchant, { type, dto, card });
      if (claimed !== undefined) return 'repeat';
      const cardId = served ? await this.purse.keep(em, merchant, card) : null;
      instruction.input.card.id = cardId ?? undefined;
      await insertCard(em, merchant, { id, type, dto, card, cardId, status: served ? 'processing' : 'failed' });
      return 'send';
    };
    if (served) await this.routing.run(instruction, plan, claim);
    else await tx(this.em, claim);
    return claimed === undefined
      ? this.reply(merchant, type, id, 201, false)
      : this.replay(merchant, type, claimed, 201);
  }

  one(merchant: Merchant, type: CardType, id: string): Promise<ChargeBody> {
    return this.charges.view(merchant, id, missing, type);
  }

  /** Newest first, at most a hundred. */
  byCustomCode(merchant: Merchant, type: CardType, code: string, provider?: string): Promise<readonly ChargeBody[]> {
    return this.charges.byCustomCode(merchant, type, code, provider);
  }

  /** The row itself. @throws MissingFault when it is not the merchant's, or not of this type. */
  async load({ merchantId, mode }: Merchant, type: CardType, id: string): Promise<CardCharge> {
    const entity: typeof CreditCard | typeof DebitCard = type === 'creditCard' ? CreditCard : DebitCard;
    const found = isUuid(id) ? await this.em.fork().findOne<CardCharge>(entity, { id, merchantId, mode }) : null;
    if (!found) throw new MissingFault(missing);
    return found;
  }

  /** The answer to a repeat, once the provider call of the first one has come back. */
  async replay(merchant: Merchant, type: CardType, id: string, status: number): Promise<Reply<ChargeBody>> {
    const leftMs = timer(twinMs);
    const em = this.em.fork();
    while ((await em.fork().count(Attempt, { ownerId: id, state: 'sent' })) > 0 && leftMs() > 0) await pause(50);
    return this.reply(merchant, type, id, status, true);
  }

  /** The status code follows from the rows, so that it survives a crash before any answer. */
  async reply(
    merchant: Merchant,
    type: CardType,
    id: string,
    status: number,
    replayed: boolean,
  ): Promise<Reply<ChargeBody>> {
    const body = await this.charges.view(merchant, id, missing, type);
    if (status === 201 && body['status'] === 'failed') throw new UnavailableFault(undefined, { id });
    const pending = body['pendingOperation'];
    const undecided = body['status'] === 'processing' || pending === 'cancel' || pending === 'capture';
    return new Reply(undecided ? 202 : status, body, replayed);
  }

  /** After a 503 the same key tries again: it is proved that nothing was done, and the failed charge stays. */
  private async mayRetry({ merchantId, mode }: Merchant, id: string): Promise<boolean> {
    const failed = { id, merchantId, mode, status: 'failed' } as const;
    return (await this.em.fork().count(CreditCard, failed)) + (await this.em.fork().count(DebitCard, failed)) > 0;
  }

  /** A card as an adapter takes it, its number from the vault: between two commits, in memory. */
  private async opened({ card, ...rest }: CardWish): Promise<CardInput> {
    if (card.id === undefined) throw new Error('a card that was not kept');
    const { cvv, brand } = card;
    const open = await this.purse.open(this.em.fork(), card.id);
    return { ...rest, card: { ...open, brand, ...(cvv === undefined ? {} : { cvv }) } };
  }

  private instructionOf(
    { merchantId, mode }: Merchant,
    type: CardType,
    dto: CreateCard,
    card: ChosenCard,
    id: string,
  ): Instruction<CardWish> {
    const { amount, customer, softDescriptor, installments = 1, capture = true } = dto;
    const { brand, first6: bin, holder } = card;
    const debit = type === 'debitCard';
    return {
      merchantId,
      mode,
      operation: 'cards.authorize',
      amount,
      currency: 'BRL',
      owner: { kind: type, id },
      input: {
        amount,
        currency: 'BRL',
        type: debit ? 'debit' : 'credit',
        card: { brand, bin, holder, cvv: dto.card.cvv },
        payer: payerOf(customer),
        installments,
        capture,
        softDescriptor,
        // Who says no page of his own comes back to one of ours, and hears the result by webhook.
        ...(debit ? { returnUrl: dto.returnUrl ?? `${this.config.publicUrl}/checkout/return` } : {}),
      },
    };
  }
}

/** What a provider refused of a follow-up, as its caller is told it. */
export const refusedBy = (attempt: Pick<Attempt, 'message' | 'code' | 'returnCode'>, id: string): RefusedFault =>
  new RefusedFault('payment_declined', 'O provedor recusou a operação.', {
    id,
    returnCode: attempt.returnCode ?? attempt.code ?? null,
    returnMessage: attempt.message ?? null,
  });
