import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  ApiUnauthorizedResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { AdministratorOnly, Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import type { Page } from '@libs/kernel/reply.js';
import {
  type AddressItem,
  AddressPage,
  AddressesQuery,
  BalanceBody,
  BalanceQuery,
  EntriesQuery,
  type EntryItem,
  EntryPage,
  type StatementItem,
  StatementPage,
  StatementQuery,
  VerificationBody,
  VerificationCreated,
} from './ledger.dto.js';
import { LedgerReport } from './report.js';
import { LedgerVerification } from './verify.js';

@ApiTags('Saldo e extrato')
@ApiUnauthorizedResponse({ description: 'Chave ausente ou inválida.' })
@ApiForbiddenResponse({ description: 'A chave não tem o escopo `read`.' })
@ApiUnprocessableEntityResponse({ description: 'Um parâmetro é inválido.' })
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

@ApiTags('Administração: livro-razão')
@ApiUnauthorizedResponse({ description: 'Chave ausente ou inválida.' })
@ApiForbiddenResponse({ description: 'A chave não é de administrador.' })
@AdministratorOnly()
@Controller('admin/ledger')
export class LedgerAdminController {
  constructor(
    private readonly report: LedgerReport,
    private readonly verification: LedgerVerification,
  ) {}

  @Get('entries')
  @ApiOperation({ summary: 'Lançamentos', description: 'Do mais novo ao mais antigo, com as suas partidas.' })
  @ApiOkResponse({ type: EntryPage })
  @ApiUnprocessableEntityResponse({ description: 'Um parâmetro é inválido.' })
  entries(@Query() query: EntriesQuery): Promise<Page<EntryItem>> {
    return this.report.entries(query);
  }

  @Get('addresses')
  @ApiOperation({
    summary: 'Endereços e saldos',
    description: 'Em ordem alfabética. A página conta endereços: cada um vem com todas as suas moedas e livros.',
  })
  @ApiOkResponse({ type: AddressPage })
  @ApiUnprocessableEntityResponse({ description: 'Um parâmetro é inválido.' })
  addresses(@Query() query: AddressesQuery): Promise<Page<AddressItem>> {
    return this.report.addresses(query);
  }

  @Post('verify')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Confere o livro-razão',
    description: 'Corre como tarefa; o andamento fica na verificação.',
  })
  @ApiAcceptedResponse({ type: VerificationCreated })
  verify(): Promise<VerificationCreated> {
    return this.verification.open();
  }

  @Get('verifications/:id')
  @ApiOperation({ summary: 'Andamento de uma verificação' })
  @ApiParam({ name: 'id', format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' })
  @ApiOkResponse({ type: VerificationBody })
  @ApiNotFoundResponse({ description: 'Verificação não encontrada.' })
  find(@Param('id') id: string): Promise<VerificationBody> {
    return this.verification.find(id);
  }
}
