import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { refusedField } from '@libs/kernel/fault.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { Card } from '@libs/providers/contract/inputs.js';
import { brandNamed } from './brand.js';
import type { CreateCreditCardDto, CreateDebitCardDto, PaymentCardDto } from './cards.dto.js';
import { checkCard, type PlainCard } from './check.js';
import { assertNoStrays } from './stray.js';
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
  readonly kept?: string;
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
    const { id, brand, holder, first6, last4, fingerprint } = await this.tokens.find(merchant, given.token);
    if (given.brand !== undefined && brandNamed(given.brand) !== brand) {
      throw refusedField('card.brand', 'invalid', 'A bandeira não é a do cartão.');
    }
    return { brand, holder, first6, last4, hashes: [fingerprint.mac], kept: id };
  }

  /** The id under which `open` finds it; a number is sealed in the caller's transaction. */
  async keep(em: Em, merchant: Merchant, { kept, plain }: ChosenCard): Promise<string> {
    if (kept !== undefined) return kept;
    if (!plain) throw new Error('neither a token nor a number');
    return (await this.tokens.keep(em, merchant, plain)).id;
  }

  /** The number in clear, for an adapter alone. */
  async open(em: Em, id: string): Promise<Pick<Card, 'number' | 'holder' | 'expires'>> {
    const { number, holder, expires } = await this.tokens.open(em, id);
    return { number, holder, expires };
  }
}
