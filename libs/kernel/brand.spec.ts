import { describe, expect, it } from 'vitest';
import { passesLuhn } from './luhn.js';
import { brandNamed, brandOf, codeLength, wrongLength } from './brand.js';

/** Numbers that acquirers and networks publish for tests. */
const published = {
  visa: ['4111111111111111', '4012001037141112', '4024007153760011', '4222222222222', '4242424242424242'],
  mastercard: ['5555555555554444', '5453010000066167', '2223003122003222', '2720990000000007', '2221000000000009'],
  elo: ['6362970000457013', '5066991111111118', '4011780000000006'],
  hipercard: ['6062825624254001', '6370950000000005'],
  amex: ['378282246310005', '376449047333005', '371449635398431'],
  diners: ['30111122223331', '36490102462661', '38520000023237'],
  discover: ['6011020000245045', '6011111111111117', '6500000000000002'],
  jcb: ['3566007770004971', '3530111333300000', '3566002020360505'],
  aura: ['5078601912345600019', '5078601870000127985'],
} as const;

describe('the brand of a number', () => {
  it.each(Object.entries(published))('%s', (brand, numbers) => {
    expect(numbers.map((it) => [it, passesLuhn(it), brandOf(it)])).toEqual(numbers.map((it) => [it, true, brand]));
  });

  it.each([
    ['4011770000000000', 'visa'],
    ['4011780000000000', 'elo'],
    ['4011790000000000', 'elo'],
    ['4011800000000000', 'visa'],
    ['4576300000000000', 'visa'],
    ['4576310000000000', 'elo'],
    ['4576330000000000', 'visa'],
    ['5066980000000000', 'aura'],
    ['5066990000000000', 'elo'],
    ['5067780000000000', 'elo'],
    ['5067790000000000', 'aura'],
    ['5099990000000000', 'elo'],
    ['5100000000000000', 'mastercard'],
    ['5599990000000000', 'mastercard'],
    ['5600000000000000', undefined],
    ['2220990000000000', undefined],
    ['2221000000000000', 'mastercard'],
    ['2720990000000000', 'mastercard'],
    ['2721000000000000', undefined],
    ['6500300000000000', 'discover'],
    ['6500310000000000', 'elo'],
    ['6550200000000000', 'discover'],
    ['3841000000000000', 'hipercard'],
    ['38410000000000', 'diners'], // as long as theirs, and not as Hipercard's
    ['3527000000000000', undefined],
    ['3528000000000000', 'jcb'],
    ['9999999999999995', undefined],
    ['', undefined],
  ])('at the edges: %s is of %s', (number, brand) => expect(brandOf(number)).toBe(brand));

  it('is of nobody when it is of a length that the brand does not have', () => {
    for (const number of ['411111111111111', '37828224631000', '555555555555444', '401178000000000000']) {
      expect([brandOf(number), wrongLength(number)]).toEqual([undefined, true]);
    }
    expect(wrongLength('9999999999999995')).toBe(false);
  });
});

it('a brand is known however it is spelt', () => {
  for (const text of ['visa', 'Visa', 'VISA']) expect(brandNamed(text)).toBe('visa');
  for (const text of ['mastercard', 'MasterCard', 'Master', 'master-card']) expect(brandNamed(text)).toBe('mastercard');
  for (const text of ['Amex', 'American Express', 'american_express']) expect(brandNamed(text)).toBe('amex');
  for (const text of ['', 'maestro', 'constructor', 'vis']) expect(brandNamed(text)).toBeUndefined();
  expect([codeLength('amex'), codeLength('visa')]).toEqual([4, 3]);
});
