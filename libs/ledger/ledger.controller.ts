import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import type { Page } from '@libs/kernel/reply.js';
import { BalanceBody, BalanceQuery, type StatementItem, StatementPage, StatementQuery } from './ledger.dto.js';
import { LedgerReport } from './report.js';

@ApiTags('Idea Gateway: saldo e extrato')
@Controller()
export class LedgerController {
  constructor(private readonly report: LedgerReport) {}

  @Get('balance')
  @Needs('read')
  @ApiOperation({ summary: 'Saldo', description: 'Por moeda, em centavos; reais aparecem sempre.' })
  @ApiOkResponse({ type: BalanceBody })
  balance(
    @Asking() merchant: Merchant,
    @Query() { currency }: BalanceQuery,
    @Req() { id }: { readonly id: string },
  ): Promise<BalanceBody> {
    return this.report.balance(merchant, id, currency);
  }

  @Get('statement')
  @Needs('read')
  @ApiOperation({ summary: 'Extrato', description: 'Os lançamentos do lojista, do mais novo ao mais antigo.' })
  @ApiOkResponse({ type: StatementPage })
  statement(@Asking() merchant: Merchant, @Query() query: StatementQuery): Promise<Page<StatementItem>> {
    return this.report.statement(merchant, query);
  }
}
