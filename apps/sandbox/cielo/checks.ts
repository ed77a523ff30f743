import { now } from '@libs/kernel/clock.js';
import type { Code } from './codes.js';
import { luhn, mask, masked, safe } from './masks.js';
import { members, refusal } from './room.js';
import type { Kind, Ordered } from './rows.js';
import type { Wire } from './wire.js';

/** What was asked for in `POST /1/sales`, once nothing is wrong with it. */
export interface Order extends Ordered {
  readonly external: boolean; // an authentication made elsewhere came with it
  readonly returnUrl?: string;
}
export type Members = Readonly<Record<string, unknown>>;
type Flaws = (code: Code, wrong: boolean) => void;
/** What every kind of payment is asked for with; `flaw` keeps what is wrong, `refuse` throws it. */
export interface Opened {
  readonly flaw: Flaws;
  readonly refuse: () => void;
  readonly orderId: string;
  readonly customer?: Members;
  readonly payment: Members;
  readonly type: string;
}

const brands = ['visa', 'master', 'amex', 'elo', 'aura', 'jcb', 'diners', 'discover', 'hipercard'];
export const given = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const longer = (value: unknown, most: number): boolean =>
  given(value) && (textOf(value) || '…'.repeat(999)).length > most;

/** A flag may come as a word too, as the provider's own samples write it. */
const flagOf = (value: unknown): boolean | undefined => {
  if (!given(value)) return false;
  return value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined;
};

/** An amount of whole cents above nothing, of fifteen digits at the most; undefined for anything else. */
export function centsOf(value: unknown): bigint | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : textOf(value);
  return /^[1-9]\d{0,14}$/.test(text) ? BigInt(text) : undefined;
}

function monthOf(value: unknown, wire: Wire): boolean {
  const [, month = '', year = ''] = /^(\d{2})\/(\d{4})$/.exec(textOf(value)) ?? [];
  const good = /^(0[1-9]|1[0-2])$/.test(month);
  return good && (wire.pastExpiry === 'taken' || `${year}-${month}` >= now().toISOString().slice(0, 7));
}

function checkCard(card: Members, debit: boolean, wire: Wire, flaw: Flaws): void {
  const number = textOf(card['cardnumber']);
  if (given(card['cardtoken'])) return flaw(180, true); // a store without the vault of cards has none
  flaw(127, !given(card['cardnumber']));
  flaw(128, number.length > 19);
  const odd = !/^\d{13,19}$/.test(number) || (wire.luhn && !luhn(number));
  flaw(213, given(card['cardnumber']) && number.length <= 19 && odd);
  flaw(117, !given(card['holder']));
  const holder = textOf(card['holder']);
  flaw(214, given(card['holder']) && !/^[A-Za-z .'-]{1,25}$/.test(holder));
  flaw(125, !given(card['expirationdate']));
  flaw(126, given(card['expirationdate']) && !monthOf(card['expirationdate'], wire));
  const code = card['securitycode'];
  flaw(146, given(code) && !/^\d{3,4}$/.test(textOf(code)));
  flaw(wire.odd, debit && !given(code));
  flaw(182, !given(card['brand']));
  flaw(185, given(card['brand']) && !brands.includes(textOf(card['brand']).toLowerCase()));
}

function checkCustomer(customer: Members | undefined, flaw: Flaws): void {
  flaw(155, longer(customer?.['name'], 255));
  flaw(156, longer(customer?.['identity'], 14));
  flaw(157, given(customer?.['identitytype']) && !/^(CPF|CNPJ)$/i.test(textOf(customer?.['identitytype'])));
  flaw(158, longer(customer?.['email'], 255));
}

function checkCardPayment(payment: Members, debit: boolean, wire: Wire, flaw: Flaws): void {
  checkMoney(payment, flaw);
  const parts = payment['installments'];
  const whole = typeof parts === 'number' && Number.isInteger(parts) && parts >= 1;
  flaw(123, (!debit || given(parts)) && !whole);
  flaw(wire.odd, whole && (parts > wire.mostInstallments || (debit && parts > 1)));
  const interest = payment['interest'];
  flaw(wire.odd, given(interest) && !/^(ByMerchant|ByIssuer)$/.test(textOf(interest)));
  const flags = ['capture', 'authenticate', 'recurrent'].map((name) => flagOf(payment[name]));
  flaw(wire.odd, flags.includes(undefined));
  const descriptor = payment['softdescriptor'];
  flaw(wire.odd, given(descriptor) && !/^[A-Za-z0-9 ]{1,13}$/.test(textOf(descriptor)));
  const external = members(payment['externalauthentication']);
  const asks = flagOf(payment['authenticate']) === true && !external;
  flaw(wire.odd, debit && flagOf(payment['authenticate']) === false && !external);
  // Whom the provider itself is to send to his bank has to come back somewhere.
  flaw(163, asks && !URL.canParse(textOf(payment['returnurl'])));
  flaw(wire.odd, asks && !wire.debitPage);
}

/** The amount, and where the payment is made. */
export function checkMoney(payment: Members, flaw: Flaws): void {
  flaw(108, centsOf(payment['amount']) === undefined);
  flaw(110, given(payment['currency']) && payment['currency'] !== 'BRL');
  flaw(112, given(payment['country']) && payment['country'] !== 'BRA');
}

/** Reads what is common to every payment. Throws the refusal with everything that is wrong with that. */
export function opened(body: Members): Opened {
  const codes: Code[] = [];
  const flaw: Flaws = (code, wrong) => {
    if (wrong && !codes.includes(code)) codes.push(code);
  };
  const refuse = (): void => {
    if (codes.length > 0) throw refusal(...codes);
  };
  const orderId = body['merchantorderid'];
  flaw(122, !given(orderId));
  flaw(107, given(orderId) && !/^[A-Za-z0-9]{1,50}$/.test(textOf(orderId)));
  const customer = members(body['customer']);
  checkCustomer(customer, flaw);
  const payment = members(body['payment']);
  flaw(119, !payment);
  if (!payment) throw refusal(...codes);
  const type = textOf(payment['type']);
  flaw(102, !given(payment['type']));
  flaw(103, given(payment['type']) && !/^[A-Za-z]+$/.test(type));
  refuse();
  return { flaw, refuse, orderId: textOf(orderId), customer, payment, type };
}

/** What a sale by card asks for. Throws the refusal with everything that is wrong with it. */
export function orderOf(body: Members, wire: Wire): Order {
  const { flaw, refuse, orderId, payment, type } = opened(body);
  if (type !== 'CreditCard' && type !== 'DebitCard') throw refusal(173);
  const debit = type === 'DebitCard';
  checkCardPayment(payment, debit, wire, flaw);
  const card = members(payment[type.toLowerCase()]);
  flaw(124, !card);
  if (card) checkCard(card, debit, wire, flaw);
  refuse();
  return order(orderId, body['customer'], type, payment, card ?? {});
}

function order(orderId: string, customer: unknown, type: Kind, payment: Members, card: Members): Order {
  const number = textOf(card['cardnumber']);
  const text = (name: string): string | undefined => masked(textOf(payment[name])) || undefined;
  return {
    orderId,
    ...(members(customer) && { customer: safe(customer) as Order['customer'] }),
    type,
    amount: centsOf(payment['amount']) ?? 0n,
    installments: typeof payment['installments'] === 'number' ? payment['installments'] : 1,
    interest: text('interest'),
    capture: type === 'DebitCard' || flagOf(payment['capture']) === true,
    authenticate: flagOf(payment['authenticate']) === true,
    external: members(payment['externalauthentication']) !== undefined,
    recurrent: flagOf(payment['recurrent']) === true,
    softDescriptor: text('softdescriptor'),
    returnUrl: text('returnurl'),
    card: {
      masked: mask(number),
      holder: masked(textOf(card['holder'])),
      expires: textOf(card['expirationdate']),
      brand: textOf(card['brand']),
    },
  };
}
