import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { Refuses } from '@libs/kernel/openapi.js';
import type { Page, Reply } from '@libs/kernel/reply.js';
import {
  type AddressItem,
  AddressPage,
  AddressesQuery,
  EntriesQuery,
  type EntryItem,
  EntryPage,
  VerificationBody,
  VerificationCreated,
} from '@libs/ledger/ledger.dto.js';
import { LedgerReport } from '@libs/ledger/report.js';
import { LedgerVerification } from '@libs/ledger/verify.js';
import { Requests } from '@libs/requests/requests.service.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';

@ApiTags('Administração: livro-razão')
@AdministratorOnly()
@Controller('admin/ledger')
export class LedgerAdminController {
  constructor(
    private readonly report: LedgerReport,
    private readonly verification: LedgerVerification,
    private readonly requests: Requests,
  ) {}

  @Get('entries')
  @ApiOperation({ summary: 'Lançamentos', description: 'Do mais novo ao mais antigo, com as suas partidas.' })
  @ApiOkResponse({ type: EntryPage })
  entries(@Query() query: EntriesQuery): Promise<Page<EntryItem>> {
    return this.report.entries(query);
  }

  @Get('addresses')
  @ApiOperation({
    summary: 'Endereços e saldos',
    description: 'Em ordem alfabética. A página conta endereços: cada um vem com todas as suas moedas e livros.',
  })
  @ApiOkResponse({ type: AddressPage })
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
  verify(@Wishing() wish: Wish): Promise<Reply<VerificationCreated>> {
    return this.verification.open((em, id) => this.requests.claim(em, wish, id));
  }

  @Get('verifications/:id')
  @ApiOperation({ summary: 'Andamento de uma verificação' })
  @ApiParam({ name: 'id', format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' })
  @ApiOkResponse({ type: VerificationBody })
  @Refuses(404)
  find(@Param('id') id: string): Promise<VerificationBody> {
    return this.verification.find(id);
  }
}
