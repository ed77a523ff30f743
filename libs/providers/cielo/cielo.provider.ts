import type { BankslipInput, CardInput, PixInput } from '@libs/providers/contract/inputs.js';
import type { Answer } from '@libs/providers/contract/call.js';
import { type Provider, provider } from '@libs/providers/contract/provider.js';
import type { Part, Whole } from '@libs/providers/contract/acts.js';
import { proofMs } from '@libs/providers/settings.js';
import { callbacks, unread } from './cielo.callback.js';
import { cards } from './cielo.cards.js';
import { ask } from './cielo.client.js';
import { CieloCredentials } from './cielo.credentials.js';
import * as issued from './cielo.issued.wire.js';
import { lost } from './cielo.news.js';
import { pix } from './cielo.pix.js';
import { bankOf, bankslip } from './cielo.slips.js';
import { brandOf, holderOf, leastInstallment, mostInstallments, mostMoney } from './cielo.wire.js';

/** Between two voids of one sale. */
const voidRestMs = 5_000;
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
  objectOf: (operation, input) => (/\.(authorize|create)$/.test(operation) ? undefined : (input as Whole).ref),
  restMs: (operation) =>
    operation === 'cards.void' || operation === 'cards.refund' ? proofMs('CIELO_CARDS_REST', voidRestMs) : 0,
  settings: ['environment', 'pixContract', 'slipBank'],
  unfit: (operation, input, settings) => {
    switch (operation) {
      case 'cards.authorize':
        return unfitSale(input as Asked);
      case 'pix.create':
        return unfitCode(input as PixInput, settings);
      case 'pix.cancel':
        return oldContract(settings) ? 'codes of this contract are not removed' : undefined;
      case 'pix.refund':
        return (input as Partial<Part>).rest === false ? 'only the whole is given back' : undefined;
      case 'bankslip.create':
        return unfitSlip(input as BankslipInput, settings);
      default:
        return undefined;
    }
  },
  callbacks,
  cards,
  pix,
  bankslip,
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

type Settings = Partial<CieloCredentials>;
const oldContract = (settings?: Settings): boolean =>
  settings !== undefined && settings.pixContract !== issued.newContract;

function unfitCode({ currency, amount, expireSeconds, payer }: PixInput, settings?: Settings): string | undefined {
  if (currency !== 'BRL') return 'only BRL';
  if (amount <= 0n || amount > mostMoney) return 'an amount that Cielo cannot write';
  if (!issued.named(payer)) return 'a payer without a name and a document';
  if (oldContract(settings)) return expireSeconds === issued.oldSeconds ? undefined : 'an expiry other than two hours';
  if (settings?.environment === 'homologation') return 'a contract that cannot be tried out';
  return expireSeconds >= 1 && expireSeconds <= issued.mostSeconds ? undefined : 'an expiry of more than a day';
}

function unfitSlip(input: BankslipInput, settings?: Settings): string | undefined {
  const { currency, amount, payer, fine, interest } = input;
  if (currency !== 'BRL') return 'only BRL';
  if (amount <= 0n || amount > issued.mostSlip) return 'an amount that no bar code can say';
  if (!issued.named(payer)) return 'a payer without a name and a document';
  if (issued.placeOf(payer.address) === undefined) return 'a payer without a whole address';
  if (fine || interest) return 'a fine or interest, which the bank is told nowhere';
  const nobody = settings?.environment === 'production' && bankOf(settings) === undefined;
  return nobody ? 'no bank that collects' : undefined;
}

export const cielo = provider(it);
