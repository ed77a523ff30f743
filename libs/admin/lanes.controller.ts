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
import { LanesRoom } from './lanes.service.js';

const id = { name: 'id', format: 'uuid', description: 'Lojista' } as const;

/** The lane of the embedded start without its credentials, which stay: it can be pressed again and again. */
const example = {
  provider: 'gerencianet',
  operation: 'pix.create',
  mode: 'test',
  priority: 1,
  settleDays: 0,
  cost: { rateBps: 0, fixed: 0 },
  price: { rateBps: 99, fixed: 0 },
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
      'as que a conta já tem.',
  })
  @ApiParam(id)
  @ApiBody({ schema, examples: { pix: { summary: 'Pix pela Efí', value: [example] } } })
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
