import type { BankslipInput, PixInput } from '@libs/providers/contract/inputs.js';
import type { Answer } from '@libs/providers/contract/call.js';
import { type Provider, provider } from '@libs/providers/contract/provider.js';
import type { Whole } from '@libs/providers/contract/acts.js';
import { callbacks, unread } from './gerencianet.callback.js';
import { login } from './gerencianet.client.js';
import { GerencianetCredentials } from './gerencianet.credentials.js';
import { pix } from './gerencianet.pix.js';
import { bankslip } from './gerencianet.slips.js';
import * as slips from './gerencianet.slips.wire.js';
import { statements } from './gerencianet.statement.js';
import { mostMoney, taxIdOf } from './gerencianet.wire.js';

const mostSeconds = 2 ** 31 - 1; // `expiracao` is an int32

const it: Provider<GerencianetCredentials> = {
  id: 'gerencianet',
  credentials: GerencianetCredentials,
  identify: async ({ credentials, leftMs }): Promise<Answer<string>> => {
    const token = await login(credentials, leftMs);
    if (token.kind === 'unsent') return unread(token, credentials);
    return { kind: 'read', data: `${credentials.clientId}:${credentials.pixKey}` };
  },
  keyOf: (operation, ids, wish) => (operation === 'pix.create' ? (wish ?? `t${ids.short}`) : ids.short),
  objectOf: (operation, input) =>
    operation === 'pix.cancel' || operation === 'bankslip.cancel' ? (input as Whole).ref : undefined,
  unfit: (operation, input) => {
    if (operation === 'pix.create') return unfitCharge(input as PixInput);
    return operation === 'bankslip.create' ? unfitSlip(input as BankslipInput) : undefined;
  },
  pixKey: ({ pixKey }) => pixKey,
  callbacks,
  statements,
  pix,
  bankslip,
};

function unfitCharge({ currency, amount, expireSeconds }: PixInput): string | undefined {
  if (currency !== 'BRL') return 'only BRL';
  if (amount <= 0n || amount > mostMoney) return 'an amount that Pix cannot write';
  return expireSeconds >= 1 && expireSeconds <= mostSeconds ? undefined : 'an expiry that Pix cannot write';
}

function unfitSlip({ currency, amount, payableDays, payer, fine, interest }: BankslipInput): string | undefined {
  if (currency !== 'BRL') return 'only BRL';
  if (amount < slips.leastMoney) return 'a slip below five reais';
  if (amount > slips.mostMoney) return 'an amount that no bar code can say';
  if (taxIdOf(payer.taxId) === undefined) return 'a payer without a CPF or CNPJ';
  if (payableDays < 0 || payableDays > slips.mostPayableDays) return 'so many days after the due date';
  if (fine && 'amount' in fine) return 'a fine that is no rate';
  if (fine && (fine.rateBps <= 0 || fine.rateBps > slips.mostFineBps)) return 'such a fine';
  const daily = interest && slips.dailyInterest(interest.monthlyBps);
  if (daily !== undefined && (daily <= 0 || daily > slips.mostDailyInterest)) return 'such interest';
  return undefined;
}

export const gerencianet = provider(it);
