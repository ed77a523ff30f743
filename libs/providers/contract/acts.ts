import type { Cents, Currency } from '@libs/money/cents.js';
import type { BankslipData, BankslipInput, CardData, CardInput, PixData, PixInput } from './inputs.js';

/** What a follow-up acts on: the provider's own names of it. */
export interface Whole {
  readonly ref: string;
  readonly receipt?: string;
  readonly reason?: string;
}
/** A part of it; `rest`: nothing remains afterwards. */
export interface Part extends Whole {
  readonly amount: Cents;
  readonly currency: Currency;
  readonly rest: boolean;
}

/** Capability → act → what goes in. The one list: operations, adapters, proofs and the plan are derived from it. */
export interface Acts {
  pix: { create: PixInput; cancel: Whole; refund: Part };
  bankslip: { create: BankslipInput; cancel: Whole };
  cards: { authorize: CardInput; capture: Part; void: Whole; refund: Part };
}
/** Capability → what its acts answer. */
export interface Answers {
  pix: PixData;
  bankslip: BankslipData;
  cards: CardData;
}
/** 'pix.create' | 'pix.cancel' | … */
export type Operation = { [K in keyof Acts]: `${K}.${keyof Acts[K] & string}` }[keyof Acts];

/** Every operation, for DTOs and documents; the compiler refuses a list that forgets one. */
export const operations = Object.keys({
  'pix.create': true,
  'pix.cancel': true,
  'pix.refund': true,
  'bankslip.create': true,
  'bankslip.cancel': true,
  'cards.authorize': true,
  'cards.capture': true,
  'cards.void': true,
  'cards.refund': true,
} satisfies Record<Operation, true>) as Operation[];

/** Capability and act of an operation. */
export const partsOf = (operation: Operation): readonly [capability: keyof Acts, act: string] =>
  operation.split('.') as [keyof Acts, string];
