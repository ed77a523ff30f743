import type { PixInput } from '@libs/providers/contract/inputs.js';
import type { Answer } from '@libs/providers/contract/call.js';
import { type Provider, provider } from '@libs/providers/contract/provider.js';
import type { Whole } from '@libs/providers/contract/acts.js';
import { callbacks, unread } from './gerencianet.callback.js';
import { login } from './gerencianet.client.js';
import { GerencianetCredentials } from './gerencianet.credentials.js';
import { pix } from './gerencianet.pix.js';
import { mostMoney } from './gerencianet.wire.js';

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
  objectOf: (operation, input) => (operation === 'pix.cancel' ? (input as Whole).ref : undefined),
  unfit: (operation, input) => (operation === 'pix.create' ? unfitCharge(input as PixInput) : undefined),
  callbacks,
  pix,
};

function unfitCharge({ currency, amount, expireSeconds }: PixInput): string | undefined {
  if (currency !== 'BRL') return 'only BRL';
  if (amount <= 0n || amount > mostMoney) return 'an amount that Pix cannot write';
  return expireSeconds >= 1 && expireSeconds <= mostSeconds ? undefined : 'an expiry that Pix cannot write';
}

export const gerencianet = provider(it);
