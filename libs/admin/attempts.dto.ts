import { ApiProperty } from '@nestjs/swagger';
import type { Mode } from '@libs/kernel/caller.js';
import { OneOf } from '@libs/kernel/field.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Text } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import { type Cents, toJson } from '@libs/money/cents.js';
import { operations } from '@libs/providers/contract/acts.js';
import { attempts, type AttemptState, type AttemptView } from '@libs/routing/attempt.entity.js';
import type { Finding } from '@libs/routing/finding.entity.js';
import { DecisionDto } from './decision.dto.js';
import { iso, Id, shownCents, shownId, shownMoment } from './shapes.js';
import { findings, type Resolution, type Said } from './resolution.entity.js';

export class AttemptsQuery extends PageQuery {
  @OneOf(attempts.states, { optional: true, description: 'Só tentativas neste estado', example: 'unknown' })
  readonly state?: AttemptState;

  @OneOf(['true', 'false'], {
    optional: true,
    description: '`true`: só as que esperam por uma pessoa',
    example: 'true',
  })
  readonly parked?: 'true' | 'false';

  @Text(64, { optional: true, description: 'Provedor', example: 'gerencianet' })
  readonly provider?: string;

  @Id({ optional: true, description: 'Lojista' })
  readonly merchantId?: string;
}

export class ResolveDto {
  @OneOf(findings, { description: 'O que aconteceu: feito, recusado, ou nunca executado', example: 'done' })
  readonly finding!: Said['finding'];

  @Amount({ optional: true, description: 'O que moveu, em centavos; obrigatório em `done` que move dinheiro' })
  readonly amount?: Cents;

  @Text(1_000, {
    description: 'O que o prova; guardado para sempre',
    example: 'Extrato da Efí de 20/01/2026, linha 12',
  })
  readonly evidence!: string;

  @Text(255, { optional: true, description: 'Referência do provedor, quando conhecida', example: 'D1a2b3c4' })
  readonly ref?: string;

  @Text(255, {
    optional: true,
    description: 'Id do pagamento no provedor (endToEndId, nsu)',
    example: 'E09089356202601201403API01234567',
  })
  readonly receipt?: string;
}

export class OwnerDto {
  @ApiProperty({ description: 'Tipo da linha que a quis', example: 'pix' })
  readonly kind!: string;

  @ApiProperty(shownId)
  readonly id!: string;
}

/** Uma chamada a um provedor, inteira. */
export class AttemptItem {
  @ApiProperty(shownId)
  readonly id!: string;

  @ApiProperty({ type: OwnerDto })
  readonly owner!: OwnerDto;

  @ApiProperty({ enum: operations, example: 'pix.create' })
  readonly operation!: string;

  @ApiProperty({ enum: attempts.states, example: 'unknown' })
  readonly state!: AttemptState;

  @ApiProperty({ example: 'gerencianet' })
  readonly provider!: string;

  @ApiProperty({ ...shownId, description: 'Conta no provedor' })
  readonly credential!: string;

  @ApiProperty(shownId)
  readonly merchantId!: string;

  @ApiProperty({ enum: ['test', 'live'], example: 'test' })
  readonly mode!: Mode;

  @ApiProperty(shownCents)
  readonly amount!: number;

  @ApiProperty({ enum: ['BRL', 'EUR'], example: 'BRL' })
  readonly currency!: string;

  @ApiProperty({ description: 'O que foi no fio', example: 't01jhq3kz0v5e8m2n4p6r8s0t2' })
  readonly key!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Referência do provedor' })
  readonly ref!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Id do pagamento no provedor' })
  readonly receipt!: string | null;

  @ApiProperty({ enum: ['key', 'state', 'again', 'harmless', 'human'], description: 'O que prova que nada aconteceu' })
  readonly proof!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Por que foi recusada ou não se sabe', example: 'timeout' })
  readonly code!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly message!: string | null;

  @ApiProperty({ ...shownMoment, type: String, nullable: true, description: 'Desde quando espera por uma pessoa' })
  readonly parkedAt!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly parkedWhy!: string | null;

  @ApiProperty(shownMoment)
  readonly deadline!: string;

  @ApiProperty({ type: 'integer', description: 'Quantas vezes perguntamos', example: 3 })
  readonly asks!: number;

  @ApiProperty({ ...shownMoment, type: String, nullable: true, description: 'Quando perguntamos de novo' })
  readonly askAt!: string | null;

  @ApiProperty(shownMoment)
  readonly createdAt!: string;

  @ApiProperty({ ...shownMoment, type: String, nullable: true })
  readonly settledAt!: string | null;

  @ApiProperty({ type: DecisionDto, description: 'Como o provedor foi escolhido' })
  readonly decision!: DecisionDto;

  static from(it: AttemptView): AttemptItem {
    const { id, operation, state, provider, merchantId, mode, currency, key, asks, decision } = it;
    return {
      id,
      owner: { kind: it.ownerKind, id: it.ownerId },
      operation,
      state,
      provider,
      credential: it.credentialId,
      merchantId,
      mode,
      amount: toJson(it.amount),
      currency,
      key,
      ref: it.ref ?? null,
      receipt: it.receipt ?? null,
      proof: it.proof.by,
      code: it.code ?? null,
      message: it.message ?? null,
      parkedAt: iso(it.parkedAt),
      parkedWhy: it.parkedWhy ?? null,
      deadline: it.deadline.toISOString(),
      asks,
      askAt: iso(it.askAt),
      createdAt: it.createdAt.toISOString(),
      settledAt: iso(it.settledAt),
      decision,
    };
  }
}

/** Uma notícia sobre uma tentativa. */
export class FindingItem {
  @ApiProperty({ enum: ['call', 'callback', 'find', 'operator', 'clock'], description: 'Quem a trouxe' })
  readonly source!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Como foi dita',
    example: { kind: 'absent' },
  })
  readonly news!: Readonly<Record<string, unknown>>;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Como foi aceita' })
  readonly heard!: Readonly<Record<string, unknown>>;

  @ApiProperty({ description: 'Contradiz o que estava registrado', example: false })
  readonly contradiction!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'A pessoa que o disse', example: null })
  readonly person!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'O que o prova', example: null })
  readonly evidence!: string | null;

  @ApiProperty(shownMoment)
  readonly at!: string;

  static from({ source, news, heard, contradiction, person, evidence, at }: Finding): FindingItem {
    const said = { person: person ?? null, evidence: evidence ?? null };
    return { source, news, heard, contradiction, ...said, at: at.toISOString() };
  }
}

/** O que uma pessoa afirma e outra precisa confirmar. */
export class ResolutionItem {
  @ApiProperty({ enum: findings })
  readonly finding!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Centavos', example: 1000 })
  readonly amount!: number | null;

  @ApiProperty({ type: String, nullable: true })
  readonly ref!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly receipt!: string | null;

  @ApiProperty({ example: 'Extrato da Efí de 20/01/2026, linha 12' })
  readonly evidence!: string;

  @ApiProperty({ example: 'ana' })
  readonly person!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Nulo enquanto ninguém confirmou', example: null })
  readonly confirmedBy!: string | null;

  @ApiProperty(shownMoment)
  readonly createdAt!: string;

  static from({ finding: said, evidence, person, confirmedBy, createdAt }: Resolution): ResolutionItem {
    const { finding, amount = null, ref = null, receipt = null } = said;
    const by = { person, confirmedBy: confirmedBy ?? null };
    return { finding, amount, ref, receipt, evidence, ...by, createdAt: createdAt.toISOString() };
  }
}

/** Uma tentativa com tudo o que se ouviu dela. */
export class AttemptDetail extends AttemptItem {
  @ApiProperty({ type: [FindingItem], description: 'Da mais antiga à mais nova' })
  readonly findings!: readonly FindingItem[];

  @ApiProperty({ type: [ResolutionItem], description: 'Afirmações que pedem, ou pediram, uma segunda pessoa' })
  readonly resolutions!: readonly ResolutionItem[];
}
