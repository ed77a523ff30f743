import type { Method } from '@libs/charges/methods.js';
import type { CardData } from '@libs/providers/contract/inputs.js';
import { cardOf, type CardType } from './cards.entity.js';

/** What a card adds to a charge; credit and debit differ in what can be done with them, not in what they show. */
export const cardMethod = (type: CardType): Method => ({
  type,
  missing: 'Transação não encontrada.',
  money: type,
  change: type,
  refunds: 'cards.refund',
  cancels: 'cards.void',
  fill(charge, data, { ref, receipt }) {
    const card = cardOf(charge);
    const { redirectUrl, authorization, returnCode, returnMessage } = data as Partial<CardData>;
    card.paymentId ??= ref ?? null;
    card.nsu ??= receipt ?? null;
    card.redirectUrl ??= redirectUrl ?? null;
    card.authorizationCode ??= authorization ?? null;
    card.returnCode = returnCode ?? card.returnCode ?? null;
    card.returnMessage = returnMessage ?? card.returnMessage ?? null;
  },
  installments: (charge) => cardOf(charge).installments,
  lapses: (charge) => cardOf(charge).captureBy ?? undefined,
  waits: (charge) => !!cardOf(charge).redirectUrl,
  closes: () => type === 'creditCard', // the page of a bank closes by itself
  view(charge) {
    const { isGift, installments, softDescriptor, redirectUrl } = cardOf(charge);
    return { isGift, installments, softDescriptor: softDescriptor ?? null, redirectUrl: redirectUrl ?? null };
  },
  metadata(charge) {
    const { paymentId, authorizationCode, nsu } = cardOf(charge);
    return { paymentId, autorizationCode: authorizationCode, nsu }; // spelt as the source does
  },
});
