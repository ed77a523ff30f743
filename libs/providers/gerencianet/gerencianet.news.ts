import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { PixData, PixInput } from '@libs/providers/contract/inputs.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import type { EfiAnswer } from './gerencianet.client.js';
import * as wire from './gerencianet.wire.js';

/** What an answer of the Pix API means for the act that was asked for. Pure: nothing here touches the wire. */
type Kind<K extends Outcome['kind']> = Extract<Outcome<PixData>, { kind: K }>;
type News = Finding<PixData>;
const currency = 'BRL';
const unlike = 'what stands under our key is not what was asked for';

/** The answer to `PUT /v2/cob/{txid}`. */
export function created(answer: Answered, txid: string, amount: Cents): Outcome<PixData> {
  if (answer.status !== 201) return wire.refusal(answer);
  const charge = wire.chargeOf(answer.json);
  if (charge?.state !== 'open' || charge.txid !== txid || charge.qrCode === undefined) return wire.refusal(answer);
  return charge.amount === amount ? pending(charge, charge.qrCode) : wire.garbled('created for another amount');
}

/** The txid was taken before our first call: ours only if everything that we can compare is the same. */
export function duplicated(there: EfiAnswer, txid: string, input: PixInput, pixKey: string): Outcome<PixData> {
  const charge = there.kind === 'answered' && there.status === 200 ? wire.chargeOf(there.json) : undefined;
  const same =
    charge?.state === 'open' &&
    charge.txid === txid &&
    charge.amount === input.amount &&
    charge.pixKey === pixKey &&
    charge.expireSeconds === input.expireSeconds;
  if (same && charge.qrCode !== undefined) return pending(charge, charge.qrCode);
  return { kind: 'unknown', why: 'duplicate', message: 'the txid was taken already', ref: txid };
}

/** The answer to `GET /v2/cob/{txid}`, asked after the charge. Money that came is `done` whatever the status says. */
export function foundCharge(answer: EfiAnswer, txid: string, amount: Cents, pixKey: string): News {
  const charge = chargeIn(answer, txid);
  if (charge === undefined) return doubt(answer, 'charge');
  if (charge.amount !== amount || (charge.pixKey ?? pixKey) !== pixKey) return wire.garbled(unlike);
  const [first, ...others] = charge.payments;
  if (first) return paid(charge, first, others);
  if (charge.state === 'open' && charge.qrCode !== undefined) return pending(charge, charge.qrCode);
  if (charge.state !== 'removed') return wire.garbled('a status that does not fit its charge');
  return { kind: 'declined', code: 'cancelled', message: 'Cobrança removida.', ref: txid };
}

/** The same answer, asked after a cancel: an open charge shows that no cancel has happened. */
export function foundCancel(answer: EfiAnswer, txid: string): News {
  const charge = chargeIn(answer, txid);
  if (charge === undefined) return answer.kind === 'answered' ? asked(answer) : doubted(answer);
  if (charge.state === 'removed') return removed(charge);
  if (charge.state === 'paid' || charge.payments.length > 0) return alreadyPaid(txid);
  return charge.state === 'open' ? { kind: 'absent' } : wire.garbled('a status that nobody knows');
}

/** The answer to the `PATCH` that removes a charge. */
export function cancelled(answer: Answered, txid: string): Outcome<PixData> {
  const charge = answer.status === 200 ? wire.chargeOf(answer.json) : undefined;
  return charge?.state === 'removed' && charge.txid === txid ? removed(charge) : wire.refusal(answer);
}

export interface RefundAsked {
  readonly key: string;
  readonly txid: string;
  readonly receipt: string; // endToEndId
  readonly amount: Cents;
}
/** The answer to `PUT …/devolucao/{id}` (201) and to its `GET` (200). */
export function refunded(
  answer: Answered,
  status: 200 | 201,
  by: RefundAsked,
): Exclude<News, { kind: 'absent' }> | Kind<'unsent'> {
  const refund = answer.status === status ? wire.refundOf(answer.json) : undefined;
  if (refund?.state === undefined) return wire.refusal(answer);
  if (refund.id !== by.key || refund.amount !== by.amount) return wire.garbled(unlike);
  const { id: ref, receipt, at, amount, reason } = refund;
  const data: PixData = { txid: by.txid, qrCode: '', endToEndId: by.receipt };
  switch (refund.state) {
    case 'pending':
      return { kind: 'pending', ref, data };
    case 'done':
      return { kind: 'done', ref, receipt, at, amount, currency, data };
    case 'refused':
      return { kind: 'declined', code: wire.refundRefused(reason), message: wire.shown(reason), ref };
  }
}

/** The same `GET`, asked after the refund. */
export function foundRefund(answer: EfiAnswer, by: RefundAsked): News {
  if (answer.kind === 'answered' && answer.status === 200) return known(refunded(answer, 200, by));
  return doubt(answer, 'refund');
}

/** A payment beyond the attempt's own, and what the bank took out of one. Our own refunds are acts of ours. */
export const receivedOf = (payment: wire.Payment): Moved => ({
  kind: 'received',
  id: payment.receipt,
  about: about(payment),
  amount: payment.amount,
  currency,
  at: payment.at,
});
export const takenOf = (payment: wire.Payment): readonly Moved[] =>
  payment.refunds
    .filter((it) => it.forced && it.state === 'done')
    .map(({ id, receipt, amount, at }) => ({
      kind: 'taken',
      id: receipt ?? id,
      about: about(payment),
      amount,
      currency,
      at,
    }));
const about = ({ txid, receipt }: wire.Payment): Moved['about'] =>
  txid === undefined ? { receipt } : { key: txid, ref: txid, receipt };

function paid(charge: wire.Charge, first: wire.Payment, others: readonly wire.Payment[]): Kind<'done'> {
  const { receipt, amount, at } = first;
  const data: PixData = { txid: charge.txid, qrCode: charge.qrCode ?? '', endToEndId: receipt };
  const beside = [first, ...others].map((it) => ({ ...it, txid: charge.txid }));
  const moved = [...beside.slice(1).map(receivedOf), ...beside.flatMap(takenOf)];
  return {
    kind: 'done',
    ref: charge.txid,
    receipt,
    at,
    amount,
    currency,
    data,
    ...(moved.length > 0 ? { moved } : {}),
  };
}

const pending = ({ txid }: wire.Charge, qrCode: string): Kind<'pending'> => ({
  kind: 'pending',
  ref: txid,
  data: { txid, qrCode },
});

/** A cancel moves nothing. */
const removed = ({ txid, qrCode = '' }: wire.Charge): Kind<'done'> => ({
  kind: 'done',
  ref: txid,
  at: now(),
  amount: cents(0),
  currency,
  data: { txid, qrCode },
});

const alreadyPaid = (ref: string): Kind<'declined'> => ({
  kind: 'declined',
  code: 'not_allowed',
  message: 'A cobrança já foi paga.',
  ref,
});

function chargeIn(answer: EfiAnswer, txid: string): wire.Charge | undefined {
  const charge = answer.kind === 'answered' && answer.status === 200 ? wire.chargeOf(answer.json) : undefined;
  return charge?.txid === txid ? charge : undefined;
}

/** A question that found nothing: `absent` only in Efí's own words. */
function doubt(answer: EfiAnswer, what: 'charge' | 'refund'): News {
  if (answer.kind !== 'answered') return doubted(answer);
  return wire.absent(answer, what) ? { kind: 'absent' } : asked(answer);
}

/** What failed was the question: it says nothing of the act. */
const doubted = (answer: Exclude<EfiAnswer, Answered>): Kind<'unknown'> => ({
  kind: 'unknown',
  why: answer.kind === 'unknown' ? answer.why : 'dropped',
  message: answer.message,
});
const asked = (answer: Answered): Kind<'unknown'> => {
  const { message } = wire.refusal(answer);
  return { kind: 'unknown', why: answer.status === 200 ? 'garbled' : 'fault', message };
};
const known = (news: Outcome<PixData>): News =>
  news.kind === 'unsent' ? { kind: 'unknown', why: 'fault', message: news.message } : news;
