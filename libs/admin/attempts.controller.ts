import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Admin, type Administrator, AdministratorOnly } from '@libs/kernel/caller.js';
import { AnswersDone, pageSchema, Refuses } from '@libs/kernel/openapi.js';
import type { Page, Reply } from '@libs/kernel/reply.js';
import { Wish, Wishing } from '@libs/requests/wish.js';
import { AttemptDetail, AttemptItem, AttemptsQuery, ResolveDto } from './attempts.dto.js';
import { AttemptsRoom } from './attempts.service.js';
import { Resolutions } from './resolutions.service.js';

const id = { name: 'id', format: 'uuid', description: 'Tentativa' } as const;
const evidence = 'Extrato da Efí de 20/01/2026, linha 12';

@ApiTags('Administração: resultados desconhecidos')
@ApiExtraModels(AttemptItem)
@AdministratorOnly()
@Controller('admin/attempts')
export class AttemptsController {
  constructor(
    private readonly attempts: AttemptsRoom,
    private readonly resolutions: Resolutions,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Chamadas a provedores', description: 'As mais novas primeiro.' })
  @ApiOkResponse({ schema: pageSchema(AttemptItem) })
  @Refuses(422)
  list(@Query() query: AttemptsQuery): Promise<Page<AttemptItem>> {
    return this.attempts.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Uma chamada, com tudo o que se ouviu dela' })
  @ApiParam(id)
  @ApiOkResponse({ type: AttemptDetail })
  @Refuses(404)
  get(@Param('id') attempt: string): Promise<AttemptDetail> {
    return this.attempts.get(attempt);
  }

  @Post(':id/find')
  @HttpCode(200)
  @ApiOperation({ summary: 'Pergunta ao provedor agora o que foi feito dela' })
  @ApiParam(id)
  @AnswersDone(AttemptDetail, 'A tentativa como está agora')
  @Refuses(404, 409, 422)
  find(@Wishing() wish: Wish, @Param('id') attempt: string): Promise<Reply<AttemptDetail>> {
    return this.attempts.find(wish, attempt);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Diz o que aconteceu, e o que o prova',
    description:
      'Guardado para sempre. O que só pessoas podem provar espera, com 202, por uma segunda. Vale também do que ' +
      'terminou bem e espera por uma pessoa: `done` diz quanto foi pago de fato, e o que faltou sai do registrado; ' +
      'um estorno `absent` ou `declined` voltou, e o dinheiro está onde estava.',
  })
  @ApiParam(id)
  @ApiBody({
    type: ResolveDto,
    examples: {
      absent: { summary: 'Nunca foi executada', value: { finding: 'absent', evidence } },
      done: { summary: 'Foi executada', value: { finding: 'done', amount: 1000, evidence } },
    },
  })
  @AnswersDone(AttemptDetail, 'A tentativa como está agora')
  @Refuses(404, 409, 422)
  resolve(
    @Wishing() wish: Wish,
    @Admin() admin: Administrator,
    @Param('id') attempt: string,
    @Body() body: ResolveDto,
  ): Promise<Reply<AttemptDetail>> {
    return this.resolutions.resolve(wish, admin, attempt, body);
  }

  @Post(':id/resolve/confirm')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Confirma o que outra pessoa disse',
    description: 'A mesma pessoa não confirma a si própria.',
  })
  @ApiParam(id)
  @AnswersDone(AttemptDetail, 'A tentativa como está agora')
  @Refuses(403, 404, 409, 422)
  confirm(
    @Wishing() wish: Wish,
    @Admin() admin: Administrator,
    @Param('id') attempt: string,
  ): Promise<Reply<AttemptDetail>> {
    return this.resolutions.confirm(wish, admin, attempt);
  }
}
