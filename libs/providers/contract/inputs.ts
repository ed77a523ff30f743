import type { Cents, Currency } from '@libs/money/cents.js';

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
