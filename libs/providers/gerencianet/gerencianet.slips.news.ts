import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { BankslipData } from '@libs/providers/contract/inputs.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import type { EfiAnswer } from './gerencianet.client.js';
import * as wire from './gerencianet.slips.wire.js';
import { garbled } from './gerencianet.wire.js';

/** What an answer of the API of charges means for the act that was asked for. Pure: nothing here touches the wire. */
type Kind<K extends Outcome['kind']> = Extract<Outcome<BankslipData>, { kind: K }>;
type News = Finding<BankslipData>;
const currency = 'BRL';
const nothing: BankslipData = { barcode: '', line: '' };

/** The answer to `POST /v1/charge/one-step`. */
export function created(answer: Answered, amount: Cents): Outcome<BankslipData> {
  const slip = answer.status === 200 ? wire.createdOf(answer.json) : undefined;
  if (slip?.state !== 'open' || slip.data === undefined) return wire.refusal(answer, true);
  if (slip.amount !== amount) return garbled('created for another amount');
  return { kind: 'pending', ref: slip.id, data: slip.data };
}

/** Those under our number, ours first: what was paid, then what may still be, then what was let go; the earliest. */
export function ranked(rows: readonly wire.Row[], ref?: string): readonly wire.Row[] {
  const rank = ({ id, state }: wire.Row): number =>
    id === ref ? -1 : state === 'paid' || state === 'contested' ? 0 : state === 'gone' ? 2 : 1;
  return [...rows].sort((a, b) => rank(a) - rank(b) || a.at - b.at);
}

/** The charge as it stands, and as the list shows it, asked for after its creation; `others`: under the same number. */
export function found(slip: wire.Slip, row: wire.Row, others: readonly wire.Row[], by: Asked): News {
  const news = standing(slip, row, by);
  const twins = others.filter(({ state }) => state !== 'gone').map(({ id }) => id);
  return twins.length > 0 && news.kind !== 'unknown' ? { ...news, twins } : news;
}
export interface Asked {
  readonly key: string;
  readonly amount: Cents;
}

function standing(slip: wire.Slip, row: wire.Row, { key, amount }: Asked): Exclude<News, { kind: 'absent' }> {
  const { id: ref, state, data } = slip;
  if (slip.order !== key || slip.amount !== amount || row.amount !== amount) {
    return unclear('what stands under our number is not what was asked for', ref);
  }
  // It has moved between the two questions.
  if (state !== row.state) return { kind: 'unknown', why: 'early', message: 'a status that is changing', ref };
  switch (state) {
    case 'paid':
    case 'contested':
      return paid(slip, row, key);
    case 'open':
    case 'lapsed':
    case 'coming':
      return data ? { kind: 'pending', ref, data } : unclear('a slip without a line', ref);
    case 'gone':
      return { kind: 'declined', code: 'cancelled', message: 'Boleto cancelado.', ref };
    case 'settled':
      return { kind: 'unknown', why: 'stray', message: 'marked as paid by hand: no money came by it', ref };
    case undefined:
      return unclear('a status that nobody knows', ref);
  }
}

/** The list alone states what was paid; where it does not, it was what was asked for. */
function paid({ id: ref, state, amount: asked, data = nothing }: wire.Slip, row: wire.Row, key: string): Kind<'done'> {
  const { paid: amount = asked, paidAt: at = now() } = row;
  const moved: Moved = { kind: 'taken', id: ref, about: { key, ref }, amount, currency, at: now() };
  return {
    kind: 'done',
    ref,
    receipt: ref,
    at,
    amount,
    currency,
    ...(row.paid === undefined ? {} : { total: true }),
    data,
    ...(state === 'contested' ? { moved: [moved] } : {}),
  };
}

/** What came by a slip that no attempt knows. */
export function movedBy(slip: wire.Slip, row: wire.Row, about: About): readonly Moved[] {
  const { id, amount, at, moved = [] } = { id: slip.id, ...paid(slip, row, about.key ?? '') };
  return [{ kind: 'received', id, about, amount, currency, at }, ...moved];
}

/** The answer to `PUT /v1/charge/{id}/cancel`. */
export const cancelled = (answer: Answered, ref: string): Outcome<BankslipData> =>
  answer.status === 200 && wire.good(answer.json) ? done(ref) : wire.refusal(answer);

/** The charge, asked for after a cancel: one that can still be paid shows that no cancel has happened. */
export function foundCancel({ id: ref, state }: wire.Slip): News {
  switch (state) {
    case 'gone':
      return done(ref);
    case 'open':
      return { kind: 'absent' };
    case 'paid':
    case 'contested':
    case 'coming':
      return { kind: 'declined', code: 'not_allowed', message: 'O boleto já foi pago.', ref };
    case 'lapsed':
      return { kind: 'declined', code: 'not_allowed', message: 'O boleto já venceu.', ref };
    case 'settled':
      return { kind: 'unknown', why: 'stray', message: 'marked as paid by hand', ref };
    case undefined:
      return unclear('a status that nobody knows', ref);
  }
}

/** A cancel moves nothing. */
const done = (ref: string): Kind<'done'> => ({
  kind: 'done',
  ref,
  at: now(),
  amount: cents(0),
  currency,
  data: nothing,
});
export const unclear = (message: string, ref?: string): Kind<'unknown'> => ({
  ...garbled(message),
  ...(ref === undefined ? {} : { ref }),
});

/** What failed was the question: it says nothing of the act. */
export function doubt(answer: EfiAnswer): Kind<'unknown'> {
  if (answer.kind !== 'answered') {
    return { kind: 'unknown', why: answer.kind === 'unknown' ? answer.why : 'dropped', message: answer.message };
  }
  const { message } = wire.refusal(answer);
  return { kind: 'unknown', why: answer.status === 200 ? 'garbled' : 'fault', message };
}
