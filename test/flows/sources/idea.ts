import type { Printed } from './printed.js';

// The printed file is a picture of some kilobytes; the smallest PNG says the same.
const file = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const address = {
  street: 'Rua do Alecrim',
  number: 'S/N',
  country: 'BR',
  state: 'SP',
  zipCode: 45002100,
  city: 'São Paulo',
  complement: 'string',
  neighborhood: 'Jardim São Paulo',
};
const customer = {
  name: 'FULANO DE TAL',
  email: 'foo@bar.com',
  phoneNumber: 11123451234,
  birthdate: '1990-01-01',
  address,
};
const cardPayer = {
  name: 'FULANO DE TAL',
  documentNumber: '12345678901',
  email: 'foo@bar.com',
  phoneNumber: 11123451234,
  birthdate: '1990-01-01',
  customerSince: '2022-03-20T08:37:40.000Z',
  address,
};
const card = {
  cvv: '123',
  number: '1234567812345678',
  holder: 'FULANO DE TAL',
  expirationDate: '12/2022',
  brand: 'mastercard',
  token: 'c5a5929b-b967-4782-a9db-93af6334ee95',
};
const cardRefused: NonNullable<Printed['replaced']> = [
  { field: 'customer.documentNumber', code: 'invalid', by: '12345678909' },
  { field: 'card.number', code: 'invalid', by: '5555555555554444' },
  { field: 'card.expirationDate', code: 'invalid', by: '12/2099' },
  { field: 'card.token', code: 'unknown' },
];
const returnRefused: NonNullable<Printed['replaced']> = [
  { field: 'returnUrl', code: 'invalid', by: 'https://loja.example/volta' },
];
const cardMetadata = {
  paymentId: 'aa205f8b-2b1d-4a02-875f-a19fbb14325c',
  returnCode: '6',
  returnMessage: 'Operation Successful',
  autorizationCode: '175766',
};
const cardCharge = {
  id: '497f6eca-6276-4993-bfeb-53cbbbba6f08',
  amount: 1000,
  status: 'paid',
  provider: 'cielo',
  customer,
  refundedDate: '2019-08-24T14:15:22Z',
  refundedAmount: 500,
  capturedDate: '2019-08-24T14:15:22Z',
  metadata: cardMetadata,
};
const cardMade = {
  id: '497f6eca-6276-4993-bfeb-53cbbbba6f08',
  amount: 1000,
  status: 'paid',
  provider: 'cielo',
  customer,
  capturedDate: '2019-08-24T14:15:22Z',
  metadata: cardMetadata,
};

const account = {
  account: {
    bankCode: '093',
    agency: '0001',
    accountDigit: '0',
    accountNumber: '138338',
    holderName: 'Foo Bar',
  },
  status: 'doc_pending',
  docs: [{ id: 848172, type: 'cpf', status: 'pending' }],
};

export const accounts: readonly Printed[] = [
  {
    name: 'open a digital account',
    method: 'POST',
    path: '/accounts',
    body: {
      name: 'Foo Bar',
      gender: 'M',
      birthDate: '2019-08-24',
      email: 'foo@bar.com',
      password: 12345678,
      cpf: 45576360044,
      rg: { number: 36864316, emitter: 'SSP', emitDate: '2019-08-24' },
      address: {
        zipcode: 5999,
        street: 'Av. São Paulo',
        number: 1,
        state: 'SP',
        city: 'São Paulo',
        neighborhood: 'Vila Olímpia',
        complement: 'string',
      },
      phone: { ddd: 11, number: 989691336 },
      documents: [{ type: 'cpf', fileFormat: 'image/png', file }],
    },
    answer: { ...account, account: { ...account.account, password: 12345678 } },
  },
  { name: 'find an account', method: 'GET', path: '/accounts?q=45576360044&type=cpf', answer: account },
  {
    name: 'send a document again',
    method: 'PUT',
    path: '/accounts/138338/documents/848172',
    body: { type: 'cpf', fileFormat: 'image/png', file },
    answer: { id: 848192, type: 'cpf' },
  },
  {
    name: 'transfer between accounts',
    method: 'POST',
    path: '/accounts/138338/transfers',
    body: { amount: 100, holderCpf: '76430473910', authToken: '007431a5-f913-4a19-8dd6-9350bb7229f6' },
    replaced: [{ field: 'authToken', code: 'invalid' }],
  },
];

const moneyEvent = {
  id: 'b913dda7-f6d6-45b3-b687-102b05a3e106',
  customCode: 'order123',
  amount: 100,
  amountPaid: 100,
  qrCode:
    '00020126580014br.gov.bcb.pix01366b4baa8d-f70f-43cf-8593-631c34fff657520400005303986540510.00' +
    '5802BR5907TYESTE26007SO PAUA62270523000000001000000000004376304A67C',
  paidAt: '2021-01-27T11:22:40.000Z',
  status: 'paid',
};

/** Slips: what runs. */
export const slips = {
  create: {
    name: 'make a bankslip',
    method: 'POST',
    path: '/bankslip',
    body: {
      amount: '1000',
      dueDate: '2020-12-05',
      payerData: { name: 'Foo Bar', documentNumber: '01234567899', phoneNumber: '74988570796' },
      customCode: 'order123',
      instructions: 'Após o pagamento, consulte seu saldo no aplicativo',
    },
    replaced: [
      { field: 'dueDate', code: 'out_of_range', by: '2035-12-05' },
      { field: 'payerData.documentNumber', code: 'invalid', by: '01234567890' },
    ],
    answer: {
      id: '8a9d35b5-33d9-4a94-b580-218ab4188fe8',
      amount: 1000,
      digitableLine: '34191.09008 10856.080394 30277.840002 2 83390000001000',
      dueDate: '2019-08-24T14:15:22Z',
      status: 'pending',
    },
    event: { type: 'bankslip', createdAt: '2021-01-27T14:43:37.706Z', data: { bankslip: moneyEvent } },
    served: true,
  },
  pdf: { name: 'the bankslip as a PDF', method: 'GET', path: '/bankslip/{id}/pdf', served: true },
} as const satisfies Readonly<Record<string, Printed>>;

export const bankslips: readonly Printed[] = [
  {
    name: "payments of others' bankslips by code",
    method: 'GET',
    path: '/bankslip/payments?customCode=codigo-personalizado',
    answer: [
      {
        id: '497f6eca-6276-4993-bfeb-53cbbbba6f08',
        amount: 100,
        status: 'pending',
        provider: 'gerencianet',
        metadata: { paymentId: '472e651e-5a1e-424d-8098-23858bf03ad7' },
        createdAt: '2019-08-24T14:15:22Z',
      },
    ],
  },
  {
    name: "a payment of someone else's bankslip",
    method: 'GET',
    path: '/bankslip/payments/497f6eca-6276-4993-bfeb-53cbbbba6f08',
    answer: {
      id: '497f6eca-6276-4993-bfeb-53cbbbba6f08',
      amount: 100,
      status: 'pending',
      provider: 'gerencianet',
      metadata: { paymentId: '472e651e-5a1e-424d-8098-23858bf03ad7' },
      createdAt: '2019-08-24T14:15:22Z',
    },
  },
  {
    name: "pay someone else's bankslip",
    method: 'POST',
    path: '/bankslip/payments',
    body: { amount: 1000, barcode: '0000000000000000000000000000000000', customCode: 'codigo-personalizado' },
    replaced: [{ field: 'barcode', code: 'invalid' }],
    answer: { id: '497f6eca-6276-4993-bfeb-53cbbbba6f08', amount: 1000, status: 'pending' },
  },
];

const qrCode =
  '00020126580014br.gov.bcb.pix01366b4baa8d-f70f-43cf-8593-631c34fff65752040000530398654045.00' +
  '5802BR5907TYESTE26007SO PAUA62270523000000000500000000002706304D0D9';
const pix = {
  id: 'ae64fd9e-33f7-4ad0-950e-88ff394a01c9',
  amount: 1000,
  status: 'pending',
  provider: 'gerencianet',
  customer: { name: 'Foo Bar', documentNumber: 1245678900 },
  metadata: { paymentId: 'fd285690599c4e2bb74f8d78755d1466', nsu: 'string', qrCode, customCode: 1234 },
  createdAt: '2019-08-24T14:15:22Z',
};

/** Dynamic Pix: what runs. */
export const dynamic = {
  create: {
    name: 'make a Pix',
    method: 'POST',
    path: '/pix',
    body: {
      amount: '1000',
      customCode: 'order123',
      customer,
      instructions: 'Após o pagamento, consulte seu titulo 1 no app.',
      paymentId: '00000hipercapmogi121640000300221295',
      expire: 3600,
    },
    answer: { id: 'ae64fd9e-33f7-4ad0-950e-88ff394a01c9', amount: 1000, qrCode, status: 'pending', gatewayId: '4' },
    event: { type: 'pix', createdAt: '2021-01-27T14:43:37.706Z', data: { pix: moneyEvent } },
    served: true,
  },
  byCode: { name: 'Pix by code', method: 'GET', path: '/pix?customCode=order123', answer: [pix], served: true },
  one: { name: 'a Pix', method: 'GET', path: '/pix/{id}', answer: pix, served: true },
  refund: {
    name: 'give a Pix back',
    method: 'POST',
    path: '/pix/{id}/refund',
    body: { amount: '1000' },
    answer: {
      id: 'b913dda7-f6d6-45b3-b687-102b05a3e106',
      amount: 100,
      status: 'string',
      provider: 'gerencianet',
      customer: {
        name: 'Fulano de tal',
        address: { number: 'S/N', zipCode: 45002100, street: 'Rua do Alecrim' },
      },
      capturedDate: '2021-01-27T14:43:37.706Z',
      metadata: { customCode: 'my-custom-code', paymentId: 56334178649 },
      createdAt: '2021-01-27T14:43:37.706Z',
    },
    served: true,
  },
  transaction: {
    name: 'a transaction',
    method: 'GET',
    path: '/transactions/{id}',
    // It is printed of a bankslip, whose `metadata` has keys of its own.
    answer: {
      id: 'ae64fd9e-33f7-4ad0-950e-88ff394a01c9',
      customCode: 'order123',
      amount: 1000,
      amountPaid: 1000,
      status: 'paid',
      createdAt: '2019-08-24T14:15:22Z',
      paidAt: '2019-08-24T14:15:22Z',
      provider: 'pinbank',
      type: 'bankslip',
      customer,
      metadata: {
        dueDate: '2019-08-24T14:15:22Z',
        referenceCode: '09/00001483936-7',
        digitableLine: '09390.00105 90000.148636 09000.000100 6 83610000001000',
      },
    },
    served: true,
  },
} as const satisfies Readonly<Record<string, Printed>>;

const fixedCode =
  '00020101021126360014BR.GOV.BCB.PIX01141379439900017152040000530398654040.01' +
  '5802BR5925Idea Maker Meios de Pagam6015Santana de Parn62290525RTSiOsXnFBWKCMlmkA2EdjqIe63041DBB';

/** The rest of Pix: what runs. */
export const codes = {
  infra: {
    name: 'make a static Pix (infra)',
    method: 'POST',
    path: '/pix/static/infra',
    body: {
      amount: '1000',
      customCode: 'order123',
      receiverName: 'Idea Maker Solution',
      receiverCity: 'Sao Paulo',
      instructions: 'Após o pagamento, consulte seu saldo no aplicativo',
    },
    answer: { id: 'RTSiOsXnFBWKCMlmkA2EdjqIe', qrCode: fixedCode },
    served: true,
  },
  create: {
    name: 'make a static Pix',
    method: 'POST',
    path: '/pix/static',
    body: {
      amount: '1000',
      customCode: 'order123',
      instructions: 'Após o pagamento, consulte seu saldo no aplicativo',
    },
    answer: { id: 'RTSiOsXnFBWKCMlmkA2EdjqIe', qrCode: fixedCode },
    served: true,
  },
  cancel: {
    name: 'cancel many',
    method: 'POST',
    path: '/pix/cancel',
    body: { customCodes: ['order123', 'order456'] },
    served: true,
  },
  enable: {
    name: 'use a static Pix again',
    method: 'POST',
    path: '/pix/static/{id}/enable',
    body: { customCode: 'order123' },
    answer: { id: 'RTSiOsXnFBWKCMlmkA2EdjqIe', amount: '1000', status: 'pending', qrCode: fixedCode },
    served: true,
  },
  annotate: {
    name: 'note something on a Pix',
    method: 'PATCH',
    path: '/pix/{id}/metadata',
    body: { customCode: 'order123' },
    answer: {
      id: 'RTSiOsXnFBWKCMlmkA2EdjqIe',
      amount: '1000',
      status: 'pending',
      provider: 'gerencianet',
      customer: pix.customer,
      metadata: { ...pix.metadata, nsu: 'fd285690599c4e2bb74f8d78755d1466' },
    },
    served: true,
  },
} as const satisfies Readonly<Record<string, Printed>>;

export const pixes: readonly Printed[] = [
  {
    name: 'link a Pix to a split',
    method: 'POST',
    path: '/splits/8a9d35b5-33d9-4a94-b580-218ab4188fe8/pix',
    body: { customCode: 'order123' },
  },
  {
    name: 'send money by Pix',
    method: 'POST',
    path: '/pix/payout',
    body: {
      amount: '1000',
      favored: { pixKey: 'd2d3e39b-1a14-4650-9524-3c0eb8042aba', pixType: 'chaveAleatoria' },
      customCode: 'codigo-personalizado',
    },
    answer: { id: '497f6eca-6276-4993-bfeb-53cbbbba6f08', amount: 1000, status: 'pending' },
  },
];

const onCard = <K extends 'credit' | 'debit'>(kind: K, type: string, over: { body: object; answer: object }) =>
  ({
    create: {
      name: `charge a ${kind} card`,
      method: 'POST',
      path: `/${kind}-card`,
      body: { amount: '1000', customCode: 'my-code', isGift: false, customer: cardPayer, card, ...over.body },
      replaced: [...cardRefused, ...returnRefused.filter(() => kind === 'debit')],
      answer: { ...cardMade, ...over.answer },
      served: true,
    },
    byCode: {
      name: `${kind} card charges by code`,
      method: 'GET',
      path: `/${kind}-card?customCode=my-code`,
      answer: [{ ...cardCharge, createdAt: '2019-08-24T14:15:22Z' }],
      served: true,
    },
    one: { name: `a ${kind} card charge`, method: 'GET', path: `/${kind}-card/{id}`, answer: cardCharge, served: true },
    refund: {
      name: `give a ${kind} card charge back`,
      method: 'POST',
      path: `/${kind}-card/{id}/refund`,
      body: { amount: 500 },
      answer: { ...cardCharge, status: kind === 'credit' ? 'refund_requested' : 'refunded' },
      event: { type, createdAt: '2019-08-24T14:15:22Z', data: { [type]: cardCharge } },
      served: true,
    },
  }) as const satisfies Readonly<Record<string, Printed>>;

/** Cards: what runs. */
export const credit = onCard('credit', 'creditCard', { body: { softDescriptor: 'my-code' }, answer: {} });
export const debit = onCard('debit', 'debitCard', {
  body: { returnUrl: 'string' },
  answer: { redirectUrl: 'string' },
});
