import { readCode } from '@libs/brazil/barcode.js';
import { now } from '@libs/kernel/clock.js';
import { type Cents, toJson } from '@libs/money/cents.js';
import type { BankslipData, BankslipInput, Person, PixInput, PostalAddress } from '@libs/providers/contract/inputs.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { customerOf, idOf, moneyOf, pageOf, type State, stateOf, timeOf } from './cielo.wire.js';

/** Codes and slips of the e-commerce API: what a payer is given, who is not there when it is made. */

/** A code of the old contract is good for two hours; one of the new for as long as is asked, a day at the most. */
export const oldSeconds = 7_200;
export const mostSeconds = 86_400;
export const newContract = 'cielo2';
/** How a contract is told on the wire: the old one has no name. */
const contracts: Readonly<Record<string, string>> = { [newContract]: 'Cielo2' };
/** The banks that collect, and what stands for any of them where nothing is collected. */
const banks: Readonly<Record<string, string>> = { bradesco: 'Bradesco2', bancodobrasil: 'BancoDoBrasil2' };
const noBank = 'Simulado';
export const mostSlip = 9_999_999_999n; // as much as a bar code can say

export interface Issued {
  readonly id: string;
  readonly orders: readonly string[]; // our order number, and the one that Cielo may have made of it
  readonly state?: State; // undefined: a number we do not know
  readonly amount: Cents;
  readonly at: Date; // of its payment, as far as Cielo says
}
/** `paidBy`: the payment's own name; a code that is 12 again has been paid before, and is going back. */
export interface Code extends Issued {
  readonly qrCode?: string;
  readonly paid: boolean;
  readonly paidBy?: string;
}
export interface Slip extends Issued {
  readonly data?: BankslipData; // undefined: nothing that a bank would take
}

function issuedOf(json: unknown, type: string): { readonly it: Json; readonly issued: Issued } | undefined {
  const outer = object(json);
  const it = object(outer?.['Payment']);
  // The old contract's printed sample spells the name otherwise.
  const [id, amount] = [idOf(it?.['PaymentId'] ?? it?.['Paymentid']), moneyOf(it?.['Amount'])];
  if (!it || id === undefined || amount === undefined || it['Type'] !== type) return undefined;
  if ((it['Currency'] ?? 'BRL') !== 'BRL') return undefined;
  const orders = [outer?.['MerchantOrderId'], it['SentOrderId']].flatMap((order) => text(order) ?? []);
  const state = stateOf(it['Status']);
  return {
    it,
    issued: { id, orders, state, amount, at: timeOf(it['CapturedDate']) ?? now() },
  };
}
/** Reads a code; undefined when what matters is missing. New members are left alone. */
export function codeOf(json: unknown): Code | undefined {
  const read = issuedOf(json, 'Pix');
  if (!read) return undefined;
  const { it, issued } = read;
  const captured = it['CapturedAmount'] ?? undefined;
  if (captured !== undefined && moneyOf(captured) === undefined) return undefined;
  const paidBy = text(it['EndToEndId']);
  const paid = paidBy !== undefined || (moneyOf(captured) ?? 0n) > 0n;
  return { ...issued, qrCode: text(it['QrCodeString']), paid, paidBy };
}

/** Reads a slip. */
export function slipOf(json: unknown): Slip | undefined {
  const read = issuedOf(json, 'Boleto');
  return read && { ...read.issued, data: dataOf(read.it, read.issued.amount) };
}

/** The line as it is typed and the code as it is scanned have to be the same slip, of that amount. */
function dataOf(it: Json, amount: Cents): BankslipData | undefined {
  const code = readCode(text(it['DigitableLine']) ?? '');
  if (code.kind !== 'bank' || code.barcode !== it['BarCodeNumber']) return undefined;
  if (code.amountCents !== 0n && code.amountCents !== amount) return undefined;
  const { barcode, line } = code;
  const [number, url] = [text(it['Number']), pageOf(it['Url'])];
  return { barcode, line, ...(number === undefined ? {} : { number }), ...(url === undefined ? {} : { url }) };
}

/** What a void of a code answers: `8` schedules its removal, `0` has begun to give its money back. */
export interface Voided {
  readonly state?: State;
  readonly reason?: number;
  readonly code?: string;
  readonly message: string;
}
export function voidedOf(json: unknown): Voided | undefined {
  const it = object(json);
  const reason = it?.['ReasonCode'];
  const known = stateOf(it?.['Status']);
  // Of a removal nobody has seen the body: it may say no status, but none that we do not know.
  if (!it || (it['Status'] !== undefined && known === undefined)) return undefined;
  return {
    state: known,
    ...(typeof reason === 'number' ? { reason } : {}),
    code: text(it['ReturnCode'])?.slice(0, 64),
    message: text(it['ReturnMessage']) ?? text(it['ReasonMessage']) ?? '',
  };
}

/** The body of `POST /1/sales` for a code. */
export function codeBody(key: string, input: PixInput, contract?: string): Json {
  const provider = contracts[contract ?? ''];
  return {
    MerchantOrderId: key,
    Customer: customerOf(input.payer ?? {}),
    Payment: {
      Type: 'Pix',
      Amount: toJson(input.amount),
      ...(provider === undefined ? {} : { Provider: provider, QrCode: { Expiration: input.expireSeconds } }),
    },
  };
}

/** The body of `POST /1/sales` for a slip; its number is left to the bank. */
export function slipBody(key: string, input: BankslipInput, bank?: string): Json {
  const { payer, dueOn } = input;
  const instructions = input.instructions?.trim();
  return {
    MerchantOrderId: key,
    Customer: { ...customerOf(payer), Address: placeOf(payer.address) },
    Payment: {
      Type: 'Boleto',
      Provider: bank === undefined ? noBank : banks[bank],
      Amount: toJson(input.amount),
      ExpirationDate: dueOn,
      ...(instructions ? { Instructions: instructions } : {}),
    },
  };
}

/** Both banks want the whole address; undefined: something of it is missing. */
export function placeOf(address: PostalAddress | undefined): Json | undefined {
  const { street, number, neighborhood, city, complement } = address ?? {};
  const zip = address?.zipCode?.replaceAll(/\D/g, '');
  const state = address?.state?.toUpperCase();
  if (!street || !number || !neighborhood || !city || !/^[A-Z]{2}$/.test(state ?? '') || !/^\d{8}$/.test(zip ?? '')) {
    return undefined;
  }
  return {
    Street: street,
    Number: number,
    ...(complement ? { Complement: complement } : {}),
    ZipCode: zip,
    District: neighborhood,
    City: city,
    State: state,
    Country: 'BRA',
  };
}

/** Whether Cielo can be told who pays: it wants a name and a document. */
export const named = (payer: Partial<Person> | undefined): boolean =>
  /\S/.test(payer?.name ?? '') && 'Identity' in customerOf(payer ?? {});
