import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { cnpj, cpf } from 'cpf-cnpj-validator';

const repeated = /^(.)\1*$/;

/**
 * Eleven digits with right check digits. Repeated digits pass the arithmetic and belong to nobody. The library's own
 * `isValid` is not asked: it also refuses 12345678909, which is somebody's.
 */
export function isCpf(text: string): boolean {
  if (!/^\d{11}$/.test(text) || repeated.test(text)) return false;
  return text.endsWith(`${cpf.verifierDigit(text.slice(0, 9))}${cpf.verifierDigit(text.slice(0, 10))}`);
}

/** Fourteen characters, upper case, the first twelve also letters (Instrução Normativa RFB 2.229/2024). */
export const isCnpj = (text: string): boolean =>
  /^[0-9A-Z]{12}\d{2}$/.test(text) && !repeated.test(text) && cnpj.isValid(text);

// What people and systems print between the digits; anything else is a slip of the pen, not punctuation.
const punctuation = /[.\-/ ]/g;

/**
 * A CPF or CNPJ without punctuation, in upper case; undefined when it is neither. A number has lost its leading zeros:
 * it is padded to 11 digits, beyond eleven to 14.
 */
export function taxId(given: string | number): string | undefined {
  if (typeof given === 'number') {
    if (!Number.isSafeInteger(given) || given < 0) return undefined;
    const digits = String(given);
    return taxId(digits.padStart(digits.length > 11 ? 14 : 11, '0'));
  }
  if (given.length > 32) return undefined;
  const bare = given.replaceAll(punctuation, '').toUpperCase();
  return isCpf(bare) || isCnpj(bare) ? bare : undefined;
}

/** A bare CPF or CNPJ with the dots and strokes that people read it by. */
export const printedTaxId = (bare: string): string =>
  bare.length === 11
    ? bare.replace(/^(.{3})(.{3})(.{3})(.{2})$/, '$1.$2.$3-$4')
    : bare.replace(/^(.{2})(.{3})(.{3})(.{4})(.{2})$/, '$1.$2.$3/$4-$5');

export interface TaxIdOptions {
  readonly optional?: boolean;
  readonly description?: string;
  readonly example?: string;
  /** Only persons: a CNPJ is refused. */
  readonly person?: boolean;
}

/** A CPF or CNPJ of a request, as text or JSON integer, punctuated or not; the property is the bare text. */
export function TaxId(options: TaxIdOptions = {}): PropertyDecorator {
  const { optional = false, description = 'CPF ou CNPJ', example = '12345678909', person = false } = options;
  const refused = (value: unknown): string | undefined => {
    if (value === undefined || value === null) return optional ? undefined : 'required';
    return typeof value === 'string' && (isCpf(value) || (!person && isCnpj(value))) ? undefined : 'invalid';
  };
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' || typeof value === 'number' ? (taxId(value) ?? value) : value,
    ),
    ValidateBy({
      name: 'taxId',
      validator: {
        validate: (value: unknown) => refused(value) === undefined,
        defaultMessage: (about) => refused(about?.value) ?? 'invalid',
      },
    }),
    ApiProperty({
      oneOf: [
        { type: 'string', maxLength: 32 },
        { type: 'integer', minimum: 0 },
      ],
      description,
      example,
      required: !optional,
    }),
  );
}
