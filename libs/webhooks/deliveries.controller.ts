import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import type { Page, Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import { Deliveries } from './deliveries.service.js';
import type { DeliveryView } from './delivery.entity.js';
import { DeliveryBody, DeliveryPage, DeliveryQuery, ResendRange, Resent } from './webhooks.dto.js';

@ApiTags('Idea Gateway: webhooks')
@Controller('webhooks/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: Deliveries) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Lista entregas, da mais nova à mais antiga' })
  @ApiOkResponse({ type: DeliveryPage })
  list(@Asking() merchant: Merchant, @Query() query: DeliveryQuery): Promise<Page<DeliveryView>> {
    return this.deliveries.list(merchant, query);
  }

  @Post('resend')
  @HttpCode(200)
  @Needs('charge')
  @ApiOperation({ summary: 'Reenvia todas as entregas de um período' })
  @ApiOkResponse({ type: Resent })
  resendRange(@Asking() merchant: Merchant, @Wishing() wish: Wish, @Body() range: ResendRange): Promise<Reply<Resent>> {
    return this.deliveries.resendRange(merchant, wish, range);
  }

  @Post(':id/resend')
  @HttpCode(200)
  @Needs('charge')
  @ApiParam({ name: 'id', description: 'Id da entrega', format: 'uuid' })
  @ApiOperation({ summary: 'Reenvia uma entrega com o mesmo webhook-id' })
  @ApiOkResponse({ type: DeliveryBody })
  resend(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') delivery: string,
  ): Promise<Reply<DeliveryView>> {
    return this.deliveries.resend(merchant, wish, delivery);
  }
}
