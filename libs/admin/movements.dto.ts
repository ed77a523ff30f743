import { ApiProperty } from '@nestjs/swagger';
import { chargeTypes } from '@libs/charges/charges.entity.js';
import type { Mode } from '@libs/kernel/caller.js';
import { OneOf } from '@libs/kernel/field.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Text } from '@libs/kernel/text.js';
import { toJson } from '@libs/money/cents.js';
import type { About } from '@libs/providers/contract/moved.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import { shownCents, shownId, shownMoment } from './shapes.js';

const states = ['suspense', 'owned', 'matched'] as const;
const kinds = ['received', 'returned', 'taken', 'given', 'fee', 'banked'];

/** A row of ours, or a static Pix as merchants know it. */
const chargeId = /^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-z]{25})$/;

export class MovementsQuery extends PageQuery {
  @OneOf(states, { optional: true, description: '`suspense`: espera por uma pessoa', example: 'suspense' })
  readonly state?: Movement['state'];

  @Text(64, { optional: true, description: 'Provedor', example: 'gerencianet' })
  readonly provider?: string;
}

export class MatchDto {
  @OneOf(chargeTypes, { description: 'Tipo da cobrança', example: 'pix' })
  readonly type!: string;

  @Text(36, { pattern: chargeId, example: shownId.example, description: 'A cobrança, ou o Pix estático, que ele paga' })
  readonly id!: string;
}

/** Dinheiro que moveu no provedor sem chamada nossa. */
export class MovementItem {
  @ApiProperty(shownId)
  readonly id!: string;

  @ApiProperty({ enum: kinds, example: 'received' })
  readonly kind!: string;

  @ApiProperty({
    enum: states,
    description:
      '`suspense`: espera por uma pessoa, porque não diz de quem é ou o provedor não o devolve; ' +
      '`matched`: esperou, e achou de quem é; `owned`: nunca esperou',
    example: 'suspense',
  })
  readonly state!: string;

  @ApiProperty({ example: 'gerencianet' })
  readonly provider!: string;

  @ApiProperty({ ...shownId, description: 'Conta no provedor' })
  readonly credential!: string;

  @ApiProperty({ enum: ['test', 'live'], example: 'test' })
  readonly mode!: Mode;

  @ApiProperty({ description: 'Id no provedor', example: 'E09089356202601201403API01234567' })
  readonly reference!: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Como o provedor o nomeia' })
  readonly about!: About;

  @ApiProperty(shownCents)
  readonly amount!: number;

  @ApiProperty({ enum: ['BRL', 'EUR'], example: 'BRL' })
  readonly currency!: string;

  @ApiProperty({ ...shownId, type: String, nullable: true, description: 'Chamada de que é dinheiro' })
  readonly attempt!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Tipo de quem é dono', example: null })
  readonly ownerType!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'De quem é', example: null })
  readonly ownerId!: string | null;

  @ApiProperty({ ...shownId, type: String, nullable: true, description: 'A cobrança dele, quando conhecida' })
  readonly charge!: string | null;

  @ApiProperty({ ...shownMoment, description: 'Quando moveu, segundo o provedor' })
  readonly at!: string;

  @ApiProperty(shownMoment)
  readonly createdAt!: string;

  /** `charge`: the one that its owner is, or is of. */
  static from(it: Movement, charge: string | null): MovementItem {
    const { kind, state, provider, mode, about, currency } = it;
    return {
      id: it.rowId,
      kind,
      state,
      provider,
      credential: it.credentialId,
      mode,
      reference: it.id,
      about,
      amount: toJson(it.amount),
      currency,
      attempt: it.attemptId ?? null,
      ownerType: it.ownerKind ?? null,
      ownerId: it.ownerId ?? null,
      charge,
      at: it.at.toISOString(),
      createdAt: it.createdAt.toISOString(),
    };
  }
}
