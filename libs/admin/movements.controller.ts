import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Admin, type Administrator, AdministratorOnly } from '@libs/kernel/caller.js';
import { pageSchema, Refuses } from '@libs/kernel/openapi.js';
import type { Page, Reply } from '@libs/kernel/reply.js';
import { Wish, Wishing } from '@libs/requests/wish.js';
import { MatchDto, MovementItem, MovementsQuery } from './movements.dto.js';
import { MovementsRoom } from './movements.service.js';

@ApiTags('Administração: movimentos')
@ApiExtraModels(MovementItem)
@AdministratorOnly()
@Controller('admin/movements')
export class MovementsController {
  constructor(private readonly movements: MovementsRoom) {}

  @Get()
  @ApiOperation({
    summary: 'Dinheiro que moveu sem chamada nossa',
    description: 'O mais novo primeiro. Com `state=suspense`, o que espera por uma pessoa.',
  })
  @ApiOkResponse({ schema: pageSchema(MovementItem) })
  @Refuses(422)
  list(@Query() query: MovementsQuery): Promise<Page<MovementItem>> {
    return this.movements.list(query);
  }

  @Post(':id/match')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Diz que cobrança um recebimento sem dono paga',
    description:
      'A cobrança precisa ser da mesma conta e moeda, e ainda poder ser paga: em processamento, pendente, ' +
      'autorizada, vencida ou cancelada. De um Pix estático, pelo seu id, ele se torna uma cobrança à parte.',
  })
  @ApiParam({ name: 'id', format: 'uuid', description: 'Movimento' })
  @ApiOkResponse({ type: MovementItem })
  @Refuses(404, 409, 422)
  match(
    @Wishing() wish: Wish,
    @Admin() admin: Administrator,
    @Param('id') movement: string,
    @Body() body: MatchDto,
  ): Promise<Reply<MovementItem>> {
    return this.movements.match(wish, admin, movement, body);
  }
}
