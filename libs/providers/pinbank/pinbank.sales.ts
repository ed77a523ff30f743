import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { CardData, CardInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { currency, garbled, type Unknown } from './pinbank.news.js';
import { ascii, digitsOf, moneyNumber, moneyOf, open, timeOf } from './pinbank.wire.js';

/** Sales by card as Pinbank's statement of sales shows them: a row for each instalment. */
export type State = 'held' | 'paid' | 'denied' | 'cancelled' | 'undone' | 'refunded';
/** The words are those of its events; that the statement uses them too is inferred. */
const states: Readonly<Record<string, State>> = {
  pendente: 'held',
  aprovada: 'paid',
  realizada: 'paid',
  negada: 'denied',
  cancelada: 'cancelled',
  desfeita: 'undone',
  reembolsada: 'refunded',
};
export interface Sale {
  readonly nsu: string;
  readonly state?: State; // undefined: a word that we do not know
  readonly gross: Cents;
  readonly brand: string;
  readonly authorization?: string;
  readonly at: Date;
  readonly endedAt: Date;
}
type Kind<K extends Outcome['kind']> = Extract<Outcome<CardData>, { kind: K }>;
type News = Finding<CardData>;

function rowOf(json: Json, nsu: string): Sale | undefined {
  const [gross, word] = [moneyOf(json['ValorBruto'], 'reais'), text(json['DescricaoStatus'])];
  if (gross === undefined || word === undefined) return undefined;
  const at = timeOf(json['DataTransacao']) ?? now();
  return {
    nsu,
    state: states[word.trim().toLowerCase()],
    gross,
    brand: (text(json['Bandeira']) ?? '').toLowerCase(),
    authorization: text(json['CodAutorizAdquirente']),
    at,
    endedAt: timeOf(json['DataCancelamento']) ?? now(),
  };
}

/** The sales of a statement by their numbers; undefined when a row of one hides whose it is, or tells two things. */
export function salesOf(data: unknown): readonly Sale[] | undefined {
  if (!Array.isArray(data)) return undefined;
  const found = new Map<string, Sale>();
  for (const row of data as unknown[]) {
    const json = object(row);
    const nsu = digitsOf(json?.['NsuOperacao']);
    const sale = json && nsu !== undefined ? rowOf(json, nsu) : undefined;
    if (!sale) return undefined;
    const other = found.get(sale.nsu);
    if (other && (other.gross !== sale.gross || other.state !== sale.state)) return undefined;
    found.set(sale.nsu, sale);
  }
  return [...found.values()];
}

const dayMs = 86_400_000;
const dataOf = ({ brand, authorization }: Sale, captured: Cents): CardData => ({
  brand,
  captured,
  ...(authorization === undefined ? {} : { authorization }),
});
const stray = ({ nsu }: Sale): Unknown => garbled('a status that does not fit the act', nsu);
const done = (sale: Sale, amount: Cents, at: Date, captured: Cents): Kind<'done'> => ({
  kind: 'done',
  ref: sale.nsu,
  receipt: sale.nsu,
  at,
  amount,
  currency,
  data: dataOf(sale, captured),
});

/** The answer to a sale; `capture` as it was asked for. */
export function sold(data: unknown, { amount, card, capture }: CardInput): Kind<'done'> | Unknown {
  const it = object(data);
  const [nsu, authorization] = [digitsOf(it?.['NsuOperacao']), text(it?.['CodigoAutorizacao'])];
  if (nsu === undefined) return garbled('a sale without a number');
  const at = now();
  const until = new Date(at.getTime() + open.holdDays * dayMs);
  const said: CardData = {
    brand: card.brand,
    captured: capture ? amount : cents(0),
    ...(capture ? {} : { captureBy: until }),
    ...(authorization === undefined ? {} : { authorization }),
  };
  return { kind: 'done', ref: nsu, receipt: nsu, at, amount, currency, data: said };
}

/** The answer to a capture, or to a cancel: that it was taken, and no amount. */
export const taken = (data: unknown): boolean => object(data) !== undefined;
export const followed = (ref: string, amount: Cents, captured: Cents): Kind<'done'> => ({
  kind: 'done',
  ref,
  receipt: ref,
  at: now(),
  amount,
  currency,
  data: { brand: '', captured },
});

/** A sale of ours, asked after by its number. */
export function foundSale(sale: Sale, amount: Cents): News {
  const { nsu: ref, state, gross, at } = sale;
  if (gross > amount) return garbled('a sale of another amount', ref);
  switch (state) {
    case 'held': {
      if (gross !== amount) return garbled('a sale of another amount', ref);
      const held = done(sale, amount, at, cents(0));
      const captureBy = new Date(at.getTime() + open.holdDays * dayMs);
      return { ...held, data: { ...held.data, captureBy } };
    }
    case 'paid':
    case 'refunded':
      return done(sale, amount, at, gross);
    case 'cancelled':
      return done(sale, amount, at, cents(0));
    case 'undone': {
      const about = { ref };
      const lost = { kind: 'taken', id: ref, about, amount: gross, currency, at: sale.endedAt } as const;
      return { ...done(sale, amount, at, gross), moved: [lost] };
    }
    case 'denied':
      return { kind: 'declined', code: 'card_declined', message: 'Transação negada.', ref };
    case undefined:
      return stray(sale);
  }
}

/** The same, asked after a capture: done for exactly that amount. */
export function foundCapture(sale: Sale, amount: Cents): News {
  switch (sale.state) {
    case 'held':
      return { kind: 'absent' };
    case 'paid':
    case 'refunded':
    case 'undone':
      return sale.gross === amount ? done(sale, amount, sale.at, amount) : garbled('another amount', sale.nsu);
    case 'cancelled': // a hold that was let go, or a sale that was given back
    case 'denied':
    case undefined:
      return stray(sale);
  }
}

/** The same after the void of a hold. It moves nothing. */
export function foundVoid(sale: Sale): News {
  switch (sale.state) {
    case 'held':
      return { kind: 'absent' };
    case 'cancelled':
      return done(sale, cents(0), sale.endedAt, cents(0));
    case 'paid':
      return { kind: 'declined', code: 'not_allowed', message: 'A venda já foi capturada.', ref: sale.nsu };
    case 'refunded':
    case 'undone':
    case 'denied':
    case undefined:
      return stray(sale);
  }
}

const longestMs = 48 * 60 * 60 * 1_000;

/** The same after a refund. Only the whole of a sale can be seen to go back; of a part only its answer is known. */
export function foundRefund(sale: Sale, amount: Cents, accepted: boolean, sinceMs: number): News {
  const { nsu: ref, state, gross } = sale;
  const waits: Kind<'pending'> = { kind: 'pending', ref, data: dataOf(sale, gross) };
  if (amount === gross && state === 'refunded') return done(sale, amount, sale.endedAt, gross);
  if (amount === gross && state === 'cancelled') return waits;
  if (state !== 'paid') return garbled('more or less has gone back than we asked for', ref);
  if (!accepted || amount === gross) return { kind: 'absent' };
  return sinceMs < longestMs ? waits : { kind: 'unknown', why: 'early', message: 'a part is not visible', ref };
}

/** Letters only: Pinbank prints it as it stands on the card. */
export const holderOf = (name: string): string => ascii(name, /[^A-Za-z .'-]/g, 60);

/** The body of a sale. No reference of ours is given back: the order's text is for eyes. */
export function saleBody(key: string, input: CardInput): Json {
  const { card, payer, installments, ip } = input;
  const [month = '', year = ''] = card.expires.split('/');
  return {
    NomeImpresso: holderOf(card.holder),
    DataValidade: `${year}${month}`,
    NumeroCartao: card.number,
    ...(card.cvv === undefined ? {} : { CodigoSeguranca: card.cvv }),
    Valor: moneyNumber(input.amount, 'cents'),
    FormaPagamento: installments > 1 ? '2' : '1',
    QuantidadeParcelas: installments,
    DescricaoPedido: key,
    ...(ip === undefined ? {} : { IpAddressComprador: ip }),
    CpfComprador: payer.taxId,
    NomeComprador: (payer.name?.trim() || holderOf(card.holder)).slice(0, 255),
    TransacaoPreAutorizada: !input.capture,
  };
}
