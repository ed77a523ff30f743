import { after, before } from './faults.js';
import type { Line } from './listener.js';
import type { Ground } from './simulator.js';
import { type Answer, type Body, type Manners, read, target, write } from './transport.js';
import type { Fault } from './world.js';

/** One call: the groups of its path, its query, its headers, its body as sent. */
export interface Asked {
  readonly method: string;
  readonly path: Readonly<Record<string, string>>;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Body;
}

/** A refusal of the provider's, thrown by its acts and answered as it stands. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body?: unknown,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`refused with ${status}`);
  }
}

export interface Route<R> {
  readonly method: string;
  readonly path: RegExp; // of the whole pathname; its named groups are `asked.path`
  readonly operation: string | ((room: R, asked: Asked) => string);
  /** A question: the acts whose outcome it asks for. */
  readonly of?: readonly string[] | ((room: R, asked: Asked) => readonly string[]);
  readonly missing?: (room: R, asked: Asked) => Answer; // its answer when there is no such thing
  readonly act: (room: R, asked: Asked) => Answer | Promise<Answer>;
}

/** How a provider speaks, whatever the act is. Nothing of it is shared with an adapter. */
export interface Dialect<R> {
  readonly manners: Manners;
  readonly routes: readonly Route<R>[];
  /** Throws the refusal of a caller who is nobody's customer. */
  readonly authorise: (room: R, asked: Asked, operation: string) => void;
  /** There is no such resource. */
  readonly nowhere: (asked: Asked) => Answer;
  /** To a caller turned away before anything was done: `http_429`, `http_401`, `http_500_before`. */
  readonly refused: (fault: Fault, operation: string) => Answer;
  /** To a question that may not be asked: `find_refused`. */
  readonly unasked: Answer;
  /** The same body with every amount a little too high: `wrong_amount`. */
  readonly overstated: (body: unknown) => unknown;
  /** What the list of requests calls the key of a call. */
  readonly key: (asked: Asked) => string | null;
  /** What the list of requests may show of a body beyond what `redact` cuts anyway. */
  readonly shown?: (body: Body) => string;
}

type Matched<R> = { readonly route: Route<R> | undefined; readonly path: Asked['path'] };

function match<R>(routes: readonly Route<R>[], method: string, pathname: string): Matched<R> {
  for (const route of routes) {
    const groups = route.method === method ? route.path.exec(pathname) : null;
    if (groups) return { route, path: { ...groups.groups } };
  }
  return { route: undefined, path: {} };
}

/** The answer of an act, unless a fault hides it: a question finds nothing once, or may not be asked. */
async function answered<R extends Ground>(
  room: R,
  dialect: Dialect<R>,
  route: Route<R>,
  operation: string,
  asked: Asked,
): Promise<Answer> {
  const of = typeof route.of === 'function' ? route.of(room, asked) : route.of;
  if (of && room.faults.take(of, ['find_refused'])) return dialect.unasked;
  const answer = await route.act(room, asked);
  const subject = Object.values(asked.path).join('/') || asked.query.toString();
  if (of && route.missing && room.faults.take(of, ['find_404_then_found'], subject)) return route.missing(room, asked);
  if (room.faults.take(operation, ['wrong_amount'])) return { ...answer, body: dialect.overstated(answer.body) };
  return answer;
}

/** A refusal is an answer like any other; anything else that is thrown is a fault of ours. */
const orRefusal = (error: unknown): Answer => {
  if (error instanceof Refusal) return error;
  throw error;
};

/** One request from the wire to its answer: who asks, what goes wrong, what is done, what the caller gets to read. */
export async function serve<R extends Ground>(room: R, dialect: Dialect<R>, line: Line): Promise<void> {
  const { request } = line;
  const url = target(request) ?? new URL('http://sandbox');
  const method = request.method ?? '';
  const { route, path } = match(dialect.routes, method, url.pathname);
  const body = await read(request);
  if (!body) return;
  const { pathname, searchParams: query } = url;
  const asked: Asked = { method, path, pathname, query, headers: request.headers, body };
  const named = route?.operation ?? 'unknown';
  const operation = typeof named === 'string' ? named : named(room, asked);
  const seen = room.requests.add({
    provider: room.provider,
    operation,
    method,
    path: url.pathname + url.search,
    key: dialect.key(asked),
    body: dialect.shown?.(body) ?? body.text,
  });
  const send = (answer: Answer, fault?: Fault): Promise<void> => {
    seen.fault = fault?.kind ?? seen.fault;
    return write(line, dialect.manners, answer, seen, fault);
  };
  try {
    dialect.authorise(room, asked, operation);
    if (!route) return await send(dialect.nowhere(asked));
    const early = room.faults.take(operation, before);
    if (early) return await send(dialect.refused(early, operation), early);
    const fault = room.faults.take(operation, after);
    const answer = await answered(room, dialect, route, operation, asked).catch(orRefusal);
    await send(answer, fault);
  } catch (error) {
    if (error instanceof Refusal) return send(error);
    await send(dialect.manners.failed);
    throw error;
  }
}
