import { createHash } from 'node:crypto';
import type { Answer } from '@libs/providers/contract/call.js';
import type { BankslipInput, CardInput, PixInput } from '@libs/providers/contract/inputs.js';
import { type Provider, provider } from '@libs/providers/contract/provider.js';
import type { Whole } from '@libs/providers/contract/acts.js';
import { unanswered } from '@libs/providers/answer.js';
import { bankslip } from './pinbank.bankslip.js';
import { callbacks } from './pinbank.callback.js';
import { cards } from './pinbank.cards.js';
import { ask, login } from './pinbank.client.js';
import { PinbankCredentials } from './pinbank.credentials.js';
import { pix } from './pinbank.pix.js';
import { holderOf } from './pinbank.sales.js';
import { statements } from './pinbank.statement.js';
import { mostMoney, open } from './pinbank.wire.js';

const mostSeconds = 2 ** 31 - 1;
const mostInstallments = 12;
const mostSlipMoney = 9_999_999_999n; // ten digits of a bar code

const it: Provider<PinbankCredentials> = {
  id: 'pinbank',
  credentials: PinbankCredentials,
  numbered: true,
  unproven: ['cards.authorize', 'cards.capture', 'cards.void', 'cards.refund'],
  identify: async ({ credentials, leftMs }): Promise<Answer<string>> => {
    const { environment, userName, codigoCanal, codigoCliente } = credentials;
    const token = await login(credentials, leftMs);
    if (token.kind === 'unsent') return unanswered(token, environment);
    const answer = await ask(credentials, { method: 'balance', aside: true }, leftMs);
    if (answer.kind === 'yes') return { kind: 'read', data: `${userName}:${codigoCanal}:${codigoCliente}` };
    if (answer.kind === 'no') return { kind: 'refused', message: answer.message };
    return unanswered(answer, environment);
  },
  keyOf: (operation, ids) => (operation === 'pix.create' ? String(ids.number) : ids.short),
  objectOf: (operation, input) => {
    if (operation.endsWith('.create')) return undefined;
    if (operation !== 'cards.authorize') return (input as Whole).ref;
    return buyerOf(input as Asked);
  },
  unfit: (operation, input) => {
    switch (operation) {
      case 'pix.create':
        return unfitCode(input as PixInput);
      case 'bankslip.create':
        return unfitSlip(input as BankslipInput);
      case 'cards.authorize':
        return unfitSale(input as Asked);
      default:
        return undefined;
    }
  },
  callbacks,
  statements,
  pix,
  bankslip,
  cards,
};

function unfitCode({ currency, amount, expireSeconds }: PixInput): string | undefined {
  if (open.pixAmount === 'unconfirmed') return 'the unit of its amounts is not confirmed';
  if (currency !== 'BRL') return 'only BRL';
  if (amount <= 0n || amount > mostMoney) return 'an amount that Pix cannot write';
  return expireSeconds >= 1 && expireSeconds <= mostSeconds ? undefined : 'an expiry that Pinbank cannot write';
}

function unfitSlip({ currency, amount, payer, fine, interest }: BankslipInput): string | undefined {
  if (currency !== 'BRL') return 'only BRL';
  if (amount <= 0n || amount > mostSlipMoney) return 'an amount that a bar code cannot write';
  const { street, neighborhood, city, state, zipCode } = payer?.address ?? {};
  const whole = [street, neighborhood, city].every((it) => it !== undefined && it.trim() !== '');
  if (!whole || !/^[A-Za-z]{2}$/.test(state ?? '') || !/^\d{5}-?\d{3}$/.test(zipCode ?? '')) {
    return 'a payer without an address';
  }
  if ((fine || interest) && open.surcharge === 'unconfirmed') return 'how it writes fines is not confirmed';
  return fine && 'amount' in fine ? 'a fine that is no rate' : undefined;
}

/** A plan knows less of a card than a call does: what is not told is not judged. */
type Asked = Partial<Omit<CardInput, 'card'>> & { readonly card?: Partial<CardInput['card']> };

/** One buyer's sales of one amount go one after another, so that one row of the statement can mean only one of them. */
const buyerOf = ({ payer, amount }: Asked): string =>
  createHash('sha256').update(`${payer?.taxId}:${amount}`).digest('base64url');

function unfitSale({ currency = 'BRL', type, amount, card, payer, installments = 1 }: Asked): string | undefined {
  if (currency !== 'BRL') return 'only BRL';
  if (type === 'debit') return 'credit alone';
  if (amount !== undefined && (amount <= 0n || amount > mostMoney)) return 'an amount that Pinbank cannot write';
  if (payer !== undefined && !/^\d{11}$/.test(payer.taxId ?? '')) return 'a buyer without a CPF';
  if (card?.holder !== undefined && holderOf(card.holder) === '') return 'a holder without a letter';
  return installments >= 1 && installments <= mostInstallments ? undefined : 'so many instalments';
}

export const pinbank = provider(it);
