import type { IncomingMessage } from 'node:http';
import type { Options } from 'pino-http';
import { redact } from './log.js';

interface Asked extends IncomingMessage {
  readonly originalUrl?: string;
}

/** One line a request: who asked what, how it ended, how long it took. Headers and bodies never. */
export const requestLog: Options<Asked> = {
  quietReqLogger: true,
  genReqId: (request) => request.id, // the edge has made it
  autoLogging: { ignore: ({ url = '' }) => url.startsWith('/health/') || url === '/metrics' },
  customProps: () => ({}),
  serializers: {
    req: ({ id, method, url }: { id: string; method: string; url: string }) => ({ id, method, url: redact(url) }),
    res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
  },
  customSuccessMessage: () => 'request',
  customErrorMessage: () => 'request',
  customLogLevel: (_, { statusCode }) => (statusCode >= 500 ? 'error' : 'info'),
};
