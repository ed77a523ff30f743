import { createHash } from 'node:crypto';
import { passesLuhn } from '@libs/kernel/luhn.js';

/** In the middle of every number here, and of nothing else in the world: no part of what may be shown of a card. */
const mark = '8190463';
/** Codes that no amount, no status and no id of these tests is. */
const codes = { three: '983', four: '9674' } as const;

const firsts = { visa: '402400', mastercard: '545301', elo: '636297', amex: '37644' } as const;
export type Marked = keyof typeof firsts;

export interface Canary {
  readonly number: string;
  readonly cvv: string;
}

let minted = 0;
/** A card that can be told from every other: its number bears the mark. Cielo obeys the last digit. */
export function mint(brand: Marked = 'visa', last = 1): Canary {
  const serial = String((minted += 1) % 10);
  for (let balance = 0; balance < 10; balance += 1) {
    const number = `${firsts[brand]}${mark}${serial}${balance}${last}`;
    if (!passesLuhn(number)) continue;
    const cvv = brand === 'amex' ? codes.four : codes.three;
    for (const text of [number, `${number}${cvv}`, `${number}|${cvv}`]) hashesOf(text).forEach((it) => hashes.add(it));
    return { number, cvv };
  }
  throw new Error('one digit of ten balances');
}

/** Nine or eight digits that no number of a brand is without: the mark, and what is last of the first six. */
const needles = Object.values(firsts).map((it) => `${it.slice(-2)}${mark}`);

/** What base64 makes of a text inside a longer one, at each of the three places where it can begin. */
const inBase64 = (text: string): readonly string[] =>
  [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${'\0'.repeat(shift)}${text}`)
      .toString('base64url')
      .replaceAll('=', '');
    return encoded.slice(Math.ceil((shift * 8) / 6), -2);
  });

const digests = ['md5', 'sha1', 'sha256', 'sha512'] as const;
/** Hashes without a key: of a number or a code they can be tried through. */
const hashesOf = (text: string): readonly string[] =>
  digests.flatMap((name) => {
    const hash = createHash(name).update(text).digest();
    return [hash.toString('hex'), hash.toString('base64').replaceAll('=', ''), hash.toString('base64url')];
  });

/** Every card that was minted, as its bare hashes. */
const hashes = new Set(Object.values(codes).flatMap(hashesOf));

const grouped = needles.map((it) => [...it].join('[ ._/+-]?'));
const encoded = needles.flatMap((it) => [Buffer.from(it).toString('hex'), ...inBase64(it)]);
const number = new RegExp([...grouped, ...encoded].join('|'));

/** Whether a text, or the bytes of a file as latin1, holds a number in whatever guise, or a bare hash of one. */
export const holdsNumber = (text: string): boolean =>
  number.test(text) || (text.match(/[\w+/-]{22,}/g) ?? []).some((it) => hashes.has(it));

const moments = /\d{2}:\d{2}:\d{2}(?:\.\d+)?|\d{13}/g;
const code = new RegExp(`(?<![\\w.:-])(?:${Object.values(codes).join('|')})(?![\\w:-]|\\.\\d)`);
/** Members that count: a number among them may be any. */
const counting =
  /^(?:id|n|ms|time|content-length|sequence|transaction|tries|.*_?(?:ms|at|by|id|done|total|moved|count))$/i;

/** Whether a text, or a member of the JSON that it is, says a code. */
export function holdsCode(value: unknown, name = ''): boolean {
  if (typeof value === 'number') return !counting.test(name) && code.test(String(value));
  if (typeof value === 'string') {
    const inner = parsed(value);
    if (typeof inner === 'object') return holdsCode(inner);
    return !counting.test(name) && code.test(value.replaceAll(moments, ''));
  }
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => holdsCode(inner, Array.isArray(value) ? name : key));
}

function parsed(text: string): unknown {
  if (!/^[[{"]/.test(text.trimStart())) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What of a text, or of all members of a thing, must not be. */
export function wrong(said: unknown): readonly string[] {
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  return [...(holdsNumber(text) ? ['a number'] : []), ...(holdsCode(said) ? ['a code'] : [])];
}

export const wrongs = (all: readonly unknown[]): readonly string[] =>
  all.flatMap((it) => wrong(it).map((what) => `${what}: ${JSON.stringify(it).slice(0, 300)}`));
