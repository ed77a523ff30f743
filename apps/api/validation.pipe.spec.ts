import { describe, expect, it } from 'vitest';
import { IsInt, IsOptional, IsString, Max, MaxLength } from 'class-validator';
import { TaxId } from '@libs/brazil/cpf-cnpj.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';
import { checked, checkedList, Lenient } from '@libs/kernel/checked.js';
import { type FieldFault, InvalidFault } from '@libs/kernel/fault.js';
import { Flag, Nested, OneOf, Whole } from '@libs/kernel/field.js';
import { parseJson } from '@libs/kernel/json.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Text, TextOrInteger } from '@libs/kernel/text.js';
import { ValidationPipe } from './validation.pipe.js';

class Address {
  @TextOrInteger(8, { optional: true, pad: 8, pattern: /^\d{8}$/ })
  zipCode?: string;
}
class Order {
  @Amount()
  amount!: Cents;

  @Text(5, { optional: true })
  name?: string;

  @TextOrInteger(64, { optional: true })
  customCode?: string;

  @TextOrInteger(8, { optional: true, list: 3 })
  codes?: string[];

  @TaxId({ optional: true })
  document?: string;

  @Nested(() => Address, { optional: true })
  address?: Address;

  @Nested(() => Address, { optional: true, list: 2 })
  places?: Address[];

  @OneOf(['a', 'b'], { optional: true })
  kind?: string;

  @Flag({ optional: true })
  gift?: boolean;

  @Whole(1, 9, { optional: true })
  parts?: number;

  @IsOptional()
  @IsString()
  @MaxLength(3)
  stock?: string;

  @IsOptional()
  @IsInt()
  @Max(3)
  few?: number;
}
@Lenient()
class Open {
  @Text(5)
  name!: string;
}

function faults(work: () => unknown): Record<string, string> {
  try {
    work();
  } catch (error) {
    if (!(error instanceof InvalidFault)) throw error;
    const errors = error.extra['errors'] as FieldFault[];
    return Object.fromEntries(errors.map(({ field, code }) => [field, code]));
  }
  return {};
}
const order = (body: unknown): Record<string, string> => faults(() => checked(Order, body));
const json = (text: string): unknown => parseJson(Buffer.from(text));

describe('a body', () => {
  it('becomes its DTO', () => {
    const body = { amount: '1000', customCode: 7, document: 191, address: { zipCode: 1310100 }, codes: [1, 'b'] };
    expect(checked(Order, body)).toEqual({
      amount: 1000n,
      customCode: '7',
      document: '00000000191',
      address: { zipCode: '01310100' },
      codes: ['1', 'b'],
    });
  });

  it('takes null for absent', () => {
    expect(checked(Order, { amount: 1, name: null, address: { zipCode: null }, stock: null })).toEqual({
      amount: 1n,
      address: {},
    });
    expect(order({ amount: null })).toEqual({ amount: 'required' });
    expect(order(undefined)).toEqual({ amount: 'required' });
  });

  it('names each refused field and why', () => {
    expect(
      order({ amount: 0, name: 'longer', kind: 'c', gift: 'yes', parts: 10, more: 1, stock: 'long', few: 4 }),
    ).toEqual({
      amount: 'out_of_range',
      name: 'too_long',
      kind: 'invalid',
      gift: 'invalid',
      parts: 'out_of_range',
      more: 'unknown_field',
      stock: 'too_long',
      few: 'out_of_range',
    });
    expect(order({ amount: '1.0', stock: 5, few: 'x', parts: '1', document: '123', name: '' })).toEqual({
      amount: 'invalid',
      stock: 'invalid',
      few: 'invalid',
      parts: 'invalid',
      document: 'invalid',
      name: 'invalid',
    });
  });

  it('says where: in objects by dots, in lists by brackets', () => {
    const refused = order({
      amount: 1,
      address: { zipCode: '1', x: 1 },
      places: [{}, { zipCode: 'x' }],
      codes: ['a', ''],
    });
    expect(refused).toEqual({
      'address.zipCode': 'invalid',
      'address.x': 'unknown_field',
      'places[1].zipCode': 'invalid',
      'codes[1]': 'invalid',
    });
    expect(order({ amount: 1, codes: [], places: [{}, {}, {}] })).toEqual({
      codes: 'out_of_range',
      places: 'too_long',
    });
    expect(order({ amount: 1, codes: [null], places: [1] })).toEqual({ 'codes[0]': 'invalid', 'places[0]': 'invalid' });
  });

  it('wants an object where one stands', () => {
    expect(order([])).toEqual({ body: 'invalid' });
    for (const bad of [[], [{}], 'x', 1, true])
      expect(order({ amount: 1, address: bad })).toEqual({ address: 'invalid' });
  });

  it('refuses texts that nobody can print or store', () => {
    for (const bad of ['a\u0000', 'a\n', '\u007f', '\ud800', 'a\ud800b']) {
      expect(order({ amount: 1, name: bad })).toEqual({ name: 'invalid' });
    }
    expect(order({ amount: 1, stock: '\u0000' })).toEqual({ stock: 'invalid' });
    expect(order({ amount: 1, name: '😀😀😀😀😀' })).toEqual({});
  });

  it('is not fooled by names that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(order(json(`{"amount":1,"${name}":{"polluted":true}}`))).toEqual({ [name]: 'unknown_field' });
    }
    expect(order(json('{"amount":1,"address":{"__proto__":1}}'))).toEqual({ 'address.__proto__': 'unknown_field' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes no float for money or a code, and any digits for a code', () => {
    for (const bad of ['1e3', '1000.0', '12345678901234567890']) {
      expect(order(json(`{"amount":${bad}}`))['amount']).toBe('invalid');
    }
    expect(checked(Order, json('{"amount":1,"customCode":12345678901234567890}')).customCode).toBe(
      '12345678901234567890',
    );
    for (const bad of ['-1', '1.5', '-0', 'true', '{}', '[]']) {
      expect(order(json(`{"amount":1,"customCode":${bad}}`))).toEqual({ customCode: 'invalid' });
    }
  });

  it('leaves unknown fields out where a dialect says so', () => {
    expect(checked(Open, { name: 'a', more: 1 })).toEqual({ name: 'a' });
  });

  it('may be a list', () => {
    expect(checkedList(Open, [{ name: 'a' }])).toEqual([{ name: 'a' }]);
    expect(faults(() => checkedList(Open, [{ name: 'a' }, {}, null]))).toEqual({
      '[1].name': 'required',
      '[2]': 'invalid',
    });
    expect(faults(() => checkedList(Open, {}))).toEqual({ body: 'invalid' });
  });
});

describe('the pipe', () => {
  const pipe = new ValidationPipe();

  it('checks bodies strictly and queries leniently, and leaves the rest alone', () => {
    const [body, query] = [{ type: 'body', metatype: Order } as const, { type: 'query', metatype: PageQuery } as const];
    expect(faults(() => pipe.transform({ amount: 1, x: 1 }, body))).toEqual({ x: 'unknown_field' });
    expect(pipe.transform({ x: 1 }, query)).toEqual({ limit: 10 });
    expect(pipe.transform('1', { type: 'param', metatype: String })).toBe('1');
    expect(pipe.transform([1], { type: 'body', metatype: Array })).toEqual([1]);
  });
});

describe('a query', () => {
  it('reads numbers from text, has defaults, and ignores what it does not know', () => {
    expect(checked(PageQuery, { other: '1' }, { lenient: true })).toEqual({ limit: 10 });
    expect(checked(PageQuery, { limit: '100' }, { lenient: true }).limit).toBe(100);
    for (const [bad, code] of [
      ['0', 'out_of_range'],
      ['101', 'out_of_range'],
      ['', 'invalid'],
      ['1.5', 'invalid'],
      ['-1', 'invalid'],
    ]) {
      expect(faults(() => checked(PageQuery, { limit: bad }, { lenient: true }))).toEqual({ limit: code });
    }
  });
});
