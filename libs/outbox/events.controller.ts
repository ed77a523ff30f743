import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import type { Page } from '@libs/kernel/reply.js';
import { EventPage, FeedQuery } from './outbox.dto.js';
import { Feed } from './feed.js';
import type { EventView } from './outbox.entity.js';

@ApiTags('Idea Gateway: webhooks')
@Controller('events')
export class EventsController {
  constructor(private readonly feed: Feed) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Lista eventos', description: 'Do mais antigo ao mais novo; guardados por 30 dias.' })
  @ApiOkResponse({ type: EventPage })
  list(@Asking() merchant: Merchant, @Query() { limit, after }: FeedQuery): Promise<Page<EventView>> {
    return this.feed.page(merchant, limit, after);
  }
}
