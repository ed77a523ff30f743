import { faultOf, join } from '@libs/kernel/checked.js';
import { type FieldFault, InvalidFault } from '@libs/kernel/fault.js';
import { Decimal } from '@libs/kernel/json.js';
import { holdsNumber } from '@libs/kernel/stray.js';
import { lengthOf, toText, unprintable } from '@libs/kernel/text.js';

/** What a merchant notes on a Pix: its code, and members of its own. */
export interface Notes {
  readonly customCode: string;
  readonly own: Readonly<Record<string, string>>;
}

export const mostKeys = 50;
const mostOfKey = 40;
const mostOfValue = 500;
const mostOfCode = 64;

/** Members that say what the provider said; `customCode` is set as the charge's own. */
const reserved = new Set(['paymentId', 'nsu', 'qrCode', 'endToEndId', 'returnCode', 'returnMessage']);

type Code = FieldFault['code'];

const refusalOf = (value: unknown, least: number, most: number): Code | undefined => {
  if (typeof value !== 'string' || unprintable.test(value)) return 'invalid';
  const length = lengthOf(value);
  if (length > most) return 'too_long';
  return length < least ? 'invalid' : undefined;
};

/** What is wrong with a member, by its name and its value. */
function wrong(key: string, value: unknown): Code | undefined {
  if (key === 'customCode') return value === undefined ? 'required' : refusalOf(value, 1, mostOfCode);
  return reserved.has(key) || key in Object.prototype
    ? 'invalid'
    : (refusalOf(key, 1, mostOfKey) ?? refusalOf(value, 0, mostOfValue));
}
const isStray = (text: unknown): boolean => typeof text === 'string' && holdsNumber(text);

/**
 * The body of a note on a Pix: an object of at most 50 members, `customCode` among them, all others texts. Null is
 * absent.
 * @throws InvalidFault that names every refused member; also where the number of a card stands.
 */
export function notesIn(body: unknown): Notes {
  const given = body ?? {};
  if (typeof given !== 'object' || Array.isArray(given) || given instanceof Decimal) {
    throw new InvalidFault([faultOf('body', 'invalid')]);
  }
  const { customCode: code, ...rest } = given as Readonly<Record<string, unknown>>;
  const customCode = toText(code ?? undefined);
  const own = Object.entries(rest).filter(([, value]) => value !== null);
  const members = [['customCode', customCode], ...own] as const;
  if (members.length > mostKeys) throw new InvalidFault([faultOf('body', 'too_long')]);
  const faults = members.flatMap(([key, value]) => {
    const code = wrong(key, value) ?? (isStray(key) || isStray(value) ? 'invalid' : undefined);
    return code ? [faultOf(join('', key), code)] : [];
  });
  if (faults.length > 0) throw new InvalidFault(faults);
  return { customCode: customCode as string, own: Object.fromEntries(own) as Record<string, string> };
}
