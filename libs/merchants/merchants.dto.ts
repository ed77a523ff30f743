import { ApiProperty } from '@nestjs/swagger';
import { TaxId } from '@libs/brazil/cpf-cnpj.js';
import type { Mode, Scope } from '@libs/kernel/caller.js';
import { Nested, OneOf, Whole } from '@libs/kernel/field.js';
import type { Page } from '@libs/kernel/reply.js';
import { Text } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import { type Cents, toJson } from '@libs/money/cents.js';
import type { ApiKey } from './key.entity.js';
import type { Limits, Merchant } from './merchant.entity.js';

const scopes = ['read', 'charge', 'refund', 'payout', '*'];

/** Limites dos pagamentos de um lojista, em centavos. */
export class LimitsDto {
  @Amount({ optional: true, description: 'Máximo por pagamento, em centavos', example: 1_000_000 })
  readonly perPayout?: Cents;

  @Amount({ optional: true, description: 'Máximo por dia (São Paulo), em centavos', example: 10_000_000 })
  readonly perDay?: Cents;

  @Amount({ optional: true, description: 'Máximo das 20h às 6h (São Paulo), em centavos', example: 1_000_000 })
  readonly perNight?: Cents;

  @Amount({ optional: true, description: 'Acima deste valor um administrador aprova, em centavos', example: 500_000 })
  readonly approveAbove?: Cents;
}

/** As they are stored and answered. */
export const limitsOf = (dto: LimitsDto): Limits => {
  const { perPayout, perDay, perNight, approveAbove } = dto;
  const given = Object.entries({ perPayout, perDay, perNight, approveAbove }).flatMap(([name, amount]) =>
    amount === undefined ? [] : [[name, toJson(amount)] as const],
  );
  return Object.fromEntries(given);
};

export class CreateMerchantDto {
  @Text(140, { description: 'Nome do lojista', example: 'Livraria Aurora' })
  readonly name!: string;

  @TaxId({ optional: true, description: 'CPF ou CNPJ do lojista', example: '11222333000181' })
  readonly document?: string;

  @Whole(0, 10_000, { optional: true, description: 'Tarifa da plataforma em centésimos de por cento', example: 100 })
  readonly platformFeeBps?: number;

  @Nested(() => LimitsDto, { optional: true, description: 'Limites dos pagamentos; ausente: nenhum' })
  readonly limits?: LimitsDto;
}

export class UpdateMerchantDto {
  @Text(140, { optional: true, description: 'Nome do lojista', example: 'Livraria Aurora' })
  readonly name?: string;

  @TaxId({ optional: true, description: 'CPF ou CNPJ do lojista', example: '11222333000181' })
  readonly document?: string;

  @Whole(0, 10_000, { optional: true, description: 'Tarifa da plataforma em centésimos de por cento', example: 100 })
  readonly platformFeeBps?: number;

  @Nested(() => LimitsDto, { optional: true, description: 'Substitui todos os limites' })
  readonly limits?: LimitsDto;
}

/** Um lojista. */
export class MerchantDto {
  @ApiProperty({ format: 'uuid', description: 'Identificador' })
  readonly id!: string;

  @ApiProperty({ description: 'Nome', example: 'Livraria Aurora' })
  readonly name!: string;

  @ApiProperty({ type: String, nullable: true, description: 'CPF ou CNPJ, sem pontuação' })
  readonly document!: string | null;

  @ApiProperty({ type: 'integer', description: 'Tarifa da plataforma em centésimos de por cento', example: 100 })
  readonly platformFeeBps!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Limites dos pagamentos, em centavos',
    example: { perPayout: 1_000_000 },
  })
  readonly limits!: Limits;

  @ApiProperty({ format: 'date-time', description: 'Criado em' })
  readonly createdAt!: string;

  static from({ id, name, document, platformFeeBps, limits, createdAt }: Merchant): MerchantDto {
    return { id, name, document: document ?? null, platformFeeBps, limits, createdAt: createdAt.toISOString() };
  }
}

export class MerchantPageDto implements Page<MerchantDto> {
  @ApiProperty({ type: [MerchantDto], description: 'Os mais novos primeiro' })
  readonly data!: readonly MerchantDto[];

  @ApiProperty({ description: 'Se há mais' })
  readonly hasMore!: boolean;
}

export class CreateKeyDto {
  @Text(140, { description: 'Nome da chave', example: 'Loja virtual' })
  readonly name!: string;

  @OneOf(['test', 'live'], { optional: true, description: 'Modo; ausente: test', example: 'test' })
  readonly mode?: Mode;

  @OneOf(scopes, { optional: true, list: 5, description: 'Permissões; ausente: todas', example: ['read', 'charge'] })
  readonly scopes?: (Scope | '*')[];
}

/** Uma chave de API. */
export class KeyDto {
  @ApiProperty({ format: 'uuid', description: 'Identificador; é o clientId de POST /oauth2/token' })
  readonly id!: string;

  @ApiProperty({ description: 'Nome', example: 'Loja virtual' })
  readonly name!: string;

  @ApiProperty({ description: 'Começo da chave', example: 'sk_test_Ab3x' })
  readonly prefix!: string;

  @ApiProperty({ type: String, enum: ['test', 'live'], description: 'Modo' })
  readonly mode!: Mode | null;

  @ApiProperty({ type: [String], enum: scopes, description: 'Permissões' })
  readonly scopes!: readonly string[];

  @ApiProperty({ format: 'date-time', description: 'Criada em' })
  readonly createdAt!: string;

  static from({ id, name, prefix, mode, scopes: may, createdAt }: ApiKey): KeyDto {
    return { id, name, prefix, mode: mode ?? null, scopes: may, createdAt: createdAt.toISOString() };
  }
}

/** Uma chave recém-criada. */
export class NewKeyDto extends KeyDto {
  @ApiProperty({ type: String, nullable: true, description: 'A chave: só nesta resposta; nula em uma repetição' })
  readonly key!: string | null;
}

export class KeyPageDto implements Page<KeyDto> {
  @ApiProperty({ type: [KeyDto], description: 'As mais novas primeiro' })
  readonly data!: readonly KeyDto[];

  @ApiProperty({ description: 'Se há mais' })
  readonly hasMore!: boolean;
}
