import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChargeBody } from '@libs/charges/charges.service.js';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { AnswersCreated, AnswersDone, Refuses } from '@libs/kernel/openapi.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import { BankslipDto, BankslipQuery, CreateBankslipDto, RefundBankslipDto } from './bankslip.dto.js';
import { BankslipService } from './bankslip.service.js';

@ApiTags('Idea Gateway: boletos')
@Controller('bankslip')
export class BankslipController {
  constructor(private readonly bankslips: BankslipService) {}

  @Post()
  @Needs('charge')
  @ApiOperation({
    summary: 'Gera um boleto',
    description: 'A linha digitável vem em `digitableLine`; o pagamento, por webhook.',
  })
  @AnswersCreated(BankslipDto, 'Boleto registrado, ou recusado (`declined`)')
  @Refuses(409, 422, 503)
  create(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Body() body: CreateBankslipDto,
  ): Promise<Reply<ChargeBody>> {
    return this.bankslips.create(merchant, wish, body);
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Busca por customCode', description: 'Os mais novos primeiro, no máximo 100.' })
  @ApiOkResponse({ type: [BankslipDto] })
  @Refuses(422)
  byCustomCode(@Asking() merchant: Merchant, @Query() { customCode }: BankslipQuery): Promise<readonly ChargeBody[]> {
    return this.bankslips.byCustomCode(merchant, customCode);
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'Busca por id' })
  @ApiOkResponse({ type: BankslipDto })
  @Refuses(404)
  one(@Asking() merchant: Merchant, @Param('id') id: string): Promise<ChargeBody> {
    return this.bankslips.one(merchant, id);
  }

  @Get(':id/pdf')
  @Needs('read')
  @ApiOperation({
    summary: 'O boleto em PDF, para imprimir',
    description: 'Com o código de barras e, onde o provedor dá um, o QR do Pix.',
  })
  @ApiOkResponse({ content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } })
  @Refuses(404)
  pdf(@Asking() merchant: Merchant, @Param('id') id: string): Promise<StreamableFile> {
    return this.bankslips.pdf(merchant, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('charge')
  @ApiOperation({
    summary: 'Cancela um boleto pendente',
    description: 'Onde o provedor não cancela, só aqui: o que for pago depois vem como `late`.',
  })
  @AnswersDone(BankslipDto, 'Cancelado')
  @Refuses(404, 409, 503)
  cancel(@Asking() merchant: Merchant, @Wishing() wish: Wish, @Param('id') id: string): Promise<Reply<ChargeBody>> {
    return this.bankslips.cancel(merchant, wish, id);
  }

  @Delete(':id')
  @Needs('charge')
  @ApiOperation({ summary: 'Cancela um boleto pendente', description: 'O mesmo que `POST /bankslip/{id}/cancel`.' })
  @AnswersDone(BankslipDto, 'Cancelado')
  @Refuses(404, 409, 503)
  remove(@Asking() merchant: Merchant, @Wishing() wish: Wish, @Param('id') id: string): Promise<Reply<ChargeBody>> {
    return this.bankslips.cancel(merchant, wish, id);
  }

  @Post(':id/refund')
  @HttpCode(200)
  @Needs('refund')
  @ApiOperation({
    summary: 'Devolve o que resta, ou uma parte',
    description: 'Nenhum provedor estorna boletos: a devolução é um pagamento, que ainda não é servido (503).',
  })
  @AnswersDone(BankslipDto, 'Devolução pedida')
  @Refuses(404, 409, 422, 503)
  refund(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') id: string,
    @Body() body: RefundBankslipDto,
  ): Promise<never> {
    return this.bankslips.refund(merchant, wish, id, body);
  }
}
