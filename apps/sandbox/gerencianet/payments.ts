import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { type Room, named } from './room.js';
import { flag, page, period } from './queries.js';
import { disputeLater } from './refunds.js';
import { bankId, paymentShapeWithKey, tidings } from './shapes.js';
import { type Charge, type Payment, chargeTable, paymentTable } from './rows.js';

const payersBank = '12345678';

/** A payment of a charge that has not been made: what a liar would tell. */
export const unpaid = (charge: Charge, amount = charge.terms[0].amount): Payment => ({
  endToEndId: bankId('E', payersBank),
  txid: charge.txid,
  key: charge.key,
  amount,
  at: now().toISOString(),
  refunds: [],
});

/** What the payer wants: another amount than asked, a code that is paid already, one that his bank had read in time. */
export interface Wish {
  readonly amount?: bigint;
  readonly again?: boolean;
  readonly late?: boolean;
}

/**
 * The payer pays the code. Expiry ends nothing at this provider, so that an expired code is paid like any other.
 * Answers undefined for a txid nobody knows, or the reason why a bank would not pay it.
 */
export function pay(room: Room, txid: string, wish: Wish): Payment | string | undefined {
  const charge = room.world.of(chargeTable).get(txid);
  if (!charge) return undefined;
  const willing = wish.again ?? false;
  if (charge.status === 'CONCLUIDA' && !willing && !room.faults.take('pix.create', ['second_payment'], txid))
    return 'the charge is paid already; "again": true pays it once more';
  if (charge.status.startsWith('REMOVIDA') && !willing && !wish.late)
    return 'the charge was removed; "late": true pays it all the same';
  const disputed = room.faults.take(['pix.create', 'pix.refund'], ['chargeback'], txid);
  const payment: Payment = {
    ...unpaid(charge, wish.amount),
    ...(disputed && { disputeMs: disputed.delayMs ?? room.wire.refundDelayMs }),
  };
  const owed = room.callbacks.owe({
    operation: 'pix.create',
    key: charge.key,
    body: tidings(room, payment, []),
    contrary: tidings(room, { ...payment, amount: payment.amount + 1n }, []),
    forgery: tidings(room, unpaid(charge), []),
  });
  room.world.commit(
    paymentTable.put(payment.endToEndId, payment),
    chargeTable.put(txid, {
      ...charge,
      status: charge.status === 'ATIVA' ? 'CONCLUIDA' : charge.status,
      payments: [...charge.payments, payment.endToEndId],
    }),
    room.effect('pix.received', txid, payment.endToEndId, payment.amount),
    ...owed.puts,
  );
  owed.send();
  disputeLater(room, payment);
  return payment;
}

/** `GET /v2/pix/{e2eId}`. */
export function findPayment(room: Room, asked: Asked): Answer {
  const payment = room.world.of(paymentTable).get(asked.path['e2e'] ?? '');
  if (payment) return { status: 200, body: paymentShapeWithKey(room, payment) };
  throw named(room.wire.missingStatus, 'pix_nao_encontrado', 'Nenhum pix encontrado para o endToEndId informado');
}

/** `GET /v2/pix?inicio=&fim=`: what was received in a period, oldest first, by pages. */
export function listPayments(room: Room, asked: Asked): Answer {
  const { query } = asked;
  const wanted = period(query);
  const txid = query.get('txid');
  const withTxid = flag(query, 'txIdPresente') ?? true; // every Pix of this world came by a charge
  const refunded = flag(query, 'devolucaoPresente');
  const all = [...room.world.of(paymentTable).values()].filter((payment) => {
    const fits = wanted.holds(payment.at) && (txid ?? payment.txid) === payment.txid && withTxid;
    return fits && (refunded === null || payment.refunds.length > 0 === refunded);
  });
  const { rows, paginacao } = page(query, all);
  return {
    status: 200,
    body: { parametros: { ...wanted.shown, paginacao }, pix: rows.map((row) => paymentShapeWithKey(room, row)) },
  };
}
