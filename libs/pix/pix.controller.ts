import { Body, Controller, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, type ApiResponseSchemaHost, ApiTags } from '@nestjs/swagger';
import { qrPng, qrSvg } from '@libs/brazil/qrcode.js';
import type { ChargeBody } from '@libs/charges/charges.service.js';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { AnswersCreated, AnswersDone, Refuses } from '@libs/kernel/openapi.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import { BulkCancel } from './bulk.service.js';
import { CanceledManyDto, CancelManyDto, CreatePixDto, PixDto, PixQuery, RefundPixDto } from './pix.dto.js';
import { PixService } from './pix.service.js';

const picture = (type: string): MethodDecorator =>
  ApiOkResponse({ description: 'A imagem', content: { [type]: { schema: { type: 'string', format: 'binary' } } } });

/** An open body: the merchant's own members beside its code. */
const metadata: ApiResponseSchemaHost['schema'] = {
  type: 'object',
  required: ['customCode'],
  properties: {
    customCode: {
      oneOf: [
        { type: 'string', minLength: 1, maxLength: 64 },
        { type: 'integer', minimum: 0 },
      ],
      description: 'Código do lojista: também o da cobrança',
      example: 'order123',
    },
  },
  additionalProperties: { type: 'string', maxLength: 500 },
  maxProperties: 50,
  example: { customCode: 'order123', mesa: '12' },
};

@ApiTags('Idea Gateway: Pix')
@Controller('pix')
export class PixController {
  constructor(
    private readonly pix: PixService,
    private readonly bulk: BulkCancel,
  ) {}

  @Post()
  @Needs('charge')
  @ApiOperation({
    summary: 'Cria um código Pix',
    description: 'O BR Code vem em `qrCode`; o resultado, também por webhook.',
  })
  @AnswersCreated(PixDto, 'Pix emitido, ou recusado (`declined`)')
  @Refuses(409, 422, 503)
  create(@Asking() merchant: Merchant, @Wishing() wish: Wish, @Body() body: CreatePixDto): Promise<Reply<ChargeBody>> {
    return this.pix.create(merchant, wish, body);
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Busca por customCode', description: 'Os mais novos primeiro, no máximo 100.' })
  @ApiOkResponse({ type: [PixDto] })
  @Refuses(422)
  byCustomCode(@Asking() merchant: Merchant, @Query() { customCode }: PixQuery): Promise<readonly ChargeBody[]> {
    return this.pix.byCustomCode(merchant, customCode);
  }

  @Post('cancel')
  @HttpCode(200)
  @Needs('charge')
  @ApiOperation({
    summary: 'Cancela todos os Pix pendentes de vários códigos',
    description:
      'Após 10 segundos o resto segue em segundo plano; repetir mostra o andamento, e nada é feito duas vezes.',
  })
  @ApiOkResponse({ type: CanceledManyDto })
  @Refuses(409, 422)
  cancelMany(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Body() body: CancelManyDto,
  ): Promise<Reply<CanceledManyDto>> {
    return this.bulk.cancel(merchant, wish, body);
  }

  @Get(':id/qrcode.png')
  @Needs('read')
  @Header('content-type', 'image/png')
  @ApiOperation({ summary: 'O código como imagem PNG' })
  @picture('image/png')
  @Refuses(404)
  png(@Asking() merchant: Merchant, @Param('id') id: string): Promise<Buffer> {
    return this.pix.picture(merchant, id, qrPng);
  }

  @Get(':id/qrcode.svg')
  @Needs('read')
  @Header('content-type', 'image/svg+xml')
  @ApiOperation({ summary: 'O código como imagem SVG' })
  @picture('image/svg+xml')
  @Refuses(404)
  svg(@Asking() merchant: Merchant, @Param('id') id: string): Promise<string> {
    return this.pix.picture(merchant, id, qrSvg);
  }

  @Patch(':id/metadata')
  @Needs('charge')
  @ApiOperation({
    summary: 'Anota um Pix',
    description: 'Chaves com até 40 caracteres, textos com até 500; as reservadas são recusadas, as demais ficam.',
  })
  @ApiBody({ schema: metadata })
  @ApiOkResponse({ type: PixDto })
  @Refuses(404, 422)
  annotate(
    @Asking() merchant: Merchant,
    @Param('id') id: string,
    @Body() body: Readonly<Record<string, unknown>>,
  ): Promise<ChargeBody> {
    return this.pix.annotate(merchant, id, body);
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'Busca por id' })
  @ApiOkResponse({ type: PixDto })
  @Refuses(404)
  one(@Asking() merchant: Merchant, @Param('id') id: string): Promise<ChargeBody> {
    return this.pix.one(merchant, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('charge')
  @ApiOperation({ summary: 'Cancela um Pix pendente' })
  @AnswersDone(PixDto, 'Cancelado no provedor')
  @Refuses(404, 409, 503)
  cancel(@Asking() merchant: Merchant, @Wishing() wish: Wish, @Param('id') id: string): Promise<Reply<ChargeBody>> {
    return this.pix.cancel(merchant, wish, id);
  }

  @Post(':id/refund')
  @HttpCode(200)
  @Needs('refund')
  @ApiOperation({
    summary: 'Estorna o que resta, ou uma parte',
    description:
      'Responde `refund_requested`; o fim vem por webhook. 422 `payment_declined` onde o provedor não devolve, ou só ' +
      'por inteiro.',
  })
  @AnswersDone(PixDto, 'Estorno pedido')
  @Refuses(404, 409, 422)
  refund(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') id: string,
    @Body() body: RefundPixDto,
  ): Promise<Reply<ChargeBody>> {
    return this.pix.refund(merchant, wish, id, body.amount);
  }
}
