import { ApiProperty } from '@nestjs/swagger';
import { OneOf } from '@libs/kernel/field.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Bound } from '@libs/kernel/period.js';
import { Text } from '@libs/kernel/text.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import { charges, chargeTypes } from './charges.entity.js';

/** Filters of GET /transactions. */
export class TransactionsQuery extends PageQuery {
  @OneOf(charges.states, { optional: true, description: 'Estado', example: 'paid' })
  readonly status?: string;

  @OneOf(chargeTypes, { optional: true, description: 'Tipo', example: 'pix' })
  readonly type?: string;

  @Text(64, { optional: true, description: 'Provedor', example: 'gerencianet' })
  readonly provider?: string;

  @Text(64, { optional: true, description: 'Código do lojista', example: 'order123' })
  readonly customCode?: string;

  @Bound('Criadas desde: RFC 3339 ou data em São Paulo, inclusive')
  readonly createdFrom?: string;

  @Bound('Criadas até: RFC 3339 ou data em São Paulo, inclusive')
  readonly createdTo?: string;
}

export class CandidateDto {
  @ApiProperty({ example: 'gerencianet' })
  readonly provider!: string;

  @ApiProperty({ enum: ['chosen', 'fallback', 'skipped'] })
  readonly outcome!: string;

  @ApiProperty({
    enum: ['priority', 'rule', 'weight', 'approval', 'cost', 'breaker', 'condition', 'capability', 'credentials'],
  })
  readonly reason!: string;
}

export class RoutingDto {
  @ApiProperty({ type: [CandidateDto], description: 'Provedores considerados, na ordem' })
  readonly candidates!: readonly CandidateDto[];
}

export class RefundDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: 'integer', description: 'Centavos', example: 500 })
  readonly amount!: number;

  @ApiProperty({ enum: ['pending', 'done', 'failed'] })
  readonly status!: string;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly doneAt!: string | null;
}

export class FeesDto {
  @ApiProperty({ type: 'integer', description: 'Tarifa cobrada do lojista, em centavos', example: 10 })
  readonly price!: number;

  @ApiProperty({ type: 'array', items: { type: 'object' }, description: 'Partes de contas digitais' })
  readonly shares!: readonly object[];

  @ApiProperty({ type: 'integer', description: 'O que fica para o lojista, em centavos', example: 990 })
  readonly net!: number;
}

/** O que toda cobrança mostra. */
export class ChargeDto {
  @ApiProperty({
    pattern: '^([0-9a-f-]{36}|[0-9a-z]{25})$',
    description: 'UUID; de um Pix estático, 25 letras e algarismos',
    example: 'ae64fd9e-33f7-4ad0-950e-88ff394a01c9',
  })
  readonly id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'order123' })
  readonly customCode!: string | null;

  @ApiProperty({ type: 'integer', description: 'Valor pedido, em centavos', example: 1000 })
  readonly amount!: number;

  @ApiProperty({ enum: ['BRL', 'EUR'] })
  readonly currency!: string;

  @ApiProperty({ type: 'integer', description: 'Valor recebido, em centavos', example: 1000 })
  readonly amountPaid!: number;

  @ApiProperty({ enum: charges.states, example: 'pending' })
  readonly status!: string;

  @ApiProperty({ type: String, nullable: true, example: 'gerencianet' })
  readonly provider!: string | null;

  @ApiProperty({ enum: chargeTypes, example: 'pix' })
  readonly type!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Cliente, como informado',
    example: { name: 'FULANO DE TAL', email: 'foo@bar.com' },
  })
  readonly customer!: object | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Chaves reservadas, presentes quando conhecidas, e as do lojista',
    example: { paymentId: '00000hipercapmogi121640000300221295', customCode: 'order123' },
  })
  readonly metadata!: Readonly<Record<string, string>>;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly paidAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly capturedDate!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly refundedDate!: string | null;

  @ApiProperty({ type: 'integer', description: 'Já estornado, em centavos', example: 0 })
  readonly refundedAmount!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Ainda estornável, em centavos: sem o que uma disputa levou',
    example: 1000,
  })
  readonly amountRefundable!: number;

  @ApiProperty({ type: [RefundDto] })
  readonly refunds!: readonly RefundDto[];

  @ApiProperty({
    type: String,
    enum: ['capture', 'cancel', 'refund'],
    nullable: true,
    description: 'Operação em andamento',
  })
  readonly pendingOperation!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  readonly split!: object | null;

  @ApiProperty({ type: FeesDto, nullable: true, description: 'Presente quando paga' })
  readonly fees!: FeesDto | null;

  @ApiProperty({ type: RoutingDto, description: 'Como o provedor foi escolhido' })
  readonly routing!: RoutingDto;
}

/** Uma chamada a um provedor. */
export class AttemptDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'pix.create' })
  readonly operation!: string;

  @ApiProperty({ example: 'gerencianet' })
  readonly provider!: string;

  @ApiProperty({ enum: ['sent', 'pending', 'unknown', 'succeeded', 'declined', 'failed'] })
  readonly state!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Por que foi recusada ou não se sabe' })
  readonly code!: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly settledAt!: string | null;

  @ApiProperty({ type: RoutingDto })
  readonly routing!: RoutingDto;

  /** As merchants see it: an orphan has succeeded, figures and our own balance stay under /admin. */
  static from(it: AttemptView): AttemptDto {
    return {
      id: it.id,
      operation: it.operation,
      provider: it.provider,
      state: it.state === 'orphan' ? 'succeeded' : it.state,
      code: it.code === 'our_balance' ? null : (it.code ?? null),
      createdAt: it.createdAt.toISOString(),
      settledAt: it.settledAt?.toISOString() ?? null,
      routing: {
        candidates: it.decision.candidates.map(({ provider, outcome, reason }) => ({ provider, outcome, reason })),
      },
    };
  }
}

export class AttemptsDto {
  @ApiProperty({ type: [AttemptDto] })
  readonly data!: readonly AttemptDto[];

  @ApiProperty({ description: 'Se há mais' })
  readonly hasMore!: boolean;
}
