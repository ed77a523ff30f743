import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Caller } from '@libs/kernel/caller.js';
import { redact } from '@libs/kernel/log.js';
import { withRequest } from '@libs/kernel/logger.js';

const quiet = (url: string): boolean => url.startsWith('/health/') || url === '/metrics';

const written = /%([0-7][0-9a-f])/gi;
/** An address without what is never shown, also where that is written in percent signs. */
function shown(url: string): string {
  const plain = url
    .replaceAll('+', ' ')
    .replaceAll(written, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const cut = redact(plain);
  return cut === plain ? redact(url) : cut;
}

/**
 * One line a request: who asked what, how it ended, how long it took. Headers and bodies never. Stands before the edge.
 */
export function logRequests(app: NestFastifyApplication): void {
  const log = new Logger('request');
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _, done) => withRequest(request.id, done));
  fastify.addHook('onResponse', async (request, reply) => {
    if (quiet(request.url)) return;
    const { caller } = request as unknown as { readonly caller?: Caller };
    log.log({
      requestId: request.id,
      method: request.method,
      url: shown(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      caller: caller?.keyId,
    });
  });
}
