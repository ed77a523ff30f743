import { now } from '@libs/kernel/clock.js';
import type { CardData } from '@libs/providers/contract/inputs.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import { type StripeAnswer, ask } from './stripe.client.js';
import type { StripeCredentials } from './stripe.credentials.js';
import * as news from './stripe.news.js';
import * as wire from './stripe.wire.js';

/** Questions. None of them changes anything; Stripe's search is never asked, for it lags behind the truth. */
type Found = Finding<CardData>;
type Unknown = Extract<Outcome, { kind: 'unknown' }>;
type Listed = { readonly kind: 'rows'; readonly rows: readonly Readonly<Record<string, unknown>>[] };
type Stripe = Parameters<Parameters<typeof ask>[1]>[0];

const beforeMs = 300_000; // how far their clock and ours may be apart
const limit = 50; // a row with its charge takes some kilobytes, and an answer may have one megabyte
const mostPages = 200;

/** Asks for an intent by its id. */
export async function foundIntent(
  by: StripeCredentials,
  ref: string,
  leftMs: () => number,
  read: (intent: wire.Intent) => Found,
): Promise<Found> {
  const intent = await intentOf(by, ref, leftMs, []);
  return 'kind' in intent ? intent : read(intent);
}

/** The same, after an authorisation, and its charge with it: what disputes have moved since is told with it. */
export async function foundPayment(
  by: StripeCredentials,
  ref: string,
  wanted: news.Wanted,
  leftMs: () => number,
): Promise<Found> {
  const intent = await intentOf(by, ref, leftMs, ['latest_charge']);
  return 'kind' in intent ? intent : withDisputes(by, intent, news.standing(intent, wanted), leftMs);
}

async function withDisputes(
  by: StripeCredentials,
  { id, charge }: wire.Intent,
  found: Found,
  leftMs: () => number,
): Promise<Found> {
  if (found.kind !== 'done' || charge?.disputed !== true) return found;
  const moved = await disputed(by, id, leftMs);
  return 'kind' in moved ? moved : { ...found, moved };
}

/** Asks for what bears our key among all that was made since shortly before the call. */
export async function foundByKey(
  by: StripeCredentials,
  wanted: news.Wanted,
  sentAt: Date,
  leftMs: () => number,
): Promise<Found> {
  const gte = Math.floor((sentAt.getTime() - beforeMs) / 1_000);
  const expand = ['data.latest_charge'];
  const all = await listed(by, (stripe, at) => stripe.paymentIntents.list({ ...at, created: { gte }, expand }), leftMs);
  if (all.kind === 'unknown') return all;
  const ours = oursAmong(all.rows, wanted.key, wire.intentOf);
  if (!Array.isArray(ours)) return ours;
  const found = ours.map((it) => ({ id: it.id, it, news: news.standing(it, wanted, true) }));
  const first = firstOf(found);
  return withDisputes(
    by,
    first.it,
    named(
      first,
      found.filter(({ it }) => it.state !== 'gone'),
    ),
    leftMs,
  );
}

/** Asks for the refund that bears our key among all of a payment; `made`: which of them, where that is known. */
export async function foundRefund(
  by: StripeCredentials,
  upon: news.Upon,
  leftMs: () => number,
  made?: string,
): Promise<Found> {
  const { ref: payment_intent, key } = upon;
  const all = await listed(by, (stripe, page) => stripe.refunds.list({ ...page, payment_intent }), leftMs);
  if (all.kind === 'unknown') return all;
  const ours = oursAmong(all.rows, key, wire.refundOf);
  if (!Array.isArray(ours)) return ours;
  const found = ours.map((it) => ({ id: it.id, it, news: news.refundIn(it, upon) }));
  return named(
    found.find(({ id }) => id === made) ?? firstOf(found),
    found.filter(({ it }) => it.state !== 'refused'),
  );
}

/** What disputes of a payment have moved. */
export async function disputed(
  by: StripeCredentials,
  payment_intent: string,
  leftMs: () => number,
): Promise<readonly Moved[] | Unknown> {
  const all = await listed(by, (stripe, page) => stripe.disputes.list({ ...page, payment_intent }), leftMs);
  if (all.kind === 'unknown') return all;
  const disputes = all.rows.map(wire.disputeOf);
  if (!disputes.every((it) => it?.intent === payment_intent)) return wire.garbled('a dispute that nobody can read');
  return disputes.toReversed().flatMap((it) => (it ? news.disputedOf(it, now()) : []));
}

async function intentOf(
  by: StripeCredentials,
  ref: string,
  leftMs: () => number,
  expand: string[],
): Promise<wire.Intent | Unknown> {
  const answer = await ask(by, (stripe) => stripe.paymentIntents.retrieve(ref, { expand }), leftMs);
  const intent = answer.kind === 'answered' && answer.status === 200 ? wire.intentOf(answer.json) : undefined;
  return intent?.id === ref ? intent : doubt(answer);
}

interface Page {
  readonly limit: number;
  readonly starting_after?: string;
}

/** A whole list, newest first; `unknown` when it does not come to its end. */
async function listed(
  by: StripeCredentials,
  page: (stripe: Stripe, at: Page) => Promise<unknown>,
  leftMs: () => number,
): Promise<Listed | Unknown> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for (let pages = 0; pages < mostPages; pages += 1) {
    const last = rows.at(-1)?.['id'];
    const at: Page = { limit, ...(typeof last === 'string' ? { starting_after: last } : {}) };
    const answer = await ask(by, (stripe) => page(stripe, at), leftMs, pages > 0);
    const read = answer.kind === 'answered' && answer.status === 200 ? wire.pageOf(answer.json) : undefined;
    if (!read || (read.more && read.rows.length === 0)) return doubt(answer);
    rows.push(...read.rows);
    if (!read.more) return { kind: 'rows', rows };
  }
  return { kind: 'unknown', why: 'fault', message: `a list of more than ${mostPages * limit}` };
}

/** The rows that bear our key, the oldest first; `absent` only where every row says whose it is. */
function oursAmong<T>(
  rows: Listed['rows'],
  key: string,
  read: (row: unknown) => T | undefined,
): T[] | Unknown | { readonly kind: 'absent' } {
  const names = rows.map(wire.nameOf);
  const ours = rows.filter((_, at) => {
    const name = names[at];
    return name !== 'unclear' && name?.attempt === key;
  });
  if (ours.length === 0) {
    return names.includes('unclear') ? wire.garbled('a list with a row that may be ours') : { kind: 'absent' };
  }
  const found = ours.toReversed().map(read);
  return found.every((it) => it !== undefined) ? found : wire.garbled('a row of ours that nobody can read');
}

interface Candidate {
  readonly id: string;
  readonly news: Found;
}
/** The first that was done is ours, else the first at all. */
const firstOf = <T extends Candidate>(found: readonly T[]): T =>
  found.find(({ news: it }) => it.kind === 'done') ?? found[0]!;

/** Its news, with the names of the others that still count. */
function named(first: Candidate, counting: readonly Candidate[]): Found {
  const twins = counting.filter(({ id }) => id !== first.id).map(({ id }) => id);
  const { news: it } = first;
  return twins.length > 0 && (it.kind === 'done' || it.kind === 'pending') ? { ...it, twins } : it;
}

/** What failed was the question: it says nothing of the act. */
function doubt(answer: StripeAnswer): Unknown {
  if (answer.kind === 'answered') {
    const { message } = wire.refusal(answer);
    return { kind: 'unknown', why: answer.status === 200 ? 'garbled' : 'fault', message };
  }
  return { kind: 'unknown', why: answer.kind === 'unknown' ? answer.why : 'dropped', message: answer.message };
}
