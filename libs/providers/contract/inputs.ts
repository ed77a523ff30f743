import type { BasisPoints, Cents, Currency } from '@libs/money/cents.js';

interface Money {
  readonly amount: Cents;
  readonly currency: Currency;
}
export interface PostalAddress {
  readonly street?: string;
  readonly number?: string;
  readonly complement?: string;
  readonly neighborhood?: string;
  readonly city?: string;
  readonly state?: string;
  readonly zipCode?: string;
  readonly country?: string;
}
/** Who pays. `taxId`: a CPF of 11 or a CNPJ of 14 characters, without punctuation. */
export interface Payer {
  readonly name?: string;
  readonly taxId?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly birthDate?: string;
  readonly address?: PostalAddress;
  readonly since?: string;
}

/** A payer who has to be named. */
export type Person = Payer & { readonly name: string; readonly taxId: string };

export interface PixInput extends Money {
  readonly expireSeconds: number;
  readonly payer?: Payer;
  readonly instructions?: string;
}
export interface PixData {
  readonly txid: string;
  readonly qrCode: string;
  readonly endToEndId?: string;
}

/**
 * `dueOn`: YYYY-MM-DD, São Paulo. `payableDays`: how long after it the slip can be paid. Fine and interest are printed
 * and sent, not reckoned.
 */
export interface BankslipInput extends Money {
  readonly dueOn: string;
  readonly payableDays: number;
  readonly payer: Person;
  readonly instructions?: string;
  readonly fine?: { readonly rateBps: BasisPoints } | { readonly amount: Cents };
  readonly interest?: { readonly monthlyBps: BasisPoints };
}
/** `barcode`: 44 digits. `line`: 47. `number`: nosso número. `qrCode`: a BR Code that pays the same slip. */
export interface BankslipData {
  readonly barcode: string;
  readonly line: string;
  readonly number?: string;
  readonly url?: string;
  readonly qrCode?: string;
}

/**
 * In an adapter's input alone: `prepare` opens the vault; an instruction holds the token and, in memory, the cvv.
 * `expires`: MM/YYYY.
 */
export interface Card {
  readonly number: string;
  readonly holder: string;
  readonly expires: string;
  readonly brand: string;
  readonly cvv?: string;
}
export interface CardInput extends Money {
  readonly type: 'credit' | 'debit';
  readonly card: Card;
  readonly payer: Payer;
  readonly installments: number;
  /** false: the amount is held until it is captured or voided. */
  readonly capture: boolean;
  readonly softDescriptor?: string;
  /** Where the payer comes back to from the page of his bank. */
  readonly returnUrl?: string;
  readonly ip?: string;
}
/** `captured`: what of the amount has been captured so far; `captureBy`: when a hold lapses. */
export interface CardData {
  readonly brand: string;
  readonly captured: Cents;
  readonly captureBy?: Date;
  readonly redirectUrl?: string;
  readonly authorization?: string;
  readonly returnCode?: string;
  readonly returnMessage?: string;
}
