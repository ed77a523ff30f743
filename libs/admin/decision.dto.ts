import { ApiProperty } from '@nestjs/swagger';
import { shownId, shownMoment } from './shapes.js';

const reasons = ['priority', 'rule', 'weight', 'approval', 'cost', 'breaker', 'condition', 'capability', 'credentials'];

export class FullCandidateDto {
  @ApiProperty({ ...shownId, description: 'Faixa' })
  readonly lane!: string;

  @ApiProperty({ example: 'gerencianet' })
  readonly provider!: string;

  @ApiProperty({ enum: ['chosen', 'fallback', 'skipped'], example: 'chosen' })
  readonly outcome!: string;

  @ApiProperty({ enum: reasons, description: 'Por que está neste lugar', example: 'priority' })
  readonly reason!: string;

  @ApiProperty({
    type: 'object',
    selfRequired: false,
    additionalProperties: { type: 'number' },
    description:
      'Os números da escolha, quando houve: prioridade, custo e preço em centavos, taxa de aprovação e de quantas ' +
      'tentativas',
    example: { priority: 1, cost: 10, price: 40, attempts: 120, approval: 0.9312 },
  })
  readonly figures?: Readonly<Record<string, number>>;
}

/** De que dependeu a escolha, além do que a tentativa diz. */
export class SeenDto {
  @ApiProperty(shownMoment)
  readonly at!: string;

  @ApiProperty({ description: 'Nome das circunstâncias por que se contam aprovações', example: ':::' })
  readonly like!: string;

  @ApiProperty({ enum: ['credit', 'debit'], required: false })
  readonly type?: string;

  @ApiProperty({ required: false, example: 'visa' })
  readonly brand?: string;

  @ApiProperty({ required: false, example: '411111' })
  readonly bin?: string;

  @ApiProperty({ type: 'integer', required: false, example: 1 })
  readonly installments?: number;

  @ApiProperty({ required: false, example: 'BR' })
  readonly country?: string;
}

/** Como um provedor foi escolhido. */
export class DecisionDto {
  @ApiProperty({ type: 'integer', example: 0 })
  readonly rulesVersion!: number;

  @ApiProperty({ type: [FullCandidateDto] })
  readonly candidates!: readonly FullCandidateDto[];

  @ApiProperty({ type: SeenDto, required: false, description: 'Ausente onde não havia escolha' })
  readonly seen?: SeenDto;
}
