import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, Public } from '@libs/kernel/caller.js';
import { Keys } from './keys.service.js';
import { TokenDto, TokenRequestDto } from './token.dto.js';

/** The edge has read `clientId:secret` by now: this route is public only in that it wants them in another form. */
interface Request {
  readonly id: string;
  readonly caller?: Caller;
}

@ApiTags('Autenticação')
@Controller('oauth2')
export class TokenController {
  constructor(private readonly keys: Keys) {}

  @Public()
  @Post('token')
  @HttpCode(200)
  @ApiBasicAuth('cliente')
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @ApiOperation({ summary: 'Troca uma chave por um token de acesso (HTTP Basic: id da chave e chave)' })
  @ApiOkResponse({ type: TokenDto })
  create(@Body() _wish: TokenRequestDto, @Req() request: Request): Promise<TokenDto> {
    return this.keys.grant(request);
  }
}
