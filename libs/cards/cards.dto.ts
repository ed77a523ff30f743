import { ApiProperty } from '@nestjs/swagger';
import { ChargeDto } from '@libs/charges/charges.dto.js';
import { charges } from '@libs/charges/charges.entity.js';
import { CustomerDto } from '@libs/charges/customer.dto.js';
import { Field, Flag, Nested, Whole } from '@libs/kernel/field.js';
import { Text, TextOrInteger } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';
import { BrandName, Holder, SecurityCode } from './tokens.dto.js';

/** Quem paga. */
export class CardCustomerDto extends CustomerDto {
  @Text(140, { description: 'Nome', example: 'FULANO DE TAL' })
  override readonly name!: string;
}

/** Um cartão: o número e o mais, ou um token. Com os dois, vale o token, e o resto não é olhado. */
export class PaymentCardDto {
  // Whether it can be a number is asked later, and only where no token stands for it.
  @Text(19, { optional: true, pattern: /^\d{13,19}$/, description: 'Número, sem espaços', example: '4024007153763171' })
  readonly number?: string;

  @SecurityCode({ optional: true, description: 'Código de segurança; com token, opcional. Nunca é guardado' })
  readonly cvv?: string;

  @Holder({ optional: true })
  readonly holder?: string;

  @Text(7, {
    optional: true,
    pattern: /^(0[1-9]|1[0-2])\/\d{4}$/,
    description: 'Validade, MM/AAAA: até o último dia do mês',
    example: '12/2035',
  })
  readonly expirationDate?: string;

  @BrandName()
  readonly brand?: string;

  @Text(64, { optional: true, description: 'Token de um cartão guardado (`POST /card-tokens`)' })
  readonly token?: string;
}

class CreateCardDto {
  @Amount({ description: 'Valor em centavos: R$ 10,00 = 1000', example: 1000 })
  readonly amount!: Cents;

  @TextOrInteger(64, { optional: true, description: 'Código do lojista', example: 'order123' })
  readonly customCode?: string;

  @Flag({ optional: true, description: 'Se a compra é um presente; ausente: não', example: false })
  readonly isGift?: boolean;

  @Nested(() => CardCustomerDto, { description: 'Quem paga' })
  readonly customer!: CardCustomerDto;

  @Nested(() => PaymentCardDto, { description: 'O cartão' })
  readonly card!: PaymentCardDto;

  // Nothing that moves money is accepted and not done: splits come with digital accounts.
  @Field(
    () => 'invalid',
    { optional: true, description: 'Divisão; ainda não aceita' },
    { type: 'object', additionalProperties: true },
  )
  readonly split?: never;
}

export class CreateCreditCardDto extends CreateCardDto {
  @Text(13, {
    optional: true,
    pattern: /^[\x20-\x7e]+$/,
    description: 'Texto na fatura do comprador; o que um provedor recusa é tirado',
    example: 'LOJA',
  })
  readonly softDescriptor?: string;

  @Whole(1, 12, { optional: true, description: 'Parcelas; ausente: 1', example: 1 })
  readonly installments?: number;

  @Flag({ optional: true, description: 'false: só autoriza, e captura depois; ausente: true', example: true })
  readonly capture?: boolean;
}

const page = (value: unknown): 'invalid' | 'too_long' | undefined => {
  if (typeof value !== 'string' || !/^https?:\/\/[\x21-\x7e]+$/.test(value) || !URL.canParse(value)) return 'invalid';
  return value.length > 2_048 ? 'too_long' : undefined;
};

export class CreateDebitCardDto extends CreateCardDto {
  @Field(
    page,
    { optional: true, description: 'Para onde o pagador volta do banco', example: 'https://loja.example/volta' },
    { type: 'string', format: 'uri', maxLength: 2_048 },
  )
  readonly returnUrl?: string;
}

export class CaptureCardDto {
  @Amount({ optional: true, description: 'Valor em centavos; ausente: todo o autorizado', example: 500 })
  readonly amount?: Cents;
}

export class RefundCardDto {
  @Amount({ optional: true, description: 'Valor em centavos; ausente: tudo o que resta', example: 500 })
  readonly amount?: Cents;
}

export class CardsQuery {
  @Text(64, { description: 'Código do lojista', example: 'order123' })
  readonly customCode!: string;

  @Text(64, { optional: true, description: 'Só deste provedor', example: 'cielo' })
  readonly providerName?: string;
}

/** Uma cobrança em cartão. */
export class CardChargeDto extends ChargeDto {
  @ApiProperty({ enum: charges.states, example: 'paid' })
  override readonly status!: string;

  @ApiProperty({ type: String, nullable: true, example: 'cielo' })
  override readonly provider!: string | null;

  @ApiProperty({ enum: ['creditCard', 'debitCard'], example: 'creditCard' })
  override readonly type!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Chaves reservadas, presentes quando conhecidas: `autorizationCode` escreve-se assim',
    example: {
      paymentId: '24bc8366-fc31-4d6c-8555-17049a836a07',
      autorizationCode: '123456',
      returnCode: '6',
      returnMessage: 'Operation Successful',
      customCode: 'order123',
    },
  })
  override readonly metadata!: Readonly<Record<string, string>>;

  @ApiProperty({ description: 'Se a compra é um presente', example: false })
  readonly isGift!: boolean;

  @ApiProperty({ type: 'integer', description: 'Parcelas', example: 1 })
  readonly installments!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Texto na fatura', example: 'LOJA' })
  readonly softDescriptor!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Página do banco, onde o pagador se autentica' })
  readonly redirectUrl!: string | null;
}
