import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { CardInput } from '@libs/providers/contract/inputs.js';
import type { Answered } from '@libs/providers/http.js';
import * as news from './cielo.news.js';
import * as wire from './cielo.wire.js';

const key = '0123456789abcdefghijklmno';
const ref = '6f8d1753-86bb-4dc0-9ebb-09a29093e1fb';
const twin = '7f8d1753-86bb-4dc0-9ebb-09a29093e1fb';
const ten = cents(1000);
const at = new Date('2025-01-02T13:00:00.000Z');

const answer = (status: number, json: unknown): Answered => ({
  kind: 'answered',
  status,
  headers: {},
  text: json === undefined ? '' : JSON.stringify(json),
  json,
});
const sale = (over: object = {}, order = key): object => ({
  MerchantOrderId: order,
  Customer: { Name: 'Ana' },
  Payment: {
    ServiceTaxAmount: 0,
    Installments: 1,
    Interest: 0,
    CreditCard: { CardNumber: '402400******0011', Brand: 'Visa' },
    AuthorizationCode: '663864',
    Amount: 1000,
    ReceivedDate: '2025-01-02 10:00:00',
    Status: 1,
    ReturnCode: '4',
    ReturnMessage: 'Operation Successful',
    PaymentId: ref,
    Type: 'CreditCard',
    Currency: 'BRL',
    brandNew: [1],
    ...over,
  },
});
const paid = { Status: 2, CapturedAmount: 1000, CapturedDate: '2025-01-02 10:00:00' };
const gone = (amount: number): object => ({ VoidedAmount: amount, VoidedDate: '2025-01-02 10:00:00' });
const codes = (...all: unknown[]): object[] => all.map((Code) => ({ Code, Message: 'text' }));
const short = (it: { kind: string; why?: string; code?: string }): string =>
  [it.kind, it.why ?? it.code].filter((word) => word !== undefined).join(' ');

describe('the sale that is asked for', () => {
  const input: CardInput = {
    amount: ten,
    currency: 'BRL',
    type: 'credit',
    card: {
      number: '4024007153760011',
      holder: ' João D’Ávila 3º ',
      expires: '12/2030',
      brand: 'mastercard',
      cvv: '7',
    },
    payer: { name: 'João', taxId: '12345678909', email: 'j@example.com' },
    installments: 3,
    capture: false,
    softDescriptor: 'Pão & Queijo da Serra',
  };
  it('is written in letters that Cielo takes', () => {
    expect(wire.saleBody(key, input)).toEqual({
      MerchantOrderId: key,
      Customer: { Name: 'João', Identity: '12345678909', IdentityType: 'CPF', Email: 'j@example.com' },
      Payment: {
        Type: 'CreditCard',
        Amount: 1000,
        Currency: 'BRL',
        Installments: 3,
        Capture: false,
        SoftDescriptor: 'Pao Queijo da',
        CreditCard: {
          CardNumber: '4024007153760011',
          Holder: 'Joao D Avila',
          ExpirationDate: '12/2030',
          SecurityCode: '7',
          Brand: 'Master',
        },
      },
    });
  });
  it('by debit sends the payer to his bank', () => {
    const debit = { ...input, type: 'debit', returnUrl: 'https://shop.example/back', payer: {} } as const;
    const body = wire.saleBody(key, debit);
    expect(body).toMatchObject({ Customer: {}, Payment: { Type: 'DebitCard', Authenticate: true } });
    expect(body['Payment']).toHaveProperty('DebitCard.Brand', 'Master');
    expect(body['Payment']).toHaveProperty('ReturnUrl', 'https://shop.example/back');
    expect(body['Payment']).not.toHaveProperty('Installments');
  });
});

describe('times and amounts', () => {
  it.each([
    ['2025-01-02 10:00:00', at],
    ['2025-01-02T10:00:00.5', new Date('2025-01-02T13:00:00.500Z')],
    ['2025-01-02', new Date('2025-01-02T03:00:00.000Z')],
    ['02/01/2025', undefined],
    [7, undefined],
  ])('%p is %p', (given, expected) => expect(wire.timeOf(given)).toEqual(expected));
  it.each([1.5, -1, '10', 1e15, null, undefined, true])('%p is no amount', (given) =>
    expect(wire.moneyOf(given)).toBeUndefined(),
  );
});

const made = (given: Answered): string => short(news.authorized(given, key, ten));
const found = (payment: object): string =>
  short(
    news.foundSales(
      [wire.saleOf(sale(payment))].flatMap((it) => it ?? []),
      key,
      ten,
      ref,
    ),
  );

describe('a sale', () => {
  it.each<[string, object, string]>([
    ['held', {}, 'done'],
    ['paid', paid, 'done'],
    ['denied', { Status: 3, ReturnCode: '05' }, 'declined card_declined'],
    ['denied for want of money', { Status: 3, ReturnCode: '51' }, 'declined insufficient_funds'],
    ['denied by a word nobody knows', { Status: 3, ReturnCode: 'QQ' }, 'unknown fault'],
    ['denied by a word of success', { Status: 3, ReturnCode: '00' }, 'unknown fault'],
    ['denied, to be asked again', { Status: 3, ReturnCode: 'BP 900' }, 'unknown fault'],
    ['denied without a code', { Status: 3, ReturnCode: undefined }, 'declined card_declined'],
    ['aborted', { Status: 13, ReturnCode: undefined }, 'declined card_declined'],
    ['not finished', { Status: 0, ReturnCode: '99' }, 'unknown early'],
    ['sent to the bank', { Status: 0, AuthenticationUrl: 'https://bank.example/x' }, 'pending'],
    ['sent to nowhere', { Status: 0, AuthenticationUrl: 'javascript:x' }, 'unknown early'],
    ['waiting', { Status: 12 }, 'pending'],
    ['scheduled', { Status: 20 }, 'unknown garbled'],
    ['a status in words', { Status: '1' }, 'unknown garbled'],
    ['another amount', { Amount: 1001 }, 'unknown garbled'],
  ])('%s', (_, payment, expected) => {
    expect(made(answer(201, sale(payment)))).toBe(expected);
    expect(found(payment)).toBe(expected);
  });
  it.each<[string, Answered, string]>([
    ['made with 200', answer(200, sale()), 'done'],
    ['begun with its end', answer(201, sale({ Status: 10 })), 'unknown garbled'],
    ["another's", answer(201, sale({}, 'other')), 'unknown garbled'],
    ['renamed at the acquirer', answer(201, sale({ SentOrderId: key }, 'other')), 'done'],
    ['in another currency', answer(201, sale({ Currency: 'USD' })), 'unknown garbled'],
    ['of nobody', answer(201, { MerchantOrderId: key }), 'unknown garbled'],
    ['a bad number', answer(400, codes(213)), 'declined card_invalid'],
    ['a bad date', answer(400, codes('126')), 'declined card_expired'],
    ['two faults', answer(400, codes(108, 122)), 'declined amount_invalid'],
    ['one of them unheard of', answer(400, codes(108, 999)), 'unknown fault'],
    ['a code in words', answer(400, codes('CP900')), 'unknown fault'],
    ['an error of its own', answer(400, codes(0)), 'unknown fault'],
    ['a number that is taken', answer(400, codes(302)), 'unknown duplicate'],
    ['a wrong key', answer(401, undefined), 'unknown fault'],
    ['a wrong key, in its words', answer(401, codes(132)), 'unknown fault'],
    ['too many', answer(429, undefined), 'unknown fault'],
    ['an address not let in', answer(403, undefined), 'unknown fault'],
    ['somebody else', answer(400, { message: 'no' }), 'unknown fault'],
    ['a fault', answer(500, undefined), 'unknown fault'],
  ])('%s', (_, given, expected) => expect(made(given)).toBe(expected));

  it('says what it holds, by when, and what is captured', () => {
    const data = {
      brand: 'Visa',
      captured: 0n,
      captureBy: new Date('2025-01-17T13:00:00.000Z'),
      authorization: '663864',
      returnCode: '4',
      returnMessage: 'Operation Successful',
    };
    const held = { kind: 'done', ref, at, amount: ten, currency: 'BRL', data };
    expect(news.authorized(answer(201, sale()), key, ten)).toEqual(held);
    const part = sale({ ...paid, CapturedAmount: 600 });
    expect(news.authorized(answer(201, part), key, ten)).toMatchObject({ amount: ten, data: { captured: 600n } });
    const all = sale({ Status: 2 });
    expect(news.authorized(answer(201, all), key, ten)).toMatchObject({ data: { captured: 1000n } });
  });
});

describe('sales under one number', () => {
  const read = (over: object): wire.Sale => wire.saleOf(sale(over))!;
  const [ours, other] = [read({}), read({ PaymentId: twin })];
  it('none is an absence', () => expect(news.foundSales([], key, ten)).toEqual({ kind: 'absent' }));
  it('the first authorised is ours, unless we know better', () => {
    expect(news.foundSales([ours, other], key, ten)).toMatchObject({ kind: 'done', ref, twins: [twin] });
    expect(news.foundSales([ours, other], key, ten, twin)).toMatchObject({ kind: 'done', ref: twin, twins: [ref] });
    const denied = read({ Status: 3, ReturnCode: '05' });
    expect(news.foundSales([denied, other], key, ten)).toMatchObject({ kind: 'done', ref: twin });
    expect(news.foundSales([denied, other], key, ten)).not.toHaveProperty('twins');
    const unfinished = read({ Status: 0 });
    expect(news.foundSales([unfinished, other], key, ten)).toMatchObject({ kind: 'done', ref: twin, twins: [ref] });
    expect(news.foundSales([denied, read({ PaymentId: twin, Status: 0 })], key, ten)).toMatchObject({ ref: twin });
  });
  it('what came and went before we heard of it has been returned, and is not told again', () => {
    const back = read({ ...paid, Status: 11, ...gone(1000) });
    const moved = [{ kind: 'returned', id: ref, about: { key, ref }, amount: ten, currency: 'BRL', at }];
    expect(news.foundSales([back], key, ten)).toMatchObject({ kind: 'done', moved });
    expect(news.foundSales([back], key, ten, ref)).not.toHaveProperty('moved');
    expect(news.foundSales([read({ Status: 10, ...gone(1000) })], key, ten)).not.toHaveProperty('moved');
  });
  it('shows what the holder’s bank took', () => {
    const Chargebacks = [{ CaseNumber: 'A1', Amount: 400, Date: '2025-01-02' }];
    const taken = news.foundSales([read({ ...paid, Chargebacks })], key, ten, ref);
    expect(taken).toMatchObject({ moved: [{ kind: 'taken', id: `${ref}:A1`, amount: 400n, about: { key, ref } }] });
    expect(wire.saleOf(sale({ ...paid, Chargebacks: [{ Amount: '4' }] }))).toBeUndefined();
  });
  it.each<[string, unknown, readonly string[] | undefined]>([
    ['as it was seen', { Payments: [{ PaymentId: ref.toUpperCase(), ReceveidDate: '2025-01-02T10:00:00.1' }] }, [ref]],
    ['as it is printed', { Payment: [{ PaymentId: ref }] }, [ref]],
    [
      'in any order',
      {
        Payments: [
          { PaymentId: twin, ReceveidDate: '2025-01-02T10:00:01.000' },
          { PaymentId: ref, ReceveidDate: '2025-01-02T10:00:00.999' },
        ],
      },
      [ref, twin],
    ],
    ['twice the same', { Payments: [{ PaymentId: ref }, { PaymentId: ref }] }, [ref]],
    ['empty', { Payments: [] }, []],
    ['missing', {}, undefined],
    ['with somebody in it', { Payments: [{ PaymentId: ref }, {}] }, undefined],
  ])('their list, %s', (_, json, expected) => expect(wire.listOf(json)).toEqual(expected));
});

describe('a follow-up, by the state of the sale', () => {
  const part = { ref, amount: cents(400) };
  const state = (over: object): wire.Sale => wire.saleOf(sale(over))!;
  const capture = (over: object): string => short(news.foundCapture(state(over), part));
  const release = (over: object): string => short(news.foundVoid(state(over)));
  const refund = (over: object): string => short(news.foundRefund(state(over), part, 100n));
  const four = { ...paid, CapturedAmount: 400 };
  const taken = { Chargebacks: [{ CaseNumber: '1', Amount: 1, Date: '2025-01-02' }] };

  it.each<[string, object, string, string, string]>([
    ['held', {}, 'absent', 'absent', 'unknown garbled'],
    ['held, nothing captured', { CapturedAmount: 0 }, 'absent', 'absent', 'unknown garbled'],
    ['captured so', four, 'done', 'declined not_allowed', 'unknown stray'],
    ['captured otherwise', paid, 'unknown garbled', 'declined not_allowed', 'unknown stray'],
    ['let go', { Status: 10, ...gone(1000) }, 'declined not_allowed', 'done', 'unknown stray'],
    ['given back', { ...four, Status: 11, ...gone(400) }, 'done', 'done', 'unknown stray'],
    ['as before', { ...paid, ...gone(100) }, 'unknown garbled', 'declined not_allowed', 'absent'],
    [
      'as before, and disputed',
      { ...paid, ...gone(100), ...taken },
      'unknown garbled',
      'declined not_allowed',
      'unknown stray',
    ],
    ['less by it', { ...paid, ...gone(500) }, 'unknown garbled', 'declined not_allowed', 'done'],
    ['whole, by it', { ...four, CapturedAmount: 500, Status: 10 }, 'unknown garbled', 'done', 'done'],
    ['by another hand', { ...paid, ...gone(501) }, 'unknown garbled', 'declined not_allowed', 'unknown stray'],
    ['denied', { Status: 3 }, 'unknown garbled', 'unknown garbled', 'unknown garbled'],
    ['aborted', { Status: 13 }, 'unknown garbled', 'unknown garbled', 'unknown garbled'],
  ])('%s', (_, over, captured, voided, refunded) => {
    expect([capture(over), release(over), refund(over)]).toEqual([captured, voided, refunded]);
  });
  it('an amount without its number, or a date without its amount, is not read', () => {
    expect(wire.saleOf(sale({ ...paid, CapturedAmount: undefined }))).toBeUndefined();
    expect(wire.saleOf(sale({ ...paid, VoidedAmount: '1' }))).toBeUndefined();
  });
});

describe('a follow-up, by its answer', () => {
  const part = { ref, amount: ten };
  const said = (Status: number, ReturnCode: unknown): Answered => answer(200, { Status, ReturnCode });
  it.each<[string, Answered, string, string]>([
    ['whole, as printed', said(10, '9'), 'done', 'done'],
    ['whole, as seen', said(11, '0'), 'done', 'done'],
    ['a part', said(2, '0'), 'unknown fault', 'done'],
    ['accepted', said(2, '223'), 'unknown fault', 'pending'],
    ['no balance', said(2, '43'), 'unknown fault', 'declined our_balance'],
    ['try later', said(2, '475'), 'unknown fault', 'unknown fault'],
    ['too late, held', said(1, '101'), 'declined not_allowed', 'unknown fault'],
    ['a code of a denial and yet gone', said(10, '43'), 'unknown fault', 'unknown fault'],
    ['a code that nobody knows', said(2, '12345'), 'unknown fault', 'unknown fault'],
    ['no code', said(10, undefined), 'unknown fault', 'unknown fault'],
    ['nobody', answer(404, undefined), 'unknown fault', 'unknown fault'],
    ['not possible', answer(400, codes(309)), 'declined not_allowed', 'declined not_allowed'],
    ['half a body', answer(200, {}), 'unknown garbled', 'unknown garbled'],
  ])('%s', (_, given, release, refund) => {
    expect(short(news.voided(given, part, 'void'))).toBe(release);
    expect(short(news.voided(given, part, 'refund'))).toBe(refund);
  });
  it.each<[Answered, unknown]>([
    [said(2, '6'), 'look'],
    [said(2, '00'), 'look'],
    [said(2, '842'), 'unknown fault'],
    [said(1, '6'), 'unknown fault'],
    [answer(400, codes(307)), 'declined not_allowed'],
  ])('a capture: %j', (given, expected) => {
    const heard = news.captured(given);
    expect(heard === 'look' ? heard : short(heard)).toBe(expected);
  });
});
