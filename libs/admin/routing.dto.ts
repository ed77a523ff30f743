import { ApiProperty } from '@nestjs/swagger';
import type { Mode } from '@libs/kernel/caller.js';
import { OneOf, Whole } from '@libs/kernel/field.js';
import { Bound } from '@libs/kernel/period.js';
import { Amount } from '@libs/money/amount.js';
import { type Cents, type Currency, toJson } from '@libs/money/cents.js';
import { type Operation, operations } from '@libs/providers/contract/acts.js';
import { methods, TraitsDto } from '@libs/routing/conditions.dto.js';
import type { Replay } from '@libs/routing/replay.entity.js';
import { RuleDto, Rules } from '@libs/routing/rules.dto.js';
import type { Rule } from '@libs/routing/rules.js';
import type { Kept } from '@libs/routing/rulesets.service.js';
import { Id, iso, shownId, shownMoment } from './shapes.js';

const Modes = (): PropertyDecorator =>
  OneOf(['test', 'live'], { optional: true, description: 'Modo; ausente: test', example: 'test' });

export class RulesQuery {
  @Whole(0, 1_000_000_000, { optional: true, text: true, description: 'Uma versão; ausente: a atual' })
  readonly version?: number;
}

/** As regras de um lojista. */
export class RulesView {
  @ApiProperty({ type: 'integer', description: 'Cada alteração é uma versão nova; 0: nunca houve regras', example: 3 })
  readonly version!: number;

  @ApiProperty({ type: [RuleDto] })
  readonly rules!: readonly Rule[];

  @ApiProperty({ ...shownMoment, type: String, nullable: true })
  readonly createdAt!: string | null;

  static from({ version, rules, createdAt }: Kept): RulesView {
    return { version, rules, createdAt: iso(createdAt) };
  }
}

/** Uma cobrança hipotética. */
export class PlanDto extends TraitsDto {
  @Id({ description: 'Lojista' })
  readonly merchantId!: string;

  @OneOf(operations, { description: 'Operação', example: 'cards.authorize' })
  readonly operation!: Operation;

  @Amount()
  readonly amount!: Cents;

  @Modes()
  readonly mode?: Mode;

  @OneOf(methods, { optional: true, description: 'Método; o da operação', example: 'cards' })
  readonly method?: string;

  @OneOf(['BRL', 'EUR'], { optional: true, description: 'Moeda; ausente: BRL', example: 'BRL' })
  readonly currency?: Currency;

  @Whole(1, 99, { optional: true, description: 'Parcelas; ausente: 1', example: 1 })
  readonly installments?: number;

  @Whole(1, 2_592_000, { optional: true, description: 'Validade de um Pix, em segundos; ausente: 3600' })
  readonly expire?: number;

  @Bound('Quando: RFC 3339 ou data em São Paulo; ausente: agora')
  readonly at?: string;

  @Id({ optional: true, description: 'Id da cobrança, de que dependem os sorteios; ausente: um novo' })
  readonly chargeId?: string;
}

export class ReplayDto {
  @Id({ description: 'Lojista' })
  readonly merchantId!: string;

  @Modes()
  readonly mode?: Mode;

  @Bound('Tentativas desde: RFC 3339 ou data em São Paulo, inclusive', { example: '2026-01-01' })
  readonly from!: string;

  @Bound('Tentativas até: RFC 3339 ou data em São Paulo, inclusive', { example: '2030-12-31' })
  readonly to!: string;

  @Rules()
  readonly rules!: RuleDto[];
}

export class ReplayCreated {
  @ApiProperty(shownId)
  readonly id!: string;
}

/** O que outras regras teriam feito; nada é movido. */
export class ReplayView {
  @ApiProperty(shownId)
  readonly id!: string;

  @ApiProperty({ ...shownId, description: 'Lojista' })
  readonly merchantId!: string;

  @ApiProperty({ enum: ['test', 'live'], example: 'test' })
  readonly mode!: Mode;

  @ApiProperty({
    enum: ['running', 'done', 'failed'],
    description: '`failed`: não pôde ser concluída',
    example: 'done',
  })
  readonly status!: Replay['status'];

  @ApiProperty({ type: 'integer', description: 'Escolhas já refeitas', example: 1200 })
  readonly done!: number;

  @ApiProperty({ type: 'integer', description: 'Escolhas a refazer', example: 1200 })
  readonly total!: number;

  @ApiProperty({ type: 'integer', description: 'As que teriam começado em outra faixa', example: 340 })
  readonly moved!: number;

  @ApiProperty({ type: 'integer', description: 'O dinheiro destas, em centavos', example: 3_400_000 })
  readonly amountMoved!: number;

  @ApiProperty({
    type: 'integer',
    description: 'O que teríamos pago a mais aos provedores, em centavos; negativo: a menos',
    example: -5_120,
  })
  readonly feeDelta!: number;

  @ApiProperty({
    type: Number,
    description: 'Aprovações esperadas: as que houve onde nada mudaria, e a taxa de então da outra faixa onde mudaria',
    example: 1_153.25,
  })
  readonly expectedApprovals!: number;

  @ApiProperty({ type: 'integer', description: 'As aprovações que houve, para comparar', example: 1_120 })
  readonly approvals!: number;

  @ApiProperty(shownMoment)
  readonly createdAt!: string;

  @ApiProperty({ ...shownMoment, type: String, nullable: true })
  readonly doneAt!: string | null;

  static from(it: Replay): ReplayView {
    const { id, merchantId, mode, status, done, total, moved, approvals } = it;
    return {
      id,
      merchantId,
      mode,
      status,
      done,
      total,
      moved,
      amountMoved: toJson(it.amountMoved),
      feeDelta: toJson(it.feeDelta),
      expectedApprovals: Math.round(it.expectedApprovals * 100) / 100,
      approvals,
      createdAt: it.createdAt.toISOString(),
      doneAt: iso(it.doneAt),
    };
  }
}
