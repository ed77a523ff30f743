import type { Acts, Whole } from '@libs/providers/contract/acts.js';
import type { PixData, PixInput } from '@libs/providers/contract/inputs.js';
import type { Act, Call } from '@libs/providers/contract/call.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import { ask } from './gerencianet.client.js';
import type { GerencianetCredentials } from './gerencianet.credentials.js';
import * as news from './gerencianet.news.js';
import { pixProof } from './gerencianet.proof.js';
import * as wire from './gerencianet.wire.js';

type Credentials = GerencianetCredentials;
type Asked = Call<Sought<keyof Acts['pix']>, Credentials>;

const chargePath = (txid: string): string => `/v2/cob/${encodeURIComponent(txid)}`;
const refundPath = (receipt: string, key: string): string =>
  `/v2/pix/${encodeURIComponent(receipt)}/devolucao/${encodeURIComponent(key)}`;

/** Efí creates, and never alters or replays, a charge under a txid: what stands there already is compared. */
const create: Act<PixInput, PixData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const path = chargePath(key);
  const body = wire.chargeBody(input, credentials.pixKey);
  const answer = await ask(credentials, { method: 'PUT', path, body }, leftMs);
  if (answer.kind !== 'answered') return answer;
  if (!wire.says(answer, 409, 'txid_duplicado')) return news.created(answer, key, input.amount);
  return news.duplicated(await ask(credentials, { method: 'GET', path }, leftMs), key, input, credentials.pixKey);
};

const cancel: Act<Whole, PixData, Credentials> = async ({ credentials, input, leftMs }) => {
  const path = chargePath(input.ref);
  const answer = await ask(credentials, { method: 'PATCH', path, body: { status: wire.removed } }, leftMs);
  if (answer.kind !== 'answered') return answer;
  if (!wire.says(answer, 400, 'status_cobranca_invalido')) return news.cancelled(answer, input.ref);
  const found = news.foundCancel(await ask(credentials, { method: 'GET', path }, leftMs), input.ref);
  return found.kind === 'absent' ? { kind: 'unknown', why: 'fault', message: 'refused, and yet open' } : found;
};

/** A repeat under the same id is refused with 409, never paid twice: then the refund that stands there is ours. */
const refund: Act<Acts['pix']['refund'], PixData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const { receipt, amount, ref: txid } = input;
  if (receipt === undefined) return { kind: 'unsent', why: 'unready', message: 'no endToEndId to refund' };
  const path = refundPath(receipt, key);
  const by: news.RefundAsked = { key, txid, receipt, amount };
  const answer = await ask(credentials, { method: 'PUT', path, body: { valor: wire.moneyText(amount) } }, leftMs);
  if (answer.kind !== 'answered') return answer;
  if (!wire.says(answer, 409, 'devolucao_id_duplicado')) return news.refunded(answer, 201, by);
  const found = news.foundRefund(await ask(credentials, { method: 'GET', path }, leftMs), by);
  return found.kind === 'absent'
    ? { kind: 'unknown', why: 'early', message: 'a duplicate that cannot be seen' }
    : found;
};

const find = async ({ key, credentials, input, leftMs }: Asked): Promise<Finding<PixData>> => {
  const get = (path: string): ReturnType<typeof ask> => ask(credentials, { method: 'GET', path }, leftMs);
  const { act, amount, parent } = input;
  const blind: Finding<PixData> = { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
  switch (act) {
    case 'create':
      return news.foundCharge(await get(chargePath(key)), key, amount, credentials.pixKey);
    case 'cancel':
      return parent ? news.foundCancel(await get(chargePath(parent.ref)), parent.ref) : blind;
    case 'refund': {
      if (parent?.receipt === undefined) return blind;
      const by: news.RefundAsked = { key, txid: parent.ref, receipt: parent.receipt, amount };
      return news.foundRefund(await get(refundPath(by.receipt, key)), by);
    }
  }
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
