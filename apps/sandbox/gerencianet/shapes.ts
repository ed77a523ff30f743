import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { dynamicCode } from '@apps/sandbox/qrcode.js';
import { type Room, named } from './room.js';
import { type Charge, type Payment, type Refund, type Terms, paymentTable, refundTable } from './rows.js';

type Json = Readonly<Record<string, unknown>>;

/** The wire's text of an amount: reais, a point and two digits. */
export function reais(cents: bigint): string {
  const digits = cents.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

const amountShape = /^\d{1,10}\.\d{2}$/;

/** Reads such a text; anything else, and nothing at all, is the provider's `valor_invalido`. */
export function cents(text: string): bigint {
  const amount = amountShape.test(text) ? BigInt(text.replace('.', '')) : 0n;
  if (amount === 0n)
    throw named(400, 'valor_invalido', 'O campo valor.original deve ser maior que zero e ter duas casas');
  return amount;
}

/** `E` or `D`, the bank that made it, the minute, and eleven characters of its own: 32 in all. */
export function bankId(letter: 'E' | 'D', ispb: string): string {
  const minute = now().toISOString().replaceAll(/\D/g, '').slice(0, 12);
  return `${letter}${ispb}${minute}${randomBytes(6).toString('hex').slice(0, 11)}`;
}

/** What the effects of a payment are called by. */
export const keyOf = ({ txid, key }: Payment): string => txid ?? key;

export const refundKey = (refund: { readonly endToEndId: string; readonly id: string }): string =>
  `${refund.endToEndId}/${refund.id}`;

export const refundShape = (refund: Refund): Json => ({
  id: refund.id,
  rtrId: refund.rtrId,
  valor: reais(refund.amount),
  ...(refund.nature && { natureza: refund.nature }),
  horario: { solicitacao: refund.askedAt, ...(refund.settledAt && { liquidacao: refund.settledAt }) },
  status: refund.status,
  ...(refund.reason && { motivo: refund.reason }),
});

export const refundsOf = (room: Room, payment: Payment): readonly Refund[] =>
  payment.refunds.flatMap((id) => room.world.of(refundTable).get(`${payment.endToEndId}/${id}`) ?? []);

/** A refund beside its payment: why it was not done is said where it is asked for, and in the callback. */
const refundBeside = ({ reason: _reason, ...refund }: Refund): Json => refundShape(refund);

/** A received Pix as its charge shows it; the wider answers and the callbacks add the receiving key. */
export function paymentShape(room: Room, payment: Payment, refunds?: readonly Json[]): Json {
  const shown = refunds ?? refundsOf(room, payment).map(refundBeside);
  return {
    endToEndId: payment.endToEndId,
    ...(payment.txid !== undefined && { txid: payment.txid }),
    valor: reais(payment.amount),
    horario: payment.at,
    ...(shown.length > 0 && { devolucoes: shown }),
  };
}

export const paymentShapeWithKey = (room: Room, payment: Payment, refunds?: readonly Json[]): Json => ({
  ...paymentShape(room, payment, refunds),
  chave: payment.key,
});

/** A charge in a list: there its Pix say the receiving key. */
export const chargeInList = (room: Room, charge: Charge): Json =>
  chargeShape(room, charge, charge.terms.length - 1, paymentShapeWithKey);

/** A charge as one revision of it stood; its Pix are there once it was paid. */
export function chargeShape(
  room: Room,
  charge: Charge,
  revision = charge.terms.length - 1,
  pix: (room: Room, payment: Payment) => Json = paymentShape,
): Json {
  const terms: Terms = charge.terms[charge.terms.length - 1 - revision] ?? charge.terms[0];
  const paid = charge.payments.flatMap((id) => room.world.of(paymentTable).get(id) ?? []);
  const { id, url } = charge.place;
  return {
    calendario: { criacao: charge.at, expiracao: terms.expireSeconds },
    txid: charge.txid,
    revisao: revision,
    loc: { id, location: url, tipoCob: 'cob', ...(room.wire.withLocCreation && { criacao: charge.at }) },
    location: url,
    status: charge.status,
    ...(terms.debtor && { devedor: terms.debtor }),
    valor: { original: reais(terms.amount) },
    chave: charge.key,
    ...(terms.note !== undefined && { solicitacaoPagador: terms.note }),
    ...(terms.infos && { infoAdicionais: terms.infos }),
    pixCopiaECola: dynamicCode(url, reais(terms.amount)),
    ...(paid.length > 0 && { pix: paid.map((payment) => pix(room, payment)) }),
  };
}

/** The body of a callback that tells of a Pix, or of one refund of it. */
export const tidings = (room: Room, payment: Payment, refunds: readonly Refund[]): Json => ({
  pix: [paymentShapeWithKey(room, payment, refunds.map(refundShape))],
});

/** A lie in the right shape: every amount of the answer is a cent too high. */
export function overstated(value: unknown, name = ''): unknown {
  if (typeof value === 'string' && (name === 'valor' || name === 'original') && amountShape.test(value))
    return reais(cents(value) + 1n);
  if (Array.isArray(value)) return value.map((item: unknown) => overstated(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, overstated(inner, member)]));
}
