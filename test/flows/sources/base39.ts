import type { Printed } from './printed.js';

const by = { clientId: 'client_identifier', externalClientId: 'string', app: 'backoffice' };

export const intents: readonly Printed[] = [
  {
    name: 'pay an intent',
    method: 'POST',
    path: '/v1/payment-intents/pi_5f92f01728e009f403d8502e/pay?fields=id,createdAt',
    body: { amount: 100, metadata: {} },
    answer: {
      id: 'pi_5f92f01728e009f403d8502e',
      invoice: 'inv_631a1f531a40784a4b0df5ed',
      status: 'open',
      amount: 0,
      paymentDetails: { paidAt: '2024-07-29', amountPaid: 0, metadata: {} },
      expireAt: '2024-07-29',
      method: 'boleto',
      metadata: {},
      createdAt: '2023-08-25T22:38:41.134Z',
      updatedAt: '2023-08-25T22:38:41.134Z',
      createdBy: by,
      updatedBy: by,
    },
  },
];
