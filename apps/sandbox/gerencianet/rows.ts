import { Table } from '@apps/sandbox/world.js';

/** What a charge asks for; a change of the charge adds one, so that an earlier revision can still be read. */
export interface Terms {
  readonly amount: bigint;
  readonly expireSeconds: number;
  readonly debtor?: Readonly<Record<string, string>>;
  readonly note?: string;
  readonly infos?: readonly Readonly<Record<string, string>>[];
}
export interface Charge {
  readonly txid: string;
  readonly status: 'ATIVA' | 'CONCLUIDA' | 'REMOVIDA_PELO_USUARIO_RECEBEDOR' | 'REMOVIDA_PELO_PSP';
  readonly terms: readonly [Terms, ...Terms[]]; // newest first
  readonly key: string;
  readonly at: string;
  readonly place: { readonly id: number; readonly url: string };
  readonly payments: readonly string[];
}
export interface Payment {
  readonly endToEndId: string;
  readonly txid?: string; // of its charge, or of a static code; a Pix to the key alone has none
  readonly key: string;
  readonly amount: bigint;
  readonly at: string;
  readonly refunds: readonly string[];
  readonly disputeMs?: number; // a chargeback is on its way, this long after the payment
}
export interface Refund {
  readonly endToEndId: string;
  readonly id: string;
  readonly rtrId: string;
  readonly amount: bigint;
  readonly askedAt: string;
  readonly settledAt?: string;
  readonly status: 'EM_PROCESSAMENTO' | 'DEVOLVIDO' | 'NAO_REALIZADO';
  readonly reason?: string;
  readonly nature?: 'MED_FRAUDE';
  readonly reverseMs?: number; // it will come back, this long after it was done
}
export interface Hook {
  readonly key: string;
  readonly url: string;
  readonly at: string;
}

/** Their names are older than the rule that a table is called after its provider, and journals hold them. */
export const chargeTable = new Table<Charge>('charge');
export const paymentTable = new Table<Payment>('payment');
export const refundTable = new Table<Refund>('refund');
export const hookTable = new Table<Hook>('hook', true);
export const tables = [chargeTable, paymentTable, refundTable, hookTable];
