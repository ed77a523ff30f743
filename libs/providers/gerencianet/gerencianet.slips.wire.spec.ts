import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bps, cents } from '@libs/money/cents.js';
import type { BankslipInput } from '@libs/providers/contract/inputs.js';
import type { Answered } from '@libs/providers/http.js';
import * as news from './gerencianet.slips.news.js';
import * as wire from './gerencianet.slips.wire.js';

const key = '0123456789abcdefghijklmno';
const twenty = cents(2000);
const barcode = '36490.00076 00014.334205 00000.000661 1 00000000002000';
const line = '36490000760001433420500000000661100000000002000';

const answer = (status: number, json: unknown): Answered => ({
  kind: 'answered',
  status,
  headers: {},
  text: JSON.stringify(json),
  json,
});
const short = (it: { kind: string; why?: string; code?: string }): string =>
  [it.kind, it.why ?? it.code].filter((word) => word !== undefined).join(' ');

const billet = { barcode, link: 'https://pay.example/1', expire_at: '2030-01-01', pix: { qrcode: '000201' } };
const made = (over: object = {}): object => ({
  code: 200,
  data: { ...billet, charge_id: 10, status: 'waiting', total: 2000, payment: 'banking_billet', brandNew: [1], ...over },
});
const detail = (over: object = {}): object => ({
  code: 200,
  data: {
    charge_id: 10,
    total: 2000,
    status: 'waiting',
    custom_id: key,
    created_at: '2030-01-01 23:30:00',
    payment: { method: 'banking_billet', banking_billet: billet },
    ...over,
  },
});
const row = (over: object = {}): object => ({
  id: 10,
  total: 2000,
  status: 'waiting',
  custom_id: key,
  created_at: '2030-01-01 23:30:00',
  payment: { paid_at: null },
  ...over,
});
const listOf = (...data: object[]): object => ({
  code: 200,
  data,
  params: { pagination: { limit: 100, offset: 0, page: 1 } },
});
const page = (...rows: object[]): readonly wire.Row[] => wire.pageOf(listOf(...rows))?.rows ?? [];

const found = (shown: object, listed: object = shown, ...others: object[]) => {
  const [ours] = page(row(listed));
  return news.found(wire.slipOf(detail(shown))!, ours!, page(...others), { key, amount: twenty });
};

const input: BankslipInput = {
  amount: twenty,
  currency: 'BRL',
  dueOn: '2030-01-01',
  payableDays: 30,
  payer: { name: ' Ana ', taxId: '12345678909' },
};

describe('the slip that is asked for', () => {
  it('says what has to be said', () => {
    expect(wire.slipBody(key, input)).toEqual({
      items: [{ name: 'Cobrança', value: 2000, amount: 1 }],
      metadata: { custom_id: key },
      payment: {
        banking_billet: {
          customer: { name: 'Ana', cpf: '12345678909' },
          expire_at: '2030-01-01',
          configurations: { days_to_write_off: 30 },
        },
      },
    });
  });

  it('says all that may be said, in the units that are printed', () => {
    const address = {
      street: 'Rua',
      number: '1',
      neighborhood: 'Sé',
      city: 'São Paulo',
      state: 'sp',
      zipCode: '01305-000',
    };
    const payer = {
      name: 'Loja',
      taxId: '12345678000195',
      email: 'a@b.co',
      phone: '5511999990000',
      birthDate: '1990-01-31',
    };
    const whole = { fine: { rateBps: bps(200) }, interest: { monthlyBps: bps(100) }, instructions: ' Olá ' };
    const body = wire.slipBody(key, { ...input, ...whole, payer: { ...payer, address } }, 'https://us/1');
    expect(body['metadata']).toEqual({ custom_id: key, notification_url: 'https://us/1' });
    expect(body['payment']).toEqual({
      banking_billet: {
        customer: {
          juridical_person: { corporate_name: 'Loja', cnpj: '12345678000195' },
          email: 'a@b.co',
          phone_number: '11999990000',
          birth: '1990-01-31',
          address: {
            street: 'Rua',
            number: '1',
            neighborhood: 'Sé',
            zipcode: '01305000',
            city: 'São Paulo',
            state: 'SP',
          },
        },
        expire_at: '2030-01-01',
        configurations: { days_to_write_off: 30, fine: 200, interest: 33 },
        message: 'Olá',
      },
    });
  });

  it('leaves out what would be refused, and asks no more interest than was wished', () => {
    const payer = { ...input.payer, email: 'nobody', phone: '+1 555', birthDate: '31/01/1990', address: { city: 'X' } };
    const { payment } = wire.slipBody(key, { ...input, payer });
    expect(payment).toHaveProperty('banking_billet.customer', { name: 'Ana', cpf: '12345678909' });
    expect([1, 3, 100, 990, 991].map(wire.dailyInterest)).toEqual([0, 1, 33, 330, 330]);
  });

  it('belongs to a day of São Paulo', () => {
    const late = new Date('2030-01-02T02:59:00Z');
    expect([-1, 0, 1].map((days) => wire.dayOf(late, days))).toEqual(['2029-12-31', '2030-01-01', '2030-01-02']);
  });
});

describe('the answer to its creation', () => {
  const said = (json: object, status = 200): string => short(news.created(answer(status, json), twenty));
  it('is a slip that waits', () => {
    expect(news.created(answer(200, made()), twenty)).toEqual({
      kind: 'pending',
      ref: '10',
      data: { barcode: '36491000000000020000000700014334200000000066', line, url: billet.link, qrCode: '000201' },
    });
  });
  it.each([
    ['another amount', { total: 2001 }],
    ['a line of another amount', { barcode: line.replace('2000', '2001') }],
    ['a line with a wrong digit', { barcode: line.replace('7', '8') }],
    ['no slip', { payment: 'credit_card' }],
    ['paid at once', { status: 'paid' }],
    ['a word that nobody knows', { status: 'novo' }],
  ])('%s is unclear', (_, over) => expect(said(made(over))).toBe('unknown garbled'));
  it('of another status is none', () =>
    expect([said(made(), 201), said(made(), 500)]).toEqual(['unknown garbled', 'unknown fault']));
});

describe('a slip that was asked for', () => {
  it.each([
    ['new', 'pending'],
    ['waiting', 'pending'],
    ['unpaid', 'pending'],
    ['identified', 'pending'],
    ['expired', 'pending'],
    ['paid', 'done'],
    ['contested', 'done'],
    ['canceled', 'declined cancelled'],
    ['settled', 'unknown stray'],
    ['approved', 'unknown garbled'],
    ['refunded', 'unknown garbled'],
    ['link', 'unknown garbled'],
  ])('%s is %s', (status, expected) => expect(short(found({ status }))).toBe(expected));

  it.each([
    ['waiting', 'absent'],
    ['new', 'absent'],
    ['unpaid', 'absent'],
    ['canceled', 'done'],
    ['paid', 'declined not_allowed'],
    ['identified', 'declined not_allowed'],
    ['expired', 'declined not_allowed'],
    ['settled', 'unknown stray'],
    ['refunded', 'unknown garbled'],
  ])('%s, after a cancel, is %s', (status, expected) =>
    expect(short(news.foundCancel(wire.slipOf(detail({ status }))!))).toBe(expected),
  );

  it('was paid as much as the list says, when the list says it', () => {
    const paid = { status: 'paid', payment: { paid_at: '2030-01-02 09:00:00', paid_value: 2107 } };
    const done = { kind: 'done', ref: '10', receipt: '10', amount: 2107n, at: new Date('2030-01-02T12:00:00Z') };
    expect(found({ status: 'paid' }, paid)).toMatchObject(done);
    expect(found({ status: 'paid' })).toMatchObject({ kind: 'done', amount: 2000n });
    expect(found({ status: 'contested' }, { ...paid, status: 'contested' })).toMatchObject({
      amount: 2107n,
      moved: [{ kind: 'taken', id: '10', about: { key, ref: '10' }, amount: 2107n }],
    });
  });

  it('is not believed while it changes, or when it is not what we asked for', () => {
    expect(short(found({ status: 'paid' }, {}))).toBe('unknown early');
    for (const over of [{ custom_id: 'x' }, { total: 2001 }, { payment: {} }]) {
      expect(short(found(over, {}))).toBe('unknown garbled');
    }
    expect(short(found({}, { total: 2001 }))).toBe('unknown garbled');
  });

  it('has twins: ours is the one we know, else what was paid, else the earliest', () => {
    const early = { id: 12, created_at: '2030-01-01 08:00:00' };
    const rows = page(row(), row(early), row({ id: 13, status: 'paid' }), row({ id: 14, status: 'canceled' }));
    const ids = (ref?: string): string[] => news.ranked(rows, ref).map(({ id }) => id);
    expect([ids(), ids('10')]).toEqual([
      ['13', '12', '10', '14'],
      ['10', '13', '12', '14'],
    ]);
    expect(found({}, {}, row(early), row({ id: 14, status: 'canceled' }))).toMatchObject({ twins: ['12'] });
    expect(found({ status: 'settled' }, {}, row(early))).not.toHaveProperty('twins');
  });
});

describe('a list', () => {
  it('is whole, or has another page, or is none', () => {
    expect(wire.pageOf(listOf())).toEqual({ rows: [], full: false });
    const full = { ...listOf(row()), params: { pagination: { limit: 1 } } };
    expect(wire.pageOf(full)).toMatchObject({ full: true });
    const odd = [{}, { ...listOf(), params: {} }, { ...listOf(), code: 500 }, listOf({ id: 1 })];
    for (const it of [...odd, listOf(row({ payment: { paid_value: '1' } }))]) expect(wire.pageOf(it)).toBeUndefined();
  });
});

describe('what a token tells', () => {
  const charge = { type: 'charge', custom_id: key, identifiers: { charge_id: 10 } };
  it('is of charges alone', () => {
    const told = [
      { ...charge, id: 1, status: { current: 'new', previous: null } },
      { ...charge, id: 2, status: { current: 'paid', previous: 'waiting' }, value: 2000 },
      { id: 3, identifiers: { subscription_id: 7 }, status: { current: 'active' } },
    ];
    expect(wire.toldOf({ code: 200, data: told })).toEqual([
      { id: '10', order: key, state: 'open' },
      { id: '10', order: key, state: 'paid' },
    ]);
    expect([wire.toldOf({ code: 200 }), wire.toldOf({ data: [] })]).toEqual([undefined, undefined]);
  });
});

describe('a refusal', () => {
  const no = (code: number, status = 400, over: object = {}): string =>
    short(wire.refusal(answer(status, { code, error: 'x', error_description: 'No.', ...over }), true));
  it.each([
    [4600036, 400, 'declined amount_invalid'],
    [4600037, 400, 'declined our_balance'],
    [4600142, 400, 'declined payer_invalid'],
    [4600210, 409, 'declined not_allowed'],
    [3500034, 400, 'declined request_invalid'],
    [3500049, 400, 'unsent limited'],
    [1, 429, 'unsent limited'],
    [3500001, 403, 'unsent credentials'],
    [3500008, 400, 'unsent credentials'],
    [3500000, 500, 'unknown fault'],
    [4600100, 400, 'unknown fault'],
    [4699999, 400, 'unknown fault'],
    [4600036, 500, 'unknown fault'],
  ])('%i under %i is %s', (code, status, expected) => expect(no(code, status)).toBe(expected));

  it('of a cancel is not listed, and somebody else’s is none', () => {
    const refused = { code: 3500034, error: 'validation_error', error_description: 'No.' };
    expect(short(wire.refusal(answer(400, refused)))).toBe('unknown fault');
    expect(short(wire.refusal(answer(429, { message: 'slow down' }), true))).toBe('unknown fault');
  });

  it('names the member that was wrong, and both ways of not being there', () => {
    const description = { property: '/payment/banking_billet/expire_at', message: 'bad' };
    const said = { code: 3500034, error: 'validation_error', error_description: description };
    expect(wire.complaintOf(said)?.message).toBe('/payment/banking_billet/expire_at: bad');
    const lost = (status: number): boolean => wire.lost(answer(status, { code: 3500010, error: 'x' }));
    expect([400, 404, 403, 500].map(lost)).toEqual([true, true, false, false]);
  });
});

const file = new URL('../shared/conformance/efi-cobrancas-errors.json', `file://${process.cwd()}/`);
(existsSync(file) ? describe : describe.skip)('the published table', () => {
  it('has every code that we know', () => {
    const { errors } = JSON.parse(readFileSync(file, 'utf8')) as { errors: { code: number }[] };
    const published = errors.map(({ code }) => String(code));
    expect(wire.known().filter((code) => !published.includes(code))).toEqual([]);
  });
});
