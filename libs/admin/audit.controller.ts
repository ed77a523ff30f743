import { Controller, Get, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { pageSchema, Refuses } from '@libs/kernel/openapi.js';
import type { Page } from '@libs/kernel/reply.js';
import { AuditItem, AuditQuery } from './audit.dto.js';
import { Audit } from './audit.service.js';

@ApiTags('Administração: auditoria')
@ApiExtraModels(AuditItem)
@AdministratorOnly()
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly audit: Audit) {}

  @Get()
  @ApiOperation({
    summary: 'O que os administradores fizeram',
    description:
      'Toda escrita em /admin que uma chave de administrador pediu, também as recusadas, as mais novas primeiro. ' +
      'Guardado para sempre, sem segredos.',
  })
  @ApiOkResponse({ schema: pageSchema(AuditItem) })
  @Refuses(422)
  list(@Query() query: AuditQuery): Promise<Page<AuditItem>> {
    return this.audit.list(query);
  }
}
