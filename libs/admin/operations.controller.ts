import { Controller, Get, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { pageSchema, Refuses } from '@libs/kernel/openapi.js';
import type { Page } from '@libs/kernel/reply.js';
import { JobItem, JobsQuery, ProvidersView } from './operations.dto.js';
import { Operations } from './operations.service.js';

@ApiTags('Administração: operação')
@ApiExtraModels(JobItem)
@AdministratorOnly()
@Controller('admin')
export class OperationsController {
  constructor(private readonly operations: Operations) {}

  @Get('providers')
  @ApiOperation({ summary: 'Saúde das contas nos provedores', description: 'Números das últimas 24 horas.' })
  @ApiOkResponse({ type: ProvidersView })
  providers(): Promise<ProvidersView> {
    return this.operations.providers();
  }

  @Get('jobs')
  @ApiOperation({ summary: 'Tarefas', description: 'As mais novas primeiro.' })
  @ApiOkResponse({ schema: pageSchema(JobItem) })
  @Refuses(422)
  jobs(@Query() query: JobsQuery): Promise<Page<JobItem>> {
    return this.operations.jobs(query);
  }
}
