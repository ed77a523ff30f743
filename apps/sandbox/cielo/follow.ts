import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { captured, undone } from './codes.js';
import { disputeLater } from './disputes.js';
import { type Room, lost, refusal } from './room.js';
import { type Sale, saleTable } from './rows.js';
import { standing } from './issued.js';
import { voidIssued, voidingOf } from './issued.follow.js';
import type { Issued } from './issued.rows.js';
import { found, lapsedBy, lookUp, takenBy } from './sales.js';
import { localDay } from '@apps/sandbox/days.js';
import { actShape, left } from './shapes.js';
import { commit, news } from './tell.js';

const dayMs = 86_400_000;

/** `amount` of the query; undefined when there is none: all of it. */
function wanted({ query }: Asked): bigint | undefined {
  const given = [...query].find(([name]) => name.toLowerCase() === 'amount')?.[1];
  if (given === undefined) return undefined;
  if (!/^\d{1,15}$/.test(given) || BigInt(given) === 0n) throw refusal(108);
  return BigInt(given);
}

/** What a call acts upon; under an order, its newest. */
function subject(room: Room, { path }: Asked): Sale | Issued | undefined {
  if (path['order'] === undefined) return lookUp(room, path['id'] ?? '');
  return takenBy(room, path['order']).at(-1);
}

const isIssued = (it: Sale | Issued): it is Issued => it.type === 'Pix' || it.type === 'Boleto';

/** A void before the capture lets a hold go; after it, it is a refund. */
export function voiding(room: Room, asked: Asked): string {
  const about = subject(room, asked);
  if (about && isIssued(about)) return voidingOf(about);
  return about?.capturedAt === undefined ? 'cards.void' : 'cards.refund';
}

/** `PUT /1/sales/{PaymentId}/capture[?amount=]`: once, the whole or a part. */
export function captureSale(room: Room, asked: Asked): Answer {
  const act = 'cards.capture';
  const sale = found(room, asked.path['id'] ?? '', [act]);
  const amount = wanted(asked) ?? sale.amount;
  const able = sale.type === 'CreditCard' && sale.status === 1 && !lapsedBy(room, sale);
  if (!able || amount > sale.amount) throw refusal(308);
  const disputed = room.faults.take(act, ['chargeback'], sale.id);
  const next: Sale = {
    ...sale,
    ...captured,
    status: 2,
    capturedAmount: amount,
    capturedAt: now().toISOString(),
    ...(disputed && { disputeMs: disputed.delayMs ?? room.wire.disputeMs }),
  };
  commit(room, next, [room.effect(act, sale.id, sale.id, amount)], news(room, act, next, 'status'));
  disputeLater(room, next);
  return { status: 200, body: actShape(room, next, captured.returnCode, captured.returnMessage) };
}

type Reason = keyof typeof undone;
const notDone = (room: Room, sale: Sale, why: Reason): Answer => ({
  status: 200,
  body: actShape(room, sale, undone[why].code, undone[why].message),
});

/** Why a captured sale is not given back, although the call is a good one. */
function obstacle(room: Room, sale: Sale, amount: bigint): Reason | undefined {
  const { voidDays, voidPauseMs } = room.wire;
  const time = now().getTime();
  if (sale.pending) return 'pending';
  if (sale.disputes.length > 0) return 'disputed';
  if (time - Date.parse(sale.at) > voidDays * dayMs) return 'outOfTime';
  if (sale.voidedAt && time - Date.parse(sale.voidedAt) < voidPauseMs) return 'busy';
  if (amount > left(sale)) return 'overValue';
  return room.faults.take('cards.refund', ['refund_fails'], sale.id) ? 'noBalance' : undefined;
}

/** 10 on the day of the authorisation, 11 afterwards. */
const ended = (room: Room, sale: Sale): 10 | 11 => {
  if (localDay(sale.at) !== localDay(now().toISOString())) return 11;
  return sale.capturedAt ? room.wire.voidedSameDay : 10;
};

/** Takes an amount off the sale, by our customer's call or by somebody else's hand. */
export function takeOff(room: Room, sale: Sale, amount: bigint, operation: string): Sale {
  const n = sale.voids + 1;
  const whole = amount === left(sale);
  const reversed = operation === 'cards.refund' && room.faults.take(operation, ['refund_fails_after_success'], sale.id);
  const { pending: _done, ...rest } = sale;
  const next: Sale = {
    ...rest,
    status: whole ? ended(room, sale) : 2,
    voidedAmount: sale.voidedAmount + amount,
    voidedAt: now().toISOString(),
    voids: n,
    lastVoid: { amount, n, operation },
    ...(reversed && { reverseMs: reversed.delayMs ?? room.wire.settleMs }),
  };
  const made = room.effect(operation, sale.id, `${sale.id}/${n}`, amount);
  commit(room, next, [made], news(room, operation, next, whole ? 'status' : 'partial'));
  reverseLater(room, next);
  return next;
}

/** A void that was done and is denied after all: the money is where it was, and it was no effect. */
export function reverseLater(room: Room, sale: Sale): void {
  if (sale.reverseMs === undefined) return;
  room.after(sale.reverseMs, () => {
    const current = room.world.of(saleTable).get(sale.id);
    if (current?.reverseMs === undefined || !current.lastVoid) return;
    const { reverseMs: _spent, lastVoid, ...rest } = current;
    const { amount, n, operation } = lastVoid;
    const next: Sale = { ...rest, status: 2, voidedAmount: current.voidedAmount - amount };
    commit(room, next, [room.undone(operation, `${sale.id}/${n}`)], news(room, operation, next, 'denied'));
  });
}

/** A void that was accepted only, and is done a little later. */
export function settleLater(room: Room, sale: Sale): void {
  if (!sale.pending) return;
  room.after(room.wire.settleMs, () => {
    const current = room.world.of(saleTable).get(sale.id);
    if (current?.pending) takeOff(room, current, current.pending.amount, 'cards.refund');
  });
}

function release(room: Room, sale: Sale, amount: bigint | undefined): Answer {
  if (amount !== undefined && amount !== sale.amount) throw refusal(309);
  const next = takeOff(room, sale, sale.amount, 'cards.void');
  return { status: 200, body: actShape(room, next, room.wire.voidedCode, 'Operation Successful') };
}

const partly = { ReasonCode: 0, ReasonMessage: 'Successful', ProviderReturnCode: '0' } as const;

function giveBack(room: Room, sale: Sale, amount: bigint): Answer {
  const why = obstacle(room, sale, amount);
  if (why) return notDone(room, sale, why);
  // A sale by debit is given back in one part only.
  if (sale.type === 'DebitCard' && sale.voids > 0) throw refusal(309);
  if (room.wire.voids === 'later') {
    const waiting = commit(room, { ...sale, pending: { amount, n: sale.voids + 1 } }, []);
    settleLater(room, waiting);
    return notDone(room, waiting, 'pending');
  }
  const next = takeOff(room, sale, amount, 'cards.refund');
  const whole = next.status !== 2;
  const body = actShape(room, next, whole ? room.wire.voidedCode : '0', 'Operation Successful', whole ? {} : partly);
  const portal = left(next) > 0n && room.faults.take('cards.refund', ['portal_void'], sale.id);
  if (portal) takeOff(room, next, room.wire.portalCents, 'cards.portal_void');
  return { status: 200, body };
}

/** `PUT /1/sales/{PaymentId}/void[?amount=]`, or of the newest sale of an order. A 200 is not success by itself. */
export function voidSale(room: Room, asked: Asked): Answer {
  const about = subject(room, asked);
  const act = voiding(room, asked);
  if (!about) throw lost(room);
  const amount = wanted(asked);
  if (isIssued(about)) {
    if (room.faults.take(act, ['wrong_store_404'], about.id)) throw lost(room);
    return voidIssued(room, standing(room, about), amount);
  }
  const sale = found(room, about.id, [act]);
  if (sale.status === 1) return release(room, sale, amount);
  if (sale.status !== 2) throw refusal(309);
  return giveBack(room, sale, amount ?? (sale.capturedAmount ?? 0n) - sale.voidedAmount);
}
