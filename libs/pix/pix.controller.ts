import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChargeBody } from '@libs/charges/charges.service.js';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { AnswersCreated, AnswersDone, Refuses } from '@libs/kernel/openapi.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import { CreatePixDto, PixDto, PixQuery, RefundPixDto } from './pix.dto.js';
import { PixService } from './pix.service.js';

@ApiTags('Idea Gateway: Pix')
@Controller('pix')
export class PixController {
  constructor(private readonly pix: PixService) {}

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
    description: 'Responde `refund_requested`; o fim vem por webhook.',
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
