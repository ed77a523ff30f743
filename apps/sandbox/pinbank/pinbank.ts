import { randomBytes, randomInt } from 'node:crypto';
import { keptAccount } from '@apps/sandbox/certificates.js';
import { type Kind, kinds } from '@apps/sandbox/faults.js';
import { type Asked, type Dialect, Refusal, type Route, serve } from '@apps/sandbox/front.js';
import { simulator } from '@apps/sandbox/simulator.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { cancelSale, cancelling, resumeSale } from './cancels.js';
import { createCode, disputeLater, endCode, findCode, ofCode } from './codes.js';
import { controls } from './controls.js';
import { authorise, issueToken, opened, reworded, safe, shown, turnedAway, wrapped, wrappedRefusal } from './door.js';
import { findBalance, listLines, listSales, ofSale } from './extract.js';
import { overstated } from './lies.js';
import { createReturn, findReturn, settleLater } from './returns.js';
import type { Account, Room } from './room.js';
import { backTable, creditTable, saleTable, slipTable, tables } from './rows.js';
import { captureSale, createSale } from './sales.js';
import { calling, publishKeys } from './signing.js';
import { createSlip, findSlip, listSlips, ofSlip, resumeSlip, writeOffSlip } from './slips.js';
import { wire } from './wire.js';

type Act = Route<Room>['act'];
type Operation = Route<Room>['operation'];

/** A method is a POST under its group, whatever the case of its letters; its twin takes and gives sealed bodies. */
const method = (name: string, operation: Operation, act: Act, of?: readonly string[]): Route<Room> => ({
  method: 'POST',
  path: new RegExp(`^${wire.base}/${name}(?<encrypted>Encrypted)?/?$`, 'i'),
  operation,
  ...(of && { of }),
  act: async (room, asked) => {
    const encrypted = asked.path['encrypted'] !== undefined;
    try {
      return wrapped(room, encrypted, await act(room, asked));
    } catch (error) {
      if (error instanceof Refusal) return wrappedRefusal(room, encrypted, error);
      throw error;
    }
  },
});

const routes: readonly Route<Room>[] = [
  { method: 'POST', path: new RegExp(`^${wire.base}/token$`, 'i'), operation: 'token', act: issueToken },
  { method: 'GET', path: /^\/webhook\/signing-key$/, operation: 'keys', act: publishKeys },
  method('CashIn/GerarBoleto', 'bankslip.create', createSlip),
  method('CashIn/ConsultarBoleto', 'bankslip.find', findSlip, ofSlip),
  method('CashIn/ConsultarBoletoLote', 'bankslip.find', listSlips, ofSlip),
  method('CashIn/SolicitarBaixaBoleto', 'bankslip.cancel', writeOffSlip),
  method('Pix/SolicitarDynamicQrCode', 'pix.create', createCode),
  method('Pix/ConsultarDynamicQrCode', 'pix.find', findCode, ofCode),
  method('Pix/AlterarStatusDynamicQrCode', 'pix.cancel', endCode),
  method('Pix/DevolucaoPixConsulta', 'pix.find', findReturn, ['pix.find', 'pix.refund']),
  method('Pix/DevolucaoPix', 'pix.refund', createReturn),
  method('Transacoes/EfetuarTransacao', 'cards.authorize', createSale),
  method('Transacoes/CapturarTransacao', 'cards.capture', captureSale),
  method('Transacoes/CancelarTransacao', cancelling, cancelSale),
  method('ContaDigital/ExtratoPos', 'cards.find', listSales, ['cards.find', ...ofSale]),
  method('ContaDigital/Saldo', 'statement', findBalance),
  method('ContaDigital/ExtratoContaDigital', 'statement', listLines),
];

/** The first name in a call: the customer's own, else the provider's of what it is about. */
const names = [
  'IdentificadorCliente',
  'NossoNumero',
  'NsuOrigem',
  'PinbankQrCodeId',
  'End2End',
  'DescricaoPedido',
  'NsuOperacao',
];
function keyOf(room: Room, { body, path }: Asked): string | null {
  const data = opened(room, body, path['encrypted'] !== undefined);
  const value = names.map((name) => data?.[name]).find((it) => typeof it === 'string' || typeof it === 'number');
  return value === undefined ? null : safe(String(value));
}

const html = (status: number, title: string): Answer => ({
  status,
  text: `<html><body><h1>${title}</h1></body></html>`,
  headers: { 'content-type': 'text/html' },
});
const failed = html(502, 'Bad Gateway');

const dialect = (room: Room): Dialect<Room> => ({
  manners: { holdMs: wire.holdMs, slowMs: wire.slowMs, failed },
  routes,
  authorise: (it, asked, operation) => {
    if (operation !== 'token' && operation !== 'keys') authorise(it, asked);
  },
  nowhere: () => html(404, 'Not Found'),
  refused: ({ kind }, operation) => {
    if (kind === 'http_429') return html(429, 'Too Many Requests');
    if (kind !== 'http_401') return failed;
    return operation === 'token'
      ? { status: 400, body: { error: 'invalid_grant', error_description: 'The user name or password is incorrect.' } }
      : turnedAway;
  },
  unasked: html(403, 'Forbidden'),
  overstated: (body) => reworded(room, body, (data) => overstated(room, data)),
  key: (asked) => keyOf(room, asked),
  shown: (body) => shown(room, body),
});

function resume(room: Room): void {
  for (const slip of room.world.of(slipTable).values()) resumeSlip(room, slip);
  for (const credit of room.world.of(creditTable).values()) disputeLater(room, credit);
  for (const back of room.world.of(backTable).values()) settleLater(room, back);
  for (const sale of room.world.of(saleTable).values()) resumeSale(room, sale);
}

const played: readonly Kind[] = [...kinds, 'portal_void', 'wrong_store_404'];

/** Pinbank: one host, bodies sealed with the account's own key, events signed with the provider's. */
export const pinbank = simulator<'pinbank', Account>({
  id: 'pinbank',
  scheme: 'tls',
  port: 'own',
  operations: [...new Set([...ofSlip, ...ofCode, 'pix.refund', 'cards.find', ...ofSale]), 'statement', 'token', 'keys'],
  aside: ['statement', 'token', 'keys'],
  kinds: played,
  tables,
  calling,
  account: (directory) =>
    keptAccount(directory, 'pinbank', () => ({
      userName: `sandbox${randomInt(1e5, 1e6)}`,
      keyValue: randomBytes(8).toString('hex'),
      requestOrigin: '5',
      codigoCanal: randomInt(10, 1000),
      codigoCliente: randomInt(1000, 100_000),
      keyLoja: randomBytes(16).toString('hex').toUpperCase(),
    })),
  open: (ground) => {
    const room: Room = { ...ground, wire };
    const way = dialect(room);
    return { serve: (line) => serve(room, way, line), controls: controls(room), resume: () => resume(room) };
  },
});
