import { ApiProperty } from '@nestjs/swagger';
import { PageQuery } from '@libs/kernel/page.js';
import { Bound } from '@libs/kernel/period.js';
import { Text } from '@libs/kernel/text.js';
import { shownId, shownMoment } from './shapes.js';

export class AuditQuery extends PageQuery {
  @Text(140, { optional: true, description: 'Só os atos desta pessoa', example: 'Ana' })
  readonly person?: string;

  @Bound('A partir de quando, inclusive')
  readonly from?: string;

  @Bound('Até quando, inclusive')
  readonly to?: string;
}

/** An act with how it ended; nulls from `before` on: nobody wrote its end down. */
export interface AuditRow {
  readonly id: string;
  readonly person: string;
  readonly key_id: string;
  readonly request_id: string;
  readonly route: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly wish: unknown;
  readonly at: string;
  readonly before: unknown;
  readonly status: number | null;
  readonly after: unknown;
  readonly ended_at: string | null;
}

const json = { type: 'object', additionalProperties: true, nullable: true } as const;

/** O que um administrador fez, ou tentou, sem os segredos. */
export class AuditItem {
  @ApiProperty(shownId)
  readonly id!: string;

  @ApiProperty({ description: 'Quem', example: 'Ana' })
  readonly person!: string;

  @ApiProperty({ ...shownId, description: 'Com que chave' })
  readonly keyId!: string;

  @ApiProperty({ ...shownMoment, description: 'Quando' })
  readonly at!: string;

  @ApiProperty({ description: 'X-Request-Id', example: '0199b0de-7a52-7e6b-8d3c-3f1f2c9d5a10' })
  readonly requestId!: string;

  @ApiProperty({ description: 'O quê', example: 'PATCH /admin/merchants/:id' })
  readonly route!: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Os ids da rota' })
  readonly ids!: Readonly<Record<string, string>>;

  @ApiProperty({ oneOf: [json, { type: 'array', items: {} }], description: 'O corpo pedido' })
  readonly request!: unknown;

  @ApiProperty({ ...json, description: 'O recurso antes; nulo em criações, repetições e recusas' })
  readonly before!: unknown;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'O status respondido; nulo: o processo parou antes de anotar o fim, e o ato pode ter sido feito',
    example: 200,
  })
  readonly status!: number | null;

  @ApiProperty({ ...json, description: 'A resposta: o recurso depois, ou o erro' })
  readonly after!: unknown;

  @ApiProperty({ ...shownMoment, type: String, nullable: true })
  readonly endedAt!: string | null;

  static from(row: AuditRow): AuditItem {
    const { id, person, route, ids, before, status, after } = row;
    return {
      id,
      person,
      keyId: row.key_id,
      at: new Date(row.at).toISOString(),
      requestId: row.request_id,
      route,
      ids,
      request: row.wish,
      before,
      status,
      after,
      endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    };
  }
}
