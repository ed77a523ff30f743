import { ApiProperty } from '@nestjs/swagger';
import { OneOf } from '@libs/kernel/field.js';
import type { Job } from '@libs/kernel/job.entity.js';
import { redact } from '@libs/kernel/log.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Text } from '@libs/kernel/text.js';
import type { Environment } from '@libs/routing/credential.entity.js';
import type { BreakerState } from '@libs/routing/health.js';
import { StatementView } from '@libs/statements/statements.dto.js';
import { iso, shownId, shownMoment } from './shapes.js';

/** Como está uma conta em um provedor. */
export class ProviderItem {
  @ApiProperty({ example: 'gerencianet' })
  readonly provider!: string;

  @ApiProperty({ ...shownId, description: 'Conta no provedor' })
  readonly credential!: string;

  @ApiProperty({ enum: ['simulator', 'homologation', 'production'], example: 'simulator' })
  readonly environment!: Environment;

  @ApiProperty({ enum: ['closed', 'open', 'half_open'], description: '`open`: poupada por ora', example: 'closed' })
  readonly breaker!: BreakerState;

  @ApiProperty({ ...shownMoment, type: String, nullable: true, description: 'Desde quando não está fechado' })
  readonly since!: string | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Parte das tentativas de 24 h que o provedor respondeu; nulo sem tentativas',
    example: 0.998,
  })
  readonly successRate!: number | null;

  @ApiProperty({ type: 'integer', description: 'Tentativas em 24 h', example: 420 })
  readonly attempts!: number;

  @ApiProperty({ type: 'integer', description: 'Destas, as de resultado desconhecido', example: 0 })
  readonly unknown!: number;

  @ApiProperty({
    type: StatementView,
    nullable: true,
    description: 'A última leitura do extrato; nulo onde o provedor não tem extrato que se possa ler',
  })
  readonly statement!: StatementView | null;
}

export class ProvidersView {
  @ApiProperty({ type: [ProviderItem] })
  readonly data!: readonly ProviderItem[];
}

export const jobStates = ['due', 'running', 'failed', 'done'] as const;
export type JobState = (typeof jobStates)[number];

export class JobsQuery extends PageQuery {
  @OneOf(jobStates, {
    optional: true,
    description: '`due`: à espera da sua hora; `failed`: falhou e será tentada de novo',
    example: 'failed',
  })
  readonly state?: JobState;

  @Text(64, { optional: true, description: 'Nome da tarefa', example: 'inbox.notice' })
  readonly name?: string;
}

/** Uma tarefa. */
export class JobItem {
  @ApiProperty({ example: '1042' })
  readonly id!: string;

  @ApiProperty({ example: 'inbox.notice' })
  readonly name!: string;

  @ApiProperty({ enum: jobStates, example: 'done' })
  readonly state!: JobState;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { notice: shownId.example } })
  readonly payload!: unknown;

  @ApiProperty({ type: 'integer', example: 1 })
  readonly tries!: number;

  @ApiProperty({ ...shownMoment, description: 'Quando pode correr' })
  readonly runAt!: string;

  @ApiProperty({ type: String, nullable: true, description: 'O último erro', example: null })
  readonly lastError!: string | null;

  @ApiProperty(shownMoment)
  readonly createdAt!: string;

  @ApiProperty({ ...shownMoment, type: String, nullable: true })
  readonly doneAt!: string | null;

  static from(it: Job, state: JobState): JobItem {
    const { id, name, tries, runAt, lastError, createdAt, doneAt } = it;
    const payload: unknown = JSON.parse(redact(JSON.stringify(it.payload)));
    return {
      id,
      name,
      state,
      payload,
      tries,
      runAt: runAt.toISOString(),
      lastError: lastError ?? null,
      createdAt: createdAt.toISOString(),
      doneAt: iso(doneAt),
    };
  }
}
