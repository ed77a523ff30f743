import { redact } from '@libs/kernel/log.js';
import { type Cents, type Currency, cents } from '@libs/money/cents.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import { codeOf } from './stripe.codes.js';
import { type Json, object, text } from '@libs/providers/answer.js';

/** Stripe's words, and what each of them means here. Nothing here touches the wire. */
export const mostMoney = cents(99_999_999n); // eight digits
export const holdDays = 7; // until a hold that nobody captures lapses, where the charge does not say

/** `open`: nothing is decided; `held`: authorised; `gone`: canceled, for good. */
type IntentState = 'open' | 'held' | 'paid' | 'gone';
const intents: Readonly<Record<string, IntentState>> = {
  requires_payment_method: 'open',
  requires_confirmation: 'open',
  requires_action: 'open',
  processing: 'open',
  requires_capture: 'held',
  succeeded: 'paid',
  canceled: 'gone',
};
const manners: Readonly<Record<string, boolean>> = { automatic: false, automatic_async: false, manual: true };
const refunds: Readonly<Record<string, 'pending' | 'done' | 'refused'>> = {
  pending: 'pending',
  requires_action: 'pending',
  succeeded: 'done',
  failed: 'refused',
  canceled: 'refused',
};
/** Whether the money of a dispute is away, back, or was never touched. */
const disputes: Readonly<Record<string, 'asked' | 'taken' | 'given'>> = {
  warning_needs_response: 'asked',
  warning_under_review: 'asked',
  warning_closed: 'asked',
  prevented: 'asked',
  needs_response: 'taken',
  under_review: 'taken',
  lost: 'taken',
  appeal_needs_response: 'taken',
  appeal_under_review: 'taken',
  won: 'given',
};

const moneyOf = (value: unknown): Cents | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 1e12 ? cents(value) : undefined;
export const timeOf = (seconds: unknown): Date | undefined =>
  typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1_000) : undefined;
export const currencyOf = (value: unknown): Currency | undefined =>
  value === 'brl' ? 'BRL' : value === 'eur' ? 'EUR' : undefined;
/** Its prefix tells what an id is of, and that it is one. */
const idOf = (json: Json | undefined, prefix: string): string | undefined => {
  const id = text(json?.['id']);
  return id?.startsWith(prefix) ? id : undefined;
};
const named = (json: Json | undefined, kind: string): Json | undefined =>
  json?.['object'] === kind ? json : undefined;

export interface Charge {
  readonly brand?: string;
  readonly authorization?: string;
  readonly captureBy?: Date;
  readonly disputed: boolean;
  readonly succeeded: boolean;
}
export interface Intent {
  readonly id: string;
  readonly state?: IntentState; // undefined: a word we do not know
  readonly manual?: boolean;
  readonly amount: Cents;
  readonly received: Cents;
  readonly capturable: Cents;
  readonly currency: Currency;
  readonly attempt?: string; // the key of the act that made it
  readonly capture?: string; // and of the one that captured it
  readonly created: Date;
  readonly lapsed: boolean;
  readonly redirectUrl?: string;
  readonly problem?: Complaint;
  readonly charge?: Charge;
}

/** Reads a PaymentIntent; undefined when what matters is missing. Members and words that are new are left alone. */
export function intentOf(json: unknown): Intent | undefined {
  const it = named(object(json), 'payment_intent');
  const [id, status, created] = [idOf(it, 'pi_'), text(it?.['status']), timeOf(it?.['created'])];
  const [amount, received] = [moneyOf(it?.['amount']), moneyOf(it?.['amount_received'])];
  const [capturable, currency] = [moneyOf(it?.['amount_capturable']), currencyOf(it?.['currency'])];
  const metadata = object(it?.['metadata']);
  if (!it || id === undefined || status === undefined || !created || !metadata || currency === undefined)
    return undefined;
  if (amount === undefined || received === undefined || capturable === undefined) return undefined;
  const manner = text(it['capture_method']);
  return {
    id,
    state: intents[status],
    manual: manner === undefined ? undefined : manners[manner],
    amount,
    received,
    capturable,
    currency,
    attempt: text(metadata['attempt']),
    capture: text(metadata['capture']),
    created,
    lapsed: ['automatic', 'expired'].includes(text(it['cancellation_reason']) ?? ''),
    redirectUrl: text(object(object(it['next_action'])?.['redirect_to_url'])?.['url']),
    problem: problemOf(it['last_payment_error']),
    charge: chargeOf(it['latest_charge']),
  };
}

/** Reads the charge where it stands in the place of its id. */
function chargeOf(json: unknown): Charge | undefined {
  const it = named(object(json), 'charge');
  const card = object(object(it?.['payment_method_details'])?.['card']);
  return (
    it && {
      brand: text(card?.['brand']),
      authorization: text(card?.['authorization_code']),
      captureBy: timeOf(card?.['capture_before']),
      disputed: it['disputed'] === true,
      succeeded: it['status'] === 'succeeded',
    }
  );
}

export interface Refund {
  readonly id: string;
  readonly state?: 'pending' | 'done' | 'refused';
  readonly amount: Cents;
  readonly currency: Currency;
  readonly intent: string;
  readonly attempt?: string;
  readonly created: Date;
  readonly reason: string;
  /** It had left our balance there, and has come back to it. */
  readonly returned: boolean;
}

/** Reads a Refund. */
export function refundOf(json: unknown): Refund | undefined {
  const it = named(object(json), 'refund');
  const [id, status, created] = [idOf(it, 're_'), text(it?.['status']), timeOf(it?.['created'])];
  const [amount, currency] = [moneyOf(it?.['amount']), currencyOf(it?.['currency'])];
  const [metadata, intent] = [object(it?.['metadata']), text(it?.['payment_intent'])];
  if (!it || id === undefined || status === undefined || !created || !metadata) return undefined;
  if (amount === undefined || currency === undefined || intent === undefined) return undefined;
  return {
    id,
    state: refunds[status],
    amount,
    currency,
    intent,
    attempt: text(metadata['attempt']),
    created,
    reason: text(it['failure_reason']) ?? status,
    returned: status === 'failed' && text(it['failure_balance_transaction']) !== undefined,
  };
}

export interface Dispute {
  readonly id: string;
  readonly state: 'asked' | 'taken' | 'given';
  readonly amount: Cents;
  readonly currency: Currency;
  readonly intent: string;
  readonly created: Date;
}

/** Reads a Dispute; one in a state that nobody knows cannot be read. */
export function disputeOf(json: unknown): Dispute | undefined {
  const it = named(object(json), 'dispute');
  const [id, state, created] = [text(it?.['id']), disputes[text(it?.['status']) ?? ''], timeOf(it?.['created'])];
  const [amount, currency, intent] = [
    moneyOf(it?.['amount']),
    currencyOf(it?.['currency']),
    text(it?.['payment_intent']),
  ];
  if (id === undefined || state === undefined || !created) return undefined;
  if (amount === undefined || currency === undefined || intent === undefined) return undefined;
  return { id, state, amount, currency, intent, created };
}

/** One page of a list; undefined when it is none, or one element has no name: that may be the one looked for. */
export function pageOf(json: unknown): { readonly rows: readonly Json[]; readonly more: boolean } | undefined {
  const it = named(object(json), 'list');
  const [data, more] = [it?.['data'], it?.['has_more']];
  if (!Array.isArray(data) || typeof more !== 'boolean') return undefined;
  const rows = data.map((row: unknown) => object(row)).filter((row) => text(row?.['id']) !== undefined);
  return rows.length === data.length ? { rows: rows as readonly Json[], more } : undefined;
}

/** Whose act a row of a list belongs to; `unclear` where its metadata cannot be read: it may be ours. */
export function nameOf(row: Json): { readonly attempt?: string } | 'unclear' {
  const metadata = object(row['metadata']);
  const attempt = metadata?.['attempt'];
  if (!metadata || (attempt !== undefined && typeof attempt !== 'string')) return 'unclear';
  return { attempt };
}

/** Stripe's own word for what went wrong. */
export interface Complaint {
  readonly type: string;
  readonly code: string; // its own; else ''
  readonly decline: string; // the issuer's; else ''
  readonly message: string;
  readonly intent?: unknown;
}
const kinds = ['api_error', 'card_error', 'idempotency_error', 'invalid_request_error'];

/** Undefined: somebody else has answered. */
export const complaintOf = (json: unknown): Complaint | undefined => problemOf(object(json)?.['error']);

function problemOf(json: unknown): Complaint | undefined {
  const it = object(json);
  const type = text(it?.['type']);
  if (!it || type === undefined || !kinds.includes(type)) return undefined;
  const [code, decline] = [text(it['code']) ?? '', text(it['decline_code']) ?? ''];
  return { type, code, decline, message: shown(text(it['message']) ?? code), intent: it['payment_intent'] };
}
const digits = /\d(?:[ -]?\d){11,}/g;
/** Whatever looks like a card number is cut out, right or wrong. */
export const shown = (message: string): string => redact(message).replaceAll(digits, '[redacted]').slice(0, 255);

type Refusal = Extract<Outcome, { kind: 'declined' | 'unsent' | 'unknown' }>;

/** What an answer that is not the expected one means for an act. */
export function refusal({ status, json }: Answered): Refusal {
  const said = complaintOf(json);
  if (status >= 200 && status < 300) return garbled(`status ${status} and a body that does not fit`);
  if (said === undefined) return { kind: 'unknown', why: 'fault', message: `status ${status}` };
  const { type, code } = said;
  const message = `${status} ${code || type}: ${said.message}`.slice(0, 255);
  const invalid = type === 'invalid_request_error';
  if (invalid && status === 429) return { kind: 'unsent', why: 'limited', message };
  if (invalid && (status === 401 || status === 403)) return { kind: 'unsent', why: 'credentials', message };
  if (type === 'idempotency_error' && status === 400) return { kind: 'unknown', why: 'duplicate', message };
  if (code === 'idempotency_key_in_use' && status === 409) return { kind: 'unknown', why: 'early', message };
  const told = (type === 'card_error' && status === 402) || (invalid && status === 400);
  return (told && declineOf(said)) || { kind: 'unknown', why: 'fault', message };
}

/** The refusal for good; undefined where the table does not know the word. */
export function declineOf(said: Complaint, ref?: string): Extract<Outcome, { kind: 'declined' }> | undefined {
  const code = codeOf(said);
  if (code === undefined) return undefined;
  const returnCode = (said.decline || said.code).slice(0, 64);
  return { kind: 'declined', code, message: said.message, returnCode, ...(ref === undefined ? {} : { ref }) };
}

/** Whether what was asked for is refused because the intent is no longer, or not yet, in the state for it. */
export const unexpected = ({ status, json }: Answered): Intent | undefined => {
  const said = status === 400 ? complaintOf(json) : undefined;
  return said?.code === 'payment_intent_unexpected_state' ? intentOf(said.intent) : undefined;
};

export const garbled = (message: string): Extract<Outcome, { kind: 'unknown' }> => ({
  kind: 'unknown',
  why: 'garbled',
  message,
});
