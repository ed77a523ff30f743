import { type BasisPoints, bps, type Cents, cents, rate } from './cents.js';

export interface Fee {
  readonly rateBps: BasisPoints;
  readonly fixed: Cents;
  readonly minimum?: Cents;
  /** Another rate from this number of instalments on; ascending. */
  readonly byInstallments?: readonly { readonly installments: number; readonly rateBps: BasisPoints }[];
}

export function fee(gross: Cents, by: Fee, installments = 1): Cents {
  const step = by.byInstallments?.filter((it) => it.installments <= installments).at(-1);
  const total = cents(rate(gross, step?.rateBps ?? by.rateBps) + by.fixed);
  return by.minimum !== undefined && total < by.minimum ? by.minimum : total;
}

/** A fee as JSON keeps it: amounts are integers of cents. */
export interface FeeRow {
  readonly rateBps: number;
  readonly fixed: number;
  readonly minimum?: number;
  readonly byInstallments?: readonly { readonly installments: number; readonly rateBps: number }[];
}
export const noFee: FeeRow = { rateBps: 0, fixed: 0 };

export const feeFrom = ({ rateBps, fixed, minimum, byInstallments }: FeeRow): Fee => ({
  rateBps: bps(rateBps),
  fixed: cents(fixed),
  ...(minimum === undefined ? {} : { minimum: cents(minimum) }),
  ...(byInstallments === undefined
    ? {}
    : { byInstallments: byInstallments.map((it) => ({ installments: it.installments, rateBps: bps(it.rateBps) })) }),
});
