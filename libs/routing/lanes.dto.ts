import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import type { Mode } from '@libs/kernel/caller.js';
import { Field, Flag, Nested, OneOf, Whole } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';
import type { FeeRow } from '@libs/money/fee.js';
import { type Operation, operations } from '@libs/providers/contract/acts.js';
import { ConditionsDto } from './conditions.dto.js';
import type { Environment } from './credential.entity.js';
import { type Conditions, type Reroutable, reroutable } from './lane.entity.js';

const most = 1_000_000_000_000;
const ignored = 'Como a leitura a mostra; ignorado';
const environments = ['simulator', 'homologation', 'production'];

export class InstallmentFeeDto {
  @Whole(1, 12, { description: 'A partir de quantas parcelas', example: 2 })
  readonly installments!: number;

  @Whole(0, 10_000, { description: 'Taxa em centésimos de por cento: 399 = 3,99 %', example: 399 })
  readonly rateBps!: number;
}

export class FeeDto implements FeeRow {
  @Whole(0, 10_000, { description: 'Taxa em centésimos de por cento: 99 = 0,99 %', example: 99 })
  readonly rateBps!: number;

  @Whole(0, most, { description: 'Parte fixa, em centavos', example: 0 })
  readonly fixed!: number;

  @Whole(0, most, { optional: true, description: 'Mínimo, em centavos', example: 10 })
  readonly minimum?: number;

  @Nested(() => InstallmentFeeDto, { optional: true, list: 12, description: 'Outras taxas por número de parcelas' })
  readonly byInstallments?: InstallmentFeeDto[];
}

export class LaneCredentialDto {
  @Text(64, { optional: true, description: 'Nome da conta; ausente: o do provedor', example: 'gerencianet' })
  readonly name?: string;

  @OneOf(environments, { optional: true, description: 'Ambiente do provedor', example: 'simulator' })
  readonly environment?: Environment;

  @Whole(1, 100, { optional: true, description: 'Envios simultâneos permitidos', example: 1 })
  readonly parallelSends?: number;
}

/** As an instance: what is none is not looked into. */
const named = (name: string): LaneCredentialDto => Object.assign(new LaneCredentialDto(), { name });

const object = (value: unknown): 'invalid' | undefined =>
  typeof value === 'object' && !Array.isArray(value) ? undefined : 'invalid';

/** A permissão de um lojista para usar uma conta de provedor em uma operação, e a que preço. */
export class LaneDto {
  @Text(64, { description: 'Provedor', example: 'gerencianet' })
  readonly provider!: string;

  @OneOf(operations, { description: 'Operação', example: 'pix.create' })
  readonly operation!: Operation;

  @OneOf(['test', 'live'], { optional: true, description: 'Modo; ausente: test', example: 'test' })
  readonly mode?: Mode;

  @Whole(0, 1_000_000, { description: 'A menor é a primeira', example: 1 })
  readonly priority!: number;

  @Whole(0, 1_000_000, { optional: true, description: 'Peso', example: 1 })
  readonly weight?: number;

  @Nested(() => ConditionsDto, { optional: true, description: 'Quando a faixa serve' })
  readonly conditions?: ConditionsDto;

  @Whole(0, 365, { optional: true, description: 'Dias até o dinheiro poder ser sacado', example: 0 })
  readonly settleDays?: number;

  @OneOf(['calendar', 'business'], { optional: true, description: 'Como os dias contam', example: 'calendar' })
  readonly settleOn?: 'calendar' | 'business';

  @Flag({ optional: true, description: 'Só humanos provam o que aconteceu; há operações que o exigem', example: false })
  readonly unproven?: boolean;

  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? named(value) : value))
  @Nested(() => LaneCredentialDto, { optional: true, description: 'A conta no provedor e seu ambiente, ou só o nome' })
  readonly credential?: LaneCredentialDto;

  @Nested(() => FeeDto, { optional: true, description: 'O que o provedor nos cobra' })
  readonly cost?: FeeDto;

  @Nested(() => FeeDto, { optional: true, description: 'O que cobramos do lojista' })
  readonly price?: FeeDto;

  @OneOf(reroutable, {
    optional: true,
    list: 5,
    empty: true,
    description: 'Recusas após as quais a próxima faixa é tentada',
  })
  readonly reroute?: Reroutable[];

  @Field(
    object,
    { optional: true, description: 'Credenciais do provedor: seladas, nunca lidas de volta; ausentes ficam' },
    {
      type: 'object',
      additionalProperties: true,
    },
  )
  readonly credentials?: Record<string, unknown>;

  // A lane is put back as it was read: what only reading tells is let pass, and decides nothing.
  @Text(36, { optional: true, description: ignored })
  readonly id?: string;

  @Flag({ optional: true, description: ignored })
  readonly hasCredentials?: boolean;

  @Text(2048, { optional: true, description: ignored })
  readonly callbackUrl?: string;
}

/** Uma faixa como ela é lida: todos os campos, sem as credenciais. */
export class LaneView {
  @ApiProperty({ format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' })
  readonly id!: string;

  @ApiProperty({ example: 'cielo' })
  readonly provider!: string;

  @ApiProperty({ enum: operations })
  readonly operation!: string;

  @ApiProperty({ enum: ['test', 'live'] })
  readonly mode!: string;

  @ApiProperty({ type: 'integer' })
  readonly priority!: number;

  @ApiProperty({ type: 'integer', nullable: true })
  readonly weight!: number | null;

  @ApiProperty({ type: ConditionsDto })
  readonly conditions!: Conditions;

  @ApiProperty({ type: 'integer' })
  readonly settleDays!: number;

  @ApiProperty({ enum: ['calendar', 'business'] })
  readonly settleOn!: string;

  @ApiProperty()
  readonly unproven!: boolean;

  @ApiProperty({ type: LaneCredentialDto })
  readonly credential!: LaneCredentialDto;

  @ApiProperty({ type: FeeDto })
  readonly cost!: FeeRow;

  @ApiProperty({ type: FeeDto })
  readonly price!: FeeRow;

  @ApiProperty({ enum: reroutable, isArray: true })
  readonly reroute!: readonly string[];

  @ApiProperty({ description: 'Há credenciais seladas' })
  readonly hasCredentials!: boolean;

  @ApiProperty({ description: 'Endereço que o provedor chama; contém um segredo' })
  readonly callbackUrl!: string;
}

export class LanesView {
  @ApiProperty({ type: [LaneView] })
  readonly data!: readonly LaneView[];
}
