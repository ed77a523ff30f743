import { localTime } from '@apps/sandbox/days.js';
import { Refusal } from '@apps/sandbox/front.js';
import { dynamicCode } from '@apps/sandbox/qrcode.js';
import type { Ground } from '@apps/sandbox/simulator.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Wire } from './wire.js';

export type Json = Readonly<Record<string, unknown>>;
/** What the customer is given. */
export interface Account {
  readonly userName: string;
  readonly keyValue: string; // sixteen characters: the password, and the key of every sealed body
  readonly requestOrigin: string;
  readonly codigoCanal: number;
  readonly codigoCliente: number;
  readonly keyLoja: string;
}
/** Everything the provider's acts need, made once at the start. */
export interface Room extends Ground<Account> {
  readonly wire: Wire;
}
/** Something wrong with a member of `Data`. */
export interface Flaw {
  readonly FieldName: string;
  readonly ErrorMessage: string;
}

export const members = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

/** A business refusal: HTTP says 200 all the same, the verdict is `ResultCode`. */
const refusal = (ResultCode: number, Message: string, Errors?: readonly Flaw[]): Refusal =>
  new Refusal(200, {
    Data: null,
    ResultCode,
    Message,
    ValidationData: Errors ? { ResultCode, Message: '', Errors } : null,
  });

/** Fields that cannot be: nothing was done. */
export const invalid = (flaws: readonly Flaw[]): Refusal => refusal(1, 'Erro de validacao.', flaws);
/** No, without a reason that a table would list: an error of its own looks the same. */
export const denied = (message: string): Refusal => refusal(1, message);
export const systemError = (): Refusal => refusal(1, 'Erro de Sistema.');
/** Not this customer's to do. */
export const forbidden = (message: string): Refusal => refusal(2, message);
/** Not a body of this provider's. */
export const malformed = (): Refusal => refusal(3, 'Requisicao invalida.');

/** What was done; the envelope around it is put on, and sealed, at the door. */
export const done = (data: unknown): Answer => ({ status: 200, body: data });

/** The wire's decimal amounts: reais, as a JSON number. Fifteen digits fit one exactly. */
export const reais = (amount: bigint): number =>
  JSON.parse(`${amount / 100n}.${`${amount % 100n}`.padStart(2, '0')}`) as number;
/** Whole cents as a JSON number. */
export const units = (amount: bigint): number => Number.parseInt(`${amount}`, 10);

/** "No date", as the provider writes it. */
export const never = '0001-01-01T00:00:00';

/** A moment in São Paulo, `YYYY-MM-DDTHH:mm:ss`. */
export const dateTime = (at: string): string => localTime(at).replace(' ', 'T');
/** The address behind a code says its TxId. */
export const codeText = (txid: string, amount: bigint): string =>
  dynamicCode(`pix.pinbank.example/v2/${txid}`, reais(amount).toFixed(2));
