import type { Whole } from '@libs/providers/contract/acts.js';
import type { Answer } from '@libs/providers/contract/call.js';
import type { CardInput } from '@libs/providers/contract/inputs.js';
import { type Provider, provider } from '@libs/providers/contract/provider.js';
import { callbacks, unread } from './stripe.callback.js';
import { cards } from './stripe.cards.js';
import { ask } from './stripe.client.js';
import { StripeCredentials } from './stripe.credentials.js';
import { statements } from './stripe.statement.js';
import { object, text } from '@libs/providers/answer.js';
import { mostMoney } from './stripe.wire.js';

const it: Provider<StripeCredentials> = {
  id: 'stripe',
  credentials: StripeCredentials,
  identify: async ({ credentials, leftMs }): Promise<Answer<string>> => {
    const answer = await ask(credentials, (stripe) => stripe.accounts.retrieveCurrent(), leftMs, true);
    const account = answer.kind === 'answered' && answer.status === 200 ? object(answer.json) : undefined;
    const id = account?.['object'] === 'account' ? text(account['id']) : undefined;
    if (id === undefined) return unread(answer, credentials);
    const other = credentials.id !== undefined && credentials.id !== id;
    return other ? { kind: 'refused', message: 'the key opens another account' } : { kind: 'read', data: id };
  },
  keyOf: (_, ids) => ids.uuid,
  objectOf: (operation, input) =>
    operation === 'cards.capture' || operation === 'cards.void' ? (input as Whole).ref : undefined,
  unfit: (operation, input) => (operation === 'cards.authorize' ? unfitSale(input as CardInput) : undefined),
  callbacks,
  statements,
  cards,
};

function unfitSale({ type, installments, currency, amount }: CardInput): string | undefined {
  if (type !== 'credit') return 'only credit cards';
  if (installments !== 1) return 'no instalments';
  if (currency !== 'BRL' && currency !== 'EUR') return 'only BRL and EUR';
  return amount > 0n && amount <= mostMoney ? undefined : 'an amount that Stripe cannot write';
}

export const stripe = provider(it);
