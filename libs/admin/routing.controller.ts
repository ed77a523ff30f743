import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { Refuses } from '@libs/kernel/openapi.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import type { Decision } from '@libs/routing/plan.js';
import { RuleDto, RulesDto } from '@libs/routing/rules.dto.js';
import { DecisionDto } from './decision.dto.js';
import { PlanDto, ReplayCreated, ReplayDto, ReplayView, RulesQuery, RulesView } from './routing.dto.js';
import { RoutingRoom } from './routing.service.js';
import { shownId } from './shapes.js';

const merchantId = { name: 'id', ...shownId, description: 'Lojista' } as const;

@ApiTags('Administração: roteamento')
@ApiExtraModels(RuleDto)
@AdministratorOnly()
@Controller('admin')
export class RoutingController {
  constructor(private readonly routing: RoutingRoom) {}

  @Put('merchants/:id/routing')
  @ApiOperation({
    summary: 'Substitui as regras de roteamento de um lojista',
    description:
      'Faz uma versão nova; as antigas ficam, porque cada tentativa diz por qual foi decidida. A primeira regra que ' +
      'vale decide; sem regra, a prioridade das faixas.',
  })
  @ApiParam(merchantId)
  @ApiOkResponse({ type: RulesView })
  @Refuses(404, 422)
  replace(@Param('id') id: string, @Body() body: RulesDto): Promise<RulesView> {
    return this.routing.replace(id, body);
  }

  @Get('merchants/:id/routing')
  @ApiOperation({ summary: 'As regras de roteamento de um lojista', description: 'As de agora, ou as de uma versão.' })
  @ApiParam(merchantId)
  @ApiOkResponse({ type: RulesView })
  @Refuses(404, 422)
  rules(@Param('id') id: string, @Query() query: RulesQuery): Promise<RulesView> {
    return this.routing.rules(id, query);
  }

  @Post('routing/plan')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Diz que provedores seriam tentados agora, e por quê',
    description:
      'Nada é gravado e ninguém é chamado. Com o mesmo `chargeId` os sorteios são os mesmos. Um cartão de que não se ' +
      'diz mais é de crédito, em uma parcela, como em `POST /credit-card`.',
  })
  @ApiOkResponse({ type: DecisionDto })
  @Refuses(422)
  plan(@Wishing() wish: Wish, @Body() body: PlanDto): Promise<Decision> {
    return this.routing.plan(wish, body);
  }

  @Post('routing/replay')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Aplica outras regras às tentativas passadas',
    description: 'Corre como tarefa e não move nada; o andamento e o resultado ficam na simulação.',
  })
  @ApiAcceptedResponse({ type: ReplayCreated })
  @Refuses(409, 422)
  replay(@Wishing() wish: Wish, @Body() body: ReplayDto): Promise<Reply<ReplayCreated>> {
    return this.routing.replay(wish, body);
  }

  @Get('routing/replays/:id')
  @ApiOperation({ summary: 'Andamento e resultado de uma simulação' })
  @ApiParam({ name: 'id', format: 'uuid', description: 'Simulação' })
  @ApiOkResponse({ type: ReplayView })
  @Refuses(404)
  replayed(@Param('id') id: string): Promise<ReplayView> {
    return this.routing.replayed(id);
  }
}
