import { now } from '@libs/kernel/clock.js';
import { redact } from '@libs/kernel/log.js';
import { type Cents, cents, toJson } from '@libs/money/cents.js';
import type { CardInput, Payer } from '@libs/providers/contract/inputs.js';
import { type Json, object, text } from '@libs/providers/answer.js';

/** Cielo's e-commerce API: its addresses, its words, its shapes. Nothing here touches the wire. */
export const hosts = {
  production: {
    transaction: 'https://api.cieloecommerce.cielo.com.br',
    query: 'https://apiquery.cieloecommerce.cielo.com.br',
  },
  homologation: {
    transaction: 'https://apisandbox.cieloecommerce.cielo.com.br',
    query: 'https://apiquerysandbox.cieloecommerce.cielo.com.br',
  },
} as const;
/** The simulator plays both hosts behind one listener. */
export const simulated = { transaction: '/transaction', query: '/query' } as const;

/** Brands by our names, as Cielo writes them. */
export const brands: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Master',
  master: 'Master',
  amex: 'Amex',
  elo: 'Elo',
  aura: 'Aura',
  jcb: 'JCB',
  diners: 'Diners',
  discover: 'Discover',
  hipercard: 'Hipercard',
};
export const brandOf = (ours: string): string | undefined => brands[ours.toLowerCase()];

export const mostMoney = cents(999_999_999_999_999n); // fifteen digits
export const mostInstallments = 12;
export const leastInstallment = 500n; // when the store divides the sale
/** An authorisation lapses when it is not captured in so many days. */
const captureDays = 15;
const dayMs = 86_400_000;

const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A PaymentId, always in small letters: it is compared as a text. */
export const idOf = (value: unknown): string | undefined => {
  const id = text(value)?.toLowerCase();
  return id !== undefined && guid.test(id) ? id : undefined;
};
/** Whole cents; undefined for anything else. */
export function moneyOf(value: unknown): Cents | undefined {
  const amount = whole(value);
  return amount === undefined || BigInt(amount) > mostMoney ? undefined : cents(amount);
}
const local = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2})(\.\d{1,3})?)?$/;
/** São Paulo's time, written without its zone, which has kept three hours behind since 2019. */
export function timeOf(value: unknown): Date | undefined {
  const [, day, time = '00:00:00', part = ''] = local.exec(text(value) ?? '') ?? [];
  const at = new Date(`${day}T${time}${part}-03:00`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
export const pageOf = (value: unknown): string | undefined => {
  const url = text(value);
  return url !== undefined && /^https?:/.test(url) && URL.canParse(url) ? url : undefined;
};

export type State = 'unfinished' | 'authorized' | 'captured' | 'denied' | 'voided' | 'refunded' | 'pending' | 'aborted';
const states: ReadonlyMap<unknown, State> = new Map<unknown, State>([
  [0, 'unfinished'],
  [1, 'authorized'],
  [2, 'captured'],
  [3, 'denied'],
  [10, 'voided'],
  [11, 'refunded'],
  [12, 'pending'],
  [13, 'aborted'],
]);

export const stateOf = (value: unknown): State | undefined => states.get(value);

export interface Dispute {
  readonly id: string;
  readonly amount: Cents;
  readonly at: Date;
}
export interface Sale {
  readonly id: string;
  readonly orders: readonly string[]; // the number we sent, and the one Cielo may have made of it
  readonly state?: State; // undefined: a number we do not know
  readonly amount: Cents;
  readonly captured?: Cents;
  readonly voided: Cents;
  readonly brand: string;
  readonly page?: string;
  readonly authorization?: string;
  readonly code?: string;
  readonly message?: string;
  readonly at: Date;
  readonly capturedAt: Date;
  readonly voidedAt: Date;
  readonly disputes: readonly Dispute[];
}

/** Reads a sale; undefined when what matters is missing, or cannot be what we sell. New members are left alone. */
export function saleOf(json: unknown): Sale | undefined {
  const outer = object(json);
  const it = object(outer?.['Payment']);
  const [id, amount] = [idOf(it?.['PaymentId']), moneyOf(it?.['Amount'])];
  const [captured, voided] = [sumOf(it, 'Captured'), sumOf(it, 'Voided')];
  const disputes = all(it?.['Chargebacks'], disputeOf(id ?? ''));
  if (!it || id === undefined || amount === undefined || captured === undefined || voided === undefined)
    return undefined;
  if (!disputes || (it['Currency'] ?? 'BRL') !== 'BRL') return undefined;
  const at = timeOf(it['ReceivedDate']) ?? now();
  return {
    id,
    orders: [outer?.['MerchantOrderId'], it['SentOrderId']].flatMap((order) => text(order) ?? []),
    state: stateOf(it['Status']),
    amount,
    captured: captured > 0n ? captured : undefined,
    voided,
    brand: text(object(it['CreditCard'] ?? it['DebitCard'])?.['Brand']) ?? '',
    page: pageOf(it['AuthenticationUrl']),
    authorization: text(it['AuthorizationCode']),
    code: text(it['ReturnCode'])?.slice(0, 64),
    message: text(it['ReturnMessage']),
    at,
    capturedAt: timeOf(it['CapturedDate']) ?? at,
    voidedAt: timeOf(it['VoidedDate']) ?? now(),
    disputes,
  };
}
/** What has been captured or voided: nothing is 0. Undefined: it cannot be read, or has a date and no amount. */
function sumOf(it: Json | undefined, what: 'Captured' | 'Voided'): Cents | undefined {
  const [value, date] = [it?.[`${what}Amount`], it?.[`${what}Date`]];
  return (value ?? date ?? undefined) === undefined ? cents(0) : moneyOf(value);
}

export const captureBy = ({ at }: Sale): Date => new Date(at.getTime() + captureDays * dayMs);

const disputeOf =
  (sale: string) =>
  (json: unknown): Dispute | undefined => {
    const it = object(json);
    const [id, amount] = [text(it?.['CaseNumber']), moneyOf(it?.['Amount'])];
    if (id === undefined || amount === undefined) return undefined;
    return { id: `${sale}:${id}`, amount, at: timeOf(it?.['Date']) ?? now() };
  };

/** One element that cannot be read makes the whole list unreadable: it may be the money. */
function all<T>(value: unknown, read: (it: unknown) => T | undefined): readonly T[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const found = value.map(read);
  return found.every((it): it is Awaited<T> & T => it !== undefined) ? found : undefined;
}

/** The payments of an order, the earliest first; their list has two names, and the date a slip in its spelling. */
export function listOf(json: unknown): readonly string[] | undefined {
  const it = object(json);
  const rows = it?.['Payments'] ?? it?.['Payment'];
  if (!Array.isArray(rows)) return undefined;
  const found = all(rows, (row) => {
    const id = idOf(object(row)?.['PaymentId']);
    const at = timeOf(object(row)?.['ReceveidDate'] ?? object(row)?.['ReceivedDate']);
    return id === undefined ? undefined : { id, at: at?.getTime() ?? 0 };
  });
  return (
    found && [...new Map(found.map((row) => [row.id, row])).values()].sort((a, b) => a.at - b.at).map((it) => it.id)
  );
}

/** What a capture or a void answers: a state and a code, and no amount. */
export interface Followed {
  readonly state: State;
  readonly code?: string;
  readonly message: string;
}
export function followedOf(json: unknown): Followed | undefined {
  const it = object(json);
  const state = stateOf(it?.['Status']);
  if (it === undefined || state === undefined) return undefined;
  return { state, code: text(it['ReturnCode'])?.slice(0, 64), message: shown(text(it['ReturnMessage']) ?? '') };
}

export interface Complaint {
  readonly code: string;
  readonly message: string;
}
/** Cielo's own words for what was wrong; a code may be a text. Undefined: somebody else has answered. */
export function complaintsOf(json: unknown): readonly Complaint[] | undefined {
  if (!Array.isArray(json) || json.length === 0) return undefined;
  return all(json, (row) => {
    const it = object(row);
    const code = text(it?.['Code']) ?? whole(it?.['Code'])?.toString();
    return code === undefined ? undefined : { code: code.slice(0, 64), message: shown(text(it?.['Message']) ?? code) };
  });
}
export const shown = (message: string): string => redact(message).slice(0, 255);

/** The same letters without their marks; what has none of ours left out. */
const ascii = (given: string, beside: RegExp): string =>
  given.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(beside, ' ').replaceAll(/ +/g, ' ').trim();
export const holderOf = (name: string): string =>
  ascii(name, /[^A-Za-z .'-]/g)
    .slice(0, 25)
    .trim();
const descriptorOf = (it: string | undefined): string =>
  ascii(it ?? '', /[^A-Za-z0-9 ]/g)
    .slice(0, 13)
    .trim();

export function customerOf({ name, taxId, email }: Payer): Json {
  const kind = /^\d{11}$/.test(taxId ?? '') ? 'CPF' : /^[0-9A-Z]{14}$/.test(taxId ?? '') ? 'CNPJ' : undefined;
  const given = name?.trim().slice(0, 255);
  return {
    ...(given ? { Name: given } : {}),
    ...(kind === undefined ? {} : { Identity: taxId, IdentityType: kind }),
    ...(email !== undefined && email !== '' && email.length <= 255 ? { Email: email } : {}),
  };
}

/** The body of `POST /1/sales`. */
export function saleBody(key: string, input: CardInput): Json {
  const { card, type } = input;
  const debit = type === 'debit';
  const descriptor = descriptorOf(input.softDescriptor);
  return {
    MerchantOrderId: key,
    Customer: customerOf(input.payer),
    Payment: {
      Type: debit ? 'DebitCard' : 'CreditCard',
      Amount: toJson(input.amount),
      Currency: 'BRL',
      // A debit is known again by the payer's bank, on its page, and captured at once.
      ...(debit
        ? { Authenticate: true, ReturnUrl: input.returnUrl }
        : { Installments: input.installments, Capture: input.capture }),
      ...(descriptor === '' ? {} : { SoftDescriptor: descriptor }),
      [debit ? 'DebitCard' : 'CreditCard']: {
        CardNumber: card.number,
        Holder: holderOf(card.holder),
        ExpirationDate: card.expires,
        ...(card.cvv === undefined ? {} : { SecurityCode: card.cvv }),
        Brand: brandOf(card.brand),
      },
    },
  };
}
