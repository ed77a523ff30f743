import { type Dialect, type Route } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Fault } from '@apps/sandbox/world.js';
import { type Room, oauth } from './room.js';
import { numbered } from './slips.codes.js';
import { findNotices, findSlip, listNone, listSlips } from './slips.find.js';
import { overstated } from './slips.shapes.js';
import { cancelSlip, createSlip, moveSlip, nameSlip, settleSlip, unknown } from './slips.js';
import { authorise, issueToken } from './tokens.js';
import { wire } from './wire.js';

export const ofSlip = ['bankslip.find', 'bankslip.create', 'bankslip.cancel'];

const charge = (rest = ''): RegExp => new RegExp(`^/v1/charge/(?<id>\\d{1,12})${rest}$`);
const change = { method: 'PUT', operation: 'bankslip.change' } as const;
const find = { method: 'GET', operation: 'bankslip.find', of: ofSlip } as const;

const routes: readonly Route<Room>[] = [
  { method: 'POST', path: /^\/v1\/authorize$/, operation: 'token', act: issueToken('cobrancas') },
  { method: 'POST', path: /^\/v1\/charge\/one-step$/, operation: 'bankslip.create', act: createSlip },
  { method: 'PUT', path: charge('/cancel'), operation: 'bankslip.cancel', act: cancelSlip },
  { ...change, path: charge('/billet'), act: moveSlip },
  { ...change, path: charge('/metadata'), act: nameSlip },
  { ...change, path: charge('/settle'), act: settleSlip },
  { ...find, path: charge(), missing: (room) => unknown(room, 'charge_id'), act: findSlip },
  { ...find, path: /^\/v1\/charges$/, missing: listNone, act: listSlips },
  {
    ...find,
    path: /^\/v1\/notification\/(?<token>[^/]+)$/,
    missing: (room) => unknown(room, 'token'),
    act: findNotices,
  },
];

const failed: Answer = numbered(500, 3500000);

/** What a caller is told who is turned away before anything was done. The answer of a timeout is never sent. */
function refused({ kind, operation }: Fault): Answer {
  if (kind === 'http_429') return numbered(429, 3500049);
  if (kind !== 'http_401') return failed;
  return operation === 'token'
    ? oauth(401, 'invalid_client', 'Invalid or inactive credentials')
    : oauth(401, 'invalid_token', 'Invalid or expired access token');
}

/** What a call is about: a charge, the customer's number for one, a token. */
function keyOf({ path, query, body }: Parameters<Dialect<Room>['key']>[0]): string | null {
  const sent = 'json' in body ? (body.json as { readonly metadata?: { readonly custom_id?: unknown } } | null) : null;
  const key = path['id'] ?? path['token'] ?? query.get('custom_id') ?? sent?.metadata?.custom_id;
  return typeof key === 'string' ? key : null;
}

/** Charges: slips, on a host of their own that knows nobody's certificate, with tokens of its own. */
export const cobrancas: Dialect<Room> = {
  manners: { holdMs: wire.holdMs, slowMs: wire.slowMs, failed },
  routes,
  authorise: (room, { headers }, operation) => {
    if (operation !== 'token') authorise(room, 'cobrancas', headers);
  },
  nowhere: ({ pathname }) => numbered(404, 3500010, pathname),
  refused,
  unasked: numbered(403, 3500001),
  overstated,
  key: keyOf,
};
