import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { Decimal } from './json.js';

/** Stands where a percentage should, so that the number which was refused is not taken for one. */
class Refused {
  constructor(readonly code: 'out_of_range' | 'invalid') {}
}

/** A percentage as JSON writes it, of at most two decimals, in hundredths; else why it is none. */
export function toHundredths(value: unknown, most: number): number | Refused {
  const text = value instanceof Decimal ? value.text : typeof value === 'number' ? String(value) : '';
  const near = text === '' ? NaN : Number(text);
  if (near < 0.01 || near > most / 100) return new Refused('out_of_range');
  const [, whole, part = ''] = /^(\d{1,3})(?:\.(\d{1,2})0{0,9})?$/.exec(text) ?? [];
  return whole === undefined ? new Refused('invalid') : Number(whole + part.padEnd(2, '0'));
}

export interface PercentageOptions {
  /** In hundredths of a percent, as the property will be. */
  readonly most: number;
  readonly optional?: boolean;
  readonly description?: string;
  readonly example?: number;
}

/** A percentage of a request, from 0.01 to `most`, never a float: the property is whole hundredths of a percent. */
export function Percentage({ most, optional = false, description, example }: PercentageOptions): PropertyDecorator {
  const refused = (value: unknown): string | undefined => {
    if (value === undefined || value === null) return optional ? undefined : 'required';
    return value instanceof Refused ? value.code : undefined;
  };
  return applyDecorators(
    Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => {
      const given = obj[key];
      return given === undefined || given === null ? given : toHundredths(given, most);
    }),
    ValidateBy({
      name: 'percentage',
      validator: {
        validate: (value: unknown) => refused(value) === undefined,
        defaultMessage: (about) => refused(about?.value) ?? 'invalid',
      },
    }),
    ApiProperty({ type: 'number', minimum: 0.01, maximum: most / 100, description, example, required: !optional }),
  );
}
