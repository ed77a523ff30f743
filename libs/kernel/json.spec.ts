import { describe, expect, it } from 'vitest';
import { Decimal, parseJson } from './json.js';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

describe('a request body', () => {
  it('keeps numbers that a double does not hold, or that are not written whole, as their text', () => {
    expect(parse('{"a":1,"b":-7,"c":"1.5"}')).toEqual({ a: 1, b: -7, c: '1.5' });
    for (const text of ['1.5', '1.0', '1e3', '1E3', '12345678901234567890']) {
      expect(parse(`{"a":[${text}]}`)).toEqual({ a: [new Decimal(text)] });
    }
  });

  it('may be empty, an object or a list', () => {
    expect([parse(''), parse('{}'), parse('[]')]).toEqual([undefined, {}, []]);
  });

  it('is refused when it is not JSON, not UTF-8, too deep or a bare value', () => {
    const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
    for (const bad of ['{', '{"a":}', "{'a':1}", ' ', '1', '1.5', 'true', 'null', '"a"', '{"a":1}x', deep]) {
      expect(() => parse(bad)).toThrow(SyntaxError);
    }
    expect(() => parseJson(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toThrow(SyntaxError);
    expect(() => parse('['.repeat(60_000))).toThrow(SyntaxError);
  });

  it('does not count brackets inside a text', () => {
    expect(parse(JSON.stringify({ a: '[{\\"'.repeat(50) }))).toEqual({ a: '[{\\"'.repeat(50) });
  });
});
