import type { Callbacks, Notice } from '@libs/providers/contract/callbacks.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { Answer } from '@libs/providers/contract/call.js';
import { type EfiAnswer, ask } from './gerencianet.client.js';
import type { GerencianetCredentials } from './gerencianet.credentials.js';
import { receivedOf, takenOf } from './gerencianet.news.js';
import { lookedAt, told } from './gerencianet.slips.js';
import * as wire from './gerencianet.wire.js';
import { object, objectIn, type Refusal, text, unanswered } from '@libs/providers/answer.js';

type Call<I> = { readonly credentials: GerencianetCredentials; readonly input: I; readonly leftMs: () => number };

/** Nothing signs the body; the secret in the address has named the credential before `verify` is asked. */
export const callbacks: Callbacks<GerencianetCredentials> = {
  verify: () => 'genuine',
  read,
  register,
  open: told,
  look,
};

/** A form with a token, and nothing else of a charge. */
const form = /^notification=([^&=\s]{1,255})$/;

/** A hint for each Pix and each refund named; a test call, or junk, names none. What we sent ourselves is left out. */
function read(raw: Buffer): readonly Notice[] {
  const [, token] = form.exec(raw.toString('utf8')) ?? [];
  if (token !== undefined) return [{ kind: 'hint', about: { token } }];
  const abouts = (wire.list(objectIn(raw)?.['pix']) ?? []).flatMap((element): About[] => {
    const it = object(element);
    const [key, receipt] = [text(it?.['txid']), text(it?.['endToEndId'])];
    if (it === undefined || it['tipo'] === 'SOLICITACAO' || (key ?? receipt) === undefined) return [];
    const refunds = (wire.list(it['devolucoes']) ?? []).map((one) => text(object(one)?.['id']));
    const given = refunds.filter((id) => id !== undefined).map((id) => ({ key: id, receipt }));
    return [{ key, receipt }, ...given];
  });
  return abouts.map((about) => ({ kind: 'hint', about }));
}

/** One key has one address. Ours is set when another stands there, or none. */
async function register({ credentials, input, leftMs }: Call<{ readonly url: string }>): Promise<Answer<object>> {
  const { environment, pixKey } = credentials;
  if (environment !== 'simulator' && !input.url.startsWith('https:')) {
    return { kind: 'refused', message: 'Efí calls https addresses only' };
  }
  const path = `/v2/webhook/${encodeURIComponent(pixKey)}`;
  const there = await ask(credentials, { method: 'GET', path, aside: true }, leftMs);
  if (there.kind !== 'answered') return unread(there, credentials);
  if (there.status === 200 && object(there.json)?.['webhookUrl'] === input.url) return { kind: 'read', data: {} };
  const unset = wire.among(wire.open.notFound, there.status) && wire.complaintOf(there.json) !== undefined;
  if (there.status !== 200 && !unset) return unread(there, credentials);
  // Efí's own certificate is not asked for: the address carries a secret instead.
  const headers = { 'x-skip-mtls-checking': 'true' };
  const body = { webhookUrl: input.url };
  const answer = await ask(credentials, { method: 'PUT', path, body, headers, aside: true }, leftMs);
  const set = answer.kind === 'answered' && wire.among(wire.open.webhookSet, answer.status);
  return set ? { kind: 'read', data: {} } : unread(answer, credentials);
}

/** What came in by a slip, or under an endToEndId, and what the bank has taken out of it since. */
async function look(call: Call<About>): Promise<Answer<readonly Moved[]>> {
  const { credentials, input, leftMs } = call;
  if (input.ref !== undefined && /^\d{1,15}$/.test(input.ref)) return lookedAt(call, input.ref);
  if (input.receipt === undefined) return { kind: 'read', data: [] };
  const path = `/v2/pix/${encodeURIComponent(input.receipt)}`;
  const answer = await ask(credentials, { method: 'GET', path, aside: true }, leftMs);
  if (answer.kind !== 'answered') return unread(answer, credentials);
  if (wire.absent(answer, 'payment')) return { kind: 'read', data: [] };
  const payment = answer.status === 200 ? wire.paymentOf(answer.json) : undefined;
  if (payment?.receipt !== input.receipt) return unread(answer, credentials);
  return { kind: 'read', data: [receivedOf(payment), ...takenOf(payment)] };
}

/** `refused`: Efí, or our own credentials, say no, and asking again changes nothing. */
export function unread(answer: EfiAnswer, by: GerencianetCredentials): Refusal {
  if (answer.kind !== 'answered') return unanswered(answer, by.environment);
  const { status, json } = answer;
  const no = wire.complaintOf(json) !== undefined && status >= 400 && status < 500 && status !== 429;
  return { kind: no ? 'refused' : 'unread', message: wire.refusal(answer).message };
}
