import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { CardData } from '@libs/providers/contract/inputs.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered, HttpAnswer } from '@libs/providers/http.js';
import { denials, duplicated, plain, refusals, undecided, voidOf } from './cielo.codes.js';
import * as wire from './cielo.wire.js';

/** What an answer of the e-commerce API means for the act that was asked for. Pure: nothing here touches the wire. */
type Kind<K extends Outcome['kind']> = Extract<Outcome<CardData>, { kind: K }>;
type News = Finding<CardData>;
type Settled = Exclude<News, { kind: 'absent' }>;
const currency = 'BRL';

/** The answer to `POST /1/sales`: the status of the body decides, a denial is a 201 like any other. */
export function authorized(answer: Answered, key: string, amount: Cents): Settled {
  if (answer.status !== 201 && answer.status !== 200) return refusal(answer);
  const sale = wire.saleOf(answer.json);
  if (!sale) return refusal(answer);
  if (sale.state === 'voided' || sale.state === 'refunded') return garbled('a sale that begins with its end');
  return sold(sale, key, amount);
}

/** Everything that stands under an order number, the earliest first: one sale is ours, the others are twins. */
export function foundSales(sales: readonly wire.Sale[], key: string, amount: Cents, ref?: string): News {
  const ours = sales.find(({ id }) => id === ref) ?? [...sales].sort((a, b) => rank(a) - rank(b))[0];
  if (!ours) return { kind: 'absent' };
  const news = sold(ours, key, amount, ref === undefined);
  const twins = sales.filter((it) => it !== ours && alive(it)).map(({ id }) => id);
  return twins.length > 0 && news.kind !== 'unknown' ? { ...news, twins } : news;
}
/** The first authorised is ours; else what may still be, else what was; a denial only when there is nothing else. */
const ranks: readonly (readonly (wire.State | undefined)[])[] = [
  ['authorized', 'captured'],
  ['pending', 'unfinished', undefined],
  ['voided', 'refunded'],
];
const rank = ({ state }: wire.Sale): number => {
  const found = ranks.findIndex((it) => it.includes(state));
  return found < 0 ? ranks.length : found;
};
/** Whether it holds or has money, or may come to. */
const alive = (sale: wire.Sale): boolean => rank(sale) < 2;

function sold(sale: wire.Sale, key: string, amount: Cents, unheard = false): Settled {
  const { id: ref, state, orders } = sale;
  if (sale.amount !== amount) return garbled('a sale of another amount', ref);
  if (orders.length > 0 && !orders.includes(key)) return garbled('a sale of another order', ref);
  switch (state) {
    case 'authorized':
    case 'captured':
    case 'voided':
    case 'refunded':
      return held(sale, key, unheard);
    case 'pending':
      return { kind: 'pending', ref, data: dataOf(sale) };
    case 'unfinished':
      if (sale.page !== undefined) return { kind: 'pending', ref, data: { ...dataOf(sale), redirectUrl: sale.page } };
      return { kind: 'unknown', why: 'early', message: told(sale, 'the issuer has not answered'), ref };
    case 'denied':
    case 'aborted':
      return denied(sale);
    case undefined:
      return garbled('a status that nobody knows', ref);
  }
}

function held(sale: wire.Sale, key: string, unheard: boolean): Kind<'done'> {
  const { id: ref, at, amount, captured, voided, voidedAt } = sale;
  const about = { key, ref };
  // Gone again before we had ever heard of it: no act of ours can have been the reason.
  const gone = unheard && captured !== undefined && voided > 0n && sale.state !== 'captured';
  const back: Moved = { kind: 'returned', id: ref, about, amount: voided, currency, at: voidedAt };
  const moved = [...(gone ? [back] : []), ...takenOf(sale, about)];
  const data = dataOf(sale);
  return { kind: 'done', ref, at, amount, currency, data, ...(moved.length > 0 ? { moved } : {}) };
}

/** What the holder's bank took back. */
export const takenOf = ({ disputes }: wire.Sale, about: About): readonly Moved[] =>
  disputes.map(({ id, amount, at }) => ({ kind: 'taken', id, about, amount, currency, at }));

function dataOf(sale: wire.Sale): CardData {
  const { state, brand, amount, captured, authorization, code, message } = sale;
  return {
    brand,
    captured: captured ?? (state === 'captured' ? amount : cents(0)),
    ...(state === 'authorized' ? { captureBy: wire.captureBy(sale) } : {}),
    ...(authorization === undefined ? {} : { authorization }),
    ...(code === undefined ? {} : { returnCode: code }),
    ...(message === undefined ? {} : { returnMessage: wire.shown(message) }),
  };
}

/** A query says no return code: then the status alone is the denial. */
function denied(sale: wire.Sale): Kind<'declined'> | Kind<'unknown'> {
  const { id: ref, code } = sale;
  const word = code === undefined ? 'card_declined' : denials.get(plain(code));
  if (code !== undefined && (word === undefined || undecided.has(plain(code)))) {
    return { kind: 'unknown', why: 'fault', message: told(sale, 'a return code that nobody knows'), ref };
  }
  const message = wire.shown(sale.message ?? 'Não autorizada.');
  return { kind: 'declined', code: word ?? 'card_declined', message, ...(code && { returnCode: code }), ref };
}
const told = ({ code, message }: wire.Sale, why: string): string =>
  wire.shown([why, code, message].filter((it) => it !== undefined).join(': '));

/** What a follow-up acts on, and what it asked for. */
export interface Part {
  readonly ref: string;
  readonly amount: Cents;
}

/** The sale as it stands, asked for after a capture: done for exactly that amount. */
export function foundCapture(sale: wire.Sale, { amount }: Part): News {
  const { id: ref, state, captured } = sale;
  if (state === 'authorized')
    return captured === undefined ? { kind: 'absent' } : garbled('captured, and yet held', ref);
  if (state !== 'captured' && state !== 'voided' && state !== 'refunded') return stray(sale);
  if (captured === amount) return done(sale, amount, sale.capturedAt);
  if (captured === undefined && state !== 'captured') return refused('A autorização já foi cancelada.', ref);
  return garbled('captured for another amount', ref);
}

/** The same, asked for after the void of an authorisation. It moves nothing. */
export function foundVoid(sale: wire.Sale): News {
  switch (sale.state) {
    case 'authorized':
      return { kind: 'absent' };
    case 'voided':
    case 'refunded':
      return done(sale, cents(0), sale.voidedAt);
    case 'captured':
      return refused('A venda já foi capturada.', sale.id);
    default:
      return stray(sale);
  }
}

/** The same, asked for after a refund: what has gone back before it, exactly, or with its amount, or neither. */
export function foundRefund(sale: wire.Sale, { amount }: Part, before: bigint): News {
  const { state, captured, voided, id: ref } = sale;
  if (state !== 'captured' && state !== 'voided' && state !== 'refunded') return stray(sale);
  const whole = state !== 'captured' && voided === 0n && captured === before + amount;
  if (voided === before + amount || whole) return done(sale, amount, sale.voidedAt);
  if (state === 'captured' && voided === before && sale.disputes.length === 0) return { kind: 'absent' };
  return { kind: 'unknown', why: 'stray', message: 'more or less has gone back than we asked for', ref };
}

/** The answer to a capture: it states no amount, so `done` is for the sale's own words. */
export function captured(answer: Answered): 'look' | Settled {
  const said = answer.status === 200 ? wire.followedOf(answer.json) : undefined;
  if (!said) return refusal(answer);
  const good = said.state === 'captured' && ['6', '0'].includes(plain(said.code ?? ''));
  return good ? 'look' : { kind: 'unknown', why: 'fault', message: `${said.code ?? 'no code'}: ${said.message}` };
}

/** The answer to a void: a 200 may also say that it was not done. */
export function voided(answer: Answered, { ref, amount }: Part, kind: 'void' | 'refund'): Settled {
  const said = answer.status === 200 ? wire.followedOf(answer.json) : undefined;
  if (!said) return refusal(answer, ref);
  const { state, message, code: returnCode } = said;
  const word = voidOf(returnCode);
  const over = state === 'voided' || state === 'refunded';
  const went = over || (kind === 'refund' && state === 'captured');
  const stands = state === (kind === 'void' ? 'authorized' : 'captured');
  const data: CardData = { brand: '', captured: cents(0), ...(returnCode && { returnCode }), returnMessage: message };
  if (word === 'done' && went) return { kind: 'done', ref, at: now(), amount, currency, data };
  if (word === 'done' || word === 'unknown' || !stands) {
    return { kind: 'unknown', why: 'fault', message: wire.shown(`${returnCode}: ${message}`), ref };
  }
  if (word === 'pending') return { kind: 'pending', ref, data };
  return { kind: 'declined', code: word, message, returnCode, ref };
}

const done = (sale: wire.Sale, amount: Cents, at: Date): Kind<'done'> => ({
  kind: 'done',
  ref: sale.id,
  at,
  amount,
  currency,
  data: dataOf(sale),
});
const refused = (message: string, ref: string): Kind<'declined'> => ({
  kind: 'declined',
  code: 'not_allowed',
  message,
  ref,
});
const stray = ({ id }: wire.Sale): Kind<'unknown'> => garbled('a status that does not fit the act', id);

/** Nobody's sale: Cielo says so by 404 without a word, and nobody else's 404 does. */
export const lost = ({ status, text }: Answered): boolean => status === 404 && text.trim() === '';

/** Whether Cielo says that the state forbids the act. */
export const says = ({ status, json }: Answered, ...codes: readonly string[]): boolean =>
  status === 400 && (wire.complaintsOf(json) ?? []).some(({ code }) => codes.includes(code));

/** What an answer that is not the expected one means for an act. */
export function refusal({ status, json }: Answered, ref?: string): Kind<'declined'> | Kind<'unknown'> {
  const said = wire.complaintsOf(json);
  if (status >= 200 && status < 300) return garbled(`status ${status} and a body that does not fit`, ref);
  const message = said ? wire.shown(`${status} ${said.map((it) => `${it.code}: ${it.message}`).join('; ')}`) : '';
  const unknown = { kind: 'unknown', why: 'fault', message: message || `status ${status}` } as const;
  if (said === undefined || status !== 400) return unknown;
  if (said.some(({ code }) => code === duplicated)) return { ...unknown, why: 'duplicate' };
  const words = said.map(({ code }) => refusals.get(code));
  const [first, word] = [said[0]!, words[0]];
  if (word === undefined || words.includes(undefined)) return unknown;
  return { kind: 'declined', code: word, message: first.message, returnCode: first.code, ...(ref && { ref }) };
}

/** What failed was the question: it says nothing of the act. */
export const doubt = (answer: HttpAnswer): Kind<'unknown'> => {
  if (answer.kind !== 'answered') {
    return { kind: 'unknown', why: answer.kind === 'unknown' ? answer.why : 'dropped', message: answer.message };
  }
  const { message } = refusal(answer);
  return { kind: 'unknown', why: answer.status === 200 ? 'garbled' : 'fault', message };
};

export const garbled = (message: string, ref?: string): Kind<'unknown'> => ({
  kind: 'unknown',
  why: 'garbled',
  message,
  ...(ref === undefined ? {} : { ref }),
});
