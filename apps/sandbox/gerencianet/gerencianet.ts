import type { Account } from '@apps/sandbox/certificates.js';
import { kinds } from '@apps/sandbox/faults.js';
import { type Dialect, type Route, serve } from '@apps/sandbox/front.js';
import { type Control, Wrong, amountRule, check } from '@apps/sandbox/question.js';
import { optional, truth } from '@apps/sandbox/schema.js';
import { simulator } from '@apps/sandbox/simulator.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Fault } from '@apps/sandbox/world.js';
import { changeCharge, createCharge, findCharge, listCharges } from './charges.js';
import { eventUrl, findHook, listHooks, removeHook, setHook } from './hooks.js';
import { findPayment, listPayments, pay } from './payments.js';
import { createRefund, findRefund, resume } from './refunds.js';
import { type Room, named, oauth } from './room.js';
import { hookTable, tables } from './rows.js';
import { overstated } from './shapes.js';
import { authorise, issueToken } from './tokens.js';
import { wire } from './wire.js';

const lost =
  (nome: string) =>
  (room: Room): Answer =>
    named(room.wire.missingStatus, nome, 'Nada foi encontrado para o identificador informado');

const cob = /^\/v2\/cob\/(?<txid>[^/]+)$/;
const devolucao = /^\/v2\/pix\/(?<e2e>[^/]+)\/devolucao\/(?<id>[^/]+)$/;
const webhook = /^\/v2\/webhook\/(?<chave>[^/]+)$/;
const ofCharge = ['pix.find', 'pix.create', 'pix.cancel'];
const ofRefund = ['pix.find', 'pix.refund'];

const routes: readonly Route<Room>[] = [
  { method: 'POST', path: /^\/oauth\/token$/, operation: 'token', act: issueToken },
  { method: 'PUT', path: cob, operation: 'pix.create', act: createCharge },
  { method: 'PATCH', path: cob, operation: 'pix.cancel', act: changeCharge },
  {
    method: 'GET',
    path: cob,
    operation: 'pix.find',
    of: ofCharge,
    missing: lost('cobranca_nao_encontrada'),
    act: findCharge,
  },
  { method: 'GET', path: /^\/v2\/cob\/?$/, operation: 'pix.find', of: ofCharge, act: listCharges },
  { method: 'GET', path: /^\/v2\/pix\/?$/, operation: 'pix.find', of: ofCharge, act: listPayments },
  {
    method: 'GET',
    path: /^\/v2\/pix\/(?<e2e>[^/]+)$/,
    operation: 'pix.find',
    of: ofCharge,
    missing: lost('pix_nao_encontrado'),
    act: findPayment,
  },
  { method: 'PUT', path: devolucao, operation: 'pix.refund', act: createRefund },
  {
    method: 'GET',
    path: devolucao,
    operation: 'pix.find',
    of: ofRefund,
    missing: lost('devolucao_nao_encontrada'),
    act: findRefund,
  },
  { method: 'PUT', path: webhook, operation: 'webhook', act: setHook },
  { method: 'GET', path: webhook, operation: 'webhook', act: findHook },
  { method: 'DELETE', path: webhook, operation: 'webhook', act: removeHook },
  { method: 'GET', path: /^\/v2\/webhook\/?$/, operation: 'webhook', act: listHooks },
];

const failed: Answer = { status: 500, body: { nome: 'erro_aplicacao', mensagem: 'Ocorreu um erro interno' } };

/** What a caller is told who is turned away before anything was done. The answer of a timeout is never sent. */
function refused(fault: Fault): Answer {
  switch (fault.kind) {
    case 'http_429':
      return {
        status: 429,
        body: { nome: 'balde_fichas_vazio', mensagem: 'O limite de requisições foi atingido' },
        headers: { 'bucket-size': '0', 'retry-after': '1' },
      };
    case 'http_401':
      return fault.operation === 'token'
        ? { status: 401, body: { error: 'invalid_client', error_description: 'Invalid or inactive credentials' } }
        : { status: 401, body: { error: 'invalid_token', error_description: 'Invalid or expired access token' } };
    default:
      return failed;
  }
}

const dialect: Dialect<Room> = {
  manners: { holdMs: wire.holdMs, slowMs: wire.slowMs, failed },
  routes,
  authorise: (room, { headers }, operation) => {
    if (operation !== 'token') authorise(room, headers);
  },
  nowhere: () => named(404, 'nao_encontrado', 'O recurso solicitado não existe'),
  refused,
  unasked: oauth(403, 'insufficient_scope', 'Access token has insufficient scope'),
  overstated,
  key: ({ path }) => path['id'] ?? path['txid'] ?? path['chave'] ?? path['e2e'] ?? null,
};

/** `POST /_sim/pix/{txid}/pay`: somebody pays the code. */
const controls = (room: Room): readonly Control[] => [
  {
    method: 'POST',
    path: /^\/_sim\/pix\/([^/]+)\/pay$/,
    missing: 'no charge has this txid',
    act: ({ id, body }) => {
      check(body, { amount: optional(amountRule), again: optional(truth), late: optional(truth) });
      const { amount, ...wish } = body as { amount?: number | string; again?: boolean; late?: boolean };
      const payment = pay(room, id, { ...wish, ...(amount !== undefined && { amount: BigInt(amount) }) });
      if (typeof payment === 'string') throw new Wrong(409, payment);
      return payment && { endToEndId: payment.endToEndId, txid: id, amount: payment.amount };
    },
  },
];

/** Efí: Pix over TLS that requires the customer's certificate. */
export const gerencianet = simulator<'gerencianet', Account>({
  id: 'gerencianet',
  scheme: 'mutual',
  port: 'own',
  operations: ['pix.create', 'pix.cancel', 'pix.refund', 'pix.find', 'token', 'webhook'],
  aside: ['token', 'webhook'],
  kinds,
  tables,
  calling: {
    times: wire,
    proven: true,
    address: (world, key) => world.of(hookTable).get(key)?.url,
    event: eventUrl,
  },
  account: (_directory, papers) => papers.account,
  open: (ground) => {
    const room: Room = { ...ground, wire };
    return {
      serve: (line) => serve(room, dialect, line),
      controls: controls(room),
      resume: () => resume(room),
    };
  },
});
