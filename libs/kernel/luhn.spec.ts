import { describe, expect, it } from 'vitest';
import { cardNumbersIn, cutCardNumbers, passesLuhn } from './luhn.js';

const number = '4024007153760011';

describe('Luhn', () => {
  it.each(['4111111111111111', '378282246310005', '6362970000457013', '1234567812345670', '0'])(
    'passes %s',
    (digits) => {
      expect(passesLuhn(digits)).toBe(true);
    },
  );
  it('sees any single digit that is wrong, and two neighbours that have changed places', () => {
    for (let at = 0; at < number.length; at += 1) {
      for (let digit = 0; digit < 10; digit += 1) {
        const bent = number.slice(0, at) + digit + number.slice(at + 1);
        expect(passesLuhn(bent)).toBe(bent === number);
      }
      const [a, b] = [number[at]!, number[at + 1] ?? number[at]!];
      const swapped = number.slice(0, at) + b + a + number.slice(at + 2);
      const same = a === b || Math.abs(Number(a) - Number(b)) === 9; // 09 and 90 are all the same to it
      if (at + 1 < number.length) expect([swapped, passesLuhn(swapped)]).toEqual([swapped, same]);
    }
  });
});

describe('numbers in a text', () => {
  it('are found and cut in whatever they are grouped', () => {
    for (const by of ['', ' ', '-', '.']) {
      const text = `x=${number.match(/\d{4}/g)!.join(by)}, y`;
      expect([cardNumbersIn(text), cutCardNumbers(text)]).toEqual([[number], 'x=[redacted], y']);
    }
  });
  it('are not moments, ids, bar codes, or what fails Luhn', () => {
    for (const text of [
      '1763740000003',
      '4024007153760012',
      '0199b0de-7a52-7e6b-8d3c-3f1f2c9d5a10',
      `34${number}9999999999999999999999999999`,
      'E00038166202611211635s0123456789',
    ]) {
      expect([text, cardNumbersIn(text)]).toEqual([text, []]);
    }
  });
});
