import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { cents } from './cents.js';

const most = 10n ** 12n;
const digits = /^[1-9]\d{0,30}$/;

/** The amount that a request states: an integer or a string of digits; undefined when it is neither. */
function read(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string') return undefined;
  if (value === '0') return 0n;
  return digits.test(value) ? BigInt(value) : undefined;
}

/** The amount as `Cents` when it is one; else what was given, which `refusal` then refuses. */
export function toCents(value: unknown): unknown {
  const amount = read(value);
  return amount !== undefined && amount > 0n && amount <= most ? cents(amount) : value;
}

/** api.md's code for what is no amount; undefined for `Cents`. */
export function refusal(value: unknown): 'required' | 'out_of_range' | 'invalid' | undefined {
  if (value === undefined || value === null) return 'required';
  if (typeof value === 'bigint') return undefined;
  return read(value) === undefined ? 'invalid' : 'out_of_range';
}

export interface AmountOptions {
  readonly optional?: boolean;
  readonly description?: string;
  readonly example?: number;
}

/**
 * A money field of a request: whole minor units from 1 to 10^12, as an integer or a string of digits (api.md §1). The
 * property becomes `Cents`; absent and null stay absent where it is optional. The refusal's message is its code.
 */
export function Amount(options: AmountOptions = {}): PropertyDecorator {
  const {
    optional = false,
    description = 'Valor em centavos (inteiro, ou texto só com dígitos)',
    example = 1000,
  } = options;
  const refused = (value: unknown): string | undefined => {
    const code = refusal(value);
    return optional && code === 'required' ? undefined : code;
  };
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => toCents(value)),
    ValidateBy({
      name: 'amount',
      validator: {
        validate: (value: unknown) => refused(value) === undefined,
        defaultMessage: (about) => refused(about?.value) ?? 'invalid',
      },
    }),
    ApiProperty({
      oneOf: [
        { type: 'integer', minimum: 1, maximum: 1_000_000_000_000 },
        { type: 'string', pattern: '^[1-9][0-9]{0,12}$' },
      ],
      description,
      example,
      required: !optional,
    }),
  );
}
