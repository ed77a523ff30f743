import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { isCnpj, isCpf, printedTaxId, taxId } from './cpf-cnpj.js';

describe('CPF and CNPJ', () => {
  it('checks the digits of a CPF', () => {
    for (const good of ['45576360044', '76430473910', '86423835004', '12345678909']) expect(isCpf(good)).toBe(true);
    for (const bad of ['01234567899', '12345678901', '1245678900', '11111111111', '455.763.600-44']) {
      expect([bad, isCpf(bad)]).toEqual([bad, false]);
    }
  });

  it('checks the digits of a CNPJ, with letters too', () => {
    for (const good of ['12ABC34501DE35', '11222333000181', '13794399000171']) expect(isCnpj(good)).toBe(true);
    for (const bad of ['12ABC34501DE36', '12abc34501de35', '11222333000182', '00000000000000', '12ABC34501DEA5']) {
      expect([bad, isCnpj(bad)]).toEqual([bad, false]);
    }
  });

  it('counts a letter of a CNPJ as its ASCII code less 48, those that are not issued too', () => {
    const base = fc.stringMatching(/^[0-9A-Z]{12}$/).filter((it) => !/^(.)\1*$/.test(it));
    const digit = (text: string): string => {
      const weigh = (sum: number, char: string, at: number): number => sum + (char.charCodeAt(0) - 48) * ((at % 8) + 2);
      const rest = [...text].toReversed().reduce(weigh, 0) % 11;
      return rest < 2 ? '0' : String(11 - rest);
    };
    fc.assert(
      fc.property(base, (text) => {
        const one = text + digit(text);
        const whole = one + digit(one);
        expect(taxId(whole)).toBe(whole);
        const wrong = whole.slice(0, -1) + ((Number(whole.at(-1)) + 1) % 10);
        expect(isCnpj(wrong)).toBe(false);
      }),
    );
  });

  it('reads what people and systems write', () => {
    expect(taxId('455.763.600-44')).toBe('45576360044');
    expect(taxId('11.222.333/0001-81')).toBe('11222333000181');
    expect(taxId('12.abc.345/01de-35')).toBe('12ABC34501DE35');
    for (const it of ['455.763.600-44', '12.ABC.345/01DE-35']) expect(printedTaxId(taxId(it)!)).toBe(it);
  });

  it('gives a number its lost zeros back', () => {
    expect(taxId(191)).toBe('00000000191');
    expect(taxId(11222333000181)).toBe('11222333000181');
    expect(taxId(191_000_000_191)).toBeUndefined();
  });

  it('refuses everything else', () => {
    for (const bad of ['', 'abc', '455_763_600_44', '4557636004', ' '.repeat(99), -1, 1.5, NaN, 0]) {
      expect([bad, taxId(bad)]).toEqual([bad, undefined]);
    }
  });
});
