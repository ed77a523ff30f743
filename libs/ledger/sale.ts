import { allocate, type Cents, type Currency, cents, sum } from '@libs/money/cents.js';

export interface PostingDraft {
  readonly from: string;
  readonly to: string;
  readonly amount: Cents;
  readonly currency: Currency;
  readonly claim?: true; // `from` must hold it
}
export interface EntryDraft {
  readonly reference: string;
  readonly postings: readonly PostingDraft[];
} // unique reference: attempt:{id}, movement:{id}, refund:{id}, …

/** One party of a sale. Weights add up to the amount asked; another gross is shared in the same proportion. */
export interface Share {
  readonly address: string;
  readonly weight: bigint;
  readonly liable: boolean;
} // liable: bears our price; the seller when no recipient does
export interface Sale {
  readonly reference: string;
  readonly provider: string;
  readonly currency: Currency;
  readonly source: string; // provider:{id}:clearing; its suspense when an orphan is adopted
  readonly seller: string; // merchant:{id}:receivable; payable when settleDays is 0
  readonly gross: Cents; // what came, not what was asked
  readonly cost: Cents;
  readonly price: Cents; // fee(gross, …) of the lane
  readonly shares: readonly Share[]; // the seller's own included
}

/** A settled sale as one balanced entry. Pure and total: no gross from 1 cent up is refused. */
export function saleEntry(sale: Sale): EntryDraft {
  const parts = allocate(
    sale.gross,
    sale.shares.map((share) => share.weight),
  );
  const bearing = sale.shares.map((share, i) => (share.liable ? parts[i]! : cents(0)));
  const most = sum(bearing); // our price never takes more than its bearers received
  const prices = most > 0n ? allocate(sale.price < most ? sale.price : most, bearing) : bearing;
  const post = (from: string, to: string, amount: Cents): PostingDraft => ({
    from,
    to,
    amount,
    currency: sale.currency,
  });
  const postings = [
    post(sale.source, sale.seller, sale.gross),
    ...sale.shares.map((share, i) => post(sale.seller, share.address, parts[i]!)),
    ...sale.shares.map((share, i) => post(share.address, 'platform:fees', prices[i]!)),
    post('platform:fees', `provider:${sale.provider}:fees`, sale.cost),
  ];
  return { reference: sale.reference, postings: postings.filter((p) => p.amount > 0n && p.from !== p.to) };
}

/**
 * Who still holds how much of a sale: its part, less price and less what it has given back. `platform:fees` is one of
 * them.
 */
export interface Held {
  readonly address: string;
  readonly left: Cents;
  readonly claim: boolean;
}
/** Takes part of a sale back from those who hold it, in proportion to what each still holds. */
export function takeBack(
  reference: string,
  amount: Cents,
  currency: Currency,
  to: string,
  held: readonly Held[],
): EntryDraft {
  const parts = allocate(
    amount,
    held.map(({ left }) => (left > 0n ? left : 0n)),
  );
  const postings = held.map(({ address, claim }, i): PostingDraft => ({
    from: address,
    to,
    amount: parts[i]!,
    currency,
    ...(claim ? { claim: true } : {}),
  }));
  return { reference, postings: postings.filter((p) => p.amount > 0n) };
}
