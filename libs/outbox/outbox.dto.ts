import { ApiProperty } from '@nestjs/swagger';
import { Whole } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';

export class FeedQuery {
  @Whole(1, 100, { optional: true, text: true, description: 'Quantos eventos, de 1 a 100', example: 10 })
  readonly limit: number = 10;

  @Text(64, { optional: true, description: 'Id do último evento já conhecido' })
  readonly after?: string;
}

export class EventBody {
  @ApiProperty({ format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' })
  readonly id!: string;

  @ApiProperty({ type: 'integer', description: 'Conta por objeto e tipo, sem lacunas', example: 1 })
  readonly sequence!: number;

  @ApiProperty({ example: 'pix' })
  readonly type!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-20T14:03:07.123Z' })
  readonly createdAt!: string;

  @ApiProperty({ description: 'Dinheiro que chegou depois do vencimento ou do cancelamento', example: false })
  readonly late!: boolean;

  @ApiProperty({ type: 'boolean', required: false, description: 'O valor pago difere do pedido' })
  readonly differs?: boolean;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { pix: { status: 'paid', amount: 1000 } } })
  readonly data!: Readonly<Record<string, unknown>>;
}

export class EventPage {
  @ApiProperty({ type: [EventBody] })
  readonly data!: readonly EventBody[];

  @ApiProperty({ example: false })
  readonly hasMore!: boolean;
}
