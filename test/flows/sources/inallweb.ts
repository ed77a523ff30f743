import type { Printed } from './printed.js';

const status = {
  account_id: null,
  status: 'string',
  charges_enabled: true,
  payouts_enabled: true,
  requirements_due: ['...'],
};

export const payments: readonly Printed[] = [
  { name: 'the connected account', method: 'GET', path: '/api/payments/connect/status', answer: status },
  {
    name: 'connect an account',
    method: 'POST',
    path: '/api/payments/connect/onboard',
    body: {
      business_name: 'string',
      first_name: 'string',
      last_name: 'string',
      email: 'string',
      phone: null,
      dob: 'string',
      address: 'string',
      city: 'string',
      postal_code: 'string',
      nif: 'string',
      iban: 'string',
      tos_accepted: true,
    },
    replaced: [
      { field: 'email', code: 'invalid', by: 'foo@bar.com' },
      { field: 'dob', code: 'invalid', by: '1990-01-01' },
      { field: 'postal_code', code: 'invalid', by: '1000-001' },
      { field: 'nif', code: 'invalid', by: '123456789' },
      { field: 'iban', code: 'invalid', by: 'PT50000201231234567890154' },
    ],
    answer: status,
  },
  { name: "the provider's page", method: 'GET', path: '/api/payments/connect/dashboard', answer: {} },
  { name: 'pay out', method: 'POST', path: '/api/payments/connect/payout?amount=1000', answer: {} },
  {
    name: 'begin a payment',
    method: 'POST',
    path: '/api/payments/create-intent',
    body: { order_id: 0 },
    replaced: [{ field: 'order_id', code: 'out_of_range' }],
    answer: {
      payment_intent_id: 'string',
      client_secret: 'string',
      amount_cents: 0,
      currency: 'string',
      platform_fee_cents: 0,
    },
  },
  {
    name: 'give back',
    method: 'POST',
    path: '/api/payments/refund',
    body: { order_id: 0, amount_cents: null, reason: null },
    replaced: [{ field: 'order_id', code: 'out_of_range' }],
    answer: {},
  },
];
