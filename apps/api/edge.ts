import type { ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Caller } from '@libs/kernel/caller.js';
import { ForbiddenFault, InvalidFault, LimitedFault, MissingFault, UnauthorisedFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { parseJson } from '@libs/kernel/json.js';
import { cardNumbersIn } from '@libs/kernel/luhn.js';
import { isToken } from '@libs/merchants/secrets.js';
import { readAuthorization } from './authorization.js';
import { bodyOf } from './error.filter.js';
import { type Limit, Limiter, windowSeconds } from './limit.js';

const bodyBytes = 64 * 1024;
/** Routes whose body may be longer. News of a provider is never refused for its size within reason. */
const longer = new Map([['/pix/cancel', 256 * 1024]]);
const callbackBytes = 1024 * 1024;

const tokenPath = '/oauth2/token';
const metricsPath = '/metrics'; // from loopback, or with an administrator's key
const callbackPrefix = '/callbacks/';
const open = (path: string): boolean =>
  /^\/docs(?:[-/]|$)/.test(path) || ['/health/', callbackPrefix, '/checkout/'].some((it) => path.startsWith(it));

const withBody = new Set(['POST', 'PUT', 'PATCH']);
const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const loopback = /^(?:127\.|::1$|::ffff:127\.)/;

/** What the edge reads and writes of a Fastify request. */
interface Asked {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  caller?: Caller;
  rawBody?: Buffer;
}
interface Answer {
  header(name: string, value: string): unknown;
}
export type Authenticate = (secret: string) => Promise<Caller | undefined>;
export interface EdgeOptions {
  readonly authenticate: Authenticate;
  /** Requests per key in ten seconds; 0: no limit, no headers. */
  readonly rateLimit: number;
  /** Where requests are counted over all processes; without it each counts for itself. */
  readonly redisUrl?: string;
}

const pathOf = (url: string): string => url.split('?', 1)[0]!;
const headerOf = ({ headers }: Asked, name: string): string | undefined => headers[name]?.toString();

const printable = /^[\x20-\x7e]{1,255}$/;
/** The caller's X-Request-Id; a bad one is replaced, not refused, and so is one that holds what is never shown. */
export const requestId = ({ headers }: { readonly headers: Asked['headers'] }): string => {
  const given = headers['x-request-id'];
  const usable = typeof given === 'string' && printable.test(given) && cardNumbersIn(given).length === 0;
  return usable ? given : uuid();
};

/** What the Fastify adapter must be made with; the application itself with `bodyParser: false`. */
export const edgeOptions = (trustProxy: boolean) => ({
  trustProxy,
  bodyLimit: bodyBytes,
  requestIdHeader: false as const,
  genReqId: requestId,
  return503OnClosing: false,
  routerOptions: { maxParamLength: 1024 },
  // A URL that cannot be decoded names nothing. It is answered before any hook runs, so by hand.
  frameworkErrors: (_error: unknown, { id }: { readonly id: string }, { raw }: { readonly raw: ServerResponse }) => {
    raw.writeHead(404, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': id });
    raw.end(JSON.stringify(bodyOf(new MissingFault('Recurso não encontrado.'), id)));
  },
});

/** Whose request this is; undefined where nobody need be. @throws UnauthorisedFault, ForbiddenFault. */
async function authenticated(asked: Asked, path: string, authenticate: Authenticate): Promise<Caller | undefined> {
  if (open(path)) return undefined;
  const given = readAuthorization(headerOf(asked, 'authorization'));
  if (given === undefined && path === metricsPath && loopback.test(asked.ip)) return undefined;
  const named = path === tokenPath; // there, and only there, the client's id stands beside the key
  if (given === undefined || (given.clientId !== undefined) !== named) throw new UnauthorisedFault();
  if (named && isToken(given.secret)) throw new UnauthorisedFault();
  const caller = await authenticate(given.secret);
  if (caller === undefined || (named && caller.keyId !== given.clientId!.toLowerCase())) throw new UnauthorisedFault();
  if (path === metricsPath && caller.kind !== 'administrator') throw new ForbiddenFault();
  return caller;
}

const unsupported = (): InvalidFault =>
  new InvalidFault([], 415, 'unsupported_media_type', 'Tipo de mídia não suportado: envie application/json.');
const malformed = (): InvalidFault => new InvalidFault([], 400, 'malformed_json', 'JSON malformado.');

/** Refuses a body of another kind before its first byte is read. @throws InvalidFault (415). */
function supported(asked: Asked, path: string): void {
  if (!withBody.has(asked.method) || path.startsWith(callbackPrefix)) return;
  const coding = headerOf(asked, 'content-encoding') ?? 'identity';
  const type = headerOf(asked, 'content-type')?.split(';', 1)[0]!.trim().toLowerCase();
  const length = headerOf(asked, 'content-length') ?? '0';
  const empty = length === '0' && headerOf(asked, 'transfer-encoding') === undefined;
  const known = type === json || (type === form && path === tokenPath) || (type === undefined && empty);
  if (!known || coding.toLowerCase() !== 'identity') throw unsupported();
}

async function limited(limiter: Limit, caller: Caller, answer: Answer): Promise<void> {
  const { allowed, limit, remaining, resetSeconds } = await limiter.take(caller.keyId);
  answer.header('RateLimit-Policy', `"default";q=${limit};w=${windowSeconds}`);
  answer.header('RateLimit', `"default";r=${remaining};t=${resetSeconds}`);
  if (!allowed) throw new LimitedFault(resetSeconds);
}

type Done = (error: Error | null, body?: unknown) => void;

function parseBody(asked: Asked, bytes: Buffer, done: Done): void {
  const path = pathOf(asked.url);
  if (path.startsWith(callbackPrefix)) {
    asked.rawBody = bytes;
    done(null, undefined);
  } else if (headerOf(asked, 'content-type')?.toLowerCase().startsWith(form) === true && path === tokenPath) {
    done(null, Object.fromEntries(new URLSearchParams(bytes.toString('utf8'))));
  } else {
    try {
      done(null, parseJson(bytes));
    } catch {
      done(malformed());
    }
  }
}

async function limiterOf({ rateLimit, redisUrl }: EdgeOptions): Promise<Limit | undefined> {
  if (rateLimit === 0) return undefined;
  if (redisUrl === undefined) return new Limiter(rateLimit);
  const { SharedLimiter } = await import('./limit.shared.js');
  return new SharedLimiter(redisUrl, rateLimit);
}

/**
 * What comes before any route, in api.md §12's order: the request's id, 401, 429, 415, then while the body is read 413
 * and 400. It must stand before Nest's guards, because Fastify reads the body before them. Callbacks keep their raw
 * bytes in `rawBody`. To be called before the application is initialised.
 */
export async function registerEdge(app: NestFastifyApplication, options: EdgeOptions): Promise<void> {
  const { authenticate } = options;
  const fastify = app.getHttpAdapter().getInstance();
  const limiter = await limiterOf(options);
  fastify.addHook('onClose', async () => limiter?.close());
  fastify.decorateRequest('caller', undefined);
  fastify.decorateRequest('rawBody', undefined);
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
    const asked = request as unknown as Asked;
    const path = pathOf(asked.url);
    const caller = await authenticated(asked, path, authenticate);
    asked.caller = caller;
    if (caller !== undefined && limiter !== undefined) await limited(limiter, caller, reply);
    supported(asked, path);
  });
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith(callbackPrefix)) route.bodyLimit = callbackBytes;
    else if (longer.has(route.url)) route.bodyLimit = longer.get(route.url);
  });
  fastify.removeAllContentTypeParsers();
  for (const type of [json, '*']) {
    fastify.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, (request, bytes, done) =>
      parseBody(request, bytes, done),
    );
  }
}
