import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@libs/kernel/caller.js';

const page = [
  '<!doctype html><html lang="pt-BR"><meta charset="utf-8"><title>Pagamento</title>',
  '<p>O banco já sabe da sua resposta. Você pode fechar esta página e voltar à loja.</p></html>',
].join('');

/** Where payers come back to from the page of their bank, when the merchant has named no page of its own. */
@ApiTags('Idea Gateway: cartões')
@Controller('checkout')
export class PayerController {
  @Get('return')
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiOperation({
    summary: 'Página de volta do pagador',
    description: 'Para onde o banco devolve quem paga com débito quando a cobrança não diz `returnUrl`.',
  })
  @ApiOkResponse({ description: 'Uma página', content: { 'text/html': { schema: { type: 'string' } } } })
  back(): string {
    return page;
  }
}
