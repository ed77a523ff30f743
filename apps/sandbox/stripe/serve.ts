import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { after, before } from '@apps/sandbox/faults.js';
import type { Line } from '@apps/sandbox/listener.js';
import type { Seen as Entry } from '@apps/sandbox/requests.js';
import { type Answer, type Manners, read, target, write } from '@apps/sandbox/transport.js';
import type { Fault } from '@apps/sandbox/world.js';
import type { Act, Reply } from './call.js';
import { done } from './call.js';
import { banksPage } from './challenges.js';
import { expanded } from './expand.js';
import { type Form, parse, scrubbed, shown } from './form.js';
import { type Keys, printOf } from './keys.js';
import { list, text } from './params.js';
import { Refusal, invalid, missing, unauthorised } from './refusal.js';
import { type Room, identity, seconds } from './room.js';
import { type Route, match } from './routes.js';
import { listShape } from './shapes.js';
import { keys as keyTable } from './tables.js';
import { Turn } from './turn.js';

const failedBody = { error: { type: 'api_error', message: 'An unknown error occurred.' } };
export const failed: Answer = { status: 500, body: failedBody };

const same = (a: string, b: string): boolean => {
  const digest = (it: string) => createHash('sha256').update(it).digest();
  return timingSafeEqual(digest(a), digest(b));
};

/** Who asks: the secret key as a bearer, or as the user name of a basic one. And whose account he means. */
function authorise({ account }: Room, headers: IncomingHttpHeaders): void {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (given === '') throw unauthorised('You did not provide an API key: it goes into the Authorization header.');
  const basic = scheme.toLowerCase() === 'basic';
  const key = basic ? Buffer.from(given, 'base64').toString('utf8').replace(/:.*$/s, '') : given;
  if (!same(key, account.secretKey)) throw unauthorised('Invalid API Key provided.');
  const meant = headers['stripe-account'];
  if (meant !== undefined && meant !== account.id)
    throw new Refusal(403, {
      type: 'invalid_request_error',
      code: 'account_invalid',
      message: 'The provided key does not have access to this account, or it does not exist.',
    });
}

function dressed(headers: IncomingHttpHeaders): void {
  const version = String(headers['stripe-version'] ?? '');
  if (version !== '' && !/^\d{4}-\d\d-\d\d(\.[a-z]+)?$/.test(version)) throw invalid('Invalid Stripe API version.');
  const type = headers['content-type'] ?? 'application/x-www-form-urlencoded';
  if (!type.startsWith('application/x-www-form-urlencoded'))
    throw invalid('The content type of a request is application/x-www-form-urlencoded.');
}

const turnedAway = (kind: string): Answer => {
  if (kind === 'http_429')
    return {
      status: 429,
      body: { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' } },
    };
  if (kind === 'http_401') return answerOf(unauthorised('Invalid API Key provided.'));
  return failed;
};

const answerOf = ({ status, problem }: Refusal): Answer => ({ status, body: { error: problem } });

const amounts = /^amount(_received|_capturable|_captured|_refunded)?$/;

/** A lie in the right shape: every amount of the answer is one too high. */
function overstated(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && amounts.test(name)) return value + 1;
  if (Array.isArray(value)) return value.map((item: unknown) => overstated(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, overstated(inner, member)]));
}

interface Question {
  readonly room: Room;
  readonly keys: Keys;
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
  readonly operation: string;
  readonly pathname: string;
  readonly sent: string; // the form as it came
  readonly form: Form;
  readonly key: string;
  readonly host: string;
  readonly request: string;
}

/** What is answered to a question while somebody else's account is looked into, or none may be. */
function hidden({ room, route, path, pathname }: Question): Reply | undefined {
  if (!route.of) return undefined;
  if (room.faults.take(route.of, ['find_refused']))
    throw new Refusal(403, {
      type: 'invalid_request_error',
      message: 'The key does not have the permission to read this.',
    });
  if (!room.faults.take(route.of, ['wrong_store_404'])) return undefined;
  const kind = pathname.replace(/^\/v1\/(\w+?)s?(\/.*)?$/, '$1');
  if (path['id'] !== undefined) throw missing(kind, path['id'], kind === 'payment_intent' ? 'intent' : 'id');
  return done(listShape(pathname, [], false));
}

function acted(act: Act, turn: Turn, { path, form, host }: Question): Reply {
  const { expand, ...rest } = form;
  const paths = list(text())(expand, 'expand') ?? [];
  const reply = act({ turn, path, form: rest, host });
  return reply.status === 200 ? { ...reply, body: expanded(turn, reply.body, paths) } : reply;
}

/** Does what is asked, once per key, and journals it with the answer that the key has from now on. */
function answered(it: Question, fault: Fault | undefined): Answer {
  const { room, keys, route, key, operation, request } = it;
  const effective = key !== '' && route.method === 'POST';
  const print = effective ? printOf(room, it.pathname, it.sent) : '';
  const kept = effective ? keys.answered(key, print, operation) : undefined;
  if (kept)
    return {
      status: kept.status,
      body: kept.body,
      headers: { 'idempotent-replayed': 'true', 'original-request': kept.request },
    };
  const turn = new Turn(room, key, request);
  const keep = (reply: Answer) => {
    const lost = fault?.kind === 'http_500_after' && room.wire.keepsFailures;
    const { status, body } = lost ? failed : reply;
    return effective ? [keyTable.put(key, { print, status, body, request, at: seconds() })] : [];
  };
  try {
    const reply = hidden(it) ?? acted(route.act, turn, it);
    turn.commit(...keep(reply));
    return room.faults.take(operation, ['wrong_amount']) ? { ...reply, body: overstated(reply.body) } : reply;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const rows = error.begun ? keep(answerOf(error)) : [];
    if (rows.length > 0) room.world.commit(...rows);
    return answerOf(error);
  }
}

function written(body: string, room: Room): string {
  try {
    return body === '' ? '' : JSON.stringify(shown(parse(body)));
  } catch {
    return room.provider;
  }
}

/** The bank's page is for a browser: no key, no JSON. */
function paged(room: Room, line: Line, [, id = '', token = '']: readonly string[], body: string): void {
  const { request, response } = line;
  const result = /(^|&)result=succeed(&|$)/.test(body) ? 'succeed' : 'decline';
  const { status, headers, body: html } = banksPage(room, request.method ?? '', id, token, result);
  response.writeHead(status, headers).end(html);
}

/** One request from the wire to its answer: who asks, what goes wrong, what is done, what the caller gets to read. */
export async function serve(room: Room, keys: Keys, line: Line): Promise<void> {
  const { request: asking, response } = line;
  const url = target(asking) ?? new URL('http://sandbox');
  const method = asking.method ?? '';
  const body = await read(asking);
  if (!body) return;
  const page = /^\/3ds\/([^/]+)\/([^/]+)$/.exec(url.pathname);
  if (page && (method === 'GET' || method === 'POST')) return paged(room, line, page, body.text);
  const { route, path } = match(method, url.pathname);
  const sent = method === 'POST' ? body.text : (asking.url ?? '').replace(/^[^?]*\??/, '');
  const key = String(asking.headers['idempotency-key'] ?? '');
  const request = identity('req', 14);
  const operation = route?.operation(sent) ?? 'unknown';
  const seen: Entry = room.requests.add({
    provider: room.provider,
    operation,
    method,
    path: url.pathname + (method === 'POST' ? '' : url.search),
    key: key === '' ? null : key,
    body: method === 'POST' ? written(sent, room) : '',
  });
  const manners: Manners = { ...room.wire, failed };
  const send = (answer: Answer, fault?: Fault): Promise<void> => {
    seen.fault = fault?.kind ?? seen.fault;
    const own = {
      'request-id': request,
      'stripe-version': room.wire.apiVersion,
      ...(key !== '' && { 'idempotency-key': key }),
    };
    return write(line, manners, { ...answer, headers: { ...own, ...answer.headers } }, seen, fault);
  };
  try {
    authorise(room, asking.headers);
    if (!route) return await send(answerOf(nowhere(method, url.pathname)));
    const early = room.faults.take(operation, before);
    if (early) return await send(turnedAway(early.kind), early);
    if (method === 'POST' && sent !== '') dressed(asking.headers);
    const fault = room.faults.take(operation, after);
    const host = asking.headers.host ?? 'localhost';
    const { pathname } = url;
    const it = { room, keys, route, path, operation, pathname, sent, form: scrubbed(parse(sent)), key, host, request };
    const answer = answered(it, fault);
    // A slow answer is one that is still being made, to whoever asks with the same key meanwhile.
    const stop = fault?.kind === 'slow' && key !== '' ? keys.start(key) : () => undefined;
    await send(answer, fault).finally(stop);
  } catch (error) {
    if (error instanceof Refusal) return send(answerOf(error));
    if (!response.headersSent) await send(failed);
    throw error;
  }
}

const nowhere = (method: string, path: string): Refusal =>
  new Refusal(404, { type: 'invalid_request_error', message: `Unrecognized request URL (${method}: ${path}).` });
