import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { buildCode, dueFactor, dueOn, printedBank, printedLine, readCode } from './barcode.js';
import { addDays } from './days.js';

interface Vector {
  readonly kind: 'bancario' | 'arrecadacao';
  readonly barcode: string;
  readonly linhaDigitavel: string;
  readonly amountCents: number;
  readonly dueFactor: string | null;
  readonly bank: string | null;
}
const file = new URL('../shared/conformance/boleto.json', `file://${process.cwd()}/`);
const vectors = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }).vectors
  : [];
if (vectors.length === 0) console.warn('the published slips are not here: those cases are left out');

/** Lines of other programs' tests, one by modulus 10, three by modulus 11. */
const collections = [
  '836200000005667800481000180975657313001589636081',
  '858900004609524601791605607593050865831483000010',
  '848900000002404201622015806051904292586034111220',
  '858000000070438403281922630720192528304729600523',
];
const digits = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const due = fc.integer({ min: 0, max: 17_999 }).map((days) => addDays('2000-07-03', days));
const slips = fc
  .record({
    bank: digits(3).filter((it) => !it.startsWith('8')),
    dueOn: fc.option(due, { nil: undefined }),
    amountCents: fc.bigInt({ min: 0n, max: 10n ** 10n - 1n }),
    freeField: digits(25),
  })
  .map((parts) => ({ parts, code: buildCode(parts) }));

/** The same rule written otherwise: the products by a table, not by a loop of weights. */
const rest = (text: string): number =>
  [...text].toReversed().reduce((sum, digit, at) => sum + Number(digit) * ((at % 8) + 2), 0) % 11;
const without = (text: string, at: number): string => text.slice(0, at) + text.slice(at + 1);
const put = (text: string, at: number, digit: string): string => text.slice(0, at) + digit + text.slice(at + 1);

/** Every code that differs in one digit. */
function* mistakes(code: string): Generator<{ at: number; wrong: string }> {
  for (let at = 0; at < code.length; at += 1) {
    for (const digit of '0123456789') if (digit !== code[at]) yield { at, wrong: put(code, at, digit) };
  }
}

describe('a slip of a bank', () => {
  it.each(vectors.filter(({ kind }) => kind === 'bancario'))('reads $barcode', (vector) => {
    for (const given of [vector.barcode, vector.linhaDigitavel, printedLine(vector.linhaDigitavel)]) {
      expect(readCode(given)).toMatchObject({
        kind: 'bank',
        barcode: vector.barcode,
        line: vector.linhaDigitavel,
        bank: vector.bank,
        dueFactor: vector.dueFactor,
        amountCents: BigInt(vector.amountCents),
      });
    }
  });

  it('is built on either side of the day on which the due factor begins again', () => {
    const slip = { bank: '529', amountCents: 123_456n, freeField: '0001090000000000100000010' };
    const before = buildCode({ ...slip, dueOn: '2025-02-21' });
    expect(before.barcode).toBe('52993999900001234560001090000000000100000010');
    expect(printedLine(before.line)).toBe('52990.00108 90000.000001 01000.000107 3 99990000123456');
    const after = buildCode({ ...slip, dueOn: '2025-02-22' });
    expect(after.barcode).toBe('52999100000001234560001090000000000100000010');
    expect(after.line).toBe('52990001089000000000101000000107910000000123456');
  });

  it('goes from code to line and back with every part', () => {
    fc.assert(
      fc.property(slips, ({ parts, code }) => {
        for (const given of [code.barcode, code.line, printedLine(code.line)]) expect(readCode(given)).toEqual(code);
        expect(code).toMatchObject({ bank: parts.bank, amountCents: parts.amountCents, freeField: parts.freeField });
        expect(code.dueFactor).toBe(parts.dueOn === undefined ? '0000' : dueFactor(parts.dueOn));
      }),
    );
  });

  it('is refused for any one wrong digit that its check digits tell', () => {
    // Rests of 0, 1 and 10 all print 1: between them the general digit is blind, and it is the line's last field alone.
    const blind = new Set([0, 1, 10]);
    fc.assert(
      fc.property(slips, ({ code }) => {
        for (const { at, wrong } of mistakes(code.barcode)) {
          const same = at !== 4 && [code.barcode, wrong].every((it) => blind.has(rest(without(it, 4))));
          // Neither is a slip with another currency, nor what begins with 8: that is a collection, or nothing.
          const other = at === 3 || wrong.startsWith('8');
          expect([wrong, readCode(wrong).kind !== 'bank']).toEqual([wrong, !same || other]);
        }
        for (const { at, wrong } of mistakes(code.line)) {
          if (at < 33) expect([wrong, readCode(wrong).kind]).toEqual([wrong, 'refused']);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('has no room for everything', () => {
    const slip = { bank: '341', amountCents: 1n, freeField: '0'.repeat(25) };
    for (const wrong of [
      { bank: '34' },
      { bank: '841' },
      { amountCents: 10n ** 10n },
      { amountCents: -1n },
      { freeField: '0'.repeat(24) },
      { dueOn: '2000-07-02' },
      { dueOn: '2049-10-14' },
      { dueOn: '2026-02-30' },
    ]) {
      expect(() => buildCode({ ...slip, ...wrong })).toThrow(RangeError);
    }
  });

  it('says what is wrong with it', () => {
    const { barcode, line } = buildCode({ bank: '341', amountCents: 1000n, freeField: '1'.repeat(25) });
    expect(readCode(`${line}x`)).toEqual({ kind: 'refused', reason: 'characters' });
    expect(readCode('')).toEqual({ kind: 'refused', reason: 'length' });
    expect(readCode(' '.repeat(1_000_000))).toEqual({ kind: 'refused', reason: 'length' });
    expect(readCode(`${line}0`)).toEqual({ kind: 'refused', reason: 'length' });
    expect(readCode(put(barcode, 3, '8'))).toEqual({ kind: 'refused', reason: 'currency' });
    expect(readCode(put(barcode, 4, '0'))).toEqual({ kind: 'refused', reason: 'check_digit' });
    for (const [at, reason] of [
      [0, 'field_1'],
      [12, 'field_2'],
      [22, 'field_3'],
      [32, 'check_digit'],
    ] as const) {
      const digit = String((Number(line[at]) + 1) % 10);
      expect(readCode(put(line, at, digit))).toEqual({ kind: 'refused', reason });
    }
    expect(readCode('34'.repeat(24))).toEqual({ kind: 'refused', reason: 'length' });
    // Digits of other alphabets are none.
    expect(readCode('٣'.repeat(47))).toEqual({ kind: 'refused', reason: 'characters' });
  });
});

describe('a collection', () => {
  it.each(vectors.filter(({ kind }) => kind === 'arrecadacao'))('reads $barcode', (vector) => {
    for (const given of [vector.barcode, vector.linhaDigitavel, printedLine(vector.linhaDigitavel)]) {
      const read = { kind: 'collection', barcode: vector.barcode, line: vector.linhaDigitavel };
      expect(readCode(given)).toMatchObject({ ...read, amountCents: BigInt(vector.amountCents) });
    }
  });

  it.each(collections)('goes from line to code and back: %s', (line) => {
    const read = readCode(line);
    if (read.kind !== 'collection') throw new Error(read.kind);
    expect(read.line).toBe(line);
    expect(readCode(read.barcode)).toEqual(read);
    expect(readCode(printedLine(line))).toEqual(read);
    expect(read.barcode).toHaveLength(44);
  });

  it('is refused for any one wrong digit that its check digits tell', () => {
    for (const line of collections) {
      const eleven = /^8.[89]/.test(line);
      const blocks = (text: string): string[] => [0, 12, 24, 36].map((at) => text.slice(at, at + 11));
      const low = (text: string): boolean => rest(text) < 2;
      for (const { at, wrong } of mistakes(line)) {
        const [was, is] = [blocks(line), blocks(wrong)];
        const block = Math.floor(at / 12);
        // Rests of 0 and 1 both print 0: a digit is missed where neither of its two check digits tells them apart.
        // A third digit that names the other modulus makes another code of it, which may be right by chance.
        if (at === 2 && /[89]/.test(wrong[2]!) !== eleven) continue;
        const missed =
          eleven &&
          at % 12 < 11 &&
          ![0, 3].includes(at) &&
          [was[block]!, is[block]!].every(low) &&
          [was.join(''), is.join('')].every((it) => low(without(it, 3)));
        expect([wrong, readCode(wrong).kind]).toEqual([wrong, missed ? 'collection' : 'refused']);
      }
    }
  });

  it('says what is wrong with it', () => {
    const [line] = collections as [string];
    expect(readCode(put(line, 2, '5'))).toEqual({ kind: 'refused', reason: 'value_kind' });
    for (const [at, reason] of [
      [11, 'field_1'],
      [23, 'field_2'],
      [35, 'field_3'],
      [47, 'field_4'],
    ] as const) {
      expect(readCode(put(line, at, String((Number(line[at]) + 1) % 10)))).toEqual({ kind: 'refused', reason });
    }
    expect(readCode(line.slice(0, 47))).toEqual({ kind: 'refused', reason: 'length' });
  });
});

describe('a due factor', () => {
  it('counts from 1997 and begins again in 2025', () => {
    for (const [day, factor] of [
      ['2000-07-03', '1000'],
      ['2020-08-06', '8339'],
      ['2020-08-28', '8361'],
      ['2025-02-21', '9999'],
      ['2025-02-22', '1000'],
      ['2026-07-01', '1494'],
      ['2049-10-13', '9999'],
    ]) {
      expect([day, dueFactor(day!)]).toEqual([day, factor]);
    }
  });

  it('is read as the date that is nearer', () => {
    expect(dueOn('1494', '2026-06-01')).toBe('2026-07-01');
    expect(dueOn('9999', '2025-03-01')).toBe('2025-02-21');
    expect(dueOn('8361', '2026-11-21')).toBe('2020-08-28');
    expect(dueOn('0000', '2026-06-01')).toBeUndefined();
    expect(dueOn('0999', '2026-06-01')).toBeUndefined();
    fc.assert(
      fc.property(due, fc.integer({ min: -5_500, max: 3_000 }), (day, ago) => {
        expect(dueOn(dueFactor(day), addDays(day, ago))).toBe(day);
      }),
    );
  });
});

it('the number of a bank has its own check digit', () => {
  for (const printed of ['001-9', '033-7', '104-0', '237-2', '341-7', '756-0']) {
    expect(printedBank(printed.slice(0, 3))).toBe(printed);
  }
});
