import { type Codes, codesOf } from '@apps/sandbox/barcode.js';
import type { Wire } from './wire.js';

/** Our number with its check digit, and what is printed on a slip. */
export interface Printed extends Codes {
  readonly number: string; // NossoNumero
}

/** Modulo 11 in base 7 over wallet and number: `P` where it would be ten. */
function checkDigit(digits: string): string {
  const sum = [...digits]
    .toReversed()
    .reduce((total, digit, i) => total + Number.parseInt(digit, 10) * ((i % 6) + 2), 0);
  const rest = sum % 11;
  return rest === 0 ? '0' : rest === 1 ? 'P' : `${11 - rest}`;
}

/** The free field is agency, wallet, the eleven digits of our number, account and a zero. */
export function printed(slip: Wire['slip'], our: string, due: string, amount: bigint): Printed {
  const { bank, agency, wallet, account } = slip;
  const codes = codesOf({ bank, due, amount, free: `${agency}${wallet}${our}${account}0` });
  return { number: `${wallet}/${our}-${checkDigit(`${wallet}${our}`)}`, ...codes };
}
