import { ApiProperty } from '@nestjs/swagger';
import { TaxId } from '@libs/brazil/cpf-cnpj.js';
import { ChargeDto } from '@libs/charges/charges.dto.js';
import { Field, Nested, Whole } from '@libs/kernel/field.js';
import { isDay, startOf } from '@libs/kernel/period.js';
import { Text, TextOrInteger } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';

const moment = (value: unknown): 'invalid' | undefined =>
  typeof value === 'string' && startOf(value) !== undefined ? undefined : 'invalid';

export class AddressDto {
  @Text(100, { optional: true, description: 'Logradouro', example: 'Rua do Alecrim' })
  readonly street?: string;

  @TextOrInteger(100, { optional: true, description: 'Número', example: 'S/N' })
  readonly number?: string;

  @Text(100, { optional: true, description: 'País', example: 'BR' })
  readonly country?: string;

  @Text(2, { optional: true, pattern: /^[A-Za-z]{2}$/, description: 'UF, duas letras', example: 'SP' })
  readonly state?: string;

  @TextOrInteger(9, { optional: true, pad: 8, pattern: /^\d{5}-?\d{3}$/, description: 'CEP', example: '45002100' })
  readonly zipCode?: string;

  @Text(100, { optional: true, description: 'Cidade', example: 'São Paulo' })
  readonly city?: string;

  @Text(100, { optional: true, least: 0, description: 'Complemento', example: 'Casa 2' })
  readonly complement?: string;

  @Text(100, { optional: true, description: 'Bairro', example: 'Jardim São Paulo' })
  readonly neighborhood?: string;
}

/** Quem paga. Tudo é opcional no Pix. */
export class CustomerDto {
  @Text(140, { optional: true, description: 'Nome', example: 'FULANO DE TAL' })
  readonly name?: string;

  @TaxId({ optional: true, description: 'CPF ou CNPJ', example: '45576360044' })
  readonly documentNumber?: string;

  @Text(254, { optional: true, pattern: /^[^@\s]+@[^@\s]+$/, description: 'E-mail', example: 'foo@bar.com' })
  readonly email?: string;

  @TextOrInteger(20, {
    optional: true,
    pattern: /^\+?[\d ()-]{8,20}$/,
    description: 'Telefone',
    example: '11123451234',
  })
  readonly phoneNumber?: string;

  @Field(
    (it) => (typeof it === 'string' && isDay(it) ? undefined : 'invalid'),
    {
      optional: true,
      description: 'Nascimento',
      example: '1990-01-01',
    },
    { type: 'string', format: 'date' },
  )
  readonly birthdate?: string;

  @Field(
    moment,
    { optional: true, description: 'Cliente desde', example: '2022-03-20T08:37:40.000Z' },
    {
      type: 'string',
      format: 'date-time',
    },
  )
  readonly customerSince?: string;

  @Nested(() => AddressDto, { optional: true, description: 'Endereço' })
  readonly address?: AddressDto;
}

export class CreatePixDto {
  @Amount({ description: 'Valor em centavos: R$ 10,00 = 1000', example: 1000 })
  readonly amount!: Cents;

  @TextOrInteger(64, { optional: true, description: 'Código do lojista', example: 'order123' })
  readonly customCode?: string;

  @Nested(() => CustomerDto, { optional: true, description: 'Quem paga' })
  readonly customer?: CustomerDto;

  @Text(140, { optional: true, description: 'Instruções ao pagador', example: 'Consulte seu pedido no app.' })
  readonly instructions?: string;

  @TextOrInteger(35, {
    optional: true,
    pattern: /^[A-Za-z0-9]{26,35}$/,
    description: 'Identificador do pagamento (txid), único por lojista; ausente: criado por nós',
  })
  readonly paymentId?: string;

  @Whole(1, 2_592_000, { optional: true, description: 'Segundos até expirar; ausente: 3600', example: 3600 })
  readonly expire?: number;

  // Nothing that moves money is accepted and not done: splits come with digital accounts.
  @Field(
    () => 'invalid',
    { optional: true, description: 'Divisão; ainda não aceita' },
    { type: 'object', additionalProperties: true },
  )
  readonly split?: never;
}

export class RefundPixDto {
  @Amount({ optional: true, description: 'Valor em centavos; ausente: tudo o que resta', example: 500 })
  readonly amount?: Cents;
}

export class PixQuery {
  @Text(64, { description: 'Código do lojista', example: 'order123' })
  readonly customCode!: string;
}

/** Uma cobrança Pix. */
export class PixDto extends ChargeDto {
  @ApiProperty({ type: String, nullable: true, description: 'BR Code; nulo enquanto não emitido' })
  readonly qrCode!: string | null;

  @ApiProperty({ type: 'integer', description: 'Segundos de validade', example: 3600 })
  readonly expire!: number;

  @ApiProperty({ format: 'date-time', description: 'Quando expira' })
  readonly expiresAt!: string;

  @ApiProperty({ description: 'Identificador opaco no gateway' })
  readonly gatewayId!: string;
}
