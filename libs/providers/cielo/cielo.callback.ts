import type { Answer } from '@libs/providers/contract/call.js';
import type { Callbacks, Doubt, Notice } from '@libs/providers/contract/callbacks.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { HttpAnswer } from '@libs/providers/http.js';
import { ask } from './cielo.client.js';
import type { CieloCredentials } from './cielo.credentials.js';
import { lost, refusal, takenOf } from './cielo.news.js';
import { receiptOf } from './cielo.issued.news.js';
import { codeOf } from './cielo.issued.wire.js';
import * as wire from './cielo.wire.js';
import { objectIn, type Refusal, unanswered } from '@libs/providers/answer.js';

type Call<I> = { readonly credentials: CieloCredentials; readonly input: I; readonly leftMs: () => number };

/**
 * Nothing signs the body, and the address is set by hand at Cielo's site; its secret has named the credential before
 * `verify` is asked.
 */
export const callbacks: Callbacks<CieloCredentials> = { verify: () => 'genuine', read, look };

/** Paid below its value: of how much came Cielo's answers say nothing, the bank's file does. */
const underpaid = '6';
const doubt: Doubt = { kind: 'unknown', why: 'amount', message: 'paid below its value' };

/** That something has changed with a sale, and no more: nothing but its question says what. */
function read(raw: Buffer): readonly Notice[] {
  const it = objectIn(raw);
  const ref = wire.idOf(it?.['PaymentId']);
  const change = it?.['ChangeType'];
  const named = typeof change === 'number' || (typeof change === 'string' && /^\d{1,3}$/.test(change));
  return ref === undefined || !named
    ? []
    : [{ kind: 'hint', about: { ref }, ...(`${change}` === underpaid ? { doubt } : {}) }];
}

/** Our order numbers; a store may sell by other ways too, and their money is none of ours. */
const ours = /^[0-9a-z]{25}$/;

/** What a sale that no attempt knows by its id has moved; its order number tells whose it is. */
async function look({ credentials, input, leftMs }: Call<About>): Promise<Answer<readonly Moved[]>> {
  const { ref } = input;
  if (ref === undefined) return { kind: 'read', data: [] };
  const path = `/1/sales/${encodeURIComponent(ref)}`;
  const answer = await ask(credentials, { method: 'GET', host: 'query', path, aside: true }, leftMs);
  if (answer.kind === 'answered' && lost(answer)) return { kind: 'read', data: [] };
  const sale = answer.kind === 'answered' && answer.status === 200 ? wire.saleOf(answer.json) : undefined;
  if (sale?.id !== ref.toLowerCase()) return unread(answer, credentials);
  const key = sale.orders.find((it) => ours.test(it));
  if (key === undefined || sale.state !== 'captured') return { kind: 'read', data: [] };
  const about: About = { key, ref: sale.id };
  const amount = sale.captured ?? sale.amount;
  const code = codeOf(answer.kind === 'answered' ? answer.json : undefined);
  // By the name under which the payment of a code is known when it is asked after.
  const id = code ? receiptOf(code) : sale.id;
  const paid: Moved = { kind: 'received', id, about, amount, currency: 'BRL', at: sale.capturedAt };
  return { kind: 'read', data: [paid, ...takenOf(sale, about)] };
}

/** `refused`: Cielo, or our own credentials, say no, and asking again changes nothing. */
export function unread(answer: HttpAnswer, by: CieloCredentials): Refusal {
  if (answer.kind !== 'answered') return unanswered(answer, by.environment);
  const no = answer.status === 401 || wire.complaintsOf(answer.json) !== undefined;
  return { kind: no ? 'refused' : 'unread', message: refusal(answer).message };
}
