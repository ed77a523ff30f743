import { misprinted } from './refusal.js';

/** What a card does when it is used. The published test cards do something; any other card pays. */
export interface Conduct {
  readonly decline?: Decline;
  readonly authentication?: 'required' | 'supported';
  readonly refund?: 'pending' | 'fails';
  readonly dispute?: 'fraudulent' | 'product_not_received' | 'inquiry';
  readonly cvcFails?: true;
}

/** Why an issuer says no: the code, the reason, the words. */
export const declines = {
  generic_decline: ['card_declined', 'generic_decline', 'Your card was declined.'],
  insufficient_funds: ['card_declined', 'insufficient_funds', 'Your card has insufficient funds.'],
  lost_card: ['card_declined', 'lost_card', 'Your card was declined.'],
  stolen_card: ['card_declined', 'stolen_card', 'Your card was declined.'],
  fraudulent: ['card_declined', 'fraudulent', 'Your card was declined.'],
  card_velocity_exceeded: ['card_declined', 'card_velocity_exceeded', 'Your card was declined.'],
  card_not_supported: ['card_declined', 'card_not_supported', 'Your card is not supported.'],
  expired_card: ['expired_card', 'expired_card', 'Your card has expired.'],
  incorrect_cvc: ['incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."],
  processing_error: ['processing_error', 'processing_error', 'An error occurred while processing your card.'],
  authentication_required: [
    'authentication_required',
    'authentication_required',
    'Your card was declined. This transaction requires authentication.',
  ],
} as const satisfies Readonly<Record<string, readonly [code: string, declineCode: string, message: string]>>;
export type Decline = keyof typeof declines;

/** Published test numbers, the name of the payment method that stands for each, and what it does. */
const published: readonly (readonly [number: string, name: string, conduct: Conduct])[] = [
  ['4242424242424242', 'visa', {}],
  ['4000056655665556', 'visa_debit', {}],
  ['5555555555554444', 'mastercard', {}],
  ['5200828282828210', 'mastercard_debit', {}],
  ['5105105105105100', 'mastercard_prepaid', {}],
  ['378282246310005', 'amex', {}],
  ['6011111111111117', 'discover', {}],
  ['3056930009020004', 'diners', {}],
  ['3566002020360505', 'jcb', {}],
  ['6200000000000005', 'unionpay', {}],
  ['4000000760000002', 'br', {}],
  ['4000006200000007', 'pt', {}],
  ['4000000000000077', 'bypassPending', {}],
  ['4000000000000002', 'chargeDeclined', { decline: 'generic_decline' }],
  ['4000000000000341', 'chargeCustomerFail', { decline: 'generic_decline' }],
  ['4000000000009995', 'chargeDeclinedInsufficientFunds', { decline: 'insufficient_funds' }],
  ['4000000000009987', 'chargeDeclinedLostCard', { decline: 'lost_card' }],
  ['4000000000009979', 'chargeDeclinedStolenCard', { decline: 'stolen_card' }],
  ['4000000000000069', 'chargeDeclinedExpiredCard', { decline: 'expired_card' }],
  ['4000000000000127', 'chargeDeclinedIncorrectCvc', { decline: 'incorrect_cvc' }],
  ['4000000000000119', 'chargeDeclinedProcessingError', { decline: 'processing_error' }],
  ['4000000000006975', 'chargeDeclinedVelocityLimitExceeded', { decline: 'card_velocity_exceeded' }],
  ['4100000000000019', 'radarBlock', { decline: 'fraudulent' }],
  ['4000000000000101', 'cvcCheckFail', { cvcFails: true }],
  ['4000002500003155', 'authenticationRequiredOnSetup', { authentication: 'required' }],
  ['4000002760003184', 'authenticationRequired', { authentication: 'required' }],
  ['4000000000003220', 'threeDSecure2Required', { authentication: 'required' }],
  ['4000000000003055', 'threeDSecureOptional', { authentication: 'supported' }],
  [
    '4000008400001629',
    'threeDSecureRequiredChargeDeclined',
    { authentication: 'required', decline: 'generic_decline' },
  ],
  [
    '4000008260003178',
    'authenticationRequiredChargeDeclinedInsufficientFunds',
    { authentication: 'required', decline: 'insufficient_funds' },
  ],
  ['4000000000000259', 'createDispute', { dispute: 'fraudulent' }],
  ['4000000000002685', 'createDisputeProductNotReceived', { dispute: 'product_not_received' }],
  ['4000000000001976', 'createDisputeInquiry', { dispute: 'inquiry' }],
  ['4000000000007726', 'pendingRefund', { refund: 'pending' }],
  ['4000000000005126', 'refundFail', { refund: 'fails' }],
];
const byNumber = new Map(published.map(([number, name]) => [number, name]));
const byName = new Map(published.map(([number, name, conduct]) => [name, { number, conduct }]));

/** What is kept of a card: enough to know it again, not enough to pay with it. */
export interface Card {
  readonly brand: string;
  readonly funding: 'credit' | 'debit' | 'prepaid';
  readonly country: string;
  readonly first6: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly withCvc: boolean;
  readonly published: string; // the name among the test cards; empty for any other
}
export const conductOf = (card: Card): Conduct => byName.get(card.published)?.conduct ?? {};

const brands: readonly (readonly [brand: string, shape: RegExp])[] = [
  ['visa', /^4/],
  ['mastercard', /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/],
  ['amex', /^3[47]/],
  ['diners', /^3(0[0-5]|[689])/],
  ['discover', /^6(011|4[4-9]|5)/],
  ['jcb', /^35/],
  ['unionpay', /^62/],
];

function luhn(number: string): boolean {
  const total = [...number].toReversed().reduce((sum, digit, at) => {
    const value = (digit.charCodeAt(0) - 48) * (at % 2 === 1 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
  return total % 10 === 0;
}

/** A card as it was sent: digits, a month, a year of two or four digits, perhaps its code. */
export interface Printed {
  readonly number: string;
  readonly expMonth: bigint;
  readonly expYear: bigint;
  readonly cvc?: string;
}

/** Reads a card against the month it is now. Throws the refusal of what no card has. */
export function card(printed: Printed, today: Date): Card {
  const number = printed.number.replaceAll(/[ -]/g, '');
  if (!/^\d{12,19}$/.test(number) || !luhn(number))
    throw misprinted('incorrect_number', 'Your card number is incorrect.', 'number');
  const month = Number.parseInt(`${printed.expMonth}`, 10);
  const given = Number.parseInt(`${printed.expYear}`, 10);
  const year = given >= 0 && given < 100 ? 2000 + given : given;
  if (month < 1 || month > 12)
    throw misprinted('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  if (year < today.getUTCFullYear() || year > today.getUTCFullYear() + 50)
    throw misprinted('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year');
  if (year === today.getUTCFullYear() && month < today.getUTCMonth() + 1)
    throw misprinted('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  if (printed.cvc !== undefined && !/^\d{3,4}$/.test(printed.cvc))
    throw misprinted('invalid_cvc', "Your card's security code is invalid.", 'cvc');
  const name = byNumber.get(number) ?? '';
  return {
    brand: brands.find(([, shape]) => shape.test(number))?.[0] ?? 'unknown',
    funding: name.endsWith('_debit') ? 'debit' : name.endsWith('_prepaid') ? 'prepaid' : 'credit',
    country: name === 'pt' ? 'PT' : name === '' || name === 'br' ? 'BR' : 'US',
    first6: number.slice(0, 6),
    last4: number.slice(-4),
    expMonth: month,
    expYear: year,
    withCvc: printed.cvc !== undefined,
    published: name,
  };
}

/** The card that a name such as `pm_card_visa` stands for; some names carry the brand, which says nothing more. */
export function named(id: string, today: Date): Card | undefined {
  const name = /^pm_card_(\w+)$/.exec(id)?.[1] ?? '';
  const found = byName.get(name) ?? byName.get(name.replace(/^visa_/, ''));
  if (!found) return undefined;
  const expYear = BigInt(today.getUTCFullYear() + 1);
  return card({ number: found.number, expMonth: 12n, expYear, cvc: '123' }, today);
}
