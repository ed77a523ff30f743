import type { CardInput } from '@libs/providers/contract/inputs.js';
import type { Answer } from '@libs/providers/contract/call.js';
import { type Provider, provider } from '@libs/providers/contract/provider.js';
import type { Whole } from '@libs/providers/contract/acts.js';
import { callbacks, unread } from './cielo.callback.js';
import { cards } from './cielo.cards.js';
import { ask } from './cielo.client.js';
import { CieloCredentials } from './cielo.credentials.js';
import { lost } from './cielo.news.js';
import { brandOf, holderOf, leastInstallment, mostInstallments, mostMoney } from './cielo.wire.js';

/** Nobody's sale: a store that may ask is told so, another one is turned away. */
const nobodys = '/1/sales/00000000-0000-0000-0000-000000000000';

const it: Provider<CieloCredentials> = {
  id: 'cielo',
  credentials: CieloCredentials,
  identify: async ({ credentials, leftMs }): Promise<Answer<string>> => {
    const request = { method: 'GET', host: 'query', path: nobodys, aside: true } as const;
    const answer = await ask(credentials, request, leftMs);
    const welcome = answer.kind === 'answered' && lost(answer);
    return welcome ? { kind: 'read', data: credentials.merchantId.toLowerCase() } : unread(answer, credentials);
  },
  keyOf: (_, ids) => ids.short,
  objectOf: (operation, input) => (operation === 'cards.authorize' ? undefined : (input as Whole).ref),
  unfit: (operation, input) => (operation === 'cards.authorize' ? unfitSale(input as Asked) : undefined),
  callbacks,
  cards,
};

/** A plan knows less of a card than a call does: what is not told is not judged. */
type Asked = Partial<Omit<CardInput, 'card'>> & { readonly card?: Partial<CardInput['card']> };

function unfitSale(input: Asked): string | undefined {
  const { currency = 'BRL', amount, card, installments = 1 } = input;
  if (currency !== 'BRL') return 'only BRL';
  if (amount !== undefined && (amount <= 0n || amount > mostMoney)) return 'an amount that Cielo cannot write';
  if (card?.brand !== undefined && brandOf(card.brand) === undefined) return 'a brand that Cielo does not take';
  if (card?.holder !== undefined && holderOf(card.holder) === '') return 'a holder without a letter';
  if (installments < 1 || installments > mostInstallments) return 'so many instalments';
  const part = amount === undefined ? leastInstallment : amount / BigInt(installments);
  if (installments > 1 && part < leastInstallment) return 'instalments below five reais';
  return input.type === 'debit' ? unfitDebit(input) : undefined;
}

function unfitDebit({ installments = 1, capture, returnUrl }: Asked): string | undefined {
  if (installments !== 1) return 'debit is paid at once';
  if (capture === false) return 'debit is captured at once';
  return returnUrl === undefined ? 'debit needs the page that the payer comes back to' : undefined;
}

export const cielo = provider(it);
