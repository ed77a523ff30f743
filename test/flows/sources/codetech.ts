import type { Printed } from './printed.js';

const installments = [
  { number: 1, total: 1000 },
  { number: 2, total: 1000 },
  { number: 3, total: 1000 },
];
const at = '2023-11-08T16:54:31Z';
const customer = {
  created_at: at,
  delinquent: false,
  id: 'cus_GvMY2zgS7c9xYOXD',
  name: 'Cliente Teste',
  phones: {},
  updated_at: at,
};

export const links: readonly Printed[] = [
  {
    name: 'make a payment link',
    method: 'POST',
    path: '/v2/api/payment_links/orders',
    body: {
      account_id: 'e8f5-487c-b8e0-7b4929bee5db',
      items: [{ amount: 3000, description: 'Teste de Link de pagamento.', quantity: 1 }],
      customer: { name: 'Cliente' },
      closed: true,
      payments: [
        {
          amount: 3000,
          payment_method: 'checkout',
          checkout: {
            expires_in: 10080,
            skip_checkout_success_page: true,
            billing_address_editable: false,
            customer_editable: true,
            accepted_payment_methods: ['credit_card'],
            accepted_multi_payment_methods: [],
            success_url: 'https://sandbox.codetech.one/v2/api/sucesso',
            credit_card: { capture: true, installments },
          },
        },
      ],
    },
    answer: {
      amount: 3000,
      checkouts: [
        {
          accepted_multi_payment_methods: [],
          accepted_payment_methods: ['credit_card'],
          amount: 3000,
          billing_address: {},
          billing_address_editable: true,
          created_at: at,
          credit_card: { authentication: { threed_secure: {}, type: 'none' }, capture: true, installments },
          currency: 'BRL',
          customer,
          customer_editable: true,
          expires_at: '2023-11-15T16:54:31Z',
          id: 'chk_wM3RX3qceulyY6W9',
          metadata: {},
          payment_url: 'https://urlPersonalizada.com/checkout/v1/orders/chk_wM3RX3qceulyY6W9',
          required_fields: ['customer.email', 'customer.document', 'customer.mobile_phone', 'customer.name'],
          shippable: false,
          skip_checkout_success_page: true,
          status: 'open',
          success_url: 'https://sandbox.codetech.one/v2/api/sucesso',
          updated_at: at,
        },
      ],
      closed: false,
      code: '8N5YAPFG2O',
      created_at: at,
      currency: 'BRL',
      customer: { ...customer, name: 'Bruno M R' },
      id: 'or_ALbmn7RhjAfyzdW7',
      items: [
        {
          amount: 3000,
          created_at: at,
          description: 'Teste de Link de pagamento.',
          id: 'oi_x05Y7aPBipcLobae',
          quantity: 1,
          status: 'active',
          type: 'product',
          updated_at: at,
        },
      ],
      session_id: '866e-419e-9d8e-ca1801dca662',
      status: 'pending',
      updated_at: at,
    },
  },
];
