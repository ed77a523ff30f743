import type { Acts, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Call } from '@libs/providers/contract/call.js';
import type { BankslipData, BankslipInput } from '@libs/providers/contract/inputs.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import type { CieloCredentials } from './cielo.credentials.js';
import * as news from './cielo.issued.news.js';
import * as wire from './cielo.issued.wire.js';
import { slipsProof } from './cielo.proof.js';
import { post, under } from './cielo.sales.js';

type Credentials = CieloCredentials;
type Asked = Call<Sought<keyof Acts['bankslip']>, Credentials>;

/** Only in production does a bank collect. */
export const bankOf = ({ environment, slipBank }: Partial<Credentials>): string | undefined =>
  environment === 'production' ? slipBank : undefined;

/** Every call registers a slip, which is found again by its order number. */
const create: Act<BankslipInput, BankslipData, Credentials> = async (call) => {
  const { key, input, credentials } = call;
  const bank = bankOf(credentials);
  if (credentials.environment === 'production' && bank === undefined) {
    return { kind: 'unsent', why: 'unready', message: 'the account names no bank that collects its slips' };
  }
  const answer = await post(call, wire.slipBody(key, input, bank));
  return answer.kind === 'answered' ? news.createdSlip(answer, { key, amount: input.amount }) : answer;
};

const cancel: Act<Whole, BankslipData, Credentials> = async () => news.refused('A Cielo não cancela boletos.');

const find = async ({ input, ...call }: Asked): Promise<Finding<BankslipData>> => {
  const { act, amount, ref } = input;
  if (act !== 'create') return { kind: 'unknown', why: 'fault', message: 'slips are not cancelled here' };
  const all = await under(call, call.key, wire.slipOf);
  if (all.kind !== 'listed') return all;
  return news.found(all.sales, { key: call.key, amount, ref: ref?.toLowerCase() }, news.standingSlip);
};

export const bankslip: Capability<'bankslip', Credentials> = {
  create,
  cancel,
  find,
  lacks: ['cancel'],
  get proof() {
    return slipsProof();
  },
};
