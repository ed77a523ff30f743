import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { BankslipData, PixData } from '@libs/providers/contract/inputs.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import { plain, voidOf } from './cielo.codes.js';
import * as wire from './cielo.issued.wire.js';
import { garbled, refusal } from './cielo.news.js';
import { shown } from './cielo.wire.js';

/** What an answer about a code or a slip means for the act that was asked for. Pure: nothing here touches the wire. */
type Kind<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>;
type Settled<T> = Exclude<Finding<T>, { kind: 'absent' }>;
const currency = 'BRL';

/** What was asked for; `ref`: what Cielo had called it when it was heard of first. */
export interface Wanted {
  readonly key: string;
  readonly amount: Cents;
  readonly ref?: string;
}

/** The answer to the creation of a code. */
export function createdCode(answer: Answered, by: Wanted): Settled<PixData> {
  const code = made(answer) ? wire.codeOf(answer.json) : undefined;
  if (!code) return refusal(answer);
  if (code.state === 'aborted') return refused('O provedor não emitiu o código.', code.id);
  return code.state === 'pending' || code.state === 'denied' || code.state === 'unfinished'
    ? standingCode(code, by)
    : garbled('a code that begins with its end', code.id);
}

/** The answer to the creation of a slip. */
export function createdSlip(answer: Answered, by: Wanted): Settled<BankslipData> {
  const slip = made(answer) ? wire.slipOf(answer.json) : undefined;
  if (!slip) return refusal(answer);
  if (slip.state === 'aborted') return refused('O provedor não emitiu o boleto.', slip.id);
  return slip.state === 'authorized' || slip.state === 'denied' || slip.state === 'unfinished'
    ? standingSlip(slip, by)
    : garbled('a slip that begins with its end', slip.id);
}
const made = ({ status }: Answered): boolean => status === 201 || status === 200;

/** Everything under an order number: ours is what was paid, then what may be, then what was let go; the earliest. */
export function found<T extends wire.Issued, D>(
  all: readonly T[],
  by: Wanted,
  standing: (it: T, by: Wanted) => Settled<D>,
): Finding<D> {
  const ours = all.find(({ id }) => id === by.ref) ?? [...all].sort((a, b) => rank(a) - rank(b))[0];
  // It was there once: what cannot be seen now has not become undone.
  if (!ours || (by.ref !== undefined && ours.id !== by.ref)) {
    return by.ref === undefined ? { kind: 'absent' } : garbled('a sale that was there', by.ref);
  }
  const news = standing(ours, by);
  const twins = all.filter((it) => it !== ours && rank(it) < 2).map(({ id }) => id);
  return twins.length > 0 && news.kind !== 'unknown' ? { ...news, twins } : news;
}
const rank = ({ state }: wire.Issued): number => {
  if (state === 'captured') return 0;
  if (state === 'voided' || state === 'refunded') return 2;
  return state === 'denied' || state === 'aborted' ? 3 : 1;
};

const unlike = ({ amount, orders }: wire.Issued, by: Wanted): boolean =>
  amount !== by.amount || (orders.length > 0 && !orders.includes(by.key));

export function standingCode(code: wire.Code, by: Wanted): Settled<PixData> {
  const { id: ref, state, qrCode } = code;
  if (unlike(code, by)) return garbled('what stands under our number is not what was asked for', ref);
  switch (state) {
    case 'captured':
    case 'refunded':
      return paid(code, by);
    case 'pending': // issued; or paid, and on its way back
      if (code.paid) return paid(code, by);
      return qrCode === undefined
        ? garbled('a code without a code', ref)
        : { kind: 'pending', ref, data: dataOf(code) };
    case 'voided':
      return code.paid ? paid(code, by) : { kind: 'declined', code: 'cancelled', message: 'Código removido.', ref };
    case 'aborted':
      return { kind: 'declined', code: 'cancelled', message: 'Código abortado pelo provedor.', ref };
    case 'denied':
      return refused('O provedor não emitiu o código.', ref);
    case 'unfinished':
      return { kind: 'unknown', why: 'early', message: 'not decided yet', ref };
    default:
      return garbled('a status that does not fit a code', ref);
  }
}

const dataOf = ({ id: txid, qrCode = '', paidBy }: wire.Code): PixData => ({
  txid,
  qrCode,
  ...(paidBy === undefined ? {} : { endToEndId: paidBy }),
});

/** The old contract gives payments no name of their own: then it is the sale's. */
export const receiptOf = ({ id, paidBy = id }: wire.Code): string => paidBy;

function paid(code: wire.Code, { key, ref: known }: Wanted): Extract<Outcome<PixData>, { kind: 'done' }> {
  const { id: ref, amount, at, state } = code;
  const back: Moved = { kind: 'returned', id: ref, about: { key, ref }, amount, currency, at: now() };
  // Gone again before we had ever heard of it: no act of ours can have been the reason.
  const moved = known === undefined && (state === 'refunded' || state === 'voided') ? { moved: [back] } : {};
  return { kind: 'done', ref, receipt: receiptOf(code), at, amount, currency, data: dataOf(code), ...moved };
}

/** Of a slip that was paid Cielo does not say how much came: the bank's file does. */
export function standingSlip(slip: wire.Slip, by: Wanted): Settled<BankslipData> {
  const { id: ref, state, data, at, amount } = slip;
  if (unlike(slip, by)) return garbled('what stands under our number is not what was asked for', ref);
  switch (state) {
    case 'authorized':
      return data ? { kind: 'pending', ref, data } : garbled('a slip without a line', ref);
    case 'captured':
      return { kind: 'done', ref, receipt: ref, at, amount, currency, data: data ?? { barcode: '', line: '' } };
    case 'aborted':
      return { kind: 'declined', code: 'cancelled', message: 'Boleto abortado pelo provedor.', ref };
    case 'denied':
      return refused('O provedor não emitiu o boleto.', ref);
    case 'unfinished':
      return { kind: 'unknown', why: 'early', message: 'not decided yet', ref };
    default:
      return garbled('a status that does not fit a slip', ref);
  }
}

/** A code, asked for after its removal: while it can be paid, nothing has removed it. */
export function foundCancel({ id: ref, state, paid: was }: wire.Code): Finding<PixData> {
  if (was || state === 'captured' || state === 'refunded') return refused('O código já foi pago.', ref);
  if (state === 'pending') return { kind: 'absent' };
  return state === 'voided' ? gone(ref, cents(0)) : garbled('a status that does not fit the act', ref);
}

/** A code, asked for after its money was given back; a part never is. `12`: on its way. */
export function foundRefund({ id: ref, state, amount }: wire.Code, asked: Cents): Finding<PixData> {
  if (amount !== asked) return garbled('a code of another amount', ref);
  switch (state) {
    case 'captured':
      return { kind: 'absent' };
    case 'pending':
      return { kind: 'pending', ref, data: { txid: ref, qrCode: '' } };
    case 'refunded':
      return gone(ref, asked);
    default:
      return garbled('a status that does not fit the act', ref);
  }
}

/** The answer to the removal of a code. */
export function removed(answer: Answered, ref: string): Settled<PixData> {
  const said = answer.status === 200 ? wire.voidedOf(answer.json) : undefined;
  if (said?.state === 'voided') return gone(ref, cents(0));
  if (said?.reason === 8) return { kind: 'pending', ref, data: { txid: ref, qrCode: '' } };
  // A payer was faster: what was begun is a refund, and how it ends is seen by asking after the code.
  if (said?.reason === 0 && said.state === 'pending') return refused('O código acaba de ser pago.', ref);
  return said ? unclear(said, ref) : refusal(answer, ref);
}

/** The answer to the refund of a code: a 200 may also say that it was not done. */
export function refunding(answer: Answered, ref: string, amount: Cents): Settled<PixData> {
  const said = answer.status === 200 ? wire.voidedOf(answer.json) : undefined;
  if (!said) return refusal(answer, ref);
  const { state, code, reason } = said;
  const good = plain(code ?? '0') === '0' && (reason ?? 0) === 0;
  if (good && state === 'refunded') return gone(ref, amount);
  if (good && state === 'pending') return { kind: 'pending', ref, data: { txid: ref, qrCode: '' } };
  const word = voidOf(code);
  if (state !== 'captured' || word === 'done' || word === 'unknown') return unclear(said, ref);
  if (word === 'pending') return { kind: 'pending', ref, data: { txid: ref, qrCode: '' } };
  return { kind: 'declined', code: word, message: shown(said.message), returnCode: code, ref };
}

const unclear = ({ code, message }: wire.Voided, ref: string): Kind<'unknown'> => ({
  kind: 'unknown',
  why: 'fault',
  message: shown(`${code ?? 'no code'}: ${message}`),
  ref,
});
const gone = (ref: string, amount: Cents): Extract<Outcome<PixData>, { kind: 'done' }> => ({
  kind: 'done',
  ref,
  at: now(),
  amount,
  currency,
  data: { txid: ref, qrCode: '' },
});
export const refused = (message: string, ref?: string): Kind<'declined'> => ({
  kind: 'declined',
  code: 'not_allowed',
  message,
  ...(ref === undefined ? {} : { ref }),
});
