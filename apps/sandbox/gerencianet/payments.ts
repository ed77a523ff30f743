import { now } from '@libs/kernel/clock.js';
import type { Owed } from '@apps/sandbox/callbacks.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { type Room, named } from './room.js';
import { flag, page, period } from './queries.js';
import { disputeLater } from './refunds.js';
import { bankId, keyOf, paymentShapeWithKey, tidings } from './shapes.js';
import { type Charge, type Payment, chargeTable, paymentTable } from './rows.js';

const payersBank = '12345678';

/** A payment that has not been made: what a liar would tell. */
const imagined = (key: string, amount: bigint, txid?: string): Payment => ({
  endToEndId: bankId('E', payersBank),
  ...(txid !== undefined && { txid }),
  key,
  amount,
  at: now().toISOString(),
  refunds: [],
});
export const unpaid = ({ key, txid, terms }: Charge, amount = terms[0].amount): Payment => imagined(key, amount, txid);

/** What is told of a payment, where its kind is told of at all. */
function owed(room: Room, payment: Payment, lie: Payment): Owed {
  if (payment.txid === undefined && !room.wire.tellsWithoutTxid) return { puts: [], send: () => undefined };
  return room.callbacks.owe({
    operation: 'pix.create',
    key: payment.key,
    body: tidings(room, payment, []),
    contrary: tidings(room, { ...payment, amount: payment.amount + 1n }, []),
    forgery: tidings(room, lie, []),
  });
}

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
  const told = owed(room, payment, unpaid(charge));
  room.world.commit(
    paymentTable.put(payment.endToEndId, payment),
    chargeTable.put(txid, {
      ...charge,
      status: charge.status === 'ATIVA' ? 'CONCLUIDA' : charge.status,
      payments: [...charge.payments, payment.endToEndId],
    }),
    room.effect('pix.received', txid, payment.endToEndId, payment.amount),
    ...told.puts,
  );
  told.send();
  disputeLater(room, payment);
  return payment;
}

/**
 * Somebody sends a Pix to the key, by a static code, which has a txid of its own, or by the key alone. No charge is
 * behind it, so that each is another one, as often as it comes.
 */
export function receive(room: Room, amount: bigint, txid?: string): Payment {
  const key = room.account.pixKey;
  const disputed = room.faults.take(['pix.create', 'pix.refund'], ['chargeback'], txid ?? key);
  const payment: Payment = {
    ...imagined(key, amount, txid),
    ...(disputed && { disputeMs: disputed.delayMs ?? room.wire.refundDelayMs }),
  };
  const told = owed(room, payment, imagined(key, amount, txid));
  const came = room.effect('pix.received', keyOf(payment), payment.endToEndId, amount);
  room.world.commit(paymentTable.put(payment.endToEndId, payment), came, ...told.puts);
  told.send();
  disputeLater(room, payment);
  return payment;
}

/** `GET /v2/pix/{e2eId}`. */
export function findPayment(room: Room, asked: Asked): Answer {
  const payment = room.world.of(paymentTable).get(asked.path['e2e'] ?? '');
  if (payment) return { status: 200, body: paymentShapeWithKey(room, payment) };
  throw named(room.wire.missingStatus, 'pix_nao_encontrado', 'Nenhum pix encontrado para o endToEndId informado');
}

/** Who pays is not told here: only whom the charge names. */
function payers(room: Room, { txid = '' }: Payment): readonly (string | undefined)[] {
  const debtor = room.world.of(chargeTable).get(txid)?.terms[0].debtor;
  return [debtor?.['cpf'], debtor?.['cnpj']];
}

/** `GET /v2/pix?inicio=&fim=`: what was received in a period, oldest first, by pages. */
export function listPayments(room: Room, asked: Asked): Answer {
  const { query } = asked;
  const wanted = period(query);
  const txid = query.get('txid');
  const withTxid = flag(query, 'txIdPresente');
  const document = query.get('cpf') ?? query.get('cnpj');
  const refunded = flag(query, 'devolucaoPresente');
  const all = [...room.world.of(paymentTable).values()].filter((payment) => {
    if (!wanted.holds(payment.at) || (txid !== null && txid !== payment.txid)) return false;
    if (document !== null && !payers(room, payment).includes(document)) return false;
    const named = withTxid === null || withTxid === (payment.txid !== undefined);
    return named && (refunded === null || payment.refunds.length > 0 === refunded);
  });
  const { rows, paginacao } = page(query, all);
  return {
    status: 200,
    body: { parametros: { ...wanted.shown, paginacao }, pix: rows.map((row) => paymentShapeWithKey(room, row)) },
  };
}
