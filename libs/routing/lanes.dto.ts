import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min, ValidateNested,
} from 'class-validator';
import type { Mode } from '@libs/kernel/caller.js';
import type { FeeRow } from '@libs/money/fee.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import { operations } from '@libs/providers/contract/acts.js';
import type { Environment } from './credential.entity.js';
import { type Conditions, type Reroutable, reroutable } from './lane.entity.js';

export class InstallmentFeeDto {
  /** A partir de quantas parcelas. */
  @IsInt()
  @Min(1)
  @Max(12)
  installments!: number;

  /** Taxa em centésimos de por cento: 399 = 3,99 %. */
  @IsInt()
  @Min(0)
  @Max(10_000)
  rateBps!: number;
}

export class FeeDto implements FeeRow {
  /** Taxa em centésimos de por cento: 99 = 0,99 %. */
  @IsInt()
  @Min(0)
  @Max(10_000)
  rateBps!: number;

  /** Parte fixa, em centavos. */
  @IsInt()
  @Min(0)
  @Max(1_000_000_000_000)
  fixed!: number;

  /** Mínimo, em centavos. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000_000_000)
  minimum?: number;

  /** Outras taxas a partir de um número de parcelas, em ordem crescente. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(12)
  @ValidateNested({ each: true })
  @Type(() => InstallmentFeeDto)
  byInstallments?: InstallmentFeeDto[];
}

export class HoursDto {
  /** Hora inicial em São Paulo, inclusive. */
  @IsInt()
  @Min(0)
  @Max(23)
  from!: number;

  /** Hora final, exclusive. */
  @IsInt()
  @Min(0)
  @Max(24)
  to!: number;
}

export class ConditionsDto implements Conditions {
  /** Método: `pix`. */
  @IsOptional()
  @IsIn(['pix'])
  method?: string;

  /** Valor mínimo, em centavos. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000_000)
  amountMin?: number;

  /** Valor máximo, em centavos. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000_000)
  amountMax?: number;

  @IsOptional()
  @IsIn(['BRL', 'EUR'])
  currency?: string;

  /** Dias da semana em São Paulo: 1 = segunda. */
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(7, { each: true })
  weekdays?: number[];

  @IsOptional()
  @ValidateNested()
  @Type(() => HoursDto)
  hours?: HoursDto;
}

export class LaneCredentialDto {
  /** Nome da conta no provedor; faixas com o mesmo nome a compartilham. Padrão: o nome do provedor. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  name?: string;

  /** Ambiente do provedor. */
  @IsOptional()
  @IsIn(['simulator', 'homologation', 'production'])
  environment?: Environment;

  /** Envios simultâneos permitidos. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  parallelSends?: number;
}

/** A permissão de um comerciante para usar uma conta de provedor em uma operação, e a que preço. */
export class LaneDto {
  /** Provedor. */
  @ApiProperty({ example: 'gerencianet' })
  @IsString()
  @MaxLength(64)
  provider!: string;

  /** Operação. */
  @ApiProperty({ enum: operations, example: 'pix.create' })
  @IsIn(operations)
  operation!: Operation;

  @IsOptional()
  @IsIn(['test', 'live'])
  mode?: Mode;

  /** A menor é a primeira. */
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  priority!: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  weight?: number;

  @IsOptional()
  @ValidateNested()
  @Type(() => ConditionsDto)
  conditions?: ConditionsDto;

  /** Dias até o dinheiro poder ser sacado. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(365)
  settleDays?: number;

  @IsOptional()
  @IsIn(['calendar', 'business'])
  settleOn?: 'calendar' | 'business';

  @IsOptional()
  @IsBoolean()
  unproven?: boolean;

  /** Nome da conta (texto) ou a conta com suas configurações. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? { name: value } : value))
  @ValidateNested()
  @Type(() => LaneCredentialDto)
  credential?: LaneCredentialDto;

  /** O que o provedor nos cobra. */
  @IsOptional()
  @ValidateNested()
  @Type(() => FeeDto)
  cost?: FeeDto;

  /** O que cobramos do comerciante. */
  @IsOptional()
  @ValidateNested()
  @Type(() => FeeDto)
  price?: FeeDto;

  /** Recusas após as quais a próxima faixa pode ser tentada. */
  @ApiProperty({ required: false, enum: reroutable, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn(reroutable, { each: true })
  reroute?: Reroutable[];

  /** Credenciais do provedor, seladas e nunca lidas de volta; ausentes ficam como estão. */
  @IsOptional()
  @IsObject()
  credentials?: Record<string, unknown>;
}

/** Uma faixa como ela é lida: todos os campos, sem as credenciais. */
export class LaneView {
  id!: string;
  provider!: string;
  operation!: string;
  mode!: string;
  priority!: number;
  weight!: number | null;
  conditions!: ConditionsDto;
  settleDays!: number;
  settleOn!: string;
  unproven!: boolean;
  credential!: LaneCredentialDto;
  cost!: FeeDto;
  price!: FeeDto;
  reroute!: readonly string[];
  hasCredentials!: boolean;
  /** Endereço que o provedor chama; contém um segredo. */
  callbackUrl!: string;
}
