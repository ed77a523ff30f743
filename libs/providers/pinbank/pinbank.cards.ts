import { now } from '@libs/kernel/clock.js';
import { cents } from '@libs/money/cents.js';
import type { Acts, Part, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Call } from '@libs/providers/contract/call.js';
import type { CardData, CardInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import { ask } from './pinbank.client.js';
import type { PinbankCredentials } from './pinbank.credentials.js';
import { doubt, garbled, isKnown, refused, type Unknown } from './pinbank.news.js';
import { cardsProof } from './pinbank.proof.js';
import * as sales from './pinbank.sales.js';
import { momentText, moneyNumber } from './pinbank.wire.js';

type Credentials = PinbankCredentials;
type Reading = Omit<Call<unknown, Credentials>, 'key' | 'input'>;

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
/** The statement is asked for by days: those about the call first, then as far back as holds and refunds reach. */
const reachesMs = [dayMs, 31 * dayMs];
/** A sale is looked for so long before and after its call. */
const aboutMs = 15 * minuteMs;

/** The sales begun in a period, or why they cannot be seen. */
async function listed(
  { credentials, leftMs }: Reading,
  from: number,
  to: number,
  aside: boolean,
): Promise<readonly sales.Sale[] | Unknown> {
  const data = {
    DataInicial: momentText(new Date(from)),
    DataFinal: momentText(new Date(to)),
    Status: 'Todos',
    MeioCaptura: 'Todos',
    QuantidadeLinhasRetorno: 0,
  };
  const answer = await ask(credentials, { method: 'sales', data, aside }, leftMs);
  if (answer.kind !== 'yes') return doubt(answer);
  return sales.salesOf(answer.data) ?? garbled('a statement that cannot be read');
}
const unlisted = 'the statement shows no such sale';
const isList = (it: readonly sales.Sale[] | Unknown): it is readonly sales.Sale[] => Array.isArray(it);

/** A sale by its number; one that is not listed says nothing of what was done to it. */
async function look(call: Reading, nsu: string, at: Date, aside = false): Promise<sales.Sale | Unknown> {
  for (const reachMs of reachesMs) {
    const to = Math.max(at.getTime(), now().getTime()) + dayMs;
    const all = await listed(call, at.getTime() - reachMs, to, aside);
    if (!isList(all)) return { ...all, ref: nsu };
    const sale = all.find((it) => it.nsu === nsu);
    if (sale) return sale;
  }
  return { kind: 'unknown', why: 'fault', message: unlisted, ref: nsu };
}

/** No key is honoured and none comes back: every call makes a sale. */
const authorize: Act<CardInput, CardData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const { taxId } = input.payer;
  if (taxId === undefined) return { kind: 'unsent', why: 'unready', message: 'a buyer without a CPF' };
  const answer = await ask(credentials, { method: 'sale', data: sales.saleBody(key, input) }, leftMs);
  if (answer.kind === 'no') return refused(answer, 'money');
  return answer.kind === 'yes' ? sales.sold(answer.data, input) : answer;
};

const partOf = (ref: string, amount: bigint) => ({ NsuOperacao: ref, Valor: moneyNumber(cents(amount), 'cents') });

/** Refused, it may have been done before: the sale itself shows a capture. */
const capture: Act<Part, CardData, Credentials> = async (call) => {
  const { ref, amount } = call.input;
  const { credentials, leftMs } = call;
  const answer = await ask(credentials, { method: 'capture', data: partOf(ref, amount) }, leftMs);
  if (answer.kind === 'yes') {
    return sales.taken(answer.data) ? sales.followed(ref, amount, amount) : garbled('no word of a capture', ref);
  }
  if (answer.kind !== 'no') return answer;
  const said = refused(answer, 'money', ref);
  if (said.kind === 'declined' || !isKnown(answer)) return said;
  const sale = await look(call, ref, now(), true);
  const found = 'kind' in sale ? sale : sales.foundCapture(sale, amount);
  return found.kind === 'done' ? found : said;
};

/**
 * The amount of a hold is not told to us here, and Pinbank wants it: the sale says it, and that it is one. A cancel of
 * what has been captured would give the money back.
 */
const release: Act<Whole, CardData, Credentials> = async (call) => {
  const { ref } = call.input;
  const { credentials, leftMs } = call;
  const sale = await look(call, ref, now(), true);
  if ('kind' in sale) {
    const why = sale.message === unlisted ? 'unready' : 'refused';
    return { kind: 'unsent', why, message: sale.message };
  }
  if (sale.state !== 'held' && sale.state !== 'cancelled') return known(sales.foundVoid(sale));
  const answer = await ask(credentials, { method: 'cancel', data: partOf(ref, sale.gross) }, leftMs);
  if (answer.kind === 'yes') {
    return sales.taken(answer.data) ? sales.followed(ref, cents(0), cents(0)) : garbled('no word of a cancel', ref);
  }
  if (answer.kind !== 'no') return answer;
  const said = refused(answer, 'money', ref);
  if (said.kind === 'declined' || !isKnown(answer)) return said;
  const after = await look(call, ref, now(), true);
  const found = 'kind' in after ? after : sales.foundVoid(after);
  return found.kind === 'done' ? found : said;
};
const known = (found: Finding<CardData>): Outcome<CardData> =>
  found.kind === 'absent' ? garbled('a hold that is none') : found;

/** Accepted, not settled: whether it is at once is told nowhere. Repeated, it would be given back twice. */
const refund: Act<Part, CardData, Credentials> = async ({ credentials, input, leftMs }) => {
  const { ref, amount } = input;
  const answer = await ask(credentials, { method: 'cancel', data: partOf(ref, amount) }, leftMs);
  if (answer.kind === 'no') return refused(answer, 'money', ref);
  if (answer.kind !== 'yes') return answer;
  if (!sales.taken(answer.data)) return garbled('no word of a cancel', ref);
  const waits: Outcome<CardData> = { kind: 'pending', ref, data: { brand: '', captured: cents(0) } };
  return waits;
};

/**
 * A sale whose answer is lost has no name: another buyer's of the same amount looks like it, so that none is believed
 * to be ours. That the statement shows none is told; it proves nothing.
 */
async function lost(call: Call<Sought<'authorize'>, Credentials>): Promise<Finding<CardData>> {
  const { amount, sentAt } = call.input;
  const all = await listed(call, sentAt.getTime() - aboutMs, sentAt.getTime() + aboutMs, false);
  if (!isList(all)) return all;
  const like = all.filter(({ gross, state }) => gross === amount && state !== 'denied');
  if (like.length === 0) return { kind: 'absent' };
  const message = `the statement shows ${like.length} of this amount: ${like.map(({ nsu }) => nsu).join(', ')}`;
  return { kind: 'unknown', why: 'early', message: message.slice(0, 255) };
}

async function find(call: Call<Sought<keyof Acts['cards']>, Credentials>): Promise<Finding<CardData>> {
  const { act, amount, parent, ref, sentAt } = call.input;
  const nsu = act === 'authorize' ? ref : parent?.ref;
  if (nsu === undefined) {
    if (act === 'authorize') return lost({ ...call, input: { ...call.input, act } });
    return { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
  }
  const sale = await look(call, nsu, sentAt);
  if ('kind' in sale) return sale;
  switch (act) {
    case 'authorize':
      return sales.foundSale(sale, amount);
    case 'capture':
      return sales.foundCapture(sale, amount);
    case 'void':
      return sales.foundVoid(sale);
    case 'refund':
      return sales.foundRefund(sale, amount, ref !== undefined, now().getTime() - sentAt.getTime());
  }
}

export const cards: Capability<'cards', Credentials> = {
  authorize,
  capture,
  void: release,
  refund,
  find,
  get proof() {
    return cardsProof();
  },
};
