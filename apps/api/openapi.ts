import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Config } from '@libs/kernel/config.js';
import { ErrorDto } from '@libs/kernel/openapi.js';
import { registry } from '@libs/providers/registry.js';

const differences = `
Valores são sempre inteiros na menor unidade (centavos). Documentos, telefones, CEP, customCode e paymentId são textos
nas respostas. Novas integrações usam o dialeto Idea Gateway e /transactions; os demais existem para clientes dos
sistemas de origem.`;

/** The document of everything that is served, complete enough to be a console. */
export function documentOf(app: NestFastifyApplication, config: Config, hint = ''): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Trilho')
    .setDescription(`Pagamentos: uma integração, vários provedores.\n${differences}\n\n${hint}`)
    .setVersion('0.1.0')
    .addServer(config.publicUrl)
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Usuário vazio, senha = a chave' }, 'basic')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A chave, ou um token de /oauth2/token' }, 'bearer')
    .addSecurityRequirements('basic')
    .addSecurityRequirements('bearer');
  const extraModels = [ErrorDto, ...registry.map((it) => it.credentials)];
  return SwaggerModule.createDocument(app, builder.build(), { extraModels });
}

/** `/docs`, the console, and `/docs-json`. */
export function mountDocument(app: NestFastifyApplication, config: Config, hint?: string): void {
  SwaggerModule.setup('docs', app, () => documentOf(app, config, hint), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    customSiteTitle: 'Trilho',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, tagsSorter: 'alpha', docExpansion: 'list' },
  });
}
