import { Table } from '@apps/sandbox/world.js';

/** What is kept of a card: never the number, never the code on its back. */
export interface Card {
  readonly masked: string; // first six, last four
  readonly holder: string;
  readonly expires: string;
  readonly brand: string;
}
/** A dispute of the holder with his bank, which takes the money back. */
export interface Dispute {
  readonly id: string;
  readonly amount: bigint;
  readonly at: string;
}
export type Status = 0 | 1 | 2 | 3 | 10 | 11 | 13;
export type Kind = 'CreditCard' | 'DebitCard';

/** What a sale has been asked for; the number is not in it. */
export interface Ordered {
  readonly orderId: string;
  readonly customer?: Readonly<Record<string, unknown>>;
  readonly type: Kind;
  readonly amount: bigint;
  readonly installments: number;
  readonly interest?: string;
  readonly capture: boolean;
  readonly authenticate: boolean;
  readonly recurrent: boolean;
  readonly softDescriptor?: string;
  readonly card: Card;
}
export interface Sale extends Ordered {
  readonly id: string;
  readonly tid: string;
  readonly proofOfSale?: string;
  readonly authorizationCode?: string;
  readonly status: Status;
  readonly returnCode?: string;
  readonly returnMessage?: string;
  readonly at: string;
  readonly capturedAmount?: bigint;
  readonly capturedAt?: string;
  readonly voidedAmount: bigint;
  readonly voidedAt?: string;
  readonly voids: number; // how many have been done
  readonly page?: { readonly token: string; readonly returnUrl: string }; // where the payer authenticates
  readonly pending?: { readonly amount: bigint; readonly n: number }; // a void that is accepted and not done
  readonly reverseMs?: number; // the last void will come undone, this long after it was done
  readonly lastVoid?: { readonly amount: bigint; readonly n: number; readonly operation: string };
  readonly disputeMs?: number; // a chargeback is on its way, this long after the capture
  readonly disputes: readonly Dispute[];
}

/** Whether the payer is still expected at his bank's page; nobody has asked the issuer for anything yet. */
export const awaited = (sale: Sale): boolean =>
  sale.page !== undefined && sale.status === 0 && sale.returnCode === undefined;

export const saleTable = new Table<Sale>('cielo.sale');
/** How often a card has been used whose digit has no outcome of its own. */
export const countTable = new Table<number>('cielo.count');
export const tables = [saleTable, countTable];
