import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { Refuses } from '@libs/kernel/openapi.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import { CardTokenDto, NewCardTokenDto } from './tokens.dto.js';
import { CardTokens } from './tokens.service.js';

const token = { name: 'token', description: 'Token do cartão', format: 'uuid' };

@ApiTags('Idea Gateway: cartões')
@Controller('card-tokens')
export class CardTokensController {
  constructor(private readonly tokens: CardTokens) {}

  @Post()
  @Needs('charge')
  @ApiOperation({
    summary: 'Guarda um cartão e responde o seu token',
    description: 'O número é cifrado; o código de segurança, se vier, é conferido e esquecido.',
  })
  @ApiCreatedResponse({ type: CardTokenDto })
  create(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Body() body: NewCardTokenDto,
  ): Promise<Reply<CardTokenDto>> {
    return this.tokens.create(merchant, wish, body);
  }

  @Get(':token')
  @Needs('read')
  @ApiParam(token)
  @ApiOperation({ summary: 'Consulta um cartão guardado' })
  @ApiOkResponse({ type: CardTokenDto })
  @Refuses(404)
  one(@Asking() merchant: Merchant, @Param('token') id: string): Promise<CardTokenDto> {
    return this.tokens.one(merchant, id);
  }

  @Delete(':token')
  @HttpCode(204)
  @Needs('charge')
  @ApiParam(token)
  @ApiOperation({ summary: 'Apaga um cartão guardado: nenhuma cobrança nova o aceita' })
  @ApiNoContentResponse()
  @Refuses(404)
  remove(@Asking() merchant: Merchant, @Param('token') id: string): Promise<void> {
    return this.tokens.remove(merchant, id);
  }
}
