import type { Acts, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Answer, Call } from '@libs/providers/contract/call.js';
import type { BankslipData, BankslipInput } from '@libs/providers/contract/inputs.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import { type Refusal, unanswered } from '@libs/providers/answer.js';
import { type EfiAnswer, ask } from './gerencianet.client.js';
import type { GerencianetCredentials } from './gerencianet.credentials.js';
import { slipsProof } from './gerencianet.proof.js';
import * as news from './gerencianet.slips.news.js';
import * as wire from './gerencianet.slips.wire.js';

type Credentials = GerencianetCredentials;
type Asked = Call<Sought<keyof Acts['bankslip']>, Credentials>;
type Reading<I = unknown> = Omit<Call<I, Credentials>, 'key'>;
type Unknown = Extract<Outcome, { kind: 'unknown' }>;

/** More pages than these under one of our numbers is nothing that we could have caused. */
const mostPages = 5;
const longestUrl = 255;
const chargePath = (ref: string, act = ''): string => `/v1/charge/${encodeURIComponent(ref)}${act}`;

const get = ({ credentials, leftMs }: Reading, path: string, aside = false): Promise<EfiAnswer> =>
  ask(credentials, { api: 'charges', method: 'GET', path, aside }, leftMs);

/** Where Efí calls for this charge; it calls https only. Without it the daily look alone hears of a payment. */
async function notifyUrl({ credentials, callbackUrl }: Call<unknown, Credentials>): Promise<string | undefined> {
  const url = await callbackUrl?.();
  const callable = credentials.environment === 'simulator' || url?.startsWith('https:');
  return url !== undefined && callable && url.length <= longestUrl ? url : undefined;
}

/** There is no key that Efí would honour: every call makes a charge, which is found again by our number on it. */
const create: Act<BankslipInput, BankslipData, Credentials> = async (call) => {
  const { key, credentials, input, leftMs } = call;
  const body = wire.slipBody(key, input, await notifyUrl(call));
  const answer = await ask(credentials, { api: 'charges', method: 'POST', path: '/v1/charge/one-step', body }, leftMs);
  return answer.kind === 'answered' ? news.created(answer, input.amount) : answer;
};

const cancel: Act<Whole, BankslipData, Credentials> = async (call) => {
  const { credentials, leftMs, input } = call;
  const path = chargePath(input.ref, '/cancel');
  const answer = await ask(credentials, { api: 'charges', method: 'PUT', path }, leftMs);
  if (answer.kind !== 'answered') return answer;
  if (!wire.says(answer, wire.forbiddenByState)) return news.cancelled(answer, input.ref);
  const found = await foundCancel(call, input.ref);
  return found.kind === 'absent' ? { kind: 'unknown', why: 'fault', message: 'refused, and yet open' } : found;
};

/** A charge by its id, or why it cannot be seen. */
async function look(call: Reading, ref: string, aside = false): Promise<wire.Slip | Unknown> {
  const answer = await get(call, chargePath(ref), aside);
  const slip = answer.kind === 'answered' && answer.status === 200 ? wire.slipOf(answer.json) : undefined;
  return slip?.id === ref ? slip : news.doubt(answer);
}

async function foundCancel(call: Reading, ref: string): Promise<Finding<BankslipData>> {
  const seen = await look(call, ref);
  return 'kind' in seen ? seen : news.foundCancel(seen);
}

/** Every charge with our number, of the days around the moment at which it was made. */
async function listed(call: Reading, key: string, madeAt: Date): Promise<readonly wire.Row[] | Unknown> {
  const wanted = {
    charge_type: 'billet',
    date_of: 'creation',
    begin_date: wire.dayOf(madeAt, -1),
    end_date: wire.dayOf(madeAt, 1),
    custom_id: key,
  };
  const rows: wire.Row[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const query = new URLSearchParams({ ...wanted, ...(page > 1 ? { page: String(page) } : {}) });
    const answer = await get(call, `/v1/charges?${query.toString()}`);
    const read = answer.kind === 'answered' && answer.status === 200 ? wire.pageOf(answer.json) : undefined;
    if (!read) return news.doubt(answer);
    // It was asked for those with our number: any other, and the list is not what it seems.
    if (read.rows.some(({ order }) => order !== key)) return news.unclear('a list of other charges');
    rows.push(...read.rows);
    if (!read.full) return rows;
  }
  return news.unclear('too many charges under one number');
}

async function byOrder(call: Asked): Promise<Finding<BankslipData>> {
  const { key, input } = call;
  const rows = await listed(call, key, input.sentAt);
  if ('kind' in rows) return rows;
  const [ours, ...others] = news.ranked(rows, input.ref);
  // It was there once: what cannot be seen now has not become undone.
  if (!ours) return input.ref === undefined ? { kind: 'absent' } : news.unclear('a charge that was there', input.ref);
  if (input.ref !== undefined && ours.id !== input.ref) return news.unclear('another charge than ours', input.ref);
  const seen = await look(call, ours.id);
  return 'kind' in seen ? seen : news.found(seen, ours, others, { key, amount: input.amount });
}

const find = async (call: Asked): Promise<Finding<BankslipData>> => {
  const { act, parent } = call.input;
  if (act === 'create') return byOrder(call);
  return parent ? foundCancel(call, parent.ref) : { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
};

export const bankslip: Capability<'bankslip', Credentials> = {
  create,
  cancel,
  find,
  get proof() {
    return slipsProof();
  },
};

/** The charges that a token tells of, each once; one that was paid has to be seen to be. */
export async function told(call: Reading<string>): Promise<Answer<readonly About[]>> {
  const answer = await get(call, `/v1/notification/${encodeURIComponent(call.input)}`, true);
  if (answer.kind === 'answered' && wire.lost(answer)) return { kind: 'read', data: [] };
  const all = answer.kind === 'answered' && answer.status === 200 ? wire.toldOf(answer.json) : undefined;
  if (!all) return unread(answer, call.credentials);
  const last = new Map(all.map((it) => [it.id, it]));
  const data = [...last.values()].map(({ id, order, state }): About => {
    const named = { ref: id, ...(order === undefined ? {} : { key: order }) };
    return state === 'paid' ? { ...named, receipt: id } : named;
  });
  return { kind: 'read', data };
}

/** Our numbers; an account may be charged for by other ways too, and that money is none of ours. */
const oursAlone = /^[0-9a-z]{25}$/;

/** What a charge has brought that no attempt knows by its id; the number on it tells whose it is. */
export async function lookedAt(call: Reading, ref: string): Promise<Answer<readonly Moved[]>> {
  const answer = await get(call, chargePath(ref), true);
  if (answer.kind === 'answered' && wire.lost(answer)) return { kind: 'read', data: [] };
  const slip = answer.kind === 'answered' && answer.status === 200 ? wire.slipOf(answer.json) : undefined;
  if (slip?.id !== ref) return unread(answer, call.credentials);
  const { order, at, state } = slip;
  const paid = state === 'paid' || state === 'contested';
  if (!paid || at === undefined || order === undefined || !oursAlone.test(order)) return { kind: 'read', data: [] };
  const rows = await listed(call, order, at);
  if ('kind' in rows) return { kind: 'unread', message: rows.message };
  const row = rows.find(({ id }) => id === ref);
  if (row?.state !== state) return { kind: 'unread', message: 'a charge that the list does not show so' };
  return { kind: 'read', data: news.movedBy(slip, row, { key: order, ref }) };
}

/** `refused`: Efí, or our own credentials, say no, and asking again changes nothing. */
function unread(answer: EfiAnswer, by: Credentials): Refusal {
  if (answer.kind !== 'answered') return unanswered(answer, by.environment);
  const { status, json } = answer;
  const no = wire.complaintOf(json) !== undefined && status >= 400 && status < 500 && status !== 429;
  return { kind: no ? 'refused' : 'unread', message: wire.refusal(answer).message };
}
