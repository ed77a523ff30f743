import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isSecret, redact } from './log.js';

const number = '4024007153760011';
const cvv = '739';
const key = 'ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN';
const card = { CardNumber: number, Holder: 'ANA', SecurityCode: cvv, Brand: 'Visa' };
const sale = { MerchantOrderId: 'a1', Payment: { Amount: 1000, CreditCard: card } };
const json = JSON.stringify(sale);
const grouped = (by: string): string => number.match(/\d{4}/g)!.join(by);

describe('what of a card may be shown', () => {
  it.each<[string, string]>([
    ['a body', json],
    ['a body inside a body', JSON.stringify({ json })],
    ['a body as a list', JSON.stringify([json])],
    ['an inspection', inspect(sale, { depth: 9 })],
    ['a form', `type=card&card%5Bnumber%5D=${number}&card%5Bcvc%5D=${cvv}&card[cvc]=${cvv}`],
    ['a number for a number', `{"number":${number},"cvv":${cvv}}`],
    ['an address', `GET /cards?card_number=${number}&cvv=${cvv}`],
    ['a message', `the card ${number} was refused (cvv: ${cvv})`],
    ['a name with it', `card_${number}, security_code=${cvv}`],
    ['in groups', `${grouped(' ')} ${grouped('-')} ${grouped('.')}`],
  ])('neither number nor code in %s', (_, text) => {
    expect([text.includes(number.slice(-4)), redact(text)]).toEqual([true, expect.not.stringContaining(number)]);
    for (const shape of [grouped(' '), grouped('-'), grouped('.'), cvv]) expect(redact(text)).not.toContain(shape);
  });

  it('the rest of it, and what only looks like it', () => {
    expect(redact(json)).toContain('"MerchantOrderId":"a1"');
    for (const text of ['402400******0011', '"Amount":1000', '4024007153760012', '2025-01-02 10:00:00', '739']) {
      expect(redact(text)).toBe(text);
    }
  });
});

describe('what of an account may be shown', () => {
  it.each([
    `merchantkey: ${key}`,
    `MerchantKey:${key}`,
    JSON.stringify({ merchantKey: key }),
    JSON.stringify(JSON.stringify({ MerchantKey: key })),
    JSON.stringify(['merchantkey', key]),
    JSON.stringify({ Data: { KeyLoja: key, KeyValue: key } }),
    JSON.stringify(JSON.stringify({ estabelecimento: { chaveGateway: key } })),
    inspect({ merchantkey: key }),
  ])('not the key: %s', (text) => expect(redact(text)).not.toContain(key));
  it('nor what a log-in sends', () => {
    const form = `username=loja&password=${key}&grant_type=password`;
    for (const text of [form, `POST /token\n${form}`, JSON.stringify({ body: form }), `password=${key}`]) {
      expect(redact(text)).toEqual(expect.not.stringContaining(key));
    }
    expect(redact(form)).toBe('username=loja&password=[redacted]&grant_type=password');
  });
  it('nor the secret of its callback address', () => {
    const address = 'https://shop.example/callbacks/stripe/s3cretS3cret';
    for (const text of [address, `${address}/pix`, `url=${encodeURIComponent(address)}&enabled=1`]) {
      expect(redact(text)).toEqual(expect.not.stringContaining('s3cretS3cret'));
    }
    expect(redact(`${address}/pix`)).toBe('https://shop.example/callbacks/stripe/[redacted]/pix');
  });
  it('nor by its name', () => {
    for (const name of ['merchantKey', 'MerchantKey', 'cvv', 'SecurityCode', 'CardNumber']) {
      expect(isSecret(name)).toBe(true);
    }
  });
});
