import type { DeclineCode } from '@libs/providers/contract/outcome.js';

/**
 * Cielo's tables of codes as data. What stands in none of them is `unknown`. A code that a brand calls irreversible
 * never has a word here for which a lane may try another provider: the second attempt would be fined.
 */
type Table = ReadonlyMap<string, DeclineCode>;

/** Codes are printed without leading zeros and sent with them: "05" is "5", and "BP 171" is "BP171". */
export const plain = (code: string): string =>
  code
    .replaceAll(' ', '')
    .toUpperCase()
    .replace(/^0+(?=.)/, '');

const table = (words: Partial<Record<DeclineCode, string>>): Table =>
  new Map(
    Object.entries(words).flatMap(([word, codes]) => codes.split(' ').map((code) => [code, word as DeclineCode])),
  );

/** What issuers, brands and Cielo itself say of a sale that was denied. */
export const denials: Table = table({
  insufficient_funds: '51 116 121 A5',
  limit_exceeded: '61 65 N4 EB BL DM',
  not_allowed: '52 53 DS EK AB AC',
  card_expired: '54 101 BV',
  card_invalid:
    '1 8 14 56 57 58 63 74 76 77 81 82 83 88 122 180 A7 N7 1A BM BN BP BR 79 80 62 64 109 DA P5 6P 200 FD C1 C2 C3',
  suspected_fraud: '4 7 15 41 43 46 93 FM R0 R1 R2 R3 GA GF GK GT FC FG 72 90',
  amount_invalid: '13 23 110 JB EE BD N3',
  request_invalid:
    '2 3 6 12 19 21 22 24 30 85 92 94 97 115 181 475 A2 A3 N8 AF AG AH AI AJ CF CG DQ FE FF GD HJ IA KA KB KE ' +
    'NR SC U3',
  card_declined:
    '5 38 39 55 59 60 67 70 75 78 86 89 91 96 98 100 106 117 911 912 999 A1 A4 A6 AA AE AV B1 B2 BO DF FA N0 P6 ' +
    'RP Z5 BP171 BP176 BP902 BP903 BP904',
});
/** No denial: the acquirer does not know either, and is to be asked half an hour later; or a word of success. */
export const undecided: ReadonlySet<string> = new Set(['BP900', 'BP901', '0', '9', '11']);

const range = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => from + i).join(' ');

/** Refusals of a request before anything was done with it, and of a state that forbids it. */
export const refusals: Table = table({
  card_expired: '126',
  card_invalid: '118 125 127 128 146 174 177 180 182 213 214',
  amount_invalid: '108 193',
  payer_invalid: `104 105 121 155 156 157 158 183 188 ${range(196, 202)} 304`,
  not_allowed:
    '101 110 111 112 114 115 116 120 123 129 131 132 133 167 170 173 176 179 181 185 186 300 301 306 307 308 309 ' +
    '310 311 312 314 318 322 323',
  request_invalid:
    `102 103 106 107 109 113 117 119 122 124 130 ${range(134, 145)} ${range(147, 154)} ${range(159, 163)} 166 168 ` +
    `169 171 172 175 178 184 187 189 190 191 192 194 195 ${range(203, 212)} 215 216 220 233 303 313 ` +
    `${range(315, 317)} 319 320 321`,
});
/** Its word for an order number that is taken. */
export const duplicated = '302';

export type Voided = 'done' | 'pending' | 'unknown' | DeclineCode;
const voided: Readonly<Record<string, string>> = {
  done: '0 9',
  pending: '10 223 476', // accepted: not to be repeated
  unknown: '57 97 98 99 475 504 5 54 117 477 576 9016', // try later; and those whose meaning nobody has printed
  amount_invalid: '51 55 102',
  our_balance: '43 56 72 76',
  not_allowed: '3 17 40 41 42 52 53 58 60 77 100 101 116 120 121 130 160 206 209 215 217 221',
  request_invalid: '103 104 105 106 107 108',
};
const voids: ReadonlyMap<string, Voided> = new Map(
  Object.entries(voided).flatMap(([word, codes]) => codes.split(' ').map((code) => [code, word as Voided])),
);
/** What the return code of a void means; a 200 is no success by itself. */
export const voidOf = (code: string | undefined): Voided => voids.get(plain(code ?? '')) ?? 'unknown';
export const voidCodes = (): readonly string[] => [...voids.keys()];
