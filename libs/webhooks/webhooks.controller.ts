import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { PageQuery } from '@libs/kernel/page.js';
import type { Page, Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import type { DeliveryView } from './delivery.entity.js';
import type { WebhookView } from './webhook.entity.js';
import {
  DeliveryBody,
  NewWebhook,
  WebhookBody,
  WebhookChange,
  WebhookPage,
  WebhookWithSecret,
} from './webhooks.dto.js';
import { Webhooks } from './webhooks.service.js';

const id = { name: 'id', description: 'Id do webhook', format: 'uuid' };

@ApiTags('Idea Gateway: webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: Webhooks) {}

  @Post()
  @Needs('charge')
  @ApiOperation({ summary: 'Cadastra um endereço; o segredo só aparece nesta resposta' })
  @ApiCreatedResponse({ type: WebhookWithSecret })
  create(@Asking() merchant: Merchant, @Wishing() wish: Wish, @Body() body: NewWebhook): Promise<Reply<WebhookView>> {
    return this.webhooks.create(merchant, wish, body);
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Lista os endereços cadastrados' })
  @ApiOkResponse({ type: WebhookPage })
  list(@Asking() merchant: Merchant, @Query() query: PageQuery): Promise<Page<WebhookView>> {
    return this.webhooks.list(merchant, query);
  }

  @Get(':id')
  @Needs('read')
  @ApiParam(id)
  @ApiOperation({ summary: 'Consulta um endereço' })
  @ApiOkResponse({ type: WebhookBody })
  one(@Asking() merchant: Merchant, @Param('id') webhook: string): Promise<WebhookView> {
    return this.webhooks.one(merchant, webhook);
  }

  @Patch(':id')
  @Needs('charge')
  @ApiParam(id)
  @ApiOperation({ summary: 'Altera endereço, tipos ou liga e desliga' })
  @ApiOkResponse({ type: WebhookBody })
  change(
    @Asking() merchant: Merchant,
    @Param('id') webhook: string,
    @Body() body: WebhookChange,
  ): Promise<WebhookView> {
    return this.webhooks.change(merchant, webhook, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('charge')
  @ApiParam(id)
  @ApiOperation({ summary: 'Remove um endereço' })
  @ApiNoContentResponse()
  remove(@Asking() merchant: Merchant, @Param('id') webhook: string): Promise<void> {
    return this.webhooks.remove(merchant, webhook);
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @Needs('charge')
  @ApiParam(id)
  @ApiOperation({ summary: 'Troca o segredo; o antigo vale por mais 24 horas' })
  @ApiOkResponse({ type: WebhookWithSecret })
  rotate(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') webhook: string,
  ): Promise<Reply<WebhookView>> {
    return this.webhooks.rotate(merchant, wish, webhook);
  }

  @Post(':id/test')
  @HttpCode(200)
  @Needs('charge')
  @ApiParam(id)
  @ApiOperation({ summary: 'Envia um evento `test` somente a este endereço' })
  @ApiOkResponse({ type: DeliveryBody })
  test(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') webhook: string,
  ): Promise<Reply<DeliveryView>> {
    return this.webhooks.test(merchant, wish, webhook);
  }
}
