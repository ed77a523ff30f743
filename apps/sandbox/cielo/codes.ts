/** Codes of the provider's error table that can come up here, with its words. */
export const messages = {
  101: 'MerchantId is required',
  102: 'Payment Type is required',
  103: 'Payment Type can only contain letters',
  104: 'Customer Identity is required',
  105: 'Customer Name is required',
  107: 'OrderId is invalid or does not exists',
  108: 'Amount must be greater or equal to zero',
  110: 'Invalid Payment Currency',
  112: 'Invalid Payment Country',
  114: 'The provided MerchantId is not in correct format',
  115: 'The provided MerchantId was not found',
  117: 'Credit Card Holder is required',
  119: 'At least one Payment is required',
  122: 'MerchantOrderId is required',
  123: 'Installments must be greater or equal to one',
  124: 'Credit Card is Required',
  125: 'Credit Card Expiration Date is required',
  126: 'Credit Card Expiration Date is invalid',
  127: 'You must provide CreditCard Number',
  128: 'Card Number length exceeded',
  131: 'MerchantKey is required',
  132: 'MerchantKey is invalid',
  133: 'Provider is not supported for this Payment Type',
  146: 'SecurityCode length exceeded',
  155: 'Customer Name length exceeded',
  156: 'Customer Identity length exceeded',
  157: 'Customer IdentityType length exceeded',
  158: 'Customer Email length exceeded',
  161: 'Boleto Instructions length exceeded',
  162: 'Boleto Demostrative length exceeded',
  163: 'Return Url is required',
  173: 'Payment method is not enabled',
  180: 'The provided Card PaymentToken was not found',
  182: 'Brand is required',
  184: 'Request could not be empty',
  185: 'Brand is not supported by selected provider',
  186: 'The selected provider does not support the options provided (Capture, Authenticate, Recurrent or Installments)',
  197: 'Street is required',
  198: 'Number is required',
  199: 'ZipCode is required',
  200: 'City is required',
  201: 'State is required',
  202: 'District is required',
  213: 'Credit Card Number is invalid',
  214: 'Credit Card Holder Must Have Only Letters',
  302: 'Sent MerchantOrderId is duplicated',
  307: 'Transaction not found',
  308: 'Transaction not available to capture',
  309: 'Transaction not available to void',
  312: 'Transaction not available to refund',
} as const;
export type Code = keyof typeof messages;

interface Fate {
  readonly status: 1 | 3 | 0;
  readonly code: string;
  readonly message: string;
}
const good: Fate = { status: 1, code: '4', message: 'Operation Successful' };
const unfinished: Fate = { status: 0, code: '99', message: 'Time Out' };
const denied = (code: string, message: string): Fate => ({ status: 3, code, message });

/** What the issuer says of a card, by the last digit of its number; 9 has no word of its own. */
const fates: readonly (Fate | undefined)[] = [
  good,
  good,
  denied('05', 'Not Authorized'),
  denied('57', 'Card Expired'),
  good,
  denied('78', 'Blocked Card'),
  unfinished,
  denied('77', 'Card Canceled'),
  denied('70', 'Problems with Creditcard'),
];
/** The one whose digit is 9 is authorised twice, and then not finished: that was seen, and the pages say at random. */
export const fateOf = (lastDigit: number, uses: number): Fate =>
  fates[lastDigit] ?? (uses % 3 === 2 ? unfinished : good);

/** A capture done, at once or later. */
export const captured = { returnCode: '6', returnMessage: 'Operation Successful' } as const;
/** The payer's bank did not know him again. */
export const unauthenticated = denied('05', 'Not Authorized');

/** Why a void was answered and not done. */
export const undone = {
  pending: { code: '223', message: 'Cancellation in progress' },
  overValue: { code: '102', message: 'Invalid amount to cancel' },
  outOfTime: { code: '101', message: 'Cancellation period exceeded' },
  noBalance: { code: '43', message: 'Insufficient balance to cancel' },
  disputed: { code: '130', message: 'Transaction with chargeback' },
  busy: { code: '475', message: 'Try again later' },
} as const;
