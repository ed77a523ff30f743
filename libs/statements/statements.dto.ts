import { ApiProperty } from '@nestjs/swagger';

const moment = { type: String, format: 'date-time', nullable: true, example: '2026-01-20T03:00:00.000Z' } as const;

/** A última leitura do extrato de uma conta. */
export class StatementView {
  @ApiProperty({
    enum: ['waiting', 'running', 'done', 'failed'],
    description: '`waiting`: ainda nenhuma; `running`: em andamento; `failed`: recusada, outra virá no dia seguinte',
    example: 'done',
  })
  readonly status!: 'waiting' | 'running' | 'done' | 'failed';

  @ApiProperty({ ...moment, description: 'Início do período lido' })
  readonly since!: string | null;

  @ApiProperty({ ...moment, description: 'Fim do período lido, que não o inclui', example: '2026-01-21T03:00:00.000Z' })
  readonly until!: string | null;

  @ApiProperty({ type: 'integer', description: 'Linhas lidas até agora', example: 1204 })
  readonly lines!: number;

  @ApiProperty({ type: 'integer', description: 'Destas, as que contaram algo novo', example: 2 })
  readonly news!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Linhas da conta ainda sem explicação; depois de D+2 vão a `/admin/movements`',
    example: 0,
  })
  readonly open!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Por que o provedor não foi lido', example: null })
  readonly error!: string | null;

  @ApiProperty({ ...moment, description: 'Quando a leitura terminou', example: '2026-01-21T03:04:10.000Z' })
  readonly doneAt!: string | null;
}
