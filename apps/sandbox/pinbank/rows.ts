import { Table } from '@apps/sandbox/world.js';

/** Steps of a sale in the order in which they may come; a later one is never taken back by an earlier. */
export type SaleState = 'Pendente' | 'Negada' | 'Aprovada' | 'Cancelada' | 'Desfeita' | 'Reembolsada';
/** Part of a sale that is on its way back, or has come back. */
export interface Return {
  readonly n: number;
  readonly amount: bigint;
  readonly operation: string;
  readonly state: 'asked' | 'done' | 'failed';
  readonly reverseMs?: number; // it will come back, this long after it was done
}
/** Never the number of the card, never the code on its back. */
export interface Sale {
  readonly nsu: string;
  readonly order: string;
  readonly state: SaleState;
  readonly amount: bigint;
  readonly captured?: bigint;
  readonly installments: number;
  readonly masked: string;
  readonly brand: string;
  readonly buyer: string; // CPF or CNPJ
  readonly name: string;
  readonly authorization: string;
  readonly at: string;
  readonly endedAt?: string;
  readonly returns: readonly Return[];
  readonly disputeMs?: number;
}
export interface Code {
  readonly id: number;
  readonly nsu: number; // NsuOrigem: the customer's own
  readonly txid: string;
  readonly text: string;
  readonly amount: bigint;
  readonly at: string;
  readonly seconds: number;
  readonly late: boolean; // may be paid after its expiry
  readonly state: 'open' | 'paid' | 'undone';
  readonly payments: readonly string[];
}
/** A Pix that came in. */
export interface Credit {
  readonly endToEndId: string;
  readonly code: number;
  readonly amount: bigint;
  readonly at: string;
  readonly refunded: bigint;
  readonly disputeMs?: number;
}
/** A refund of one, decided a little later. */
export interface GivenBack {
  readonly id: string;
  readonly endToEndId: string;
  readonly amount: bigint;
  readonly state: 'asked' | 'done' | 'failed';
  readonly reverseMs?: number;
}
export interface Slip {
  readonly number: string; // NossoNumero
  readonly reference: string;
  readonly line: string;
  readonly barcode: string;
  readonly amount: bigint;
  readonly due: string; // YYYY-MM-DD
  readonly at: string;
  readonly state: 'PENDENTE' | 'REGISTRADO' | 'LIQUIDADO' | 'BAIXA';
  readonly paid?: bigint;
  readonly paidOn?: string;
  readonly writeOff?: true; // asked for, and not done yet
}
/** A line of the digital account's statement. */
export interface Line {
  readonly id: number;
  readonly at: string;
  readonly text: string;
  readonly amount: bigint; // less than nothing: it went out
  readonly receipt: number;
}

export const saleTable = new Table<Sale>('pinbank.sale');
export const codeTable = new Table<Code>('pinbank.code');
export const creditTable = new Table<Credit>('pinbank.credit');
export const backTable = new Table<GivenBack>('pinbank.back');
export const slipTable = new Table<Slip>('pinbank.slip');
export const lineTable = new Table<Line>('pinbank.line');
/** The seed of what signs events, in hexadecimal, by its generation. */
export const keyTable = new Table<string>('pinbank.key', true);
export const tables = [saleTable, codeTable, creditTable, backTable, slipTable, lineTable, keyTable];
