import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { BankslipInput, PixInput } from '@libs/providers/contract/inputs.js';
import type { Answered } from '@libs/providers/http.js';
import * as news from './cielo.issued.news.js';
import * as wire from './cielo.issued.wire.js';

const key = '0123456789abcdefghijklmno';
const ref = '6f8d1753-86bb-4dc0-9ebb-09a29093e1fb';
const other = '7f8d1753-86bb-4dc0-9ebb-09a29093e1fb';
const one = cents(100);
const by = { key, amount: one };

const answer = (status: number, json: unknown): Answered => ({
  kind: 'answered',
  status,
  headers: {},
  text: JSON.stringify(json),
  json,
});
const short = (it: { kind: string; why?: string; code?: string }): string =>
  [it.kind, it.why ?? it.code].filter((word) => word !== undefined).join(' ');

/** Of the old contract, with the name as its sample spells it. */
const old = (over: object = {}): object => ({
  MerchantOrderId: key,
  Payment: {
    Paymentid: ref,
    Type: 'Pix',
    AcquirerTransactionId: other,
    ProofOfSale: '1',
    QrcodeBase64Image: 'x',
    QrCodeString: '000201',
    Amount: 100,
    ReceivedDate: '2030-01-01 10:00:00',
    Status: 12,
    ReturnCode: '0',
    brandNew: [1],
    ...over,
  },
});
const asked = (over: object = {}): object => old({ Paymentid: undefined, PaymentId: ref.toUpperCase(), ...over });
const slip = (over: object = {}): object => ({
  MerchantOrderId: key,
  Payment: {
    PaymentId: ref,
    Type: 'Boleto',
    Amount: 15_700,
    Status: 1,
    Number: '123-2',
    Url: 'https://bank.example/1',
    BarCodeNumber: '00096629900000157000494250000000012300656560',
    DigitableLine: '00090.49420 50000.000013 23006.565602 6 62990000015700',
    ...over,
  },
});

describe('what is asked for', () => {
  const payer = { name: ' Ana ', taxId: '52998224725' };
  const input: PixInput = { amount: one, currency: 'BRL', expireSeconds: 7200, payer };
  const customer = { Name: 'Ana', Identity: '52998224725', IdentityType: 'CPF' };

  it('is a code of either contract', () => {
    expect(wire.codeBody(key, input)).toEqual({
      MerchantOrderId: key,
      Customer: customer,
      Payment: { Type: 'Pix', Amount: 100 },
    });
    expect(wire.codeBody(key, { ...input, expireSeconds: 60 }, 'cielo2')['Payment']).toEqual({
      Type: 'Pix',
      Amount: 100,
      Provider: 'Cielo2',
      QrCode: { Expiration: 60 },
    });
    expect([wire.named(payer), wire.named({ name: 'Ana' }), wire.named(undefined)]).toEqual([true, false, false]);
  });

  it('is a slip of one of the banks, with the whole address', () => {
    const place = {
      street: 'Rua',
      number: '1',
      neighborhood: 'Sé',
      city: 'São Paulo',
      state: 'sp',
      zipCode: '01305-000',
    };
    const wish: BankslipInput = {
      amount: one,
      currency: 'BRL',
      dueOn: '2030-01-01',
      payableDays: 30,
      payer: { ...payer, address: place },
      instructions: ' Olá ',
    };
    const Address = {
      Street: 'Rua',
      Number: '1',
      ZipCode: '01305000',
      District: 'Sé',
      City: 'São Paulo',
      State: 'SP',
      Country: 'BRA',
    };
    expect(wire.slipBody(key, wish)).toEqual({
      MerchantOrderId: key,
      Customer: { ...customer, Address },
      Payment: {
        Type: 'Boleto',
        Provider: 'Simulado',
        Amount: 100,
        ExpirationDate: '2030-01-01',
        Instructions: 'Olá',
      },
    });
    const banks = ['bradesco', 'bancodobrasil'].map((bank) => wire.slipBody(key, wish, bank)['Payment']);
    expect(banks).toMatchObject([{ Provider: 'Bradesco2' }, { Provider: 'BancoDoBrasil2' }]);
    for (const missing of Object.keys(place)) expect(wire.placeOf({ ...place, [missing]: '' })).toBeUndefined();
  });
});

describe('the answer to a creation', () => {
  const code = (json: object, status = 201): string => short(news.createdCode(answer(status, json), by));
  const printed = { key, amount: cents(15_700) };
  const made = (over: object = {}): string => short(news.createdSlip(answer(201, slip(over)), printed));

  it('is a code, however its id is spelt', () => {
    for (const json of [old(), asked()]) {
      const data = { txid: ref, qrCode: '000201' };
      expect(news.createdCode(answer(201, json), by)).toEqual({ kind: 'pending', ref, data });
    }
  });

  it('is the slip that is printed, its line and its bar code being one', () => {
    expect(news.createdSlip(answer(201, slip()), printed)).toEqual({
      kind: 'pending',
      ref,
      data: {
        barcode: '00096629900000157000494250000000012300656560',
        line: '00090494205000000001323006565602662990000015700',
        number: '123-2',
        url: 'https://bank.example/1',
      },
    });
    const second = {
      BarCodeNumber: '00091628800000157000494250100000001200656560',
      DigitableLine: '00090.49420 50100.000004 12006.565605 1 62880000015700',
    };
    expect([made(second), made({ ...second, BarCodeNumber: 'x' }), made({ DigitableLine: '1' })]).toEqual([
      'pending',
      'unknown garbled',
      'unknown garbled',
    ]);
  });

  it.each([
    [0, 'unknown early', 'unknown early'],
    [1, 'unknown garbled', 'pending'],
    [2, 'unknown garbled', 'unknown garbled'],
    [3, 'declined not_allowed', 'declined not_allowed'],
    [10, 'unknown garbled', 'unknown garbled'],
    [12, 'pending', 'unknown garbled'],
    [13, 'declined not_allowed', 'declined not_allowed'],
    [20, 'unknown garbled', 'unknown garbled'],
  ])('%i is %s of a code, %s of a slip', (Status, expected, ofSlip) =>
    expect([code(asked({ Status })), made({ Status })]).toEqual([expected, ofSlip]),
  );

  it('is unclear when it is of something else', () => {
    for (const over of [{ Amount: 101 }, { Type: 'CreditCard' }, { Currency: 'EUR' }, { QrCodeString: '' }]) {
      expect(code(asked(over))).toBe('unknown garbled');
    }
    expect(code({ ...asked(), MerchantOrderId: 'another' })).toBe('unknown garbled');
    expect(code({ error: 'x' }, 422)).toBe('unknown fault');
    expect(short(news.createdCode(answer(400, [{ Code: 173, Message: 'no' }]), by))).toBe('declined not_allowed');
  });
});

describe('a code that was asked for', () => {
  const shown = (over: object = {}) => wire.codeOf(asked(over))!;
  const paid = { EndToEndId: 'E1', CapturedAmount: 100, CapturedDate: '2030-01-02 09:00:00' };

  it.each([
    [0, 'unknown early'],
    [2, 'done'],
    [3, 'declined not_allowed'],
    [10, 'declined cancelled'],
    [11, 'done'],
    [12, 'pending'],
    [13, 'declined cancelled'],
    [77, 'unknown garbled'],
  ])('%i is %s', (Status, expected) => expect(short(news.standingCode(shown({ Status }), by))).toBe(expected));

  it('was paid, also while its money is on its way back', () => {
    const done = { kind: 'done', receipt: 'E1', amount: 100n, at: new Date('2030-01-02T12:00:00Z') };
    for (const Status of [2, 11, 12]) expect(news.standingCode(shown({ ...paid, Status }), by)).toMatchObject(done);
    expect(news.standingCode(shown({ Status: 2 }), by)).toMatchObject({ receipt: ref });
    const back = { kind: 'returned', id: ref, about: { key, ref }, amount: 100n };
    expect(news.standingCode(shown({ ...paid, Status: 11 }), by)).toMatchObject({ moved: [back] });
    expect(news.standingCode(shown({ ...paid, Status: 11 }), { ...by, ref })).not.toHaveProperty('moved');
  });

  it('after a removal or a refund', () => {
    const cancels = [2, 10, 11, 12, 13].map((Status) => short(news.foundCancel(shown({ Status }))));
    const refused = 'declined not_allowed';
    expect(cancels).toEqual([refused, 'done', refused, 'absent', 'unknown garbled']);
    expect(short(news.foundCancel(shown({ ...paid, Status: 12 })))).toBe(refused);
    const refunds = [2, 10, 11, 12, 13].map((Status) => short(news.foundRefund(shown({ Status }), one)));
    expect(refunds).toEqual(['absent', 'unknown garbled', 'done', 'pending', 'unknown garbled']);
    expect(short(news.foundRefund(shown({ Status: 11 }), cents(99)))).toBe('unknown garbled');
  });

  it('has twins', () => {
    const twin = { ...shown({ Status: 2 }), id: other };
    const all = [shown(), twin, { ...shown({ Status: 10 }), id: 'gone' }];
    expect(news.found(all, by, news.standingCode)).toMatchObject({ kind: 'done', ref: other, twins: [ref] });
    expect(news.found(all, { ...by, ref }, news.standingCode)).toMatchObject({ kind: 'pending', ref, twins: [other] });
    expect(news.found([], by, news.standingCode)).toEqual({ kind: 'absent' });
    expect(short(news.found([twin], { ...by, ref }, news.standingCode))).toBe('unknown garbled');
  });
});

describe('the answer to a void', () => {
  const said = (body: object, status = 200): Answered => answer(status, body);
  it.each<[string, object, string, string]>([
    ['a removal as it is printed', { ReasonCode: 8, ReasonMessage: 'Scheduled' }, 'pending', 'unknown fault'],
    ['a removal with a status', { Status: 12, ReasonCode: 8, ReturnCode: '0' }, 'pending', 'unknown fault'],
    ['a removal that is done', { Status: 10, ReturnCode: '0' }, 'done', 'unknown fault'],
    ['a refund', { Status: 12, ReasonCode: 0, ReturnCode: '0' }, 'declined not_allowed', 'pending'],
    ['a refund that is done', { Status: 11, ReasonCode: 0, ReturnCode: '0' }, 'unknown fault', 'done'],
    [
      'a refund that is refused',
      { Status: 2, ReasonCode: 0, ReturnCode: '72' },
      'unknown fault',
      'declined our_balance',
    ],
    ['a refund that is not decided', { Status: 2, ReasonCode: 0, ReturnCode: '98' }, 'unknown fault', 'unknown fault'],
    ['a refund not to be repeated', { Status: 2, ReasonCode: 0, ReturnCode: '476' }, 'unknown fault', 'pending'],
    ['nothing', { Status: 2, ReasonCode: 0, ReturnCode: '0' }, 'unknown fault', 'unknown fault'],
    ['a status that nobody knows', { Status: 77, ReasonCode: 8 }, 'unknown garbled', 'unknown garbled'],
  ])('%s: %p', (_, body, cancel, refund) => {
    expect([short(news.removed(said(body), ref)), short(news.refunding(said(body), ref, one))]).toEqual([
      cancel,
      refund,
    ]);
  });
  it('under another status is none', () => {
    expect(short(news.removed(said({ ReasonCode: 8 }, 202), ref))).toBe('unknown garbled');
    expect(short(news.refunding(said([{ Code: 312, Message: 'no' }], 400), ref, one))).toBe('declined not_allowed');
  });
});

describe('a slip that was asked for', () => {
  it.each([
    [0, 'unknown early'],
    [1, 'pending'],
    [2, 'done'],
    [3, 'declined not_allowed'],
    [10, 'unknown garbled'],
    [12, 'unknown garbled'],
    [13, 'declined cancelled'],
  ])('%i is %s', (Status, expected) => {
    const found = news.standingSlip(wire.slipOf(slip({ Status }))!, { key, amount: cents(15_700) });
    expect(short(found)).toBe(expected);
    if (found.kind === 'done') expect(found).toMatchObject({ amount: 15_700n, receipt: ref });
  });
});
