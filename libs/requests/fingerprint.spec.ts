import { describe, expect, it } from 'vitest';
import { parseJson } from '@libs/kernel/json.js';
import { canonical, told } from './fingerprint.js';
import { Wish } from './wish.js';

const body = (text: string): unknown => parseJson(Buffer.from(text));

describe('the fingerprint of a wish', () => {
  it('does not see the order of members, nulls, or blanks', () => {
    expect(canonical(body('{"b":1,"a":{"d":[1,2],"c":null}}'))).toBe(canonical(body(' {"a": {"d": [1, 2]}, "b": 1}')));
    expect(told('POST /a', '', undefined)).toBe(told('POST /a', '', {}));
  });

  it('sees everything else', () => {
    const all = [
      '{}',
      '{"a":1}',
      '{"a":"1"}',
      '{"a":[1,2]}',
      '{"a":[2,1]}',
      '{"a":{}}',
      '{"a":1.5}',
      '{"a":true}',
      '[]',
    ];
    expect(new Set(all.map((it) => canonical(body(it)))).size).toBe(all.length);
    expect(told('POST /a', '', {})).not.toBe(told('POST /b', '', {}));
    expect(told('POST /a', 'amount=1', {})).not.toBe(told('POST /a', 'amount=2', {}));
  });

  it('does not mistake text for structure', () => {
    expect(canonical({ a: '1,"b":2' })).not.toBe(canonical({ a: 1, b: 2 }));
    expect(canonical(['a","b'])).not.toBe(canonical(['a', 'b']));
  });

  it('never holds a secret, at any depth', () => {
    const text = canonical({
      card: { cvv: 'S1', number: '4' },
      password: 'S2',
      authToken: 'S3',
      docs: [{ file: 'S4' }],
    });
    expect(text).toBe('{"card":{"number":"4"},"docs":[{}]}');
  });

  it('holds the hash of a card instead of its number', () => {
    const given = { number: '1', card: { number: '4024007153763171', cvv: '123' } };
    expect(canonical(given, () => 'hash')).toBe('{"card":{"number":"hash"},"number":"1"}');
  });
});

describe('an Idempotency-Key', () => {
  const wish = (key?: string): Wish => new Wish('merchant:m:test', key, 'POST /pix', '', {});

  it('is 1 to 255 printable ASCII characters, or not there', () => {
    for (const good of [undefined, 'a', 'a b', '~'.repeat(255)]) expect(wish(good).checkedKey).toBe(good);
    for (const bad of ['', 'é', 'a\tb', '\u007f', '~'.repeat(256)]) {
      expect(() => wish(bad).checkedKey).toThrow(expect.objectContaining({ status: 422 }));
    }
  });
});
