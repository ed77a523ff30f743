import { addDays, daysBetween } from './days.js';

/** A slip that a bank collects: a bar code of 44 digits, a digitable line of 47. */
export interface BankCode {
  readonly kind: 'bank';
  readonly barcode: string;
  readonly line: string;
  /** The bank's number at the clearing, three digits. */
  readonly bank: string;
  /** Four digits, `0000` where the slip has no due date; `dueOn` reads it. */
  readonly dueFactor: string;
  /** 0 where the payer says how much. */
  readonly amountCents: bigint;
  /** 25 digits that only the bank can read. */
  readonly freeField: string;
}
/** A bill of a utility, a tax or a fee (arrecadação): a bar code of 44 digits, a digitable line of 48. */
export interface CollectionCode {
  readonly kind: 'collection';
  readonly barcode: string;
  readonly line: string;
  readonly segment: string;
  /** Absent where the code holds a quantity to compute by instead of an amount. */
  readonly amountCents?: bigint;
}
/** What stands in the way, in the order in which it is looked for; `fields` are numbered from the left. */
export type CodeRefusal =
  'characters' | 'length' | 'currency' | 'value_kind' | 'field_1' | 'field_2' | 'field_3' | 'field_4' | 'check_digit';
export interface RefusedCode {
  readonly kind: 'refused';
  readonly reason: CodeRefusal;
}

const refused = (reason: CodeRefusal): RefusedCode => ({ kind: 'refused', reason });

/** Modulus 10: weights 2, 1 from the right, the digits of the products added. */
function mod10(digits: string): string {
  let total = 0;
  for (let at = digits.length - 1, weight = 2; at >= 0; at -= 1, weight = 3 - weight) {
    const product = Number(digits[at]) * weight;
    total += product > 9 ? product - 9 : product;
  }
  return String((10 - (total % 10)) % 10);
}

/** Modulus 11: what remains of the sum with weights 2 to 9 from the right. */
function rest11(digits: string): number {
  let total = 0;
  for (let at = digits.length - 1, weight = 2; at >= 0; at -= 1, weight = weight === 9 ? 2 : weight + 1) {
    total += Number(digits[at]) * weight;
  }
  return total % 11;
}

/** Of a bank's code as printed beside its name, of a collection's blocks and of its whole. */
const mod11 = (digits: string): string => {
  const digit = 11 - rest11(digits);
  return digit > 9 ? '0' : String(digit);
};

/** Of a bank's bar code, where 0 would be no check. */
const generalDigit = (digits: string): string => {
  const digit = 11 - rest11(digits);
  return digit > 9 ? '1' : String(digit);
};

/** `341-7`: a bank's number as slips print it beside its name. */
export const printedBank = (bank: string): string => `${bank}-${mod11(bank)}`;

function bankCode(barcode: string): BankCode | RefusedCode {
  if (barcode[3] !== '9') return refused('currency');
  if (generalDigit(barcode.slice(0, 4) + barcode.slice(5)) !== barcode[4]) return refused('check_digit');
  const freeField = barcode.slice(19);
  const fields = [barcode.slice(0, 4) + freeField.slice(0, 5), freeField.slice(5, 15), freeField.slice(15)];
  return {
    kind: 'bank',
    barcode,
    line: fields.map((field) => field + mod10(field)).join('') + barcode.slice(4, 19),
    bank: barcode.slice(0, 3),
    dueFactor: barcode.slice(5, 9),
    amountCents: BigInt(barcode.slice(9, 19)),
    freeField,
  };
}

function bankLine(line: string): BankCode | RefusedCode {
  const fields = [line.slice(0, 10), line.slice(10, 21), line.slice(21, 32)];
  const wrong = fields.findIndex((field) => mod10(field.slice(0, -1)) !== field.at(-1));
  if (wrong >= 0) return refused(`field_${(wrong + 1) as 1 | 2 | 3}`);
  const [first, second, third] = fields.map((field) => field.slice(0, -1)) as [string, string, string];
  return bankCode(first.slice(0, 4) + line.slice(32) + first.slice(4) + second + third);
}

/** The third digit says by which modulus a collection is checked. */
const checkOf = (barcode: string): ((digits: string) => string) | undefined =>
  /^8.[67]/.test(barcode) ? mod10 : /^8.[89]/.test(barcode) ? mod11 : undefined;

function collectionCode(barcode: string): CollectionCode | RefusedCode {
  const check = checkOf(barcode);
  if (!check) return refused('value_kind');
  if (check(barcode.slice(0, 3) + barcode.slice(4)) !== barcode[3]) return refused('check_digit');
  const blocks = [0, 11, 22, 33].map((at) => barcode.slice(at, at + 11));
  return {
    kind: 'collection',
    barcode,
    line: blocks.map((block) => block + check(block)).join(''),
    segment: barcode[1]!,
    ...(/^8.[68]/.test(barcode) ? { amountCents: BigInt(barcode.slice(4, 15)) } : {}),
  };
}

function collectionLine(line: string): CollectionCode | RefusedCode {
  const check = checkOf(line);
  if (!check) return refused('value_kind');
  const blocks = [0, 12, 24, 36].map((at) => line.slice(at, at + 12));
  const wrong = blocks.findIndex((block) => check(block.slice(0, -1)) !== block.at(-1));
  if (wrong >= 0) return refused(`field_${(wrong + 1) as 1 | 2 | 3 | 4}`);
  return collectionCode(blocks.map((block) => block.slice(0, -1)).join(''));
}

/**
 * Reads what a payer typed, pasted or scanned: a bar code of 44 digits or a digitable line of 47 or 48, with the dots,
 * hyphens and blanks that slips print, or without. What begins with 8 is a collection, everything else a bank's.
 */
export function readCode(given: string): BankCode | CollectionCode | RefusedCode {
  if (given.length > 100) return refused('length');
  const digits = given.replaceAll(/[.\-\s]/g, '');
  if (!/^\d*$/.test(digits)) return refused('characters');
  const collection = digits.startsWith('8');
  if (digits.length === 44) return collection ? collectionCode(digits) : bankCode(digits);
  if (digits.length === 48 && collection) return collectionLine(digits);
  return digits.length === 47 && !collection ? bankLine(digits) : refused('length');
}

export interface CodeParts {
  readonly bank: string;
  /** `YYYY-MM-DD`; absent on a slip without a due date. */
  readonly dueOn?: string;
  /** 0 where the payer says how much. */
  readonly amountCents: bigint;
  readonly freeField: string;
}

/**
 * The bar code and line of a slip.
 * @throws RangeError when a part has no place in 44 digits: an amount of R$ 100 million on, a due date that no factor
 * has, a bank or a free field that is not three or 25 digits, or a bank that begins with 8.
 */
export function buildCode({ bank, dueOn, amountCents, freeField }: CodeParts): BankCode {
  if (!/^[0-79]\d\d$/.test(bank)) throw new RangeError(`not a bank: ${bank}`);
  if (!/^\d{25}$/.test(freeField)) throw new RangeError(`not a free field: ${freeField}`);
  if (amountCents < 0n || amountCents >= 10n ** 10n) throw new RangeError(`too much for a bar code: ${amountCents}`);
  const factor = dueOn === undefined ? '0000' : dueFactor(dueOn);
  const tail = factor + String(amountCents).padStart(10, '0') + freeField;
  return bankCode(`${bank}9${generalDigit(`${bank}9${tail}`)}${tail}`) as BankCode;
}

/** Factor 0000 of the first count; it ended with 9999 on 2025-02-21, and the day after is 1000 again. */
const epoch = '1997-10-07';
const turn = 9_000;
const first = '2000-07-03';
const last = '2049-10-13';

/**
 * The four digits that stand for a due date, `YYYY-MM-DD`.
 * @throws RangeError before 2000-07-03, when slips had none, and after 2049-10-13, when this count ends too.
 */
export function dueFactor(dueOn: string): string {
  if (dueOn < first || dueOn > last) throw new RangeError(`no due factor for ${dueOn}`);
  const days = daysBetween(epoch, dueOn);
  return String(days > 9_999 ? days - turn : days);
}

/**
 * The due date behind a factor, of the two that it may mean the one nearer to `today`, as the banks read it: up to 3000
 * days back and 5500 ahead. Undefined for 0000 and whatever else means none.
 */
export function dueOn(factor: string, today: string): string | undefined {
  if (!/^[1-9]\d{3}$/.test(factor)) return undefined;
  const early = addDays(epoch, Number(factor));
  // Half of what neither window holds goes to either side.
  return daysBetween(early, today) > 3_250 ? addDays(early, turn) : early;
}

/** A digitable line as slips print it; what is none comes back as it is. */
export function printedLine(line: string): string {
  if (line.length === 48) return line.replace(/(.{11})(.)(.{11})(.)(.{11})(.)(.{11})(.)/, '$1-$2 $3-$4 $5-$6 $7-$8');
  return line.replace(/^(.{5})(.{5})(.{5})(.{6})(.{5})(.{6})(.)(.{14})$/, '$1.$2 $3.$4 $5.$6 $7 $8');
}
