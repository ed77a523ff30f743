import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Merchant } from '@libs/kernel/caller.js';
import { MissingFault } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { OnJob } from '@libs/kernel/queue.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Row, shaped } from '@libs/kernel/rows.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import type { Mac } from '@libs/vault/hash.js';
import { Vault } from '@libs/vault/vault.service.js';
import { checkCard, type PlainCard } from './check.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import { CardTokenDto, type NewCardTokenDto } from './tokens.dto.js';
import { type CardRow, cardRow, KeptCard } from './tokens.entity.js';

/** What numbers are sealed for, and what their hashes are keyed with. */
const purpose = 'card';
/** How many numbers are forgotten in one commit. */
const batch = 500;

/** The merchant is part of it: nobody who reads the table learns that two merchants have seen one card. */
const hashed = ({ merchantId }: Pick<Merchant, 'merchantId'>, number: string): string => `${merchantId} ${number}`;

/** Cards of merchants. Their numbers go from here to the vault, and from the vault to an adapter; CVVs never come. */
@Injectable()
export class CardTokens {
  constructor(
    private readonly em: EntityManager,
    private readonly vault: Vault,
    private readonly requests: Requests,
  ) {}

  /** @throws InvalidFault for a card that cannot be one. */
  async create(merchant: Merchant, wish: Wish, body: NewCardTokenDto): Promise<Reply<CardTokenDto>> {
    const card = checkCard(body);
    assertNoStrays(body, 'number');
    return this.requests.once(
      wish,
      async (em) => {
        const row = await this.keep(em, merchant, card, true);
        return { id: row.id, body: CardTokenDto.from(row) };
      },
      (_, id) => this.one(merchant, id),
    );
  }

  /** @throws MissingFault for another merchant's and a deleted one, as for none. */
  async one(merchant: Merchant, token: string): Promise<CardTokenDto> {
    return CardTokenDto.from(await this.find(merchant, token));
  }

  /** From now on the token is nobody's; its number leaves the vault a day later. @throws MissingFault */
  async remove({ merchantId, mode }: Merchant, token: string): Promise<void> {
    const gone = isUuid(token)
      ? await this.em.fork().execute<unknown[]>(
          `update card set deleted_at = clock_now()
           where id = ? and merchant_id = ? and mode = ? and token and deleted_at is null returning id`,
          [token, merchantId, mode],
        )
      : [];
    if (gone.length === 0) throw missing();
  }

  /**
   * Seals a checked card in the caller's transaction: as a token, or for the one charge that it was given with, which
   * no other can use.
   */
  async keep(em: Em, merchant: Merchant, card: PlainCard, token = false): Promise<CardRow> {
    const { number, holder, expires, brand } = card;
    const { merchantId, mode } = merchant;
    const sealed = await this.vault.seal(em, purpose, number);
    const fingerprint = this.vault.mac(purpose, hashed(merchant, number));
    const row = {
      id: uuid(),
      sealed,
      brand,
      first6: number.slice(0, 6),
      last4: number.slice(-4),
      holder,
      expires,
      fingerprint,
    };
    await em.execute(
      `insert into card (id, merchant_id, mode, sealed, fingerprint, fingerprint_version, brand, first6, last4, holder,
         expires, token)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        row.id,
        merchantId,
        mode,
        sealed,
        fingerprint.mac,
        fingerprint.version,
        brand,
        row.first6,
        row.last4,
        holder,
        expires,
        token,
      ],
    );
    return row;
  }

  /** The merchant's own token, outside any transaction. @throws MissingFault */
  async find({ merchantId, mode }: Merchant, token: string): Promise<CardRow> {
    const em = this.em.fork();
    const rows = isUuid(token)
      ? await em.execute<Row[]>(
          'select * from card where id = ? and merchant_id = ? and mode = ? and token and deleted_at is null',
          [token, merchantId, mode],
        )
      : [];
    const [card] = shaped(em, KeptCard, rows);
    if (!card) throw missing();
    return cardRow(card);
  }

  /**
   * The number in clear of what was sealed for a card: for `prepare` alone, between the vault and an adapter. A token
   * that was deleted meanwhile still opens for the charge made with it. @throws Error once the number is forgotten.
   */
  async open(em: Em, sealed: string): Promise<string> {
    return (await this.vault.open(em, sealed, purpose)).toString();
  }

  /** What the same card of a merchant is known by under every version of MASTER_KEY, newest first. */
  fingerprints(merchant: Pick<Merchant, 'merchantId'>, number: string): readonly Mac[] {
    return this.vault.macs(purpose, hashed(merchant, number));
  }

  /**
   * Numbers that no charge will need again leave the vault: of deleted tokens and of cards kept for one charge. A day
   * is far beyond the last lane that could be tried.
   */
  @OnJob('cards.forget', { everyMs: 600_000 })
  async forget(): Promise<void> {
    for (let gone = batch; gone === batch;) {
      gone = await tx(this.em, async (em) => {
        const rows = await em.execute<{ sealed: string }[]>(
          `with it as (
             select id, sealed from card
             where sealed is not null and (not token or deleted_at is not null)
               and coalesce(deleted_at, created_at) < clock_now() - interval '1 day'
             limit ? for update skip locked
           )
           update card set sealed = null from it where card.id = it.id returning it.sealed`,
          [batch],
        );
        for (const { sealed } of rows) await this.vault.remove(em, sealed);
        return rows.length;
      });
    }
  }
}

const missing = (): MissingFault => new MissingFault('Cartão não encontrado(a).');
