import { type Currency, cents } from '@libs/money/cents.js';
import type { Answer, Call } from '@libs/providers/contract/call.js';
import type { About } from '@libs/providers/contract/moved.js';
import type { Line, Period, StatementPage, Statements } from '@libs/providers/contract/statements.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { unread } from './stripe.callback.js';
import { ask } from './stripe.client.js';
import type { StripeCredentials } from './stripe.credentials.js';
import * as wire from './stripe.wire.js';

/** The account's balance transactions, newest first, each with the charge, refund, dispute or payout that it is of. */
export const statements: Statements<StripeCredentials> = { read };

const limit = 50; // a line with its charge takes some kilobytes, and an answer may have one megabyte

async function read(call: Omit<Call<Period, StripeCredentials>, 'key'>): Promise<Answer<StatementPage>> {
  const { credentials, input, leftMs } = call;
  const [gte, lt] = [input.since, input.until].map((at) => Math.floor(at.getTime() / 1_000));
  const after = input.cursor === undefined ? {} : { starting_after: input.cursor };
  const asked = { limit, created: { gte, lt }, expand: ['data.source'], ...after };
  const answer = await ask(credentials, (stripe) => stripe.balanceTransactions.list(asked), leftMs, true);
  const page = answer.kind === 'answered' && answer.status === 200 ? wire.pageOf(answer.json) : undefined;
  if (!page || (page.more && page.rows.length === 0)) return unread(answer, credentials);
  const found = page.rows.map(linesOf);
  const lines = found.filter((it) => it !== undefined).flat();
  if (found.includes(undefined)) return { kind: 'unread', message: 'a line of another currency, or of none' };
  const last = text(page.rows.at(-1)?.['id']);
  return { kind: 'read', data: { lines, ...(page.more && last !== undefined ? { next: last } : {}) } };
}

/** What one transaction says: money one way or the other, and the fee that was kept of it. */
export function linesOf(it: Json): readonly Line[] | undefined {
  const [id, type, at, currency] = [
    text(it['id']),
    text(it['type']),
    wire.timeOf(it['created']),
    wire.currencyOf(it['currency']),
  ];
  const [amount, fee] = [signed(it['amount']), signed(it['fee'])];
  if (id === undefined || type === undefined || !at || !currency || amount === undefined || fee === undefined)
    return undefined;
  const of = { line: id, at, currency, text: type };
  const fact: Fact = factOf(type, amount > 0n, object(it['source']) ?? {}) ?? { id, about: {} };
  const charged = type === 'stripe_fee' && amount < 0n ? 'fee' : undefined;
  const moved = amount === 0n ? [] : [lineOf(of, amount, charged ?? fact.kind, fact)];
  // Only the fee of a payment is the cost that its sale has booked; any other is one more.
  const about = type === 'charge' || type === 'payment' ? fact.about : {};
  const kept =
    fee === 0n ? [] : [lineOf({ ...of, line: `${id}:fee` }, -fee, fee > 0n ? 'fee' : undefined, { id, about })];
  return [...moved, ...kept];
}

const lineOf = (
  of: Pick<Line, 'line' | 'at' | 'text'> & { readonly currency: Currency },
  amount: bigint,
  kind: Line['kind'] | undefined,
  { id, about }: { readonly id: string; readonly about: About },
): Line => ({
  ...of,
  kind: kind ?? (amount > 0n ? 'received' : 'sent'),
  id,
  about,
  amount: cents(amount < 0n ? -amount : amount),
});

interface Fact {
  readonly kind?: Line['kind'];
  readonly id: string;
  readonly about: About;
}
/** By the names that its own callbacks have; undefined: a line of itself, which a human explains. */
function factOf(type: string, credit: boolean, source: Json): Fact | undefined {
  const [id, intent] = [text(source['id']), text(source['payment_intent'])];
  const ofIntent = intent === undefined ? {} : { ref: intent };
  const key = text(object(source['metadata'])?.['attempt']);
  if (id === undefined) return undefined;
  if ((type === 'charge' || type === 'payment') && credit) return { kind: 'received', id, about: ofIntent };
  const ofRefund = { id, about: { ...(key === undefined ? {} : { key }), ref: id } };
  if ((type === 'refund' || type === 'payment_refund') && !credit) return { kind: 'sent', ...ofRefund };
  if ((type === 'refund_failure' || type === 'payment_failure_refund') && credit)
    return { kind: 'returned', ...ofRefund };
  if (source['object'] === 'dispute') return { kind: credit ? 'given' : 'taken', id, about: ofIntent };
  return type === 'payout' && !credit ? { kind: 'banked', id, about: {} } : undefined;
}

const signed = (value: unknown): bigint | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
