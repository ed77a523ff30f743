import { ApiProperty } from '@nestjs/swagger';
import { Field, Flag, OneOf } from '@libs/kernel/field.js';
import { Bound } from '@libs/kernel/period.js';
import { PageQuery } from '@libs/kernel/page.js';
import { type DeliveryStatus, deliveryStatuses } from './delivery.entity.js';

/** Everything that is announced (api.md §3), as an endpoint may choose it. */
export const eventTypes = [
  'pix',
  'pixUpdate',
  'bankslip',
  'bankslipUpdate',
  'creditCard',
  'debitCard',
  'refund',
  'payout',
  'bankslipPayment',
  'transfer',
  'paymentIntent',
  'invoice',
  'paymentLink',
  'connect',
  'dispute',
  'account',
  'webhookDisabled',
] as const;

const address = (optional: boolean): PropertyDecorator =>
  Field(
    // What kind of address it may be depends on the installation: the service decides.
    (value) => (typeof value !== 'string' ? 'invalid' : value.length > 2_048 ? 'too_long' : undefined),
    { optional, description: 'Endereço http ou https que recebe os eventos', example: 'https://loja.example/webhooks' },
    { type: 'string', format: 'uri', maxLength: 2_048 },
  );
const types = (): PropertyDecorator =>
  OneOf(eventTypes, {
    optional: true,
    list: 100,
    description: 'Tipos de evento desejados; ausente: todos',
    example: ['pix', 'pixUpdate', 'refund'],
  });

export class NewWebhook {
  @address(false)
  readonly url!: string;

  @types()
  readonly types?: string[];
}

export class WebhookChange {
  @address(true)
  readonly url?: string;

  @types()
  readonly types?: string[];

  @Flag({ optional: true, description: 'Ligar de novo apaga o motivo do desligamento', example: true })
  readonly enabled?: boolean;
}

export class DeliveryQuery extends PageQuery {
  @OneOf(deliveryStatuses, { optional: true, description: 'Somente entregas neste estado' })
  readonly status?: DeliveryStatus;

  @Bound('Criadas a partir de: RFC 3339 ou data de São Paulo, inclusive')
  readonly createdFrom?: string;

  @Bound('Criadas até: RFC 3339 ou data de São Paulo, inclusive')
  readonly createdTo?: string;
}

export class ResendRange {
  @Bound('Início: RFC 3339 ou data de São Paulo, inclusive', { example: '2026-01-20T00:00:00Z' })
  readonly from!: string;

  @Bound('Fim: RFC 3339 ou data de São Paulo, inclusive', { example: '2026-01-21T00:00:00Z' })
  readonly to!: string;
}

export class WebhookBody {
  @ApiProperty({ format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' })
  readonly id!: string;

  @ApiProperty({ example: 'https://loja.example/webhooks' })
  readonly url!: string;

  @ApiProperty({ type: [String], nullable: true, description: 'null: todos', example: ['pix', 'refund'] })
  readonly types!: string[] | null;

  @ApiProperty({ example: true })
  readonly enabled!: boolean;

  @ApiProperty({
    enum: ['gone', 'failing'],
    type: String,
    nullable: true,
    description: 'Por que desligamos: respondeu 410, ou nada entregue em 7 dias',
    example: null,
  })
  readonly disabledReason!: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-20T14:03:07.123Z' })
  readonly createdAt!: string;
}

export class WebhookWithSecret extends WebhookBody {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Segredo das assinaturas (Standard Webhooks), mostrado uma única vez; null em uma repetição',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  readonly secret!: string | null;
}

export class WebhookPage {
  @ApiProperty({ type: [WebhookBody] })
  readonly data!: readonly WebhookBody[];

  @ApiProperty({ example: false })
  readonly hasMore!: boolean;
}

export class DeliveryBody {
  @ApiProperty({ format: 'uuid', example: '0192f5c4-8b2f-7d4c-8e65-3a7b901e8fa1' })
  readonly id!: string;

  @ApiProperty({ format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' })
  readonly endpointId!: string;

  @ApiProperty({
    format: 'uuid',
    description: 'O webhook-id da entrega',
    example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e91',
  })
  readonly eventId!: string;

  @ApiProperty({ example: 'pix' })
  readonly type!: string;

  @ApiProperty({ enum: deliveryStatuses, example: 'delivered' })
  readonly status!: DeliveryStatus;

  @ApiProperty({ type: 'integer', example: 1 })
  readonly tries!: number;

  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  readonly lastStatusCode!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  readonly nextTryAt!: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-20T14:03:07.123Z' })
  readonly createdAt!: string;
}

export class DeliveryPage {
  @ApiProperty({ type: [DeliveryBody] })
  readonly data!: readonly DeliveryBody[];

  @ApiProperty({ example: false })
  readonly hasMore!: boolean;
}

export class Resent {
  @ApiProperty({ type: 'integer', description: 'Quantas entregas serão feitas de novo', example: 3 })
  readonly resent!: number;
}
