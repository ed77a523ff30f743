import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { pageSchema, Refuses } from '@libs/kernel/openapi.js';
import type { Page } from '@libs/kernel/reply.js';
import { AllTransactionsQuery, OwnedChargeDto, StoryDto } from './transactions.dto.js';
import { Transactions } from './transactions.service.js';

@ApiTags('Administração: cobranças')
@ApiExtraModels(OwnedChargeDto)
@AdministratorOnly()
@Controller('admin/transactions')
export class TransactionsController {
  constructor(private readonly transactions: Transactions) {}

  @Get()
  @ApiOperation({ summary: 'Cobranças de todos os lojistas', description: 'As mais novas primeiro.' })
  @ApiOkResponse({ schema: pageSchema(OwnedChargeDto) })
  @Refuses(422)
  list(@Query() query: AllTransactionsQuery): Promise<Page<object>> {
    return this.transactions.list(query);
  }

  @Get(':id')
  @ApiOperation({
    summary: 'A história inteira de uma cobrança',
    description:
      'Chamadas, decisões, lançamentos, eventos e entregas. Pelo nosso id, pelo do provedor ou por customCode.',
  })
  @ApiParam({ name: 'id', description: 'Cobrança' })
  @ApiOkResponse({ type: StoryDto })
  @Refuses(404)
  story(@Param('id') id: string): Promise<StoryDto> {
    return this.transactions.story(id);
  }
}
