import type { Account } from '@apps/sandbox/certificates.js';
import { kinds } from '@apps/sandbox/faults.js';
import { type Dialect, type Route, serve } from '@apps/sandbox/front.js';
import { simulator } from '@apps/sandbox/simulator.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Fault } from '@apps/sandbox/world.js';
import { cobrancas, ofSlip } from './cobrancas.js';
import { changeCharge, createCharge, findCharge, listCharges } from './charges.js';
import { eventUrl, findHook, listHooks, removeHook, setHook } from './hooks.js';
import { findPayment, listPayments } from './payments.js';
import { pixControls } from './payers.js';
import { createRefund, findRefund, resume } from './refunds.js';
import { type Room, named, oauth } from './room.js';
import { hookTable, tables } from './rows.js';
import { overstated } from './shapes.js';
import { slipTable } from './slips.rows.js';
import { slipControls } from './slips.pay.js';
import { ofSlip as isSlip, notifyUrl, taken } from './slips.tell.js';
import { authorise, issueToken } from './tokens.js';
import { wire } from './wire.js';

/** A fault of `*` spares these: log-ins, addresses, and what is told of a charge that no act of anybody's is behind. */
const aside = ['token', 'webhook', 'notice', 'statement'];

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
  { method: 'POST', path: /^\/oauth\/token$/, operation: 'token', act: issueToken('pix') },
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
  { method: 'GET', path: /^\/v2\/pix\/?$/, operation: 'statement', act: listPayments },
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
    if (operation !== 'token') authorise(room, 'pix', headers);
  },
  nowhere: () => named(404, 'nao_encontrado', 'O recurso solicitado não existe'),
  refused,
  unasked: oauth(403, 'insufficient_scope', 'Access token has insufficient scope'),
  overstated,
  key: ({ path }) => path['id'] ?? path['txid'] ?? path['chave'] ?? path['e2e'] ?? null,
};

/** Efí: Pix over TLS that requires the customer's certificate, and beside it charges over TLS that does not. */
export const gerencianet = simulator<'gerencianet', Account>({
  id: 'gerencianet',
  scheme: 'mutual',
  port: 'own',
  beside: { 'gerencianet-cobrancas': 'tls' },
  operations: ['pix.create', 'pix.cancel', 'pix.refund', 'pix.find', ...ofSlip, 'bankslip.change', ...aside],
  aside,
  kinds,
  tables: [...tables, slipTable],
  calling: {
    times: wire,
    proven: true,
    address: (world, key) => (isSlip(key) ? notifyUrl(world, key) : world.of(hookTable).get(key)?.url),
    event: (address, key) => (isSlip(key) ? address : eventUrl(address)),
    headers: (_world, { key }): Readonly<Record<string, string>> =>
      isSlip(key) ? { 'content-type': 'application/x-www-form-urlencoded' } : {},
    ends: (world, owed) => !isSlip(owed.key) || taken(world, owed),
  },
  account: (_directory, papers) => papers.account,
  open: (ground) => {
    const room: Room = { ...ground, wire };
    return {
      serve: (line, door) => serve(room, door === 'gerencianet' ? dialect : cobrancas, line),
      controls: [...pixControls(room), ...slipControls(room)],
      resume: () => resume(room),
    };
  },
});
