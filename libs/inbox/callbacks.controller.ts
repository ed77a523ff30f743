import { Controller, createParamDecorator, type ExecutionContext, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Public } from '@libs/kernel/caller.js';
import { Refuses } from '@libs/kernel/openapi.js';
import { type Callback, Inbox } from './inbox.service.js';

interface Asked {
  readonly params: { readonly provider: string; readonly secret: string };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawBody?: Buffer;
}

/** The call with its bytes as they came: a signature is over those, not over what a parser makes of them. */
const Sent = createParamDecorator((_: unknown, context: ExecutionContext): Callback => {
  const { params, headers, rawBody } = context.switchToHttp().getRequest<Asked>();
  const texts = Object.entries(headers).map(([header, value]) => [header, value?.toString()] as const);
  return { ...params, raw: rawBody ?? Buffer.alloc(0), headers: Object.fromEntries(texts) };
});

const example = { pix: [{ txid: 't01jhq3kz0v5e8m2n4p6r8s0t2', endToEndId: 'E09089356202601201403API01234567' }] };

@ApiTags('Avisos dos provedores')
@Public()
@Controller('callbacks')
export class CallbacksController {
  constructor(private readonly inbox: Inbox) {}

  @Post([':provider/:secret', ':provider/:secret/pix'])
  @HttpCode(200)
  @ApiOperation({
    summary: 'Recebe o aviso de um provedor',
    description:
      'Quem chama é o provedor; o endereço completo está em `callbackUrl` das faixas. A Efí acrescenta `/pix`, e de ' +
      'um boleto manda só um formulário com um código, cujo significado perguntamos a ela.',
  })
  @ApiParam({ name: 'provider', type: String, example: 'gerencianet' })
  @ApiParam({ name: 'secret', type: String, description: 'O segredo do endereço, que diz de qual conta se trata' })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiBody({ schema: { type: 'object', additionalProperties: true }, examples: { pix: { value: example } } })
  @ApiOkResponse({ description: 'Guardado, ou sem nada a guardar', schema: { type: 'object', example: {} } })
  @Refuses(401, 413, 415, 503)
  receive(@Sent() callback: Callback): Promise<object> {
    return this.inbox.receive(callback);
  }
}
