import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DeclineCode } from '@libs/providers/contract/outcome.js';
import { denials, duplicated, plain, refusals, undecided, voidCodes, voidOf } from './cielo.codes.js';

interface Published {
  readonly apiErrorMessages: Readonly<Record<string, string>>;
  readonly voidReturnCodes: readonly string[];
  readonly abecsByBrand: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly otherReturnCodesRetry: Readonly<Record<string, string>>;
  readonly visaCategories: Readonly<Record<string, readonly string[] | string>>;
}
const file = new URL('../shared/conformance/cielo-codes.json', `file://${process.cwd()}/`);
const published = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Published) : undefined;
const nothing: Published = {
  apiErrorMessages: {},
  voidReturnCodes: [],
  abecsByBrand: {},
  otherReturnCodesRetry: {},
  visaCategories: {},
};
if (!published) process.stderr.write('cielo-codes.json is not here: the tables are compared with nothing\n');

/** Words for which a lane may try another provider. */
const reroutable: readonly DeclineCode[] = [
  'insufficient_funds',
  'card_declined',
  'limit_exceeded',
  'not_allowed',
  'our_balance',
];

describe('codes', () => {
  it.each([
    ['05', '5'],
    ['00', '0'],
    ['0', '0'],
    ['BP 171', 'BP171'],
    ['6p', '6P'],
  ])('%s is %s', (given, expected) => expect(plain(given)).toBe(expected));
  it('what no table knows has no word', () => {
    expect([denials.get('QQ'), refusals.get('999'), voidOf('12345'), voidOf(undefined)]).toEqual([
      undefined,
      undefined,
      'unknown',
      'unknown',
    ]);
  });
});

(published ? describe : describe.skip)('the published tables', () => {
  const { apiErrorMessages, voidReturnCodes, abecsByBrand, otherReturnCodesRetry, visaCategories } =
    published ?? nothing;
  /** Every return code with everything that is said of it. */
  const said = new Map<string, string[]>();
  const note = (code: string, what: string): void =>
    void said.set(plain(code), [...(said.get(plain(code)) ?? []), what]);
  for (const rows of [...Object.values(abecsByBrand), otherReturnCodesRetry]) {
    for (const [code, what] of Object.entries(rows)) note(code, what);
  }
  for (const [category, listed] of Object.entries(visaCategories)) {
    if (typeof listed !== 'string') for (const code of listed) note(code, category);
  }

  it('are known whole, and nothing beside them', () => {
    expect([...denials.keys(), ...undecided].sort()).toEqual([...said.keys()].sort());
    const newer = ['220', '233'];
    const unsaid = ['0', duplicated];
    expect([...refusals.keys()].sort()).toEqual(
      [...Object.keys(apiErrorMessages).filter((it) => !unsaid.includes(it)), ...newer].sort(),
    );
    expect([...voidCodes()].sort()).toEqual([...voidReturnCodes].sort());
  });

  it('never let a code that a brand calls irreversible be tried elsewhere', () => {
    const never = [...said].filter(([, all]) => all.some((it) => /^(irreversible|ambiguous|no|1_never)$/.test(it)));
    const tried = never.filter(([code]) => reroutable.includes(denials.get(code) ?? 'expired'));
    expect(tried).toEqual([]);
  });

  it('class the codes of a void as the sheet does', () => {
    const classed = (word: string): readonly string[] => voidCodes().filter((code) => voidOf(code) === word);
    expect(classed('done')).toEqual(['0', '9']);
    expect(classed('pending')).toEqual(['10', '223', '476']);
    for (const code of ['57', '97', '98', '99', '475', '504']) expect(voidOf(code)).toBe('unknown');
    for (const code of ['43', '56', '72', '76']) expect(voidOf(code)).toBe('our_balance');
  });
});
