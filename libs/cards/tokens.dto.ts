import { ApiProperty } from '@nestjs/swagger';
import { Field, type FieldOptions } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';
import { isCardNumber, isUnexpired } from './check.js';
import type { CardRow } from './tokens.entity.js';

/** The number of a card, 13 to 19 digits and nothing between them. */
export const CardNumber = (options: FieldOptions = {}): PropertyDecorator =>
  Field(
    (it) => {
      if (typeof it !== 'string') return 'invalid';
      if (isCardNumber(it)) return undefined;
      return /^[\x20-\x7e]{20,}$/.test(it) ? 'too_long' : 'invalid';
    },
    { description: 'Número, somente dígitos', example: '4024007153760011', ...options },
    { type: 'string', pattern: '^\\d{13,19}$', maxLength: 19 },
  );

export const Holder = (options: FieldOptions = {}): PropertyDecorator =>
  Text(140, { pattern: /\S/, description: 'Nome como impresso no cartão', example: 'FULANO DE TAL', ...options });

/** MM/YYYY, this month or later: a card is valid until the last day of its month, in São Paulo. */
export const ExpirationDate = (options: FieldOptions = {}): PropertyDecorator =>
  Field(
    (it) => (typeof it === 'string' && isUnexpired(it) ? undefined : 'invalid'),
    { description: 'Validade, MM/AAAA: até o último dia do mês', example: '12/2030', ...options },
    { type: 'string', pattern: '^(0[1-9]|1[0-2])/\\d{4}$' },
  );

export const BrandName = (options: FieldOptions = {}): PropertyDecorator =>
  Text(20, {
    description: 'Bandeira; se vier, deve ser a do número',
    example: 'visa',
    ...options,
    optional: true,
  });

export const SecurityCode = (options: FieldOptions = {}): PropertyDecorator =>
  Text(4, { pattern: /^\d{3,4}$/, description: 'Código de segurança; nunca é guardado', example: '123', ...options });

export class NewCardTokenDto {
  @CardNumber()
  readonly number!: string;

  @Holder()
  readonly holder!: string;

  @ExpirationDate()
  readonly expirationDate!: string;

  @BrandName()
  readonly brand?: string;

  @SecurityCode({ optional: true })
  readonly cvv?: string;
}

/** Um cartão guardado: o número fica cifrado no cofre e não é mostrado. */
export class CardTokenDto {
  @ApiProperty({ format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' })
  readonly token!: string;

  @ApiProperty({ description: 'Bandeira, em minúsculas', example: 'visa' })
  readonly brand!: string;

  @ApiProperty({ description: 'Primeiros seis dígitos', example: '402400' })
  readonly first6!: string;

  @ApiProperty({ description: 'Últimos quatro dígitos', example: '0011' })
  readonly last4!: string;

  @ApiProperty({ example: 'FULANO DE TAL' })
  readonly holder!: string;

  @ApiProperty({ description: 'MM/AAAA', example: '12/2030' })
  readonly expirationDate!: string;

  static from({ id: token, brand, first6, last4, holder, expires: expirationDate }: CardRow): CardTokenDto {
    return Object.assign(new CardTokenDto(), { token, brand, first6, last4, holder, expirationDate });
  }
}
