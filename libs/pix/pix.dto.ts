import { ApiProperty } from '@nestjs/swagger';
import { ChargeDto } from '@libs/charges/charges.dto.js';
import { CustomerDto } from '@libs/charges/customer.dto.js';
import { Field, Nested, Whole } from '@libs/kernel/field.js';
import { Text, TextOrInteger } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';

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

export class CancelManyDto {
  @TextOrInteger(64, { list: 1000, description: 'Códigos do lojista', example: ['order123', 'order456'] })
  readonly customCodes!: readonly string[];
}

export class NotCanceledDto {
  @ApiProperty({ example: 'order456' })
  readonly customCode!: string;

  @ApiProperty({ example: 'Pix não encontrado.' })
  readonly message!: string;
}

/** O que foi feito de cada código; repetir a chamada mostra o andamento. */
export class CanceledManyDto {
  @ApiProperty({ type: [String], description: 'Sem nenhum Pix pendente, e com ao menos um cancelado' })
  readonly canceled!: readonly string[];

  @ApiProperty({ type: [String], description: 'Ainda em andamento' })
  readonly processing!: readonly string[];

  @ApiProperty({ type: [NotCanceledDto], description: 'Não cancelados, e por quê' })
  readonly failed!: readonly NotCanceledDto[];
}

/** Uma cobrança Pix. */
export class PixDto extends ChargeDto {
  @ApiProperty({ type: String, nullable: true, description: 'BR Code; nulo enquanto não emitido' })
  readonly qrCode!: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Segundos de validade; nulo de um Pix estático',
    example: 3600,
  })
  readonly expire!: number | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Quando expira; nulo de um Pix estático',
  })
  readonly expiresAt!: string | null;

  @ApiProperty({ description: 'Identificador opaco no gateway' })
  readonly gatewayId!: string;

  @ApiProperty({ type: String, nullable: true, description: 'De um pagamento: o Pix estático que foi pago' })
  readonly staticId!: string | null;
}
