import { ApiProperty } from '@nestjs/swagger';
import { OneOf } from '@libs/kernel/field.js';
import { PageQuery } from '@libs/kernel/page.js';
import type { About } from '@libs/providers/contract/moved.js';
import { type Notice, type NoticeState, noticeStates } from './notice.entity.js';

const id = { format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' } as const;
const moment = { format: 'date-time', example: '2026-01-20T14:03:07.123Z' } as const;

export class NoticesQuery extends PageQuery {
  @OneOf(noticeStates, { optional: true, description: 'Só avisos neste estado', example: 'unmatched' })
  readonly state?: NoticeState;
}

export class AboutDto implements About {
  @ApiProperty({ required: false, description: 'Um código; perguntamos ao provedor o que ele significa' })
  readonly token?: string;

  @ApiProperty({ required: false, description: 'A nossa chave', example: 't01jhq3kz0v5e8m2n4p6r8s0t2' })
  readonly key?: string;

  @ApiProperty({ required: false, description: 'A referência do provedor' })
  readonly ref?: string;

  @ApiProperty({ required: false, description: 'O id do pagamento', example: 'E09089356202601201403API01234567' })
  readonly receipt?: string;
}

/** Um fato avisado por um provedor. */
export class NoticeItem {
  @ApiProperty(id)
  readonly id!: string;

  @ApiProperty({ example: 'gerencianet' })
  readonly provider!: string;

  @ApiProperty({ ...id, description: 'Conta no provedor' })
  readonly credential!: string;

  @ApiProperty({ enum: ['hint', 'event'], description: '`hint`: nada o assina, sempre perguntamos ao provedor' })
  readonly kind!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id do evento no provedor', example: null })
  readonly eventId!: string | null;

  @ApiProperty({ type: AboutDto, description: 'Como o provedor chama a coisa de que fala' })
  readonly about!: About;

  @ApiProperty({ enum: noticeStates, description: '`unmatched`: não diz respeito a nada nosso', example: 'done' })
  readonly state!: NoticeState;

  @ApiProperty({ type: 'integer', example: 1 })
  readonly tries!: number;

  @ApiProperty({ type: String, nullable: true, description: 'O que resultou dele' })
  readonly outcome!: string | null;

  @ApiProperty(moment)
  readonly receivedAt!: string;

  @ApiProperty({ ...moment, type: String, nullable: true })
  readonly doneAt!: string | null;

  static from(it: Notice): NoticeItem {
    return {
      id: it.id,
      provider: it.provider,
      credential: it.credentialId,
      kind: it.kind,
      eventId: it.eventId ?? null,
      about: it.about,
      state: it.state,
      tries: it.tries,
      outcome: it.outcome ?? null,
      receivedAt: it.receivedAt.toISOString(),
      doneAt: it.doneAt?.toISOString() ?? null,
    };
  }
}

/** Um aviso com o corpo que o trouxe. */
export class NoticeDetail extends NoticeItem {
  @ApiProperty({ description: 'Como chegou, sem segredos, até 64 KiB', example: '{"pix":[{"txid":"t01jhq3kz"}]}' })
  readonly body!: string;
}
