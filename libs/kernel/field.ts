import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsOptional, ValidateBy, ValidateNested } from 'class-validator';
import type { FieldFault } from './fault.js';
import { Decimal } from './json.js';

export type Refusal = FieldFault['code'];
/** Why a value is refused; an item of a list is named before the code: `[3] too_long`. Undefined: accepted. */
export type Check = (value: unknown) => Refusal | `[${number}] ${Refusal}` | undefined;

export interface FieldOptions {
  readonly optional?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  /** At most this many of them, at least one: the property is a list. */
  readonly list?: number;
  /** A list may have nothing in it. */
  readonly empty?: boolean;
}

const absent = (value: unknown): value is null | undefined => value === undefined || value === null;

function every(check: Check, most: number, empty: boolean): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'invalid';
    if (value.length === 0 && !empty) return 'out_of_range';
    if (value.length > most) return 'too_long';
    for (const [index, item] of value.entries()) {
      const refusal = absent(item) ? 'invalid' : check(item);
      if (refusal !== undefined) return `[${index}] ${refusal as Refusal}`;
    }
    return undefined;
  };
}

/** Lets `check` accept or refuse a property. Null is absent. The refusal's message is its code: see checked.ts. */
function Refused(check: Check, { optional = false, list, empty = false }: FieldOptions): PropertyDecorator {
  const all = list === undefined ? check : every(check, list, empty);
  const refused = (value: unknown): string | undefined => {
    if (absent(value)) return optional ? undefined : 'required';
    return all(value);
  };
  return ValidateBy({
    name: 'field',
    validator: {
      validate: (value: unknown) => refused(value) === undefined,
      defaultMessage: (about) => refused(about?.value) ?? 'invalid',
    },
  });
}

/** A property of a DTO that `check` accepts or refuses, with its part `api` of the OpenAPI document. */
export function Field(check: Check, options: FieldOptions, api: ApiPropertyOptions): PropertyDecorator {
  const { optional = false, description, example, list, empty = false } = options;
  const shape = list === undefined ? api : { type: 'array', items: api, minItems: empty ? 0 : 1, maxItems: list };
  return applyDecorators(
    Refused(check, options),
    ApiProperty({ ...shape, description, example, required: !optional } as ApiPropertyOptions),
  );
}

const object: Check = (value) =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof Decimal) ? undefined : 'invalid';

const kept = (given: unknown, made: unknown): unknown => {
  if (given instanceof Decimal) return given;
  return Array.isArray(given) && Array.isArray(made) ? given.map((it, i) => kept(it, made[i])) : made;
};
/** Keeps a number where an object should be: class-transformer would make an empty object of it, or half of one. */
export const AsGiven = (): PropertyDecorator =>
  Transform(({ obj, key, value }: { obj: Record<string, unknown>; key: string; value: unknown }) =>
    kept(obj[key], value),
  );

/** An object with fields of its own, or a list of them. */
export function Nested(type: () => new () => object, options: FieldOptions = {}): PropertyDecorator {
  const { optional = false, description, example, list } = options;
  return applyDecorators(
    Refused(object, options),
    Type(type),
    AsGiven(),
    ValidateNested(),
    ...(optional ? [IsOptional()] : []), // else null, which is absent, would be looked into
    // Swagger knows a lazy type by the name of its function, so the caller's own will not do.
    ApiProperty({
      type: () => type(),
      isArray: list !== undefined,
      ...(list === undefined ? {} : { minItems: 1, maxItems: list }),
      description,
      ...(example === undefined ? {} : { example }),
      required: !optional,
    }),
  );
}

export interface WholeOptions extends FieldOptions {
  /** Of a query, where everything is text. */
  readonly text?: boolean;
}

/** A whole number between two ends. */
export function Whole(least: number, most: number, options: WholeOptions = {}): PropertyDecorator {
  const check: Check = (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'invalid';
    return value < least || value > most ? 'out_of_range' : undefined;
  };
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      options.text === true && typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ),
    Field(check, options, { type: 'integer', minimum: least, maximum: most }),
  );
}

/** One of the words, or a list of them. */
export function OneOf(words: readonly string[], options: FieldOptions = {}): PropertyDecorator {
  const check: Check = (value) => (typeof value === 'string' && words.includes(value) ? undefined : 'invalid');
  return Field(check, options, { type: 'string', enum: [...words] });
}

/** Yes or no. */
export function Flag(options: FieldOptions = {}): PropertyDecorator {
  return Field((value) => (typeof value === 'boolean' ? undefined : 'invalid'), options, { type: 'boolean' });
}
