import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type ChargeBody, Charges } from '@libs/charges/charges.service.js';
import { payerOf } from '@libs/charges/customer.dto.js';
import { Methods } from '@libs/charges/methods.js';
import { Sales } from '@libs/charges/sales.service.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { Config } from '@libs/kernel/config.js';
import type { Reply } from '@libs/kernel/reply.js';
import type { CardInput } from '@libs/providers/contract/inputs.js';
import type { Wish } from '@libs/requests/wish.js';
import { Inputs } from '@libs/routing/inputs.js';
import { Owners } from '@libs/routing/owners.js';
import type { Instruction } from '@libs/routing/plan.js';
import type { CreateCreditCardDto, CreateDebitCardDto } from './cards.dto.js';
import type { CardType } from './cards.entity.js';
import { cardMethod } from './cards.method.js';
import { CardOwner } from './cards.owner.js';
import { insertCard, recentTwin } from './cards.rows.js';
import { type ChosenCard, Purse } from './purse.js';
import type { CardRow } from './tokens.entity.js';

export type CreateCard = CreateCreditCardDto & CreateDebitCardDto;

/** What an instruction holds of a card: never its number, which `prepare` fetches from the vault. */
interface HeldCard {
  kept?: CardRow;
  readonly brand: string;
  readonly bin: string;
  readonly holder: string;
  readonly cvv?: string; // in memory alone
}
type CardWish = Omit<CardInput, 'card'> & { readonly card: HeldCard };

/** Charges on cards, from the request to the first word of a provider. */
@Injectable()
export class CardsService {
  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly charges: Charges,
    private readonly sales: Sales,
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
    return this.sales.create(merchant, wish, type, async (id) => {
      const card = await this.purse.choose(merchant, dto.card);
      const instruction = this.instructionOf(merchant, type, dto, card, id);
      return {
        instruction,
        twin: (em) => recentTwin(em, merchant, { type, dto, card }),
        insert: async (em, status) => {
          const kept = status === 'failed' ? undefined : await this.purse.keep(em, merchant, card);
          instruction.input.card.kept = kept;
          await insertCard(em, merchant, { id, type, dto, card, cardId: kept?.id ?? null, status });
        },
      };
    });
  }

  one(merchant: Merchant, type: CardType, id: string): Promise<ChargeBody> {
    return this.charges.view(merchant, id, type);
  }

  /** Newest first, at most a hundred. */
  byCustomCode(merchant: Merchant, type: CardType, code: string, provider?: string): Promise<readonly ChargeBody[]> {
    return this.charges.byCustomCode(merchant, type, code, provider);
  }

  /** A card as an adapter takes it, its number from the vault: between two commits, in memory. */
  private async opened({ card, ...rest }: CardWish): Promise<CardInput> {
    const { kept, brand, cvv } = card;
    if (kept?.sealed === undefined) throw new Error('a card that is not kept');
    const number = await this.purse.open(this.em.fork(), kept.sealed);
    const { holder, expires } = kept;
    return { ...rest, card: { number, holder, expires, brand, ...(cvv === undefined ? {} : { cvv }) } };
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
