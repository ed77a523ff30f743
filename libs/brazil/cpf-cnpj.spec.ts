import { describe, expect, it } from '@jest/globals';
import { isCnpj, isCpf, taxId } from './cpf-cnpj.js';

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

  it('reads what people and systems write', () => {
    expect(taxId('455.763.600-44')).toBe('45576360044');
    expect(taxId('11.222.333/0001-81')).toBe('11222333000181');
    expect(taxId('12.abc.345/01de-35')).toBe('12ABC34501DE35');
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
