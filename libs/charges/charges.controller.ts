import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiExtraModels, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { pageSchema } from '@libs/kernel/openapi.js';
import type { Page } from '@libs/kernel/reply.js';
import { AttemptsDto, ChargeDto, TransactionsQuery } from './charges.dto.js';
import { type ChargeBody, Charges } from './charges.service.js';

@ApiTags('Idea Gateway: transações')
@ApiExtraModels(ChargeDto)
@Controller('transactions')
export class ChargesController {
  constructor(private readonly charges: Charges) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Lista cobranças de todos os métodos', description: 'As mais novas primeiro.' })
  @ApiOkResponse({ schema: pageSchema(ChargeDto) })
  list(@Asking() merchant: Merchant, @Query() query: TransactionsQuery): Promise<Page<ChargeBody>> {
    return this.charges.list(merchant, query);
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({
    summary: 'Busca uma cobrança',
    description: 'Pelo nosso id, pelo do provedor ou por customCode (a mais nova).',
  })
  @ApiOkResponse({ type: ChargeDto })
  @ApiNotFoundResponse({ description: 'Transação não encontrada.' })
  one(@Asking() merchant: Merchant, @Param('id') id: string): Promise<ChargeBody> {
    return this.charges.one(merchant, id);
  }

  @Get(':id/attempts')
  @Needs('read')
  @ApiOperation({
    summary: 'Chamadas a provedores feitas por uma cobrança',
    description: 'Da mais antiga à mais nova.',
  })
  @ApiOkResponse({ type: AttemptsDto })
  @ApiNotFoundResponse({ description: 'Transação não encontrada.' })
  attempts(@Asking() merchant: Merchant, @Param('id') id: string): Promise<AttemptsDto> {
    return this.charges.attempts(merchant, id);
  }
}
