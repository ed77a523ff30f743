import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { crc16, parse, verify } from './brcode.js';

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
