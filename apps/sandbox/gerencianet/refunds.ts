import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import { flaws, text } from '@apps/sandbox/schema.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Put } from '@apps/sandbox/world.js';
import { type Room, json, malformed, named, problem } from './room.js';
import { bankId, cents, keyOf, refundKey, refundShape, refundsOf, tidings } from './shapes.js';
import { type Payment, type Refund, paymentTable, refundTable } from './rows.js';

const ownBank = '09089356';
const dayMs = 86_400_000;

const lost = (room: Room, what: 'pix' | 'devolucao') =>
  what === 'pix'
    ? named(room.wire.missingStatus, 'pix_nao_encontrado', 'Nenhum pix encontrado para o endToEndId informado')
    : named(room.wire.missingStatus, 'devolucao_nao_encontrada', 'Nenhuma devolução encontrada para o id informado');

/** What of a payment has not been given back, and is not on its way back. */
function left(room: Room, payment: Payment): bigint {
  const given = refundsOf(room, payment).filter((refund) => refund.status !== 'NAO_REALIZADO');
  return given.reduce((rest, refund) => rest - refund.amount, payment.amount);
}

const news = (room: Room, refund: Refund) => {
  const payment = room.world.of(paymentTable).get(refund.endToEndId);
  if (!payment || (payment.txid === undefined && !room.wire.tellsWithoutTxid)) return undefined;
  const done = refund.status === 'DEVOLVIDO';
  const contrary: Refund = done
    ? { ...refund, status: 'NAO_REALIZADO', reason: 'Conta de destino encerrada.' }
    : { ...refund, status: 'DEVOLVIDO', reason: undefined };
  return room.callbacks.owe({
    operation: 'pix.refund',
    key: payment.key,
    body: tidings(room, payment, [refund]),
    contrary: tidings(room, payment, [contrary]),
    forgery: tidings(room, payment, [contrary]),
  });
};

/** Puts the refund in its new state, with its effect and its callback, in one commit. */
function commit(room: Room, refund: Refund, ...puts: readonly Put[]): void {
  const owed = news(room, refund);
  room.world.commit(refundTable.put(refundKey(refund), refund), ...puts, ...(owed?.puts ?? []));
  owed?.send();
}

function settle(room: Room, key: string): void {
  const refund = room.world.of(refundTable).get(key);
  if (refund?.status !== 'EM_PROCESSAMENTO') return;
  const settledAt = now().toISOString();
  if (room.faults.take('pix.refund', ['refund_fails'], key)) {
    return commit(room, {
      ...refund,
      status: 'NAO_REALIZADO',
      reason: 'Saldo insuficiente para realizar a devolução.',
    });
  }
  const reversed = room.faults.take('pix.refund', ['refund_fails_after_success'], key);
  const done: Refund = {
    ...refund,
    status: 'DEVOLVIDO',
    settledAt,
    ...(reversed && { reverseMs: reversed.delayMs ?? room.wire.refundDelayMs }),
  };
  commit(room, done, room.effect('pix.refund', done.id, done.rtrId, done.amount));
  reverseLater(room, done);
}

function reverseLater(room: Room, refund: Refund): void {
  if (refund.reverseMs === undefined || refund.status !== 'DEVOLVIDO') return;
  room.after(refund.reverseMs, () => {
    const current = room.world.of(refundTable).get(refundKey(refund));
    if (current?.status !== 'DEVOLVIDO') return;
    const { reverseMs: _spent, ...rest } = current;
    const failed: Refund = { ...rest, status: 'NAO_REALIZADO', reason: 'Conta de destino encerrada.' };
    // The money is back where it was: a refund that ended so is no effect.
    commit(room, failed, room.undone('pix.refund', refund.rtrId));
  });
}

/** A chargeback that nobody here asked for: the payer's bank takes back what is left of the payment. */
export function disputeLater(room: Room, payment: Payment): void {
  if (payment.disputeMs === undefined) return;
  room.after(payment.disputeMs, () => {
    const current = room.world.of(paymentTable).get(payment.endToEndId);
    const amount = current ? left(room, current) : 0n;
    if (current?.disputeMs === undefined || amount <= 0n) return;
    const at = now().toISOString();
    const taken: Refund = {
      endToEndId: current.endToEndId,
      id: `med${randomBytes(12).toString('hex')}`,
      rtrId: bankId('D', ownBank),
      amount,
      askedAt: at,
      settledAt: at,
      status: 'DEVOLVIDO',
      nature: 'MED_FRAUDE',
    };
    const { disputeMs: _spent, ...rest } = current;
    const put = paymentTable.put(current.endToEndId, { ...rest, refunds: [...rest.refunds, taken.id] });
    commit(room, taken, put, room.effect('pix.chargeback', keyOf(current), taken.rtrId, amount));
  });
}

/** `PUT /v2/pix/{e2eId}/devolucao/{id}`: accepted now, decided by itself a little later. */
export function createRefund(room: Room, asked: Asked): Answer {
  const endToEndId = asked.path['e2e'] ?? '';
  const id = asked.path['id'] ?? '';
  const body = json(asked);
  const wrong = [...text(35, /^[a-zA-Z0-9]{1,35}$/)(id, '.id'), ...flaws(body, { valor: text(100) })];
  if (wrong.length > 0) throw malformed(wrong);
  const { valor } = body as { readonly valor: string };
  const amount = cents(valor);
  const payment = room.world.of(paymentTable).get(endToEndId);
  if (!payment) throw lost(room, 'pix');
  if (room.world.of(refundTable).has(`${endToEndId}/${id}`))
    throw named(409, 'devolucao_id_duplicado', 'O id da devolução informado já foi utilizado para este pix');
  if (now().getTime() - Date.parse(payment.at) > room.wire.refundDays * dayMs)
    throw problem(400, 'PixDevolucaoInvalida', 'Devolução inválida.', 'O prazo para devolução expirou', 'devolucao');
  if (amount > left(room, payment))
    throw named(400, 'valor_invalido', 'A soma das devoluções não pode superar o valor do pix');
  const refund: Refund = {
    endToEndId,
    id,
    rtrId: bankId('D', ownBank),
    amount,
    askedAt: now().toISOString(),
    status: 'EM_PROCESSAMENTO',
  };
  const early: Refund = { ...refund, status: 'DEVOLVIDO', settledAt: refund.askedAt };
  const claim = room.callbacks.claim('pix.refund', payment.key, tidings(room, payment, [early]));
  room.world.commit(
    refundTable.put(refundKey(refund), refund),
    paymentTable.put(endToEndId, { ...payment, refunds: [...payment.refunds, id] }),
    ...claim.puts,
  );
  claim.send();
  room.after(room.wire.refundDelayMs, () => settle(room, refundKey(refund)));
  return { status: 201, body: refundShape(refund) };
}

/** `GET /v2/pix/{e2eId}/devolucao/{id}`. */
export function findRefund(room: Room, asked: Asked): Answer {
  const endToEndId = asked.path['e2e'] ?? '';
  if (!room.world.of(paymentTable).has(endToEndId)) throw lost(room, 'pix');
  const refund = room.world.of(refundTable).get(`${endToEndId}/${asked.path['id'] ?? ''}`);
  if (!refund) throw lost(room, 'devolucao');
  return { status: 200, body: refundShape(refund) };
}

/** What an earlier process had still to do: refunds to decide, money to come back, chargebacks to arrive. */
export function resume(room: Room): void {
  for (const [key, refund] of room.world.of(refundTable)) {
    if (refund.status === 'EM_PROCESSAMENTO') room.after(room.wire.refundDelayMs, () => settle(room, key));
    reverseLater(room, refund);
  }
  for (const payment of room.world.of(paymentTable).values()) disputeLater(room, payment);
}
