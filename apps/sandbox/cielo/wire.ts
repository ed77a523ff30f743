import type { CallbackTimes } from '@apps/sandbox/callbacks.js';
import type { Code } from './codes.js';

/** What the provider's pages leave open or contradict each other about, and how long things take there. */
export interface Wire extends CallbackTimes {
  bases: { readonly transaction: string; readonly query: string }; // the two hosts, as paths of one listener
  wrongKeyBody: 'empty' | 'code'; // of a 401: no body, or code 132
  missing: 'empty' | 'code'; // an unknown PaymentId: 404 with an empty body was seen, code 307 is printed
  listMember: 'Payments' | 'Payment'; // seen, printed
  interest: 'number' | 'text'; // what `Interest` answers when nobody asked for any
  findReturnCode: boolean; // whether a query says the return code; the printed sample does not
  duplicateOrders: 'taken' | 'refused'; // code 302 is in the table, no page says when
  pastExpiry: 'taken' | 'refused'; // the test cards are good with any date
  luhn: boolean; // a sale asks for a number that passes; tokenising does for certain
  mostInstallments: number;
  odd: Code; // the code for what is wrong and has no code of its own: a descriptor, an interest, too many instalments
  voidedSameDay: 10 | 11; // a captured sale, voided whole on the day: 10 is printed, 11 was seen
  voidedCode: '9' | '0'; // of a whole void: printed, seen
  voids: 'now' | 'later'; // later: answered 223, done after `settleMs`
  voidPauseMs: number; // between voids of one sale: five seconds are advised, nobody says what happens otherwise
  captureDays: number;
  lapsed: 1 | 13; // how an authorisation stands that was not captured in time
  voidDays: number;
  queryDays: number;
  debitPage: boolean; // the flow by ReturnUrl and AuthenticationUrl, which is being discontinued
  polled: { readonly afterMs: number; readonly status: 0 | 1 | 2 | 3 | 13 }; // what becomes of a sale not finished
  chargebacks: 'shown' | 'hidden'; // as `Chargebacks` of a query: on the sister platform's pages, not on these
  disputeMs: number;
  settleMs: number;
  pixContracts: 'both' | 'old' | 'new' | 'none'; // the store's; `Provider` tells one from the other
  pixId: 'PaymentId' | 'Paymentid'; // of the answer to its creation: the older contract's sample misspells it
  pixSeconds: number; // how long a code of the older contract is good
  pixLapsed: 10 | 12 | 13; // how a code stands that nobody has paid in time
  pixRefundDays: number;
  slipWords: number; // the longest instructions and demonstrative: too long has a code, how long is not said
  slipDays: number; // until a slip is due that says nothing
  slipUnderpaid: 1 | 2; // how a slip stands that was paid below its value: only the notification is known
  portalCents: bigint; // what somebody voids at the provider's site under `portal_void`
  holdMs: number;
  slowMs: number;
}

const minuteMs = 60_000;

export const wire: Wire = {
  bases: { transaction: '/transaction', query: '/query' },
  wrongKeyBody: 'empty',
  missing: 'empty',
  listMember: 'Payments',
  interest: 'number',
  findReturnCode: false,
  duplicateOrders: 'taken',
  pastExpiry: 'taken',
  luhn: true,
  mostInstallments: 12,
  odd: 186,
  voidedSameDay: 10,
  voidedCode: '9',
  voids: 'now',
  voidPauseMs: 0,
  captureDays: 15,
  lapsed: 1,
  voidDays: 360,
  queryDays: 90,
  debitPage: true,
  polled: { afterMs: 30 * minuteMs, status: 0 },
  chargebacks: 'shown',
  disputeMs: 150,
  settleMs: 150,
  pixContracts: 'both',
  pixId: 'PaymentId',
  pixSeconds: 7_200,
  pixLapsed: 12,
  pixRefundDays: 90,
  slipWords: 450,
  slipDays: 3,
  slipUnderpaid: 2,
  portalCents: 1n,
  holdMs: minuteMs,
  slowMs: 1000,
  lateMs: 2000,
  roundMs: 0, // half an hour, at the real one
  callbackTimeoutMs: minuteMs,
  callbackTries: 4,
};
