import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, type ApiResponseSchemaHost, getSchemaPath } from '@nestjs/swagger';

type Model = new () => object;

/** The schema of a page of `model`; the controller names the model in @ApiExtraModels. */
export const pageSchema = (model: Model): ApiResponseSchemaHost['schema'] => ({
  type: 'object',
  required: ['data', 'hasMore'],
  properties: { data: { type: 'array', items: { $ref: getSchemaPath(model) } }, hasMore: { type: 'boolean' } },
});

export class FieldErrorDto {
  @ApiProperty({ description: 'Caminho do campo', example: 'customer.address.zipCode' })
  readonly field!: string;

  @ApiProperty({ enum: ['required', 'unknown_field', 'invalid', 'out_of_range', 'too_long'] })
  readonly code!: string;

  @ApiProperty({ example: 'Valor inválido.' })
  readonly message!: string;
}

/** A forma de todo erro. */
export class ErrorDto {
  @ApiProperty({ example: 'invalid_request' })
  readonly code!: string;

  @ApiProperty({ example: 'Requisição inválida.' })
  readonly message!: string;

  @ApiProperty({ example: '0199b0de-7a52-7e6b-8d3c-3f1f2c9d5a10' })
  readonly requestId!: string;

  @ApiProperty({ type: [FieldErrorDto], required: false, description: 'Só em 422 `invalid_request`' })
  readonly errors?: readonly FieldErrorDto[];
}

/** What each refusal means, by status. */
export const refusals: Readonly<Record<number, string>> = {
  400: 'JSON malformado',
  401: 'Credenciais ausentes ou inválidas',
  403: 'A chave não permite',
  404: 'Não encontrado',
  409: 'O estado não permite, ou a chave de idempotência já serviu a outro pedido',
  413: 'Corpo grande demais',
  415: 'Tipo de mídia não aceito',
  422: 'Campos recusados, saldo insuficiente, ou um ato que o provedor recusa ou não faz',
  429: 'Limite de requisições',
  500: 'Algo deu errado',
  503: 'Nenhum provedor disponível; nada foi cobrado',
};

/** The refusals that a route can give beyond those of every route. */
export const Refuses = (...statuses: number[]): MethodDecorator =>
  applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, type: ErrorDto, description: refusals[status] ?? '' })),
  );

/** 201, or 202 while the outcome is unknown. */
export const AnswersCreated = (type: Model, description: string): MethodDecorator =>
  applyDecorators(
    ApiResponse({ status: 201, type, description }),
    ApiResponse({ status: 202, type, description: 'Resultado ainda desconhecido; será anunciado' }),
  );

/** 200, or 202 while the outcome is unknown. */
export const AnswersDone = (type: Model, description: string): MethodDecorator =>
  applyDecorators(
    ApiResponse({ status: 200, type, description }),
    ApiResponse({ status: 202, type, description: 'Resultado ainda desconhecido; será anunciado' }),
  );
