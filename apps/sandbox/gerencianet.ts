import type { IncomingMessage, ServerResponse } from 'node:http';
import { changeCharge, createCharge, findCharge, listCharges } from './charges.js';
import { after, before } from './faults.js';
import { findHook, listHooks, removeHook, setHook } from './hooks.js';
import type { Listener } from './listener.js';
import { findPayment, listPayments } from './payments.js';
import { createRefund, findRefund } from './refunds.js';
import type { Requests } from './requests.js';
import { type Answer, type Asked, Refusal, type Room, type Wire, malformed, named, oauth } from './room.js';
import { overstated } from './shapes.js';
import { authorise, issueToken } from './tokens.js';
import { type Body, read, refused, target, write } from './transport.js';

/** What the provider's pages leave open, or contradict each other about: changed here, and nowhere else. */
export const wire: Wire = {
  tokenSeconds: 3600,
  invalidClientStatus: 401,
  missingStatus: 400,
  webhookStatus: 201,
  webhookBody: 'url',
  withLocCreation: true,
  calendarRequired: true,
  plainCallbacks: true,
  blockedDocuments: [],
  refundDays: 90,
  refundDelayMs: 150,
  holdMs: 60_000,
  slowMs: 1000,
  lateMs: 2000,
  callbackTimeoutMs: 60_000,
  callbackTries: 10,
};

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly operation: 'pix.create' | 'pix.cancel' | 'pix.refund' | 'pix.find' | 'token' | 'webhook';
  readonly of?: readonly string[]; // whose outcome a question asks for
  readonly missing?: string; // the refusal when there is none
  readonly act: (room: Room, asked: Asked) => Answer | Promise<Answer>;
}
const cob = /^\/v2\/cob\/(?<txid>[^/]+)$/;
const devolucao = /^\/v2\/pix\/(?<e2e>[^/]+)\/devolucao\/(?<id>[^/]+)$/;
const webhook = /^\/v2\/webhook\/(?<chave>[^/]+)$/;
const ofCharge = ['pix.find', 'pix.create', 'pix.cancel'];
const ofRefund = ['pix.find', 'pix.refund'];

const routes: readonly Route[] = [
  { method: 'POST', path: /^\/oauth\/token$/, operation: 'token', act: issueToken },
  { method: 'PUT', path: cob, operation: 'pix.create', act: createCharge },
  { method: 'PATCH', path: cob, operation: 'pix.cancel', act: changeCharge },
  {
    method: 'GET',
    path: cob,
    operation: 'pix.find',
    of: ofCharge,
    missing: 'cobranca_nao_encontrada',
    act: findCharge,
  },
  { method: 'GET', path: /^\/v2\/cob\/?$/, operation: 'pix.find', of: ofCharge, act: listCharges },
  { method: 'GET', path: /^\/v2\/pix\/?$/, operation: 'pix.find', of: ofCharge, act: listPayments },
  {
    method: 'GET',
    path: /^\/v2\/pix\/(?<e2e>[^/]+)$/,
    operation: 'pix.find',
    of: ofCharge,
    missing: 'pix_nao_encontrado',
    act: findPayment,
  },
  { method: 'PUT', path: devolucao, operation: 'pix.refund', act: createRefund },
  {
    method: 'GET',
    path: devolucao,
    operation: 'pix.find',
    of: ofRefund,
    missing: 'devolucao_nao_encontrada',
    act: findRefund,
  },
  { method: 'PUT', path: webhook, operation: 'webhook', act: setHook },
  { method: 'GET', path: webhook, operation: 'webhook', act: findHook },
  { method: 'DELETE', path: webhook, operation: 'webhook', act: removeHook },
  { method: 'GET', path: /^\/v2\/webhook\/?$/, operation: 'webhook', act: listHooks },
];

interface Matched {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

function match(method: string, pathname: string): Matched | undefined {
  for (const route of routes) {
    const groups = route.method === method ? route.path.exec(pathname) : null;
    if (groups) return { route, path: { ...groups.groups } };
  }
  return undefined;
}

function asked(path: Asked['path'], url: URL, request: IncomingMessage, body: Body): Asked {
  return {
    path,
    query: url.searchParams,
    headers: request.headers,
    json: () => {
      if ('json' in body) return body.json;
      throw malformed([{ chave: 'json', caminho: '', mensagem: 'o corpo deve ser um JSON válido' }]);
    },
  };
}

/** The answer of a question, unless a fault hides it: it finds nothing once, or may not ask. */
async function answered(room: Room, { route, path }: Matched, question: Asked): Promise<Answer> {
  if (route.of && room.faults.take(route.of, ['find_refused']))
    throw oauth(403, 'insufficient_scope', 'Access token has insufficient scope');
  const answer = await route.act(room, question);
  const subject = Object.values(path).join('/');
  if (route.of && route.missing && room.faults.take(route.of, ['find_404_then_found'], subject))
    throw named(room.wire.missingStatus, route.missing, 'Nada foi encontrado para o identificador informado');
  if (room.faults.take(route.operation, ['wrong_amount'])) return { ...answer, body: overstated(answer.body) };
  return answer;
}

/** One request from the wire to its answer: who asks, what goes wrong, what is done, what the caller gets to read. */
export async function serve(
  room: Room,
  listener: Listener,
  log: Requests,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const url = target(request) ?? new URL('http://sandbox');
  const method = request.method ?? '';
  const matched = match(method, url.pathname);
  const operation = matched?.route.operation ?? 'unknown';
  const path = matched?.path ?? {};
  const body = await read(request);
  if (!body) return;
  const key = path['id'] ?? path['txid'] ?? path['chave'] ?? path['e2e'] ?? null;
  const seen = log.add({ operation, method, path: url.pathname + url.search, key, body: body.text });
  const send = (answer: Answer, fault?: Parameters<typeof write>[3]): Promise<void> => {
    seen.fault = fault?.kind ?? seen.fault;
    return write({ listener, request, response, wire: room.wire }, answer, seen, fault);
  };
  try {
    if (operation !== 'token') authorise(room, request.headers);
    if (!matched) throw named(404, 'nao_encontrado', 'O recurso solicitado não existe');
    const early = room.faults.take(operation, before);
    if (early) return await send(refused(early), early);
    const fault = room.faults.take(operation, after);
    const answer = await answered(room, matched, asked(path, url, request, body)).catch((error: unknown) => {
      if (error instanceof Refusal) return error;
      throw error;
    });
    await send(answer, fault);
  } catch (error) {
    if (error instanceof Refusal) return send(error);
    await send({ status: 500, body: { nome: 'erro_aplicacao', mensagem: 'Ocorreu um erro interno' } });
    throw error;
  }
}
