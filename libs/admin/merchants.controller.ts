import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdministratorOnly } from '@libs/kernel/caller.js';
import { PageQuery } from '@libs/kernel/page.js';
import type { Page, Reply } from '@libs/kernel/reply.js';
import {
  CreateKeyDto,
  CreateMerchantDto,
  type KeyDto,
  KeyPageDto,
  MerchantDto,
  MerchantPageDto,
  NewKeyDto,
  UpdateMerchantDto,
} from '@libs/merchants/merchants.dto.js';
import { Merchants } from '@libs/merchants/merchants.service.js';
import { Requests } from '@libs/requests/requests.service.js';
import { Wish, Wishing } from '@libs/requests/wish.js';

@ApiTags('Administração: lojistas')
@AdministratorOnly()
@Controller('admin/merchants')
export class MerchantsController {
  constructor(
    private readonly merchants: Merchants,
    private readonly requests: Requests,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Cria um lojista' })
  @ApiCreatedResponse({ type: MerchantDto })
  create(@Wishing() wish: Wish, @Body() body: CreateMerchantDto): Promise<Reply<MerchantDto>> {
    return this.requests.once(
      wish,
      async (em) => made(await this.merchants.create(em, body)),
      (em, id) => this.merchants.read(em, id),
    );
  }

  @Get()
  @ApiOperation({ summary: 'Lista os lojistas, os mais novos primeiro' })
  @ApiOkResponse({ type: MerchantPageDto })
  list(@Query() query: PageQuery): Promise<Page<MerchantDto>> {
    return this.merchants.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Mostra um lojista' })
  @ApiOkResponse({ type: MerchantDto })
  get(@Param('id') id: string): Promise<MerchantDto> {
    return this.merchants.get(id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Altera o que é dado de um lojista' })
  @ApiOkResponse({ type: MerchantDto })
  update(@Param('id') id: string, @Body() body: UpdateMerchantDto): Promise<MerchantDto> {
    return this.merchants.update(id, body);
  }

  @Post(':id/keys')
  @ApiOperation({ summary: 'Cria uma chave de API; ela aparece só nesta resposta' })
  @ApiCreatedResponse({ type: NewKeyDto })
  createKey(@Wishing() wish: Wish, @Param('id') id: string, @Body() body: CreateKeyDto): Promise<Reply<NewKeyDto>> {
    return this.requests.once(
      wish,
      async (em) => made(await this.merchants.createKey(em, id, body)),
      (em, keyId) => this.merchants.readKey(em, id, keyId),
    );
  }

  @Get(':id/keys')
  @ApiOperation({ summary: 'Lista as chaves de API de um lojista' })
  @ApiOkResponse({ type: KeyPageDto })
  keys(@Param('id') id: string, @Query() query: PageQuery): Promise<Page<KeyDto>> {
    return this.merchants.listKeys(id, query);
  }

  @Delete(':id/keys/:keyId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Apaga uma chave de API e os seus tokens; vale em 5 segundos em todos os processos' })
  @ApiNoContentResponse()
  removeKey(@Param('id') id: string, @Param('keyId') keyId: string): Promise<void> {
    return this.merchants.removeKey(id, keyId);
  }
}

const made = <T extends { readonly id: string }>(body: T): { id: string; body: T } => ({ id: body.id, body });
