import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Config } from '@libs/kernel/config.js';
import { ErrorDto } from '@libs/kernel/openapi.js';
import { registry } from '@libs/providers/registry.js';
import { LaneCredentialDto, LaneDto } from '@libs/routing/lanes.dto.js';
import { demandsOf } from './auth.guard.js';
import { complete } from './openapi.complete.js';

const differences = `
Pagamentos: uma integração, vários provedores.

Valores são sempre inteiros na menor unidade (centavos). Documentos, telefones, CEP, customCode e paymentId são textos
nas respostas. Toda repetição de um POST com a mesma \`Idempotency-Key\` responde o mesmo recurso, sem segundo efeito.
Um campo opcional \`null\` é um campo ausente; nenhum texto tem caracteres de controle.
Novas integrações usam o dialeto Idea Gateway e /transactions.

Diferenças conhecidas em relação aos sistemas de origem: valores inteiros em toda parte (\`"980"\` é R$ 9,80), também
onde a origem imprime texto ou decimal; erros têm a nossa forma; as rotas de login das origens não existem, há
\`POST /oauth2/token\`.`;

/** The order of the console: what integrators want first. */
const tags = [
  'Idea Gateway: Pix',
  'Idea Gateway: boletos',
  'Idea Gateway: cartões',
  'Idea Gateway: transações',
  'Idea Gateway: saldo e extrato',
  'Idea Gateway: webhooks',
  'Autenticação',
  'Administração: lojistas',
  'Administração: faixas',
  'Administração: roteamento',
  'Administração: cobranças',
  'Administração: resultados desconhecidos',
  'Administração: movimentos',
  'Administração: livro-razão',
  'Administração: avisos',
  'Administração: auditoria',
  'Administração: operação',
  'Avisos dos provedores',
  'Operação',
];

/** The document of everything that is served, complete enough to be a console. */
export function documentOf(app: NestFastifyApplication, config: Config, hint = ''): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Trilho')
    .setDescription(`${differences}\n\n${hint}`)
    .setVersion('0.1.0')
    .addServer(config.publicUrl)
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Usuário vazio, senha = a chave' }, 'basic')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A chave, ou um token de /oauth2/token' }, 'bearer')
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Usuário = id da chave, senha = a chave' }, 'cliente')
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('basic');
  for (const tag of tags) builder.addTag(tag);
  const credentials = registry.map((it) => it.credentials);
  const document = SwaggerModule.createDocument(app, builder.build(), { extraModels: [ErrorDto, ...credentials] });
  const secrets = credentials.map((it) => ({ $ref: getSchemaPath(it) }));
  const account = [{ $ref: getSchemaPath(LaneCredentialDto) }, { type: 'string', minLength: 1, maxLength: 64 }];
  const choices = [
    { schema: LaneDto.name, property: 'credentials', oneOf: secrets },
    { schema: LaneDto.name, property: 'credential', oneOf: account },
  ];
  return complete(document, { choices, demands: demandsOf(app) });
}

/** `/docs`, the console, and `/docs-json`. */
export function mountDocument(app: NestFastifyApplication, config: Config, hint?: string): void {
  SwaggerModule.setup('docs', app, () => documentOf(app, config, hint), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    customSiteTitle: 'Trilho',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, docExpansion: 'list' },
  });
}
