import { Table } from '@apps/sandbox/world.js';

interface Base {
  readonly id: string;
  readonly orderId: string;
  readonly customer?: Readonly<Record<string, unknown>>;
  readonly amount: bigint;
  readonly at: string;
  readonly paidAt?: string;
  readonly payments: number; // how often it has been paid
}
/** A code: issued or given back soon 12, paid 2, removed 10, given back 11. */
export interface PixCode extends Base {
  readonly type: 'Pix';
  readonly provider?: 'Cielo2';
  readonly status: 2 | 10 | 11 | 12 | 13;
  readonly expiresAt: string;
  readonly location: string;
  readonly acquirerId: string; // of the older contract a GUID, of the newer one the txid
  readonly proofOfSale: string;
  readonly endToEndId?: string;
  readonly under?: 'removal' | 'refund'; // accepted, and not done yet
  readonly reverseMs?: number; // the refund will come undone, this long after it was done
}
/** A slip: issued 1, paid 2. Nothing else becomes of it. */
export interface BankSlip extends Base {
  readonly type: 'Boleto';
  readonly provider: string;
  readonly status: 1 | 2;
  readonly number: string;
  readonly barcode: string;
  readonly line: string;
  readonly expires: string; // YYYY-MM-DD
  readonly words: Readonly<Record<string, string>>; // what is printed on it, by the provider's names
}
/** What a payer is given to pay by, and is not at hand when it is made. */
export type Issued = PixCode | BankSlip;

export const issuedTable = new Table<Issued>('cielo.issued');
