import { createHash } from 'node:crypto';
import { type SecureContext, createSecureContext } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import { redact } from '@libs/kernel/log.js';
import { point } from '@libs/kernel/point.js';
import { insideTransaction } from '@libs/kernel/transaction.js';

export interface HttpTls {
  readonly pfx?: Buffer; // our client certificate with its key
  readonly passphrase?: string;
  readonly ca?: string; // PEM; instead of the authorities that Node trusts
}
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls?: HttpTls;
  readonly leftMs: () => number;
  readonly requestId?: string;
  /** Beside an act or its `find` (a token, a look-up): no crash point stands around it, so that passages count. */
  readonly aside?: boolean;
}
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: unknown; // undefined when it is not JSON
}
/** Provably not executed: not one byte of the request was written. */
export interface Unsent {
  readonly kind: 'unsent';
  readonly why: 'refused' | 'late' | 'credentials';
  readonly message: string;
}
export interface Unknown {
  readonly kind: 'unknown';
  readonly why: 'timeout' | 'dropped' | 'garbled' | 'fault';
  readonly message: string;
}
export type HttpAnswer = Answered | Unsent | Unknown;

const bodyLimitBytes = 1 << 20;
const connectMs = 4_000;
const connections = 128; // to one host with one certificate; the others wait for a free one until their deadline
/** Short, so that a connection the provider is about to close is rarely written to: that would be `unknown`. */
const idleMs = 2_000;
const idleMaxMs = 4_000;

const pools = new Map<string, Pool>();
const running = new Set<Promise<HttpAnswer>>();

/**
 * One request to a provider, once: nothing is ever repeated and redirects are not followed. It never rejects for what
 * happens on the wire. What failed before the request was handed to a standing connection (DNS, connect, TLS, too late)
 * is `unsent`; after that moment only a complete answer is `answered`, everything else `unknown`.
 * Throws inside a transaction, and for an address that is no URL: both are bugs.
 */
export async function send(request: HttpRequest): Promise<HttpAnswer> {
  if (insideTransaction()) throw new Error('no provider is called inside a transaction');
  const url = new URL(request.url);
  if (request.leftMs() <= 0) return late;
  let pool: Pool;
  try {
    pool = poolOf(url, request.tls);
  } catch (error) {
    return { kind: 'unsent', why: 'credentials', message: `the certificate cannot be read: ${text(error)}` };
  }
  const answer = new Promise<HttpAnswer>((end) => {
    pool.dispatch(
      {
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: headersOf(request),
        body: request.body ?? null,
        headersTimeout: 0, // the deadline below is the only timer
        bodyTimeout: 0,
      },
      new Exchange(request, end),
    );
  });
  running.add(answer);
  return answer.finally(() => running.delete(answer));
}

/** Closes every connection; requests still under way end first. What is sent afterwards opens new ones. */
export async function closeHttp(): Promise<void> {
  const open = [...pools.values()];
  pools.clear();
  await Promise.all(running);
  await Promise.all(open.map((pool) => pool.destroy()));
}

const late: Unsent = { kind: 'unsent', why: 'late', message: 'the deadline had passed before anything was sent' };

/** One passage over the wire. undici calls the `on…` members; `end` is called exactly once. */
class Exchange implements Dispatcher.DispatchHandler {
  private started = false;
  private over = false;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private headers: Record<string, string> = {};
  private chunks: Buffer[] = [];
  private bytes = 0;
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly request: HttpRequest,
    private readonly end: (answer: HttpAnswer) => void,
  ) {
    this.deadline = setTimeout(() => this.onDeadline(), request.leftMs());
  }

  /** The connection stands and nothing has been written: the last moment to be certain that nothing was sent. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.started) this.finish(unknown('dropped', 'closed before the answer')); // undici was about to repeat it
    if (!this.over && this.request.aside !== true) point('wire.before', this.request.method);
    if (!this.over && this.request.leftMs() <= 0) this.finish(late);
    if (this.over) return controller.abort(new Error('not wanted any more'));
    this.started = true;
  }

  onResponseStart(_: unknown, status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.status = status;
    this.headers = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes <= bodyLimitBytes) {
      this.chunks.push(chunk);
      return;
    }
    this.finish(unknown('garbled', `an answer above ${bodyLimitBytes} bytes`));
    controller.abort(new Error('too large'));
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.chunks).toString('utf8');
    this.finish({ kind: 'answered', status: this.status, headers: this.headers, text: body, json: parsed(body) });
  }

  onResponseError(_: unknown, error: Error): void {
    this.finish(this.started ? unknown(whyOf(error), text(error)) : unsent('refused', text(error)));
  }

  private onDeadline(): void {
    const message = 'nothing within the deadline';
    this.finish(this.started ? unknown('timeout', message) : unsent('refused', message));
    this.controller?.abort(new Error('deadline'));
  }

  private finish(answer: HttpAnswer): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.deadline);
    if (this.started && this.request.aside !== true) point('wire.after', this.request.method);
    this.end(answer);
  }
}

const unsent = (why: Unsent['why'], message: string): Unsent => ({ kind: 'unsent', why, message });
const unknown = (why: Unknown['why'], message: string): Unknown => ({ kind: 'unknown', why, message });

function headersOf(request: HttpRequest): Record<string, string> {
  return {
    accept: 'application/json',
    ...(request.requestId === undefined ? {} : { 'x-request-id': request.requestId }),
    ...request.headers,
  };
}

/** Connections are shared only by requests that show the same certificate and trust the same authorities. */
function poolOf(url: URL, tls: HttpTls = {}): Pool {
  const { pfx = '', passphrase = '', ca = '' } = tls;
  const hash = createHash('sha256').update(pfx).update(`\0${passphrase}\0${ca}`).digest('base64');
  const key = `${url.origin} ${hash}`;
  const known = pools.get(key);
  if (known) return known;
  const pool = new Pool(url.origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMaxMs,
    allowH2: false,
    // No session is resumed: every connection shows the certificate and has the provider's checked.
    connect: {
      allowH2: false,
      timeout: connectMs,
      maxCachedSessions: 0,
      ...(url.protocol === 'https:' ? { secureContext: contextOf(tls), rejectUnauthorized: true } : {}),
    },
  });
  pools.set(key, pool);
  return pool;
}

/** Once per pool: opening a PKCS#12 file costs more than the handshake it serves. Throws when it cannot be read. */
const contextOf = (tls: HttpTls): SecureContext =>
  createSecureContext({ minVersion: 'TLSv1.2', pfx: tls.pfx, passphrase: tls.passphrase ?? '', ca: tls.ca });

/** A body that ends too early is a dropped connection; anything else that is no HTTP is garbled. */
const whyOf = (error: Error): Unknown['why'] =>
  (error.name === 'HTTPParserError' && !error.message.includes('EOF')) || codeOf(error) === 'UND_ERR_HEADERS_OVERFLOW'
    ? 'garbled'
    : 'dropped';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The message of a group of failed addresses is empty: its code says more. */
function text(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return redact([code, message].filter((it) => it !== undefined && it !== '').join(': ')).slice(0, 255);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
