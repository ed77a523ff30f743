import type { Acts, Part, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Call } from '@libs/providers/contract/call.js';
import type { PixData, PixInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import type { CieloCredentials } from './cielo.credentials.js';
import * as news from './cielo.issued.news.js';
import * as wire from './cielo.issued.wire.js';
import { refusal, says } from './cielo.news.js';
import { pixProof } from './cielo.proof.js';
import { look, post, put, type Reading, salePath, type Seen, under } from './cielo.sales.js';

type Credentials = CieloCredentials;
type Asked = Call<Sought<keyof Acts['pix']>, Credentials>;

const seenCode = (call: Reading, ref: string, aside = false): Promise<Seen<wire.Code>> =>
  look(call, ref, wire.codeOf, aside);

/** There is no key that Cielo would honour: every call makes a code, which is found again by its order number. */
const create: Act<PixInput, PixData, Credentials> = async (call) => {
  const { key, input, credentials } = call;
  const contract = credentials.pixContract;
  if (contract !== wire.newContract && input.expireSeconds !== wire.oldSeconds) {
    return { kind: 'unsent', why: 'unready', message: 'codes of this contract are good for two hours' };
  }
  const answer = await post(call, wire.codeBody(key, input, contract));
  return answer.kind === 'answered' ? news.createdCode(answer, { key, amount: input.amount }) : answer;
};

/** What could not be looked at is left alone. */
const unasked = (message: string): Outcome<PixData> => ({ kind: 'unsent', why: 'unready', message });

/**
 * One word removes a code that waits and gives back what was paid by it: so the code is looked at first, and its answer
 * says which of them was begun. The old contract removes nothing.
 */
const cancel: Act<Whole, PixData, Credentials> = async (call) => {
  const { input, credentials } = call;
  if (credentials.pixContract !== wire.newContract) return news.refused('Este contrato não remove códigos.');
  const seen = await seenCode(call, input.ref, true);
  if (seen.kind !== 'seen') return unasked(seen.message);
  const before = news.foundCancel(seen.sale);
  if (before.kind !== 'absent') return before;
  const answer = await put(call, salePath(input.ref, '/void'));
  if (answer.kind !== 'answered') return answer;
  if (!says(answer, '309')) return news.removed(answer, input.ref);
  const again = await seenCode(call, input.ref, true);
  if (again.kind !== 'seen') return { ...again, ref: input.ref };
  const found = news.foundCancel(again.sale);
  // Under way already, as far as anybody can see.
  return found.kind === 'absent' ? { kind: 'pending', ref: input.ref, data: { txid: input.ref, qrCode: '' } } : found;
};

/** The whole is given back by a void; a part of it nobody has seen, and what has not been paid would be removed. */
const refund: Act<Part, PixData, Credentials> = async (call) => {
  const { ref, amount, rest } = call.input;
  const seen = await seenCode(call, ref, true);
  if (seen.kind !== 'seen') return unasked(seen.message);
  if (!rest && amount < seen.sale.amount) return news.refused('A Cielo só devolve um Pix por inteiro.');
  const before = news.foundRefund(seen.sale, amount);
  if (before.kind !== 'absent') return before;
  const answer = await put(call, salePath(ref, `/void?amount=${amount}`));
  if (answer.kind !== 'answered') return answer;
  if (!says(answer, '309', '312')) return news.refunding(answer, ref, amount);
  const again = await seenCode(call, ref, true);
  if (again.kind !== 'seen') return { ...again, ref };
  const found = news.foundRefund(again.sale, amount);
  return found.kind === 'absent' ? refusal(answer, ref) : found;
};

async function byOrder(call: Asked): Promise<Finding<PixData>> {
  const { key, input } = call;
  const all = await under(call, key, wire.codeOf);
  if (all.kind !== 'listed') return all;
  return news.found(all.sales, { key, amount: input.amount, ref: input.ref?.toLowerCase() }, news.standingCode);
}

const find = async (call: Asked): Promise<Finding<PixData>> => {
  const { act, amount, parent } = call.input;
  if (act === 'create') return byOrder(call);
  if (parent === undefined) return { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
  const seen = await seenCode(call, parent.ref);
  if (seen.kind !== 'seen') return seen;
  return act === 'cancel' ? news.foundCancel(seen.sale) : news.foundRefund(seen.sale, amount);
};

export const pix: Capability<'pix', Credentials> = {
  create,
  cancel,
  refund,
  find,
  get proof() {
    return pixProof();
  },
};
