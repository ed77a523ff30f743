import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { checkedList } from '@libs/kernel/checked.js';
import { Refuses } from '@libs/kernel/openapi.js';
import { LaneDto, LanesView } from '@libs/routing/lanes.dto.js';
import { everyLane } from '@libs/routing/lanes.every.js';
import { LanesRoom } from './lanes.service.js';
import { shownId } from './shapes.js';

const id = { name: 'id', ...shownId, description: 'Lojista' } as const;

/** The lanes of the embedded start without their credentials, which stay: they can be pressed again and again. */
const examples = {
  cielo: {
    summary: 'Pix e boletos pela Efí, cartões pela Cielo; os outros provedores atrás delas',
    value: everyLane(),
  },
  stripe: { summary: 'O mesmo, mas a Stripe antes da Cielo', value: everyLane('stripe') },
};

/** As many as `checkedList` takes. */
const schema = { type: 'array', maxItems: 100, items: { $ref: getSchemaPath(LaneDto) } } as const;

@ApiTags('Administração: faixas')
@ApiExtraModels(LaneDto)
@AdministratorOnly()
@Controller('admin/merchants')
export class LanesController {
  constructor(private readonly lanes: LanesRoom) {}

  @Put(':id/lanes')
  @ApiOperation({
    summary: 'Substitui todas as faixas de um lojista',
    description:
      'Uma lista simples. `credentials` são conferidas no provedor, seladas e nunca lidas de volta; ausentes, ficam ' +
      'as que a conta já tem. Cada faixa pode voltar como a leitura a mostra.',
  })
  @ApiParam(id)
  @ApiBody({ schema, examples })
  @ApiOkResponse({ type: LanesView })
  @Refuses(404, 422, 503)
  replace(@Param('id') merchant: string, @Body() body: unknown): Promise<LanesView> {
    return this.lanes.replace(merchant, checkedList(LaneDto, body));
  }

  @Get(':id/lanes')
  @ApiOperation({
    summary: 'As faixas de um lojista',
    description: 'Todos os campos, nulos onde não há; sem credenciais.',
  })
  @ApiParam(id)
  @ApiOkResponse({ type: LanesView })
  @Refuses(404)
  list(@Param('id') merchant: string): Promise<LanesView> {
    return this.lanes.list(merchant);
  }
}
