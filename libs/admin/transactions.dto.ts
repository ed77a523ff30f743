import { ApiProperty } from '@nestjs/swagger';
import { ChargeDto, TransactionsQuery } from '@libs/charges/charges.dto.js';
import type { Mode } from '@libs/kernel/caller.js';
import { OneOf } from '@libs/kernel/field.js';
import { EntryItem } from '@libs/ledger/ledger.dto.js';
import { EventBody } from '@libs/outbox/outbox.dto.js';
import { AttemptDetail } from './attempts.dto.js';
import { MovementItem } from './movements.dto.js';
import { Id, shownId, shownMoment } from './shapes.js';

export class AllTransactionsQuery extends TransactionsQuery {
  @Id({ optional: true, description: 'Só deste lojista' })
  readonly merchantId?: string;

  @OneOf(['test', 'live'], { optional: true, description: 'Só deste modo', example: 'test' })
  readonly mode?: Mode;
}

/** Uma cobrança e de quem é. */
export class OwnedChargeDto extends ChargeDto {
  @ApiProperty(shownId)
  readonly merchantId!: string;

  @ApiProperty({ enum: ['test', 'live'], example: 'test' })
  readonly mode!: Mode;
}

/** A row of `delivery`; webhooks stand on the same line of imports as we do. */
export interface DeliveryRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly event_id: string;
  readonly type: string;
  readonly status: string;
  readonly tries: number;
  readonly last_status_code: number | null;
  readonly next_try_at: string | null;
  readonly created_at: string;
}

/** Um evento a caminho de um endereço do lojista. */
export class DeliveryItem {
  @ApiProperty(shownId)
  readonly id!: string;

  @ApiProperty(shownId)
  readonly endpointId!: string;

  @ApiProperty(shownId)
  readonly eventId!: string;

  @ApiProperty({ example: 'pix' })
  readonly type!: string;

  @ApiProperty({ enum: ['pending', 'retrying', 'delivered', 'failed'], example: 'delivered' })
  readonly status!: string;

  @ApiProperty({ type: 'integer', example: 1 })
  readonly tries!: number;

  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  readonly lastStatusCode!: number | null;

  @ApiProperty({ ...shownMoment, type: String, nullable: true })
  readonly nextTryAt!: string | null;

  @ApiProperty(shownMoment)
  readonly createdAt!: string;

  static from(it: DeliveryRow): DeliveryItem {
    const { id, type, status, tries } = it;
    return {
      id,
      endpointId: it.webhook_id,
      eventId: it.event_id,
      type,
      status,
      tries,
      lastStatusCode: it.last_status_code,
      nextTryAt: it.next_try_at && new Date(it.next_try_at).toISOString(),
      createdAt: new Date(it.created_at).toISOString(),
    };
  }
}

/** Tudo o que se sabe de uma cobrança; cada lista vai do mais antigo ao mais novo. */
export class StoryDto {
  @ApiProperty({ type: OwnedChargeDto })
  readonly charge!: object;

  @ApiProperty({ type: [AttemptDetail], description: 'Chamadas a provedores, as dos estornos também' })
  readonly attempts!: readonly AttemptDetail[];

  @ApiProperty({ type: [MovementItem], description: 'Dinheiro dela que moveu sem chamada nossa' })
  readonly movements!: readonly MovementItem[];

  @ApiProperty({ type: [EntryItem], description: 'Lançamentos' })
  readonly postings!: readonly EntryItem[];

  @ApiProperty({ type: [EventBody], description: 'O que foi anunciado' })
  readonly events!: readonly object[];

  @ApiProperty({ type: [DeliveryItem], description: 'A quem, e com que resultado' })
  readonly deliveries!: readonly DeliveryItem[];
}
