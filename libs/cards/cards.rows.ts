import type { Merchant } from '@libs/kernel/caller.js';
import { type Em, later } from '@libs/kernel/transaction.js';
import { wholeSale } from '@libs/charges/settle.js';
import type { CreateCreditCardDto } from './cards.dto.js';
import type { CardType } from './cards.entity.js';
import type { ChosenCard } from './purse.js';

interface Asked {
  readonly type: CardType;
  readonly dto: CreateCreditCardDto;
  readonly card: ChosenCard;
}

/**
 * The charge that the same wish without a key made in the last ten minutes: same route, amount, code and card. Callers
 * of the source systems repeat bare what they got no answer to. Twins wait for one another until one has committed.
 */
export async function recentTwin(
  em: Em,
  { merchantId, mode }: Merchant,
  { type, dto: { amount, customCode }, card: { hashes } }: Asked,
): Promise<string | undefined> {
  if (customCode === undefined) return undefined;
  const name = JSON.stringify([merchantId, mode, type, customCode]);
  await em.execute(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [name]);
  const [row] = await em.execute<{ id: string }[]>(
    `select id from charge
     where merchant_id = ? and mode = ? and type = ? and custom_code = ? and amount = ? and card_hash in (?)
       and status not in ('declined', 'failed') and created_at > clock_now() - interval '10 minutes'
     order by created_at desc limit 1`,
    [merchantId, mode, type, customCode, amount, hashes],
  );
  return row?.id;
}

/** The row of the first commit: `processing`, or `failed` at once when no lane can serve it. */
export async function insertCard(
  em: Em,
  { merchantId, mode }: Merchant,
  row: Asked & { readonly id: string; readonly cardId: string | null; readonly status: 'processing' | 'failed' },
): Promise<void> {
  const { dto, card } = row;
  const { amount, customCode, customer, softDescriptor, isGift = false, installments = 1, capture = true } = dto;
  // A payer at his bank's page has a day; of a hold the provider says when it lapses.
  await later(
    em,
    `insert into charge (id, merchant_id, mode, type, status, custom_code, amount, currency, shares, customer,
       card_id, card_hash, brand, first6, last4, holder, installments, soft_descriptor, is_gift, wants_capture,
       expire_due_at)
     values (?, ?, ?, ?, ?, ?, ?, 'BRL', ?::jsonb, ?::jsonb, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       clock_now() + interval '24 hours')`,
    [
      row.id,
      merchantId,
      mode,
      row.type,
      row.status,
      customCode ?? null,
      amount,
      JSON.stringify(wholeSale(amount)),
      JSON.stringify(customer),
      row.cardId,
      card.hashes[0] ?? null,
      card.brand,
      card.first6,
      card.last4,
      card.holder,
      installments,
      softDescriptor ?? null,
      isGift,
      capture,
    ],
  );
}
