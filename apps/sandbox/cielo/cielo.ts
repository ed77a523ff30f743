import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { keptAccount } from '@apps/sandbox/certificates.js';
import { type Kind, kinds } from '@apps/sandbox/faults.js';
import { type Asked, type Dialect, Refusal, type Route, serve } from '@apps/sandbox/front.js';
import { type Control, Wrong, amountRule, check } from '@apps/sandbox/question.js';
import { oneOf } from '@apps/sandbox/schema.js';
import { simulator } from '@apps/sandbox/simulator.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { messages } from './codes.js';
import { dispute, disputeLater } from './disputes.js';
import { captureSale, reverseLater, settleLater, takeOff, voidSale, voiding } from './follow.js';
import { ofCode, ofSlip } from './issued.js';
import { finishLater, returnLater } from './issued.follow.js';
import { issuedTable } from './issued.rows.js';
import { masked, safe } from './masks.js';
import { type Result, authenticate, visit } from './pages.js';
import { payers } from './payers.js';
import { type Account, type Room, lost, members, refusal } from './room.js';
import { awaited, saleTable, tables } from './rows.js';
import { askedAfter, asking, createSale, creating, findByTid, findSale, listSales, ofSale } from './sales.js';
import { left, overstated } from './shapes.js';
import { wire } from './wire.js';

const at = (base: string, rest: string): RegExp => new RegExp(`^${base}/1/sales${rest}$`);
const { transaction, query } = wire.bases;
const find = { method: 'GET', operation: asking, of: askedAfter, missing: lost } as const;

const routes: readonly Route<Room>[] = [
  { method: 'POST', path: at(transaction, '/?'), operation: creating, act: createSale },
  { method: 'PUT', path: at(transaction, '/(?<id>[^/]+)/capture'), operation: 'cards.capture', act: captureSale },
  { method: 'PUT', path: at(transaction, '/OrderId/(?<order>[^/]+)/void'), operation: voiding, act: voidSale },
  { method: 'PUT', path: at(transaction, '/(?<id>[^/]+)/void'), operation: voiding, act: voidSale },
  { ...find, path: at(query, '/acquirerTid/(?<tid>[^/]+)'), act: findByTid },
  { ...find, path: at(query, '/(?<id>[^/]+)'), act: findSale },
  { ...find, path: at(query, '/?'), act: listSales },
  { method: 'GET', path: /^\/mpi\/(?<token>[0-9a-f]+)$/, operation: 'page', act: visit },
  { method: 'POST', path: /^\/mpi\/(?<token>[0-9a-f]+)$/, operation: 'page', act: visit },
];

/** The id of a call is given back with its answer; it is for tracing, and makes nothing happen once only. */
const traced = ({ act, ...route }: Route<Room>): Route<Room> => ({
  ...route,
  act: async (room, asked) => {
    const answer = await act(room, asked);
    const id = asked.headers['requestid'];
    return typeof id === 'string' ? { ...answer, headers: { ...answer.headers, requestid: id } } : answer;
  },
});

const same = (a: string, b: string): boolean => {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Who calls is said by two headers, both of them; a store that has no such key is not told more. */
function authorise(room: Room, { headers }: Asked, operation: string): void {
  if (operation === 'page') return;
  const id = String(headers['merchantid'] ?? '');
  const key = String(headers['merchantkey'] ?? '');
  if (id === '' || key === '')
    throw refusal(...(id === '' ? [101 as const] : []), ...(key === '' ? [131 as const] : []));
  if (!guid.test(id)) throw refusal(114);
  const { merchantId, merchantKey } = room.account;
  const known = same(id.toLowerCase(), merchantId);
  if (known && same(key, merchantKey)) return;
  const Code = known ? 132 : 115;
  throw new Refusal(401, room.wire.wrongKeyBody === 'code' ? [{ Code, Message: messages[Code] }] : undefined);
}

/** The number of the order, or of the sale: what a call is about. */
function keyOf({ path, query: asked, body }: Asked): string | null {
  const order = 'json' in body ? members(body.json)?.['merchantorderid'] : undefined;
  const key = path['id'] ?? path['order'] ?? path['tid'] ?? asked.get('merchantOrderId') ?? order;
  return typeof key === 'string' ? masked(key) : null;
}

const failed: Answer = { status: 500 };

const dialect: Dialect<Room> = {
  manners: { holdMs: wire.holdMs, slowMs: wire.slowMs, failed },
  routes: routes.map(traced),
  authorise,
  nowhere: () => ({ status: 404 }),
  refused: ({ kind }) => ({ status: kind === 'http_429' ? 429 : kind === 'http_401' ? 401 : 500 }),
  unasked: { status: 403 },
  overstated,
  key: keyOf,
  // Numbers and codes of cards never enter the list; what cannot be read may hold one anywhere.
  shown: (body) => ('json' in body ? JSON.stringify(safe(body.json)) : ''),
};

/** What the outside world does with a sale: its holder, his bank, somebody at the provider's own site. */
function controls(room: Room): readonly Control[] {
  const control = (
    what: string,
    act: (sale: NonNullable<ReturnType<typeof known>>, body: unknown) => unknown,
  ): Control => ({
    method: 'POST',
    path: new RegExp(`^/_sim/cards/([^/]+)/${what}$`),
    missing: 'no card payment has this id',
    act: ({ id, body }) => {
      const sale = known(id);
      return sale && act(sale, body);
    },
  });
  const known = (id: string) => room.world.of(saleTable).get(id);
  return [
    control('3ds', (sale, body) => {
      check(body, { result: oneOf(['succeed', 'decline']) });
      if (!awaited(sale)) throw new Wrong(409, 'no payer is awaited for this sale');
      const { status } = authenticate(room, sale, (body as { readonly result: Result }).result);
      return { id: sale.id, status };
    }),
    control('dispute', (sale, body) => {
      check(body, {});
      const taken = dispute(room, sale);
      if (!taken) throw new Wrong(409, 'nothing of this sale can be disputed');
      return taken;
    }),
    control('void', (sale, body) => {
      check(body, { amount: amountRule });
      const amount = BigInt((body as { readonly amount: number | string }).amount);
      if (sale.status !== 2 || amount > left(sale)) throw new Wrong(409, 'so much of this sale cannot be voided');
      const { status, voidedAmount } = takeOff(room, sale, amount, 'cards.portal_void');
      return { id: sale.id, status, voidedAmount };
    }),
  ];
}

function resume(room: Room): void {
  for (const sale of room.world.of(saleTable).values()) {
    settleLater(room, sale);
    reverseLater(room, sale);
    disputeLater(room, sale);
  }
  for (const issued of room.world.of(issuedTable).values()) {
    if (issued.type !== 'Pix') continue;
    finishLater(room, issued);
    returnLater(room, issued);
  }
}

const played: readonly Kind[] = [...kinds.filter((it) => it !== 'second_payment'), 'portal_void', 'wrong_store_404'];
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Cielo: cards, codes and slips of API 3.0, its two hosts as paths of one listener, TLS without our certificate. */
export const cielo = simulator<'cielo', Account>({
  id: 'cielo',
  scheme: 'tls',
  port: 'own',
  operations: [...ofSale, ...ofCode, ...ofSlip, 'page'],
  aside: ['page'],
  kinds: played,
  tables: [...tables, issuedTable],
  calling: { times: wire, byHand: true, accepts: (status) => status === 200 },
  account: (directory) =>
    keptAccount(directory, 'cielo', () => ({
      merchantId: randomUUID(),
      merchantKey: [...randomBytes(40)].map((byte) => letters[byte % 26]).join(''),
    })),
  open: (ground) => {
    const room: Room = { ...ground, wire };
    return {
      serve: (line) => serve(room, dialect, line),
      controls: [...controls(room), ...payers(room)],
      resume: () => resume(room),
    };
  },
});
