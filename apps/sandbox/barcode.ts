/** A slip as banks know it: 44 digits for machines, and the 47 that people type. */
export interface Codes {
  readonly barcode: string;
  readonly line: string;
}
interface Slip {
  readonly bank: string; // three digits
  readonly due: string; // YYYY-MM-DD
  readonly amount: bigint; // cents
  readonly free: string; // twenty-five digits of the bank's own
}

const dayMs = 86_400_000;
/** The count of days began on 1997-10-07, and begins again at 1000 whenever it is past 9999, as on 2025-02-22. */
const first = Date.UTC(1997, 9, 7);

export function dueFactor(day: string): string {
  const days = Math.floor((Date.parse(`${day}T00:00:00Z`) - first) / dayMs);
  return String(days < 1000 ? days : 1000 + ((days - 1000) % 9000)).padStart(4, '0');
}

/** Weights 2, 1, 2, 1 … from the right; a product of two digits counts as their sum. */
export function mod10(digits: string): string {
  const sum = [...digits].toReversed().reduce((total, digit, i) => {
    const product = Number.parseInt(digit, 10) * (i % 2 === 0 ? 2 : 1);
    return total + (product > 9 ? product - 9 : product);
  }, 0);
  return `${(10 - (sum % 10)) % 10}`;
}

/** Weights 2 to 9 from the right, again and again; what would be 0, 10 or 11 is 1. */
export function mod11(digits: string): string {
  const sum = [...digits]
    .toReversed()
    .reduce((total, digit, i) => total + Number.parseInt(digit, 10) * ((i % 8) + 2), 0);
  const check = 11 - (sum % 11);
  return `${check > 9 ? 1 : check}`;
}

/** The line of a bar code: its free field in three parts, each with a check digit, then the rest. */
export function lineOf(barcode: string): string {
  const free = barcode.slice(19);
  const parts = [barcode.slice(0, 4) + free.slice(0, 5), free.slice(5, 15), free.slice(15)];
  return parts.map((part) => part + mod10(part)).join('') + barcode.slice(4, 5) + barcode.slice(5, 19);
}

/** A slip in reais, with a date. */
export function codesOf({ bank, due, amount, free }: Slip): Codes {
  const tail = dueFactor(due) + amount.toString().padStart(10, '0') + free;
  const barcode = `${bank}9${mod11(`${bank}9${tail}`)}${tail}`;
  return { barcode, line: lineOf(barcode) };
}

/** The line as it is printed, in five groups. */
export const printed = (line: string): string =>
  line.replace(/^(.{5})(.{5})(.{5})(.{6})(.{5})(.{6})(.)(.{14})$/, '$1.$2 $3.$4 $5.$6 $7 $8');
