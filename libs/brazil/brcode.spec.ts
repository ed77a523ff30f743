import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { crc16, format, parse, scan, staticCode, verify } from './brcode.js';
import { plain } from './plain.js';

interface Vector {
  readonly payload: string;
  readonly crc: string;
  readonly crcValid: boolean;
  readonly fields: readonly (readonly [string, string])[];
}
const file = new URL('../shared/conformance/brcode.json', `file://${process.cwd()}/`);
const vectors = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }).vectors
  : [];
if (vectors.length === 0) console.warn('the published BR Codes are not here: those cases are left out');

// Static, key and amount of our own making; its check sum was computed with another program.
const own = '00020126330014br.gov.bcb.pix0111455763600445204000053039865802BR5905AMIGO6006CIDADE62070503***6304';

describe('a BR Code', () => {
  it('has the check sum that its standard gives for 123456789', () => {
    expect(crc16('123456789')).toBe('29B1');
  });

  it.each(vectors)('verifies $payload', ({ payload, crc, crcValid, fields }) => {
    expect(crc16(payload.slice(0, -4))).toBe(crc);
    expect(verify(payload)).toBe(crcValid);
    expect(parse(payload)).toEqual(fields);
    expect(format(fields.slice(0, -1))).toBe(payload);
    const said = new Map(fields);
    expect(scan(payload)).toMatchObject({ name: said.get('59'), city: said.get('60'), once: said.get('01') === '12' });
  });

  it('is refused when any one character is another', () => {
    const code = own + crc16(own);
    expect(verify(code)).toBe(true);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: code.length - 1 }), fc.constantFrom(...'0123456789ABz'), (at, char) => {
        fc.pre(code[at] !== char);
        expect(verify(code.slice(0, at) + char + code.slice(at + 1))).toBe(false);
      }),
    );
  });

  it('is refused when it is cut, or is none', () => {
    const code = own + crc16(own);
    for (let length = 0; length < code.length; length += 1) expect(verify(code.slice(0, length))).toBe(false);
    expect(() => parse('0002')).toThrow(RangeError);
    expect(() => parse('xx02ab')).toThrow(RangeError);
  });
});

describe('a static Pix code', () => {
  const key = '123e4567-e12b-12d1-a456-426655440000';
  const sample = { key, name: 'Fulano de Tal', city: 'BRASILIA' };

  it("is the central bank's own sample", () => {
    const account = '26580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000';
    const rest = '5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D';
    expect(staticCode(sample)).toBe(`000201${account}${rest}`);
  });

  it('says what it was asked to say', () => {
    const asked = { ...sample, amountCents: 123_456n, txid: 'Pedido00000000000000000123', text: 'Mensalidade' };
    expect(() => staticCode(asked)).toThrow(RangeError);
    const code = staticCode({ ...asked, txid: 'Pedido0000000000000000123' });
    expect(code).toContain('54071234.56');
    expect(scan(code)).toEqual({ ...asked, txid: 'Pedido0000000000000000123', url: undefined, once: false });
  });

  it('has names without accents, cut to their length', () => {
    const code = staticCode({ key, name: 'Açaí & Pão de Queijo Conceição Ltda', city: 'São José dos Campos' });
    expect(scan(code)).toMatchObject({ name: 'Acai & Pao de Queijo Conc', city: 'Sao Jose dos Ca' });
    expect(plain('  Łódź\t– ½ “Straße” 日本 ')).toBe('Lodz - 12 "Strasse"');
  });

  it('is scanned again whatever it was made of', () => {
    const of = fc.record({
      key: fc.constantFrom(key, '45576360044', '+5561912345678', `${'f'.repeat(65)}@exemplo.com`),
      name: fc.string({ unit: 'grapheme', maxLength: 80 }).map((it) => `Zé${it}`),
      city: fc.string({ unit: 'grapheme', maxLength: 80 }).map((it) => `Ú${it}`),
      text: fc.string({ unit: 'grapheme', maxLength: 140 }),
      amountCents: fc.option(fc.bigInt({ min: 1n, max: 10n ** 12n - 1n }), { nil: undefined }),
      txid: fc.option(fc.stringMatching(/^[A-Za-z0-9]{1,25}$/), { nil: undefined }),
    });
    fc.assert(
      fc.property(of, (it) => {
        const code = staticCode(it);
        expect(verify(code)).toBe(true);
        expect(code).toMatch(/^[\x20-\x7e]+$/);
        const { key: receiver, amountCents, txid, name, city } = scan(code)!;
        expect([receiver, amountCents, txid]).toEqual([it.key, it.amountCents, it.txid]);
        expect(name.length <= 25 && city.length <= 15 && name.startsWith('Ze') && city.startsWith('U')).toBe(true);
      }),
    );
  });

  it('is not made of what no code can say', () => {
    for (const wrong of [
      { name: '日本' },
      { city: ' ' },
      { key: '' },
      { key: 'x'.repeat(78) },
      { amountCents: 0n },
      { amountCents: 10n ** 12n },
      { txid: '' },
      { txid: 'a-b' },
      { txid: 'a'.repeat(26) },
    ]) {
      expect(() => staticCode({ ...sample, ...wrong })).toThrow(RangeError);
    }
  });

  it('is nothing when it is of another scheme or asks for no amount', () => {
    const members = parse(staticCode({ ...sample, amountCents: 100n })).slice(0, -1);
    const other = (id: string, value: string) => format(members.map((it) => (it[0] === id ? [id, value] : it)));
    expect(scan(other('54', '1.00'))).toMatchObject({ amountCents: 100n });
    for (const [id, value] of [
      ['26', '0014br.gov.bcb.pi0'],
      ['26', 'broken'],
      ['54', '1,00'],
      ['54', '-1.00'],
    ] as const) {
      expect(scan(other(id, value))).toBeUndefined();
    }
    expect(scan('https://example.com')).toBeUndefined();
  });
});
