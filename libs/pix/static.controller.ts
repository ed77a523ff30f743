import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChargeBody } from '@libs/charges/charges.service.js';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { Refuses } from '@libs/kernel/openapi.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import { PixDto } from './pix.dto.js';
import { CreateStaticDto, CreateStaticInfraDto, EnableStaticDto } from './static.dto.js';
import { StaticPix } from './static.service.js';

const description =
  'Pode ser pago muitas vezes: cada pagamento é uma cobrança à parte, com `staticId`, anunciada por webhook.';

@ApiTags('Idea Gateway: Pix')
@Controller('pix/static')
export class StaticController {
  constructor(private readonly codes: StaticPix) {}

  @Post()
  @Needs('charge')
  @ApiOperation({ summary: 'Cria um código Pix estático em nome do lojista', description })
  @ApiCreatedResponse({ type: PixDto, description: 'Código criado' })
  @Refuses(409, 422, 503)
  create(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Body() body: CreateStaticDto,
  ): Promise<Reply<ChargeBody>> {
    return this.codes.create(merchant, wish, body);
  }

  @Post('infra')
  @Needs('charge')
  @ApiOperation({ summary: 'Cria um código Pix estático com nome e cidade de quem recebe', description })
  @ApiCreatedResponse({ type: PixDto, description: 'Código criado' })
  @Refuses(409, 422, 503)
  infra(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Body() body: CreateStaticInfraDto,
  ): Promise<Reply<ChargeBody>> {
    return this.codes.create(merchant, wish, body);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Needs('charge')
  @ApiOperation({ summary: 'Reativa um Pix estático', description: 'Um código que não é o seu responde 404.' })
  @ApiOkResponse({ type: PixDto, description: 'Pendente outra vez' })
  @Refuses(404, 409, 422)
  enable(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') id: string,
    @Body() body: EnableStaticDto,
  ): Promise<Reply<ChargeBody>> {
    return this.codes.enable(merchant, wish, id, body.customCode);
  }
}
