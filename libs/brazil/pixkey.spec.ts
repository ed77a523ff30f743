import { describe, expect, it } from 'vitest';
import { pixKey, pixKeyOf, type PixKeyType } from './pixkey.js';

describe('a Pix key', () => {
  const good: [PixKeyType, string, string][] = [
    ['cpf', '455.763.600-44', '45576360044'],
    ['cpf', '45576360044', '45576360044'],
    ['cnpj', '13.794.399/0001-71', '13794399000171'],
    ['cnpj', '12.abc.345/01de-35', '12ABC34501DE35'],
    ['email', ' Fulano.Silva+pix@Exemplo.COM.br ', 'fulano.silva+pix@exemplo.com.br'],
    ['phone', '+5561912345678', '+5561912345678'],
    ['phone', '+55 (61) 91234-5678', '+5561912345678'],
    ['phone', '(61) 91234-5678', '+5561912345678'],
    ['phone', '+351 912 345 678', '+351912345678'],
    ['random', '123E4567-e12b-12d1-a456-426655440000', '123e4567-e12b-12d1-a456-426655440000'],
  ];
  it.each(good)('%s: %s', (type, given, key) => {
    expect(pixKey(given)).toEqual({ type, key });
    expect(pixKeyOf(type, given)).toBe(key);
    expect(pixKeyOf(type, key)).toBe(key);
    for (const other of ['cpf', 'cnpj', 'email', 'phone', 'random'] as const) {
      if (other !== type) expect([other, pixKeyOf(other, given)]).toEqual([other, undefined]);
    }
  });

  it('is no telephone unless it looks like one or is said to be one', () => {
    // Eleven digits, no CPF, and a mobile of São Paulo.
    expect(pixKey('11987654321')).toBeUndefined();
    for (const given of ['11987654321', '5511987654321', '11 98765-4321']) {
      expect(pixKeyOf('phone', given)).toBe('+5511987654321');
    }
    expect(pixKeyOf('phone', '1132654321')).toBe('+551132654321');
  });

  it('is refused when it is none', () => {
    for (const bad of [
      '',
      'fulano',
      'fulano@',
      'fulano@exemplo',
      'ful ano@exemplo.com',
      `${'f'.repeat(77)}@exemplo.com`,
      'fulano@-exemplo.com',
      '45576360045',
      '12ABC34501DE36',
      '+55119876543',
      '+5501987654321',
      '+0119876543210',
      '+55119876543210',
      '123e4567e12b12d1a456426655440000',
      '123e4567-e12b-12d1-a456-42665544000g',
      '٤٥٥٧٦٣٦٠٠٤٤',
      'x'.repeat(1_000_000),
    ]) {
      expect([bad.slice(0, 90), pixKey(bad)]).toEqual([bad.slice(0, 90), undefined]);
    }
  });
});
