import { redact } from '@libs/kernel/log.js';
import { type Cents, cents, toJson } from '@libs/money/cents.js';
import type { DeclineCode } from '@libs/providers/contract/outcome.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { opened, sealed } from './pinbank.cipher.js';

/**
 * Pinbank publishes no reference: everything here comes from what others have integrated. Nothing of it is verified
 * against Pinbank; it needs a run of homologation before real use.
 */
export const hosts = {
  production: 'https://pinbank.com.br',
  homologation: 'https://dev.pinbank.com.br',
} as const;
export const base = '/services/api';
export const keysPath = '/webhook/signing-key';

/** What the sources leave open, or disagree about: the one place to set right what homologation teaches. */
export interface Open {
  /** Every live integration seals everything; older suites of tests only cards, or nothing. */
  encrypted: 'always' | 'cards' | 'never';
  /** What is sealed: the whole body, or what is in its `Data`. */
  plaintext: 'envelope' | 'inner';
  dueDate: 'YYYYMMDD' | 'YYYY-MM-DD';
  slipAmount: 'cents' | 'reais';
  /** `unconfirmed`: no code is asked for at all. */
  pixAmount: 'cents' | 'reais' | 'unconfirmed';
  /** Whether a code must say its amount, which proves the unit above; else one without any is taken as well. */
  codeAmount: 'must' | 'may';
  /** How `Juros` and `Multa` are written; `unconfirmed`: a slip with either is not for Pinbank. */
  surcharge: 'bps' | 'unconfirmed';
  /** The text under the signature of an event. */
  signed: 'ts.body' | 'id.ts.body';
  /** How long a hold stands is told nowhere: it is captured or let go before this. */
  holdDays: number;
}
export const open: Open = {
  encrypted: 'always',
  plaintext: 'envelope',
  dueDate: 'YYYYMMDD',
  slipAmount: 'cents',
  pixAmount: 'cents',
  codeAmount: 'must',
  surcharge: 'bps',
  signed: 'ts.body',
  holdDays: 5,
};

/** Methods by their names here; `store`: they want the key of the shop beside channel and client. */
export const methods = {
  slip: 'CashIn/GerarBoleto',
  slipFind: 'CashIn/ConsultarBoleto',
  slipList: 'CashIn/ConsultarBoletoLote',
  slipEnd: 'CashIn/SolicitarBaixaBoleto',
  code: 'Pix/SolicitarDynamicQrCode',
  codeFind: 'Pix/ConsultarDynamicQrCode',
  codeEnd: 'Pix/AlterarStatusDynamicQrCode',
  sale: 'Transacoes/EfetuarTransacao',
  capture: 'Transacoes/CapturarTransacao',
  cancel: 'Transacoes/CancelarTransacao',
  sales: 'ContaDigital/ExtratoPos',
  balance: 'ContaDigital/Saldo',
  statement: 'ContaDigital/ExtratoContaDigital',
} as const;
export type Method = keyof typeof methods;
export const isCard = (method: Method): boolean => methods[method].startsWith('Transacoes/');

/** Path and body of a method, sealed or in clear as the sources have it. */
export function written(
  method: Method,
  keyValue: string,
  data: Json,
): { readonly path: string; readonly body: string } {
  const path = `${base}/${methods[method]}`;
  const clear = open.encrypted === 'never' || (open.encrypted === 'cards' && !isCard(method));
  if (clear) return { path, body: JSON.stringify({ Data: data }) };
  const plain = JSON.stringify(open.plaintext === 'envelope' ? { Data: data } : data);
  return { path: `${path}Encrypted`, body: JSON.stringify({ Data: { Json: sealed(keyValue, plain) } }) };
}

export interface Flaw {
  readonly field: string;
  readonly message: string;
}
/** The verdict of an answer: HTTP says 200 for a refusal too. */
export type Said =
  | { readonly kind: 'yes'; readonly data: unknown }
  | { readonly kind: 'no'; readonly code: number; readonly message: string; readonly flaws: readonly Flaw[] };

/** An integer, or its digits; undefined for anything else. */
function codeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number.parseInt(value, 10) : undefined;
}

function jsonIn(keyValue: string, base64: string): unknown {
  try {
    return JSON.parse(opened(keyValue, base64) ?? '') as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Reads an answer; undefined when somebody else has written it, or it cannot be opened: then nothing is known. What is
 * sealed may be the data, the data in its own `Data`, or the whole answer once more.
 */
export function saidOf(json: unknown, keyValue: string): Said | undefined {
  const it = object(json);
  const code = codeOf(it?.['ResultCode']);
  if (it === undefined || code === undefined) return undefined;
  const box = object(it['Data'])?.['Json'];
  if (typeof box !== 'string') return verdict(it, code, it['Data']);
  const inner = jsonIn(keyValue, box);
  const whole = object(inner);
  if (inner === undefined) return undefined;
  if (whole !== undefined && 'ResultCode' in whole) {
    const own = codeOf(whole['ResultCode']);
    return own === undefined ? undefined : verdict(whole, code === 0 ? own : code, whole['Data']);
  }
  return verdict(it, code, whole !== undefined && 'Data' in whole ? whole['Data'] : inner);
}

function verdict(it: Json, code: number, data: unknown): Said | undefined {
  const validation = object(it['ValidationData']);
  const second = validation && 'ResultCode' in validation ? codeOf(validation['ResultCode']) : 0;
  if (second === undefined) return undefined;
  if (code === 0 && second === 0) return { kind: 'yes', data };
  const errors: unknown = validation?.['Errors'];
  const flaws = (Array.isArray(errors) ? (errors as unknown[]) : []).flatMap((one): Flaw[] => {
    const field = text(object(one)?.['FieldName']);
    return field === undefined ? [] : [{ field, message: text(object(one)?.['ErrorMessage']) ?? '' }];
  });
  const message = shown(text(it['Message']) ?? text(validation?.['Message']) ?? `ResultCode ${code}`);
  return { kind: 'no', code: code === 0 ? second : code, message, flaws };
}

export const shown = (message: string): string => redact(message).slice(0, 255);

/** The one text that several sources have seen word for word: an error of its own looks like a refusal. */
export const systemError = /^erro de sistema\b/i;

/** What a field that cannot be means for who has asked. */
const wordOf: readonly (readonly [RegExp, DeclineCode])[] = [
  [/^(NumeroCartao|DataValidade|CodigoSeguranca|NomeImpresso)$/, 'card_invalid'],
  [/^(CpfComprador|NomeComprador|Email|DadosSacado.*)$/, 'payer_invalid'],
  [/^Valor(QrCode)?$/, 'amount_invalid'],
];
export const flawed = (field: string): DeclineCode =>
  wordOf.find(([shape]) => shape.test(field))?.[1] ?? 'request_invalid';

/** Pinbank's own word for a token that is none, after which nothing was executed. */
export const turnedAway = (json: unknown): boolean =>
  /^authorization has been denied\b/i.test(text(object(json)?.['Message']) ?? '');

/** Whole cents of a JSON number that is in cents, or in reais; undefined for anything else. */
export function moneyOf(value: unknown, unit: 'cents' | 'reais'): Cents | undefined {
  if (typeof value !== 'number') return undefined;
  const shape = unit === 'cents' ? /^(\d{1,14})$/ : /^(\d{1,12})(?:\.(\d{1,2}))?$/;
  const [, whole, part = ''] = shape.exec(String(value)) ?? [];
  if (whole === undefined) return undefined;
  return cents(BigInt(unit === 'cents' ? whole : whole + part.padEnd(2, '0')));
}
/** An amount as such a JSON number, exactly. */
export const moneyNumber = (amount: Cents, unit: 'cents' | 'reais'): number =>
  unit === 'cents'
    ? toJson(amount)
    : (JSON.parse(`${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`) as number);
export const mostMoney = cents(999_999_999_999n);

/** Digits that came as a text or as a number. */
export const digitsOf = (value: unknown): string | undefined => {
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : text(value);
  return digits !== undefined && /^\d{1,20}$/.test(digits) ? digits : undefined;
};

const behindMs = 3 * 60 * 60 * 1_000;
/** A moment in São Paulo with its offset. */
export const momentText = (at: Date): string => `${new Date(at.getTime() - behindMs).toISOString().slice(0, 19)}-03:00`;
/** A moment as Pinbank writes it, in São Paulo and without a zone unless it says one; undefined for "no date". */
export function timeOf(value: unknown): Date | undefined {
  const given = text(value) ?? '';
  const [, local, zone = '-03:00'] =
    /^(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?$/.exec(given) ?? [];
  const at = new Date(local === undefined ? Number.NaN : `${local.length === 10 ? `${local}T00:00:00` : local}${zone}`);
  return Number.isNaN(at.getTime()) || given.startsWith('0001') ? undefined : at;
}

/** The same letters without their marks, and no others than these. */
export const ascii = (given: string, beside: RegExp, most: number): string =>
  given
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(beside, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
    .slice(0, most)
    .trim();
