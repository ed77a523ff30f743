import { createHash } from 'node:crypto';
import { Stripe } from 'stripe';
import { now } from '@libs/kernel/clock.js';
import type { Answer } from '@libs/providers/contract/call.js';
import type { Callbacks, Notice } from '@libs/providers/contract/callbacks.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import { type StripeAnswer, ask } from './stripe.client.js';
import type { StripeCredentials } from './stripe.credentials.js';
import { disputed } from './stripe.find.js';
import { endpointForm, events, maker } from './stripe.forms.js';
import * as news from './stripe.news.js';
import * as wire from './stripe.wire.js';
import { object, objectIn, type Refusal, text, unanswered } from '@libs/providers/answer.js';

type Call<I> = { readonly credentials: StripeCredentials; readonly input: I; readonly leftMs: () => number };

const toleranceSeconds = 300;

/** Every event is signed, with the secret of the endpoint that it was sent to. */
export const callbacks: Callbacks<StripeCredentials> = { verify, read, register, look };

type Verdict = ReturnType<Callbacks<StripeCredentials>['verify']>;

/** `stale`: signed with one of the secrets, and too old, or our clock is off. */
function verify(
  raw: Buffer,
  headers: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
  at: Date,
): Verdict {
  if (secrets.length === 0) return 'ask-for-keys';
  const signature = headers['stripe-signature'] ?? '';
  const proves = (secret: string, tolerance: number): boolean => {
    try {
      Stripe.webhooks.constructEvent(raw, signature, secret, tolerance, undefined, at.getTime());
      return true;
    } catch {
      return false;
    }
  };
  if (secrets.some((secret) => proves(secret, toleranceSeconds))) return 'genuine';
  return secrets.some((secret) => proves(secret, 0)) ? 'stale' : 'forged';
}

/** One notice per event that is about something of ours. */
function read(raw: Buffer): readonly Notice[] {
  const it = objectIn(raw);
  const [id, type, about] = [text(it?.['id']), text(it?.['type']), object(it?.['data'])?.['object']];
  if (it?.['object'] !== 'event' || id === undefined || type === undefined) return [];
  const at = wire.timeOf(it['created']) ?? now();
  if (type.startsWith('payment_intent.')) return ofIntent(id, wire.intentOf(about));
  if (type.startsWith('refund.') || type === 'charge.refund.updated') return ofRefund(id, wire.refundOf(about), at);
  return type.startsWith('charge.dispute.') ? ofDispute(id, type, wire.disputeOf(about), at) : [];
}

/** The capture bears a key of its own; without one it is the authorisation that is told of. */
function ofIntent(id: string, intent: wire.Intent | undefined): readonly Notice[] {
  if (!intent?.attempt) return [];
  const { id: ref, attempt, capture: taken, state, amount, received, currency } = intent;
  if (state === 'paid' && taken !== undefined) {
    const found = news.captureIn(intent, { ref, key: taken, amount: received, currency });
    return found.kind === 'done' ? [event(id, { key: taken, ref }, found)] : [hint({ key: taken, ref })];
  }
  // The event does not show whether it had been a hold, which was let go, or never came to be one.
  if (state === 'gone' && intent.manual !== false && !intent.problem) return [hint({ key: attempt, ref })];
  const found = news.standing(intent, { key: attempt, amount, currency });
  return found.kind === 'unknown' ? [hint({ key: attempt, ref })] : [event(id, { key: attempt, ref }, found)];
}

/** A refund that bears no key was made at Stripe's own pages: its payment is looked at. */
function ofRefund(id: string, refund: wire.Refund | undefined, at: Date): readonly Notice[] {
  if (!refund) return [];
  const { attempt: key, id: ref, intent, amount, currency } = refund;
  if (key === undefined) return [hint({ ref: intent })];
  if (refund.returned) return [event(id, { key, ref }, news.returnedOf(refund, at))];
  const found = news.refundIn(refund, { key, ref: intent, amount, currency });
  return found.kind === 'unknown' ? [hint({ key, ref })] : [event(id, { key, ref }, found)];
}

/** Events that say themselves what has moved, whatever state the dispute is in by now. */
const certain: Readonly<Record<string, wire.Dispute['state']>> = {
  'charge.dispute.funds_withdrawn': 'taken',
  'charge.dispute.funds_reinstated': 'given',
};
/** The money moves once, though two events tell of it: the dispute's id is the movement's. */
function ofDispute(id: string, type: string, dispute: wire.Dispute | undefined, at: Date): readonly Notice[] {
  if (!dispute) return [];
  const about = { ref: dispute.intent };
  const state = certain[type] ?? dispute.state;
  const last = news.disputedOf({ ...dispute, state }, at);
  const moved = last.at(-1);
  return moved ? [event(id, about, moved)] : [hint(about)];
}

const hint = (about: About): Notice => ({ kind: 'hint', about });
const event = (id: string, about: About, told: Extract<Notice, { kind: 'event' }>['news']): Notice => ({
  kind: 'event',
  id,
  about,
  news: told,
});

type Endpoint = Readonly<Record<string, unknown>>;
type Registered = Answer<{ readonly secret?: string }>;

/**
 * One endpoint of ours for an address; set right when it is off, made when there is none, and made anew when its secret
 * is lost. Stripe tells the secret only to who makes it, and again to the same request while it remembers its key: so
 * what was lost a moment ago, between its answer and our commit, is told again.
 */
async function register({
  credentials,
  input,
  leftMs,
}: Call<{ readonly url: string; readonly held: boolean }>): Promise<Registered> {
  const { url, held } = input;
  if (credentials.environment === 'production' && !url.startsWith('https:')) {
    return { kind: 'refused', message: 'Stripe calls https addresses only' };
  }
  const list = await ask(credentials, (stripe) => stripe.webhookEndpoints.list({ limit: 100 }), leftMs, true);
  const page = list.kind === 'answered' && list.status === 200 ? wire.pageOf(list.json) : undefined;
  if (!page) return unread(list, credentials);
  const there = page.rows.filter((row) => row['url'] === url && object(row['metadata'])?.['maker'] === maker);
  if (held && there[0]) return (await setRight(credentials, there[0], leftMs)) ?? { kind: 'read', data: {} };
  const made = await makeAnew(credentials, url, there, leftMs);
  if (!('secret' in made)) return made;
  for (const row of there) {
    const mine = row['id'] === made.id;
    const wrong = await (mine ? setRight(credentials, row, leftMs) : removed(credentials, row, leftMs));
    if (wrong) return wrong;
  }
  return { kind: 'read', data: { secret: made.secret } };
}

/** Undefined: it is enabled and hears everything that we go by. */
async function setRight(by: StripeCredentials, row: Endpoint, leftMs: () => number): Promise<Refusal | undefined> {
  const heard = Array.isArray(row['enabled_events']) ? (row['enabled_events'] as unknown[]) : [];
  const all = heard.includes('*') || events.every((it) => heard.includes(it));
  if (all && row['status'] === 'enabled') return undefined;
  const change = { enabled_events: [...events], disabled: false };
  const set = await ask(by, (stripe) => stripe.webhookEndpoints.update(String(row['id']), change), leftMs, true);
  return set.kind === 'answered' && set.status === 200 ? undefined : unread(set, by);
}

/** Undefined: it is gone. Nobody can verify what it would go on to send. */
async function removed(by: StripeCredentials, row: Endpoint, leftMs: () => number): Promise<Refusal | undefined> {
  const gone = await ask(by, (stripe) => stripe.webhookEndpoints.del(String(row['id'])), leftMs, true);
  return gone.kind === 'answered' && [200, 404].includes(gone.status) ? undefined : unread(gone, by);
}

const mostRemembered = 5;

/** A remembered key may name an endpoint that somebody has deleted since: then the next one is made under its name. */
async function makeAnew(
  by: StripeCredentials,
  url: string,
  there: readonly Endpoint[],
  leftMs: () => number,
): Promise<{ readonly id: string; readonly secret: string } | Refusal> {
  const form = endpointForm(url);
  let after = '';
  for (let tries = 0; tries < mostRemembered; tries += 1) {
    const idempotencyKey = createHash('sha256')
      .update(`${JSON.stringify(form)}${after}`)
      .digest('hex');
    const answer = await ask(by, (stripe) => stripe.webhookEndpoints.create(form, { idempotencyKey }), leftMs, true);
    const it = answer.kind === 'answered' && answer.status === 200 ? object(answer.json) : undefined;
    const [id, secret] = [text(it?.['id']), text(it?.['secret'])];
    if (id === undefined || secret === undefined) return unread(answer, by);
    if (there.some((row) => row['id'] === id)) return { id, secret };
    const seen = await ask(by, (stripe) => stripe.webhookEndpoints.retrieve(id), leftMs, true);
    if (seen.kind === 'answered' && seen.status === 200) return { id, secret };
    if (seen.kind !== 'answered' || seen.status !== 404) return unread(seen, by);
    after = id;
  }
  return { kind: 'unread', message: 'Stripe remembers only endpoints that are gone' };
}

/** What disputes have moved of a payment that is no attempt's yet. */
async function look({ credentials, input, leftMs }: Call<About>): Promise<Answer<readonly Moved[]>> {
  if (!input.ref?.startsWith('pi_')) return { kind: 'read', data: [] };
  const moved = await disputed(credentials, input.ref, leftMs);
  return 'kind' in moved ? { kind: 'unread', message: moved.message } : { kind: 'read', data: moved };
}

/** `refused`: Stripe, or our own credentials, say no, and asking again changes nothing. */
export function unread(answer: StripeAnswer, by: StripeCredentials): Refusal {
  if (answer.kind !== 'answered') return unanswered(answer, by.environment);
  const { status, json } = answer;
  const no = wire.complaintOf(json) !== undefined && status >= 400 && status < 500 && ![409, 429].includes(status);
  return { kind: no ? 'refused' : 'unread', message: wire.refusal(answer).message };
}
