import { applyDecorators } from '@nestjs/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { type Check, Field, type FieldOptions } from './field.js';
import { Decimal } from './json.js';

export interface TextOptions extends FieldOptions {
  /** 0 where an empty text may stand; 1 unless said. */
  readonly least?: number;
  /** What the whole text must match; `invalid` else. */
  readonly pattern?: RegExp;
}
export interface TextOrIntegerOptions extends TextOptions {
  /** Digits that a number is padded to: it has lost its zeros. A text is taken as it is. */
  readonly pad?: number;
}

/** PostgreSQL refuses NUL and half of a surrogate pair; no name or code has any other control character. */
export const unprintable = /[\p{Cc}\p{Cs}]/u;

/** Code points, as PostgreSQL counts them and a person does. */
export const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
};

const accepts =
  (most: number, { least = 1, pattern }: TextOptions): Check =>
  (value) => {
    if (typeof value !== 'string' || unprintable.test(value)) return 'invalid';
    const length = lengthOf(value);
    if (length > most) return 'too_long';
    if (length < least) return 'invalid';
    return pattern === undefined || pattern.test(value) ? undefined : 'invalid';
  };

const shape = (most: number, { least = 1, pattern }: TextOptions): ApiPropertyOptions => ({
  type: 'string',
  minLength: least,
  maxLength: most,
  ...(pattern === undefined ? {} : { pattern: pattern.source }),
});

/** A printable text of at most `most` code points, kept as it came: nothing is trimmed. */
export function Text(most: number, options: TextOptions = {}): PropertyDecorator {
  return Field(accepts(most, options), options, shape(most, options));
}

/** The digits of a whole number that is not negative; anything else as it is. */
export function toText(value: unknown, pad = 0): unknown {
  if (typeof value === 'number') return value >= 0 && !Object.is(value, -0) ? String(value).padStart(pad, '0') : value;
  return value instanceof Decimal && /^\d+$/.test(value.text) ? value.text : value;
}

/** An identifier that a request may also send as a JSON integer (api.md §1); the property is always a string. */
export function TextOrInteger(most: number, options: TextOrIntegerOptions = {}): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      Array.isArray(value) ? value.map((item) => toText(item, options.pad)) : toText(value, options.pad),
    ),
    Field(accepts(most, options), options, {
      oneOf: [shape(most, options) as { type: 'string' }, { type: 'integer', minimum: 0 }],
    }),
  );
}
