import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { pageSchema, Refuses } from '@libs/kernel/openapi.js';
import type { Page, Reply } from '@libs/kernel/reply.js';
import { Wish, Wishing } from '@libs/requests/wish.js';
import { NoticeDetail, NoticeItem, NoticesQuery } from './inbox.dto.js';
import { Inbox } from './inbox.service.js';

@ApiTags('Administração: avisos')
@ApiExtraModels(NoticeItem)
@AdministratorOnly()
@Controller('admin/callbacks')
export class InboxController {
  constructor(private readonly inbox: Inbox) {}

  @Get()
  @ApiOperation({ summary: 'Avisos recebidos dos provedores', description: 'Os mais novos primeiro.' })
  @ApiOkResponse({ schema: pageSchema(NoticeItem) })
  @Refuses(422)
  list(@Query() query: NoticesQuery): Promise<Page<NoticeItem>> {
    return this.inbox.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Um aviso e o corpo que o trouxe' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: NoticeDetail })
  @Refuses(404)
  get(@Param('id') id: string): Promise<NoticeDetail> {
    return this.inbox.get(id);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Examina um aviso de novo',
    description: 'Como se acabasse de chegar; repetir não faz mal.',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: NoticeDetail })
  @Refuses(404, 409, 422)
  replay(@Wishing() wish: Wish, @Param('id') id: string): Promise<Reply<NoticeDetail>> {
    return this.inbox.replay(wish, id);
  }
}
