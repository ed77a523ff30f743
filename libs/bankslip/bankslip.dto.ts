import { ApiProperty } from '@nestjs/swagger';
import { TaxId } from '@libs/brazil/cpf-cnpj.js';
import { ChargeDto } from '@libs/charges/charges.dto.js';
import { AddressDto } from '@libs/charges/customer.dto.js';
import { Field, Nested, OneOf, Whole } from '@libs/kernel/field.js';
import { Percentage } from '@libs/kernel/percentage.js';
import { isDay } from '@libs/kernel/period.js';
import { Text, TextOrInteger } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';

/** Quem paga o boleto. Um provedor que exige o endereço não é usado sem ele. */
export class SlipPayerDto {
  @Text(140, { description: 'Nome', example: 'FULANO DE TAL' })
  readonly name!: string;

  @TaxId({ description: 'CPF ou CNPJ', example: '45576360044' })
  readonly documentNumber!: string;

  @TextOrInteger(20, {
    optional: true,
    pattern: /^\+?[\d ()-]{8,20}$/,
    description: 'Telefone',
    example: '11923451234',
  })
  readonly phoneNumber?: string;

  @Text(254, { optional: true, pattern: /^[^@\s]+@[^@\s]+$/, description: 'E-mail', example: 'foo@bar.com' })
  readonly email?: string;

  @Nested(() => AddressDto, { optional: true, description: 'Endereço' })
  readonly address?: AddressDto;
}

/** Multa após o vencimento: um dos dois. É impressa e informada ao banco, que a calcula. */
export class FineDto {
  @Percentage({ most: 1_000, optional: true, description: 'Por cento do valor, até 10', example: 2 })
  readonly percentage?: number;

  @Amount({ optional: true, description: 'Valor em centavos, em vez da porcentagem', example: 100 })
  readonly amount?: Cents;
}

/** Juros após o vencimento. São impressos e informados ao banco, que os calcula. */
export class InterestDto {
  @Percentage({ most: 990, description: 'Por cento ao mês, até 9,9', example: 1 })
  readonly percentage!: number;
}

export class CreateBankslipDto {
  @Amount({ description: 'Valor em centavos: R$ 10,00 = 1000', example: 1000 })
  readonly amount!: Cents;

  @Field(
    (it) => (typeof it === 'string' && isDay(it) ? undefined : 'invalid'),
    { description: 'Vencimento, AAAA-MM-DD em São Paulo; não pode ter passado', example: '2035-12-05' },
    { type: 'string', format: 'date' },
  )
  readonly dueDate!: string;

  @Nested(() => SlipPayerDto, { description: 'Quem paga' })
  readonly payerData!: SlipPayerDto;

  @TextOrInteger(64, { optional: true, description: 'Código do lojista', example: 'order123' })
  readonly customCode?: string;

  @Text(255, {
    optional: true,
    description: 'Instruções, impressas no boleto',
    example: 'Após o pagamento, consulte seu saldo no aplicativo',
  })
  readonly instructions?: string;

  @Nested(() => FineDto, { optional: true, description: 'Multa', example: { percentage: 2 } })
  readonly fine?: FineDto;

  @Nested(() => InterestDto, { optional: true, description: 'Juros' })
  readonly interest?: InterestDto;

  @Whole(0, 120, {
    optional: true,
    description: 'Dias após o vencimento em que ainda pode ser pago; depois expira. Ausente: 30',
    example: 30,
  })
  readonly daysAfterDue?: number;

  // Nothing that moves money is accepted and not done: splits come with digital accounts.
  @Field(
    () => 'invalid',
    { optional: true, description: 'Divisão; ainda não aceita' },
    { type: 'object', additionalProperties: true },
  )
  readonly split?: never;
}

export const pixKeyTypes = ['cpf', 'cnpj', 'email', 'telefone', 'chaveAleatoria'] as const;

/** Para onde vai o dinheiro: uma chave Pix ou uma conta digital. */
export class SlipRefundToDto {
  @Text(77, { optional: true, description: 'Chave Pix de quem recebe', example: '45576360044' })
  readonly pixKey?: string;

  @OneOf(pixKeyTypes, {
    optional: true,
    description: 'Tipo da chave; ausente: o que ela mostra ser',
    example: 'cpf',
  })
  readonly pixType?: (typeof pixKeyTypes)[number];

  @TextOrInteger(64, { optional: true, description: 'Conta digital de quem recebe, em vez da chave' })
  readonly accountNumber?: string;
}

export class RefundBankslipDto {
  @Amount({ optional: true, description: 'Valor em centavos; ausente: tudo o que resta', example: 500 })
  readonly amount?: Cents;

  @Nested(() => SlipRefundToDto, {
    optional: true,
    description: 'Para quem; ausente: a chave Pix que é o documento do pagador',
  })
  readonly to?: SlipRefundToDto;
}

export class BankslipQuery {
  @Text(64, { description: 'Código do lojista', example: 'order123' })
  readonly customCode!: string;
}

/** Uma cobrança por boleto. */
export class BankslipDto extends ChargeDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Linha digitável; nula enquanto não registrado',
    example: '34191.09008 10856.080394 30277.840002 2 83390000001000',
  })
  readonly digitableLine!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Os 44 dígitos do código de barras' })
  readonly barcode!: string | null;

  @ApiProperty({ format: 'date-time', description: 'Vencimento: meia-noite em São Paulo' })
  readonly dueDate!: string;

  @ApiProperty({ type: String, nullable: true, description: 'BR Code que paga o mesmo boleto, onde há um' })
  readonly qrCode!: string | null;
}
