import { Table } from '@apps/sandbox/world.js';

export type SlipStatus = 'new' | 'waiting' | 'unpaid' | 'paid' | 'canceled' | 'settled' | 'expired';

export interface Item {
  readonly name: string;
  readonly value: number;
  readonly amount: number;
}
export interface Discount {
  readonly type: 'percentage' | 'currency';
  readonly value: number;
  readonly until_date?: string;
}
/** What a charge asks for, once nothing is wrong with it. */
export interface SlipTerms {
  readonly customId?: string;
  readonly notifyUrl?: string;
  readonly items: readonly Item[];
  readonly shippings: readonly Readonly<Record<string, unknown>>[];
  readonly total: bigint;
  readonly customer: Readonly<Record<string, unknown>>;
  readonly expireAt: string; // YYYY-MM-DD
  readonly writeOffDays: number;
  readonly fine?: number; // hundredths of a percent
  readonly interest?: { readonly value: number; readonly type: 'monthly' | 'daily' };
  readonly conditional?: Discount;
  readonly message?: string;
}
/** One element of the answer to a notification's token. */
export interface Notice {
  readonly current: SlipStatus;
  readonly previous: SlipStatus | null;
  readonly at: string;
  readonly value?: bigint;
  readonly day?: string; // on which the bank received it
}
export interface SlipPayment {
  readonly amount: bigint;
  readonly at: string;
}
export interface Slip extends SlipTerms {
  readonly id: number;
  readonly token: string; // of its notifications, one for all of them
  readonly barcode: string;
  readonly line: string;
  readonly place: string; // of its Pix
  readonly status: SlipStatus;
  readonly at: string;
  readonly payments: readonly SlipPayment[];
  readonly notices: readonly Notice[];
  readonly read: number; // how many of them have been asked for
}

export const slipTable = new Table<Slip>('gerencianet.slip');
