import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { uuid } from '@libs/kernel/ids.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Put } from '@apps/sandbox/world.js';
import { type Order, orderOf } from './checks.js';
import { captured, fateOf } from './codes.js';
import { disputeLater } from './disputes.js';
import { createIssued, creation, ofCode, ofSlip, standing } from './issued.js';
import { type Issued, issuedTable } from './issued.rows.js';
import { issuedShape } from './issued.shapes.js';
import { type Room, lost, members, refusal, sent } from './room.js';
import { type Sale, awaited, countTable, saleTable } from './rows.js';
import { localTime } from '@apps/sandbox/days.js';
import { digits, saleShape, selfUrl } from './shapes.js';
import { claim, commit, news } from './tell.js';

const act = 'cards.authorize';
const dayMs = 86_400_000;

/** A sale of which the issuer has not said anything yet. */
function begun(order: Order): Sale {
  const { orderId, customer, type, amount, installments, interest, capture, authenticate, recurrent } = order;
  return {
    id: uuid(),
    orderId,
    customer,
    type,
    amount,
    installments,
    interest,
    capture,
    authenticate,
    recurrent,
    softDescriptor: order.softDescriptor,
    card: order.card,
    tid: digits(20),
    status: 0,
    at: now().toISOString(),
    voidedAmount: 0n,
    voids: 0,
    disputes: [],
  };
}

/** What the issuer says of it: held, paid, refused or nothing; and what that does in the world. */
export function decided(room: Room, sale: Sale): { readonly sale: Sale; readonly puts: readonly Put[] } {
  const digit = Number.parseInt(sale.card.masked.slice(-1), 10);
  const uses = room.world.of(countTable).get(`${digit}`) ?? 0;
  const counted = digit === 9 ? [countTable.put('9', uses + 1)] : [];
  const { status, code, message } = fateOf(digit, uses);
  const said = { returnCode: code, returnMessage: message };
  if (status !== 1) return { sale: { ...sale, ...said, status }, puts: counted };
  const disputed = room.faults.take(act, ['chargeback'], sale.orderId);
  const held: Sale = {
    ...sale,
    ...said,
    status,
    proofOfSale: digits(6),
    authorizationCode: digits(6),
    ...(disputed && { disputeMs: disputed.delayMs ?? room.wire.disputeMs }),
  };
  const paid = { ...captured, status: 2, capturedAmount: sale.amount, capturedAt: now().toISOString() } as const;
  const made = room.effect(act, sale.orderId, sale.id, sale.amount);
  return { sale: sale.capture ? { ...held, ...paid } : held, puts: [...counted, made] };
}

/** A second sale under the same order that nobody here asked for, as a repeated call leaves one behind. */
function twin(room: Room, order: Order): void {
  const other = decided(room, begun(order));
  commit(room, other.sale, other.puts);
}

/** What `POST /1/sales` is asked for. */
export function creating(_room: Room, { body }: Asked): string {
  const payment = 'json' in body ? members(members(body.json)?.['payment']) : undefined;
  const type = payment?.['type'];
  return type === 'Pix' || type === 'Boleto' ? creation({ type }) : act;
}

/** `POST /1/sales`: a new sale each time, whatever its order number; 201 for every word of the issuer's. */
export function createSale(room: Room, asked: Asked): Answer {
  if (creating(room, asked) !== act) return createIssued(room, sent(asked));
  const order = orderOf(sent(asked), room.wire);
  const { orderId } = order;
  if (takenBy(room, orderId).length > 0 && room.wire.duplicateOrders === 'refused') throw refusal(302);
  if (room.faults.take(act, ['duplicate_key_first_send'], orderId)) twin(room, order);
  const first = begun(order);
  const asks = order.authenticate && !order.external;
  const page = { token: randomBytes(8).toString('hex'), returnUrl: order.returnUrl ?? '' };
  const made = asks ? { sale: { ...first, page }, puts: [] } : decided(room, first);
  const told = made.sale.status === 2 ? news(room, act, made.sale, 'status') : claim(room, act, made.sale);
  const sale = commit(room, made.sale, made.puts, told);
  disputeLater(room, sale);
  return { status: 201, body: saleShape(room, sale), headers: { location: selfUrl(room, sale) } };
}

/** The sale as it stands by now: the provider asks the issuer again for what was not finished, and holds lapse. */
export function current(room: Room, sale: Sale): Sale {
  const { polled, captureDays, lapsed } = room.wire;
  const ageMs = now().getTime() - Date.parse(sale.at);
  if (sale.status === 1 && ageMs > captureDays * dayMs && lapsed !== 1)
    return commit(room, { ...sale, status: lapsed }, []);
  if (sale.status !== 0 || awaited(sale) || polled.status === 0 || ageMs < polled.afterMs) return sale;
  const { status } = polled;
  const at = now().toISOString();
  const next: Sale = {
    ...sale,
    status,
    ...(status < 3 && { proofOfSale: digits(6), authorizationCode: digits(6) }),
    ...(status === 2 && { ...captured, capturedAmount: sale.amount, capturedAt: at }),
  };
  const made = status < 3 ? [room.effect(act, sale.orderId, sale.id, sale.amount)] : [];
  return commit(room, next, made, news(room, act, next, 'status'));
}

/** Whether an authorisation can no longer be captured. */
export const lapsedBy = ({ wire }: Room, sale: Sale): boolean =>
  now().getTime() - Date.parse(sale.at) > wire.captureDays * dayMs;

export const ofSale = ['cards.find', 'cards.authorize', 'cards.capture', 'cards.void', 'cards.refund'] as const;

/** The acts whose outcome a question is about: of what it is about, and of everything when nobody knows that. */
export function askedAfter(room: Room, { path, query }: Asked): readonly string[] {
  const order = [...query].find(([name]) => name.toLowerCase() === 'merchantorderid')?.[1];
  const about = order === undefined ? [lookUp(room, path['id'] ?? '') ?? []].flat() : takenBy(room, order);
  const kinds = new Set(about.map(({ type }) => type));
  const whole = kinds.size === 0;
  return [
    ...(whole || kinds.has('CreditCard') || kinds.has('DebitCard') || path['tid'] ? ofSale : []),
    ...(whole || kinds.has('Pix') ? ofCode : []),
    ...(whole || kinds.has('Boleto') ? ofSlip : []),
  ];
}
export const asking = (room: Room, asked: Asked): string => askedAfter(room, asked)[0] ?? 'cards.find';

/** Whatever has this id. */
export const lookUp = ({ world }: Room, id: string): Sale | Issued | undefined =>
  world.of(saleTable).get(id) ?? world.of(issuedTable).get(id);

/** A sale of this store's by its id; nothing is said of another store's, or of one that is forgotten. */
export function found(room: Room, id: string, operations: readonly string[]): Sale {
  const sale = room.world.of(saleTable).get(id);
  if (!sale || room.faults.take(operations, ['wrong_store_404'], id)) throw lost(room);
  return current(room, sale);
}

const remembered = ({ wire }: Room, sale: Sale | Issued): boolean =>
  now().getTime() - Date.parse(sale.at) <= wire.queryDays * dayMs;

/** `GET /1/sales/{PaymentId}`. */
export function findSale(room: Room, asked: Asked): Answer {
  const id = asked.path['id'] ?? '';
  const issued = room.world.of(issuedTable).get(id);
  if (issued) return findIssued(room, issued, askedAfter(room, asked));
  const sale = found(room, id, ofSale);
  if (!remembered(room, sale)) throw lost(room);
  return { status: 200, body: saleShape(room, sale, true) };
}

function findIssued(room: Room, issued: Issued, operations: readonly string[]): Answer {
  if (!remembered(room, issued) || room.faults.take(operations, ['wrong_store_404'], issued.id)) throw lost(room);
  return { status: 200, body: issuedShape(room, standing(room, issued), true) };
}

/** `GET /1/sales/acquirerTid/{Tid}`. */
export function findByTid(room: Room, asked: Asked): Answer {
  const sale = [...room.world.of(saleTable).values()].find(({ tid }) => tid === asked.path['tid']);
  if (!sale || !remembered(room, sale)) throw lost(room);
  return { status: 200, body: saleShape(room, found(room, sale.id, ofSale), true) };
}

/** Everything under an order, the oldest first. */
export function takenBy({ world }: Room, orderId: string): readonly (Sale | Issued)[] {
  const all: readonly (Sale | Issued)[] = [...world.of(saleTable).values(), ...world.of(issuedTable).values()];
  return all.filter((it) => it.orderId === orderId).toSorted((a, b) => a.at.localeCompare(b.at));
}

/** `GET /1/sales?merchantOrderId=`: ids and dates only, the name of the date misspelt as it was seen. */
export function listSales(room: Room, asked: Asked): Answer {
  const given = [...asked.query].find(([name]) => name.toLowerCase() === 'merchantorderid')?.[1] ?? '';
  const sales = takenBy(room, given).filter((sale) => remembered(room, sale));
  if (sales.length === 0 || room.faults.take(askedAfter(room, asked), ['wrong_store_404'], given)) throw lost(room);
  const rows = sales.map(({ id, at }) => ({ PaymentId: id, ReceveidDate: `${localTime(at).replace(' ', 'T')}.000` }));
  const shown = rows.toSorted((a, b) => a.PaymentId.slice(-12).localeCompare(b.PaymentId.slice(-12)));
  return { status: 200, body: { ReasonCode: 0, ReasonMessage: 'Successful', [room.wire.listMember]: shown } };
}
