import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codesOf, dueFactor, lineOf, printed } from './barcode.js';

const file = new URL('../shared/conformance/boleto.json', `file://${process.cwd()}/`);

describe('the codes of a slip', () => {
  (existsSync(file) ? it : it.skip)('are made as the published pairs are', () => {
    interface Pair {
      readonly kind: string;
      readonly barcode: string;
      readonly linhaDigitavel: string;
    }
    const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Pair[] };
    const slips = vectors.filter(({ kind }) => kind === 'bancario');
    expect(slips.map(({ barcode }) => lineOf(barcode))).toEqual(slips.map(({ linhaDigitavel }) => linhaDigitavel));
    const { barcode, linhaDigitavel: line } = slips[0]!;
    const made = codesOf({ bank: '237', due: '2024-02-12', amount: 21_320n, free: barcode.slice(19) });
    expect(made).toEqual({ barcode, line });
  });

  it('count the days from 1997, and again from 2025', () => {
    const days = ['2000-07-03', '2025-02-21', '2025-02-22', '2026-07-01', '2049-10-13', '2049-10-14'];
    expect(days.map(dueFactor)).toEqual(['1000', '9999', '1000', '1494', '9999', '1000']);
  });

  it('are printed in groups', () => {
    const line = '36490000760001433420500000000661100000000002000';
    expect(printed(line)).toBe('36490.00076 00014.334205 00000.000661 1 00000000002000');
  });
});
