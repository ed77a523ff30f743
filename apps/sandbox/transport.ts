import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Line } from './listener.js';
import type { Seen } from './requests.js';
import type { Fault } from './world.js';

/** A body as it came; `json` is there when it was some. */
export type Body = { readonly text: string } | { readonly text: string; readonly json: unknown };
/** What is answered: `body` is plain JSON, undefined is an empty one; `text` goes as it is, its type in `headers`. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
/** How long faults take, and what the provider says when it fails. */
export interface Manners {
  readonly holdMs: number; // the longest a timed-out call is held open
  readonly slowMs: number;
  readonly failed: Answer;
}
const longest = 1_048_576;

/** The whole body; undefined when the client went away in the middle of it. Over a megabyte nothing is JSON to us. */
export async function read(request: IncomingMessage): Promise<Body | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= longest) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return size <= longest ? { text, json: JSON.parse(text) as unknown } : { text: '' };
  } catch {
    return { text };
  }
}

/** The address a request asks for; undefined when it is none. */
export function target(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? '/', 'http://sandbox') ?? undefined;
}

/** Waits, but no longer than the client does. */
function patience(response: ServerResponse, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function plain({ response }: Line, answer: Answer, seen: Seen): void {
  if (response.destroyed) return;
  const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  seen.status = answer.status;
  response.writeHead(answer.status, {
    ...(text !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...answer.headers,
  });
  response.end(text);
}

/** Sends the answer as the fault lets it through; without a fault, as it is. */
export async function write(line: Line, manners: Manners, answer: Answer, seen: Seen, fault?: Fault): Promise<void> {
  const { listener, request, response } = line;
  switch (fault?.kind) {
    case 'timeout_before':
    case 'timeout_after':
      await patience(response, fault.delayMs ?? manners.holdMs);
      return listener.cut(request);
    case 'reset_after':
      return listener.cut(request);
    case 'slow':
      await patience(response, fault.delayMs ?? manners.slowMs);
      return plain(line, answer, seen);
    case 'http_500_after':
      return plain(line, manners.failed, seen);
    case 'garbled':
      seen.status = answer.status;
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      return void response.end('<html><body>upstream connect error {"nome":</body></html>');
    case 'truncated': {
      const text = JSON.stringify(answer.body ?? {});
      seen.status = answer.status;
      response.writeHead(answer.status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      // Half of it has to leave before the line is cut, or the client would see a reset instead.
      await new Promise<void>((resolve) => response.write(text.slice(0, text.length / 2), () => resolve()));
      return void request.socket.destroy();
    }
    default:
      return plain(line, answer, seen);
  }
}
