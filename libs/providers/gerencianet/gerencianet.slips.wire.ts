import { readCode } from '@libs/brazil/barcode.js';
import { addDays } from '@libs/brazil/days.js';
import { type Cents, cents, toJson } from '@libs/money/cents.js';
import type { BankslipData, BankslipInput, Person, PostalAddress } from '@libs/providers/contract/inputs.js';
import type { DeclineCode, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { garbled, shown, taxIdOf } from './gerencianet.wire.js';

/** Efí's API of charges: its words and what each of them means here. Nothing here touches the wire. */
export const open = {
  /** Of a charge or a token that nobody knows the code is printed, and no status. */
  missing: [400, 404],
  /** Its times say no zone: São Paulo's, which has kept three hours behind since 2019. */
  zone: '-03:00',
} as const;
const behindMs = 3 * 60 * 60 * 1_000;
/** The day of a moment there, so many days later. */
export const dayOf = (at: Date, days = 0): string =>
  addDays(new Date(at.getTime() - behindMs).toISOString().slice(0, 10), days);

export const leastMoney = 500n;
export const mostMoney = 9_999_999_999n; // as much as a bar code can say
export const mostFineBps = 1_000;
export const mostPayableDays = 120;

/**
 * Interest goes by the day, in thousandths of a percent: the printed limit of 330 is 9.9 % in thirty days. What a month
 * leaves over is not asked for.
 */
export const dailyInterest = (monthlyBps: number): number => (monthlyBps - (monthlyBps % 3)) / 3;
export const mostDailyInterest = 330;

/** `coming`: it is being paid, and no longer ours to take back. `settled`: marked by hand as paid; no money came. */
export type State = 'open' | 'lapsed' | 'coming' | 'paid' | 'contested' | 'settled' | 'gone';
const states: Readonly<Record<string, State>> = {
  new: 'open',
  waiting: 'open',
  unpaid: 'open',
  expired: 'lapsed',
  identified: 'coming',
  paid: 'paid',
  contested: 'contested',
  settled: 'settled',
  canceled: 'gone',
};
const stateOf = (word: unknown): State | undefined => states[text(word) ?? ''];

const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
const moneyOf = (value: unknown): Cents | undefined => {
  const amount = whole(value);
  return amount === undefined ? undefined : cents(amount);
};
const idOf = (value: unknown): string | undefined => whole(value)?.toString();
const local = /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?$/;
const timeOf = (value: unknown): Date | undefined => {
  const [day, time = '00:00:00'] = local.test(text(value) ?? '') ? String(value).split(' ') : [];
  const at = new Date(`${day}T${time}${open.zone}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
};
const urlOf = (value: unknown): string | undefined => {
  const url = text(value);
  return url !== undefined && /^https?:/.test(url) && URL.canParse(url) ? url : undefined;
};

/** What a payer is given; undefined when no bank would take it, or takes another amount by it. */
function dataOf(it: Json | undefined, amount: Cents): BankslipData | undefined {
  const code = readCode(text(it?.['barcode']) ?? '');
  if (code.kind !== 'bank' || (code.amountCents !== 0n && code.amountCents !== amount)) return undefined;
  const qrCode = text(object(it?.['pix'])?.['qrcode']);
  const url = urlOf(it?.['link']);
  const { barcode, line } = code;
  return { barcode, line, ...(url === undefined ? {} : { url }), ...(qrCode === undefined ? {} : { qrCode }) };
}

/** A charge as its own page shows it. */
export interface Slip {
  readonly id: string;
  readonly order?: string; // our `custom_id`; the answer of the creation does not say it
  readonly state?: State; // undefined: a word we do not know
  readonly amount: Cents;
  readonly at?: Date;
  readonly data?: BankslipData;
}

/** Reads the answer of a creation; undefined when what matters is missing. New members are left alone. */
export function createdOf(json: unknown): Slip | undefined {
  const it = dataIn(json);
  const [id, amount] = [idOf(it?.['charge_id']), moneyOf(it?.['total'])];
  if (!it || id === undefined || amount === undefined || it['payment'] !== 'banking_billet') return undefined;
  return { id, state: stateOf(it['status']), amount, data: dataOf(it, amount) };
}

/** Reads a charge that was asked for. */
export function slipOf(json: unknown): Slip | undefined {
  const it = dataIn(json);
  const [id, amount] = [idOf(it?.['charge_id']), moneyOf(it?.['total'])];
  if (!it || id === undefined || amount === undefined) return undefined;
  const billet = object(object(it['payment'])?.['banking_billet']);
  return {
    id,
    order: text(it['custom_id']),
    state: stateOf(it['status']),
    amount,
    at: timeOf(it['created_at']),
    data: dataOf(billet, amount),
  };
}
/** Every answer says in its body, too, that it is a good one. */
const dataIn = (json: unknown): Json | undefined => (good(json) ? object(object(json)?.['data']) : undefined);
export const good = (json: unknown): boolean => object(json)?.['code'] === 200;

/** A charge as the list shows it, which alone says how much was paid. */
export interface Row {
  readonly id: string;
  readonly order?: string;
  readonly state?: State;
  readonly amount: Cents;
  readonly at: number;
  readonly paid?: Cents;
  readonly paidAt?: Date;
}
function rowOf(json: unknown): Row | undefined {
  const it = object(json);
  const [id, amount] = [idOf(it?.['id']), moneyOf(it?.['total'])];
  const payment = object(it?.['payment']);
  const value = payment?.['paid_value'] ?? undefined;
  const paid = moneyOf(value);
  if (!it || id === undefined || amount === undefined || (value !== undefined && paid === undefined)) return undefined;
  return {
    id,
    order: text(it['custom_id']),
    state: stateOf(it['status']),
    amount,
    at: timeOf(it['created_at'])?.getTime() ?? 0,
    paid,
    paidAt: timeOf(payment?.['paid_at']),
  };
}
export interface Page {
  readonly rows: readonly Row[];
  readonly full: boolean; // there may be more on the next
}
/** One row that cannot be read makes the whole list unreadable, and so does not knowing whether it is the whole. */
export function pageOf(json: unknown): Page | undefined {
  const it = object(json);
  const limit = whole(object(object(it?.['params'])?.['pagination'])?.['limit']);
  const data = it?.['data'];
  if (!good(json) || !Array.isArray(data) || limit === undefined || limit === 0) return undefined;
  const rows = data.map(rowOf).filter((row) => row !== undefined);
  return rows.length === data.length ? { rows, full: rows.length >= limit } : undefined;
}

/** What became of a charge, and which of ours it is. */
export interface Told {
  readonly id: string;
  readonly order?: string;
  readonly state?: State;
}
/** Everything that a token tells, oldest first; what is of no charge is left out. */
export function toldOf(json: unknown): readonly Told[] | undefined {
  const data = object(json)?.['data'];
  if (!good(json) || !Array.isArray(data)) return undefined;
  return data.flatMap((row): Told[] => {
    const it = object(row);
    const id = idOf(object(it?.['identifiers'])?.['charge_id']);
    const state = stateOf(object(it?.['status'])?.['current']);
    return id === undefined ? [] : [{ id, order: text(it?.['custom_id']), state }];
  });
}

/** The body of `POST /v1/charge/one-step`; Efí refuses members that it does not know. */
export function slipBody(key: string, input: BankslipInput, notifyUrl?: string): Json {
  const { fine, interest } = input;
  const message = input.instructions?.trim();
  const daily = interest && dailyInterest(interest.monthlyBps);
  return {
    items: [{ name: 'Cobrança', value: toJson(input.amount), amount: 1 }],
    metadata: { custom_id: key, ...(notifyUrl === undefined ? {} : { notification_url: notifyUrl }) },
    payment: {
      banking_billet: {
        customer: customerOf(input.payer),
        expire_at: input.dueOn,
        configurations: {
          days_to_write_off: input.payableDays,
          ...(fine && 'rateBps' in fine ? { fine: fine.rateBps } : {}),
          ...(daily === undefined ? {} : { interest: daily }),
        },
        ...(message ? { message } : {}),
      },
    },
  };
}

/** What is not asked for and would be refused is left out: nobody is denied a slip for how a telephone is written. */
function customerOf({ name, taxId, email, phone, birthDate, address }: Person): Json {
  const given = name.trim().slice(0, 255);
  const document = taxIdOf(taxId);
  const number = phone?.replaceAll(/\D/g, '').replace(/^55(?=\d{10,11}$)/, '');
  const place = placeOf(address);
  return {
    ...(document?.['cnpj'] === undefined
      ? { name: given, ...document }
      : { juridical_person: { corporate_name: given, ...document } }),
    ...(email !== undefined && email.length <= 255 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? { email } : {}),
    ...(number !== undefined && /^[1-9]{2}9?\d{8}$/.test(number) ? { phone_number: number } : {}),
    ...(birthDate !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(birthDate) ? { birth: birthDate } : {}),
    ...(place === undefined ? {} : { address: place }),
  };
}

/** An address that is whole, or none. */
function placeOf(address: PostalAddress | undefined): Json | undefined {
  const { street, number, neighborhood, city, complement } = address ?? {};
  const zipcode = address?.zipCode?.replaceAll(/\D/g, '');
  const state = address?.state?.toUpperCase();
  if (!street || !number || !neighborhood || !city || !/^[A-Z]{2}$/.test(state ?? '')) return undefined;
  if (!/^\d{8}$/.test(zipcode ?? '')) return undefined;
  return { street, number, neighborhood, zipcode, city, state, ...(complement ? { complement } : {}) };
}

export const notThere = '3500010';
export const forbiddenByState = '3500043';
const limited = ['3500049', '3500055'];
const unauthorised = ['3500001', '3500008'];
/** Refusals after which no charge is there, for certain. Any other is `unknown`. */
const declines: Readonly<Partial<Record<DeclineCode, string>>> = {
  amount_invalid: '3500006 4600036 4600523',
  not_allowed: '3500007 3500050 4600035 4600210 4600224',
  our_balance: '4600037 4600209 4600211',
  payer_invalid: '4600142 4600222',
  request_invalid: '3500002 3500010 3500023 3500025 3500034 3500037 3500042 3500053 4600002 4600007 4600060 4600414',
};
const words = new Map(
  Object.entries(declines).flatMap(([word, codes]) => codes.split(' ').map((code) => [code, word as DeclineCode])),
);
export const known = (): readonly string[] => [...words.keys(), ...limited, ...unauthorised, forbiddenByState];

interface Complaint {
  readonly code: string;
  readonly message: string;
}
/** Efí's own word for what went wrong: by its number, or OAuth's. Undefined: somebody else has answered. */
export function complaintOf(json: unknown): Complaint | undefined {
  const it = object(json);
  const error = text(it?.['error'])?.match(/^[\w ]+$/)?.[0];
  const code = whole(it?.['code'])?.toString() ?? text(it?.['code']) ?? error;
  if (it === undefined || error === undefined || code === undefined) return undefined;
  const described = object(it['error_description']);
  const where = [text(described?.['property']), text(described?.['message'])].filter((part) => part !== undefined);
  return { code: code.slice(0, 64), message: shown(text(it['error_description']) ?? (where.join(': ') || error)) };
}

/** Whether Efí says that it knows no such charge or token. */
export const lost = ({ status, json }: Answered): boolean =>
  (open.missing as readonly number[]).includes(status) && complaintOf(json)?.code === notThere;
export const says = ({ status, json }: Answered, code: string): boolean =>
  status >= 400 && status < 500 && complaintOf(json)?.code === code;

type Refusal = Extract<Outcome, { kind: 'declined' | 'unsent' | 'unknown' }>;

/** What an answer that is not the expected one means for an act. `creates`: its refusals are listed. */
export function refusal(answer: Answered, creates = false): Refusal {
  const { status, json } = answer;
  if (status >= 200 && status < 300) return garbled(`status ${status} and a body that does not fit`);
  const said = complaintOf(json);
  const message = said ? `${status} ${said.code}: ${said.message}`.slice(0, 255) : `status ${status}`;
  if (said === undefined || status < 400 || status >= 500) return { kind: 'unknown', why: 'fault', message };
  if (status === 429 || limited.includes(said.code)) return { kind: 'unsent', why: 'limited', message };
  if (status === 401 || status === 403 || unauthorised.includes(said.code)) {
    return { kind: 'unsent', why: 'credentials', message };
  }
  const code = creates ? words.get(said.code) : undefined;
  if (code === undefined) return { kind: 'unknown', why: 'fault', message };
  return { kind: 'declined', code, message: said.message, returnCode: said.code };
}
