import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { refusedField } from '@libs/kernel/fault.js';
import type { Em } from '@libs/kernel/transaction.js';
import { brandNamed } from '@libs/kernel/brand.js';
import type { CreateCreditCardDto, CreateDebitCardDto, PaymentCardDto } from './cards.dto.js';
import { checkCard, type PlainCard } from './check.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import type { CardRow } from './tokens.entity.js';
import { CardTokens } from './tokens.service.js';

/** The card of a request: a token of ours, or one whose number is still in memory, and not kept yet. */
export interface ChosenCard {
  readonly brand: string;
  readonly first6: string;
  readonly last4: string;
  readonly holder: string;
  /** What the same card of the same merchant is always known by, under every version of MASTER_KEY, newest first. */
  readonly hashes: readonly string[];
  /** One of the two. */
  readonly kept?: CardRow;
  readonly plain?: PlainCard;
}

/** Where the cards of payments come from: a token that was kept before, or a number that is kept for one charge. */
@Injectable()
export class Purse {
  constructor(private readonly tokens: CardTokens) {}

  /** @throws InvalidFault that names every refused member of the card, and a number where none belongs. */
  check(dto: CreateCreditCardDto | CreateDebitCardDto): void {
    assertNoStrays(dto, 'card.number');
    if (dto.card.token !== undefined) return;
    checkCard(dto.card, 'card');
    if (dto.card.cvv === undefined) throw refusedField('card.cvv', 'required', 'Campo obrigatório.');
  }

  /** @throws MissingFault for a token that is not the merchant's, InvalidFault for a brand that is not its brand. */
  async choose(merchant: Merchant, given: PaymentCardDto): Promise<ChosenCard> {
    if (given.token === undefined) {
      const plain = checkCard(given, 'card');
      const { number, brand, holder } = plain;
      const hashes = this.tokens.fingerprints(merchant, number).map(({ mac }) => mac);
      return { brand, holder, first6: number.slice(0, 6), last4: number.slice(-4), hashes, plain };
    }
    const kept = await this.tokens.find(merchant, given.token);
    const { brand, holder, first6, last4, fingerprint } = kept;
    if (given.brand !== undefined && brandNamed(given.brand) !== brand) {
      throw refusedField('card.brand', 'invalid', 'A bandeira não é a do cartão.');
    }
    return { brand, holder, first6, last4, hashes: [fingerprint.mac], kept };
  }

  /** The card as it is kept; a number that came with the request is sealed in the caller's transaction. */
  async keep(em: Em, merchant: Merchant, { kept, plain }: ChosenCard): Promise<CardRow> {
    if (kept !== undefined) return kept;
    if (!plain) throw new Error('neither a token nor a number');
    return this.tokens.keep(em, merchant, plain);
  }

  /** The number in clear, for an adapter alone. @throws Error once it is forgotten. */
  async open(em: Em, sealed: string): Promise<string> {
    return this.tokens.open(em, sealed);
  }
}
