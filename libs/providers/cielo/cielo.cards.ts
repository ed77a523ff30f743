import { type Cents, cents } from '@libs/money/cents.js';
import type { Acts, Part, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Answer, Call, Read } from '@libs/providers/contract/call.js';
import type { CardData, CardInput } from '@libs/providers/contract/inputs.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import type { CieloCredentials } from './cielo.credentials.js';
import * as news from './cielo.news.js';
import { cardsProof } from './cielo.proof.js';
import { look, post, put, type Reading, salePath, type Seen, under } from './cielo.sales.js';
import * as wire from './cielo.wire.js';

type Credentials = CieloCredentials;
type Asked = Call<Sought<keyof Acts['cards']>, Credentials>;

const seenSale = (call: Reading, ref: string, aside = false): Promise<Seen<wire.Sale>> =>
  look(call, ref, wire.saleOf, aside);

/** There is no key that Cielo would honour: every call makes a sale, which is found again by its order number. */
const authorize: Act<CardInput, CardData, Credentials> = async (call) => {
  const { key, input } = call;
  const answer = await post(call, wire.saleBody(key, input));
  return answer.kind === 'answered' ? news.authorized(answer, key, input.amount) : answer;
};

/** A capture happens once, and its answer states no amount: the sale says what was captured. */
const capture: Act<Part, CardData, Credentials> = async (call) => {
  const { ref, amount } = call.input;
  const answer = await put(call, salePath(ref, `/capture?amount=${amount}`));
  if (answer.kind !== 'answered') return answer;
  const forbidden = news.says(answer, '308');
  const said = forbidden ? 'look' : news.captured(answer);
  if (said !== 'look') return said;
  const seen = await seenSale(call, ref, true);
  if (seen.kind !== 'seen') return { ...seen, ref };
  const found = news.foundCapture(seen.sale, { ref, amount });
  if (found.kind !== 'absent') return found;
  return forbidden ? news.refusal(answer, ref) : { kind: 'unknown', why: 'early', message: 'captured, and yet held' };
};

/** `void` is a word of the language. */
const release: Act<Whole, CardData, Credentials> = async (call) => {
  const { ref } = call.input;
  const answer = await put(call, salePath(ref, '/void'));
  if (answer.kind !== 'answered') return answer;
  if (!news.says(answer, '309')) return news.voided(answer, { ref, amount: cents(0) }, 'void');
  const seen = await seenSale(call, ref, true);
  if (seen.kind !== 'seen') return { ...seen, ref };
  const found = news.foundVoid(seen.sale);
  return found.kind === 'absent' ? news.refusal(answer, ref) : found;
};

/** Cielo gives back by voiding a captured sale, in parts too. Repeated, it would be given back twice. */
const refund: Act<Part, CardData, Credentials> = async (call) => {
  const { ref, amount } = call.input;
  const answer = await put(call, salePath(ref, `/void?amount=${amount}`));
  return answer.kind === 'answered' ? news.voided(answer, { ref, amount }, 'refund') : answer;
};

async function byOrder(call: Asked): Promise<Finding<CardData>> {
  const { key, input } = call;
  const all = await under(call, key, wire.saleOf);
  if (all.kind !== 'listed') return all;
  const found = news.foundSales(all.sales, key, input.amount, input.ref?.toLowerCase());
  // It was there once: what cannot be seen now has not become undone.
  return found.kind === 'absent' && input.ref !== undefined ? news.garbled('a sale that was there', input.ref) : found;
}

const find = async (call: Asked): Promise<Finding<CardData>> => {
  const { act, amount, parent, before } = call.input;
  if (act === 'authorize') return byOrder(call);
  if (parent === undefined || (act === 'refund' && !/^\d{1,16}$/.test(before ?? ''))) {
    return { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
  }
  const part = { ref: parent.ref, amount };
  const seen = await seenSale(call, parent.ref);
  if (seen.kind !== 'seen') return seen;
  switch (act) {
    case 'capture':
      return news.foundCapture(seen.sale, part);
    case 'void':
      return news.foundVoid(seen.sale);
    case 'refund':
      return news.foundRefund(seen.sale, part, BigInt(before ?? ''));
  }
};

/** What of the sale the act will change, in cents, before it does. */
const before: Read<{ readonly act: keyof Acts['cards']; readonly parent: Whole }, string, Credentials> = async (
  call,
): Promise<Answer<string>> => {
  const { act, parent } = call.input;
  const seen = await seenSale(call, parent.ref, true);
  if (seen.kind !== 'seen') return { kind: 'unread', message: seen.message };
  const { captured, voided } = seen.sale;
  const shows: Cents = act === 'capture' ? (captured ?? cents(0)) : voided;
  return { kind: 'read', data: `${shows}` };
};

export const cards: Capability<'cards', Credentials> = {
  authorize,
  capture,
  void: release,
  refund,
  find,
  before,
  get proof() {
    return cardsProof();
  },
};
