import { card, debit, order } from './cielo.client.js';

const long = 'x'.repeat(256);

/** A payer who can be given a slip, or a code. */
export const payer = {
  Name: 'Ana',
  Identity: '52998224725',
  IdentityType: 'CPF',
  Address: { Street: 'Rua A', Number: '1', ZipCode: '01001000', District: 'Centro', City: 'São Paulo', State: 'SP' },
};
const issued = (Payment: object, Customer: object = payer, MerchantOrderId = 'a'): object => ({
  MerchantOrderId,
  Customer,
  Payment: { Amount: 1000, ...Payment },
});
const pix = (over: object = {}): object => ({ Type: 'Pix', ...over });
const newer = (over: object = {}): object => ({ Type: 'Pix', Provider: 'Cielo2', ...over });
const boleto = (over: object = {}): object => ({ Type: 'Boleto', Provider: 'Bradesco2', ...over });
const at = (over: object): object => ({ ...payer, Address: { ...payer.Address, ...over } });

/** The same of codes and slips. */
export const refusedIssues: readonly (readonly [what: string, body: unknown, codes: readonly number[]])[] = [
  ['a code for nobody', issued(pix(), {}), [105, 104, 157]],
  ['a code for no amount', issued(pix({ Amount: 0 })), [108]],
  ['a code in dollars', issued(pix({ Currency: 'USD', Country: 'USA' })), [110, 112]],
  ['a code of another provider', issued(pix({ Provider: 'Simulado' })), [133]],
  ['a code of the older contract that is to be good for an hour', issued(pix({ QrCode: { Expiration: 3600 } })), [186]],
  ['a code that is good for no time', issued(newer({ QrCode: { Expiration: 0 } })), [186]],
  ['a code that is good for more than a day', issued(newer({ QrCode: { Expiration: 86_401 } })), [186]],
  ['a code of a long order', issued(newer(), payer, 'a'.repeat(26)), [107]],
  ['a slip for nobody', issued(boleto(), { Address: payer.Address }), [105, 104]],
  ['a slip without an address', issued(boleto(), { ...payer, Address: undefined }), [197, 198, 199, 200, 201, 202]],
  ['a slip without a street', issued(boleto(), at({ Street: '' })), [197]],
  ['a slip without a district', issued(boleto(), at({ District: undefined })), [202]],
  ['a slip of no bank', issued(boleto({ Provider: undefined })), [133]],
  ['a slip of another bank', issued(boleto({ Provider: 'Cielo2' })), [133]],
  ['a slip of a long order', issued(boleto(), payer, 'a'.repeat(28)), [107]],
  ['a slip whose number is long', issued(boleto({ BoletoNumber: '1'.repeat(12) })), [186]],
  [
    'a slip of the other bank whose number is long',
    issued(boleto({ Provider: 'BancoDoBrasil2', BoletoNumber: '1'.repeat(10) })),
    [186],
  ],
  ['a slip of a day that there is not', issued(boleto({ ExpirationDate: '2030-02-30' })), [186]],
  ['a slip of a day that is over', issued(boleto({ ExpirationDate: '2020-01-01' })), [186]],
  [
    'a slip with too many words',
    issued(boleto({ Instructions: 'x'.repeat(451), Demonstrative: 'x'.repeat(451) })),
    [161, 162],
  ],
];

/** Sales that the provider's pages say it refuses, and the codes it refuses them with. */
export const refusedSales: readonly (readonly [what: string, body: unknown, codes: readonly number[]])[] = [
  ['nothing', '', [184]],
  ['no JSON', '{', [184]],
  ['a list', [], [184]],
  ['no order', { ...order(1), MerchantOrderId: undefined }, [122]],
  ['an order of other letters', order(1, {}, 'a-b'), [107]],
  ['an order of 51', order(1, {}, 'a'.repeat(51)), [107]],
  ['no payment', { MerchantOrderId: 'a' }, [119]],
  ['no type', order(1, { Type: undefined }), [102]],
  ['a type of digits', order(1, { Type: 'C4' }), [103]],
  ['another type', order(1, { Type: 'Voucher' }), [173]],
  ['no amount', order(1, { Amount: undefined }), [108]],
  ['an amount of 0', order(1, { Amount: 0 }), [108]],
  ['less than nothing', order(1, { Amount: -1 }), [108]],
  ['a half cent', order(1, { Amount: 10.5 }), [108]],
  ['sixteen digits', order(1, { Amount: 1_000_000_000_000_000 }), [108]],
  ['no instalments', order(1, { Installments: 0 }), [123]],
  ['too many instalments', order(1, { Installments: 13 }), [186]],
  ['another interest', order(1, { Interest: 'ByMe' }), [186]],
  ['another currency', order(1, { Currency: 'USD' }), [110]],
  ['another country', order(1, { Country: 'USA' }), [112]],
  ['a descriptor of 14', order(1, { SoftDescriptor: 'x'.repeat(14) }), [186]],
  ['a descriptor with an accent', order(1, { SoftDescriptor: 'PÃO' }), [186]],
  ['no card', order(1, { CreditCard: undefined }), [124]],
  ['a token', order(1, { CreditCard: { CardToken: '6f8d1753-86bb-4dc0-9ebb-09a29093e1fb' } }), [180]],
  ['no number', order(1, { CreditCard: card(1, { CardNumber: '' }) }), [127]],
  ['a number of 20', order(1, { CreditCard: card(1, { CardNumber: '4'.repeat(20) }) }), [128]],
  ['a number that is none', order(1, { CreditCard: card(1, { CardNumber: '4024007153760012' }) }), [213]],
  ['no holder', order(1, { CreditCard: card(1, { Holder: undefined }) }), [117]],
  ['a holder of digits', order(1, { CreditCard: card(1, { Holder: 'ANA 2' }) }), [214]],
  ['no date', order(1, { CreditCard: card(1, { ExpirationDate: undefined }) }), [125]],
  ['month 13', order(1, { CreditCard: card(1, { ExpirationDate: '13/2030' }) }), [126]],
  ['a short year', order(1, { CreditCard: card(1, { ExpirationDate: '12/30' }) }), [126]],
  ['a code of five', order(1, { CreditCard: card(1, { SecurityCode: '12345' }) }), [146]],
  ['no brand', order(1, { CreditCard: card(1, { Brand: '' }) }), [182]],
  ['another brand', order(1, { CreditCard: card(1, { Brand: 'Acme' }) }), [185]],
  ['a long name', { ...order(1), Customer: { Name: long, Identity: long, Email: long } }, [155, 156, 158]],
  ['debit of nobody', order(1, debit(1, { Authenticate: false })), [186]],
  ['debit without a way back', order(1, debit(1, { ReturnUrl: undefined })), [163]],
];
