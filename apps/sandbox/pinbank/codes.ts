import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { sent } from './door.js';
import { amount, centsOf, flag, must, oneOf, whole } from './fields.js';
import { type Room, codeText, denied, done } from './room.js';
import { type Code, type Credit, backTable, codeTable, creditTable } from './rows.js';
import { claim, commit, creditTold, line, news } from './tell.js';

const act = 'pix.create';
export const ofCode = ['pix.find', 'pix.create', 'pix.cancel'];

/** A code as it is shown. */
const shape = (room: Room, { id, text, txid, state }: Code) => ({
  PinbankQrCodeId: id,
  TextoQrCode: text,
  TxId: txid,
  StatusQrCode: room.wire.pixWords[state],
});

type Terms = Pick<Code, 'nsu' | 'amount' | 'seconds' | 'late'>;

/** The next code, or the one that stands `beside` it. */
function drawn(room: Room, terms: Terms, beside = 0): Code {
  const id = 501 + room.world.of(codeTable).size + beside;
  const txid = `pb${randomBytes(15).toString('hex')}`;
  return {
    ...terms,
    id,
    txid,
    text: codeText(txid, terms.amount),
    at: now().toISOString(),
    state: 'open',
    payments: [],
  };
}

/** `SolicitarDynamicQrCode`: a new code each time, whatever its NsuOrigem. */
export function createCode(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, false);
  must(data, {
    ValorQrCode: amount(room.wire.pixAmount),
    NsuOrigem: whole(1, 2 ** 31 - 1),
    SegundosExpiracao: whole(1, 2 ** 31 - 1),
    PermitirPagamentoAposExpiracao: flag,
    PermitirAlterarValorPagamento: flag,
  });
  const nsu = Number(data['NsuOrigem']);
  const codes = [...room.world.of(codeTable).values()];
  if (room.wire.repeated === 'refused' && codes.some((it) => it.nsu === nsu)) throw denied('NsuOrigem ja utilizado.');
  const terms: Terms = {
    nsu,
    amount: centsOf(data['ValorQrCode'], room.wire.pixAmount) ?? 0n,
    seconds: Number(data['SegundosExpiracao']),
    late: data['PermitirPagamentoAposExpiracao'] === true,
  };
  const twin = room.faults.take(act, ['duplicate_key_first_send'], `${nsu}`) ? [drawn(room, terms)] : [];
  const code = drawn(room, terms, twin.length);
  const puts = [...twin, code].flatMap((it) => [
    codeTable.put(`${it.id}`, it),
    room.effect(act, `${nsu}`, `${it.id}`, it.amount),
  ]);
  commit(room, puts, claim(room, act, creditTold(room, code, code.amount)));
  return done(shape(room, code));
}

/** The code that a call is about; a question may find nothing once, though it is there. */
function found(room: Room, asked: Asked, operations: readonly string[] = []): Code {
  const data = sent(room, asked, false);
  must(data, { PinbankQrCodeId: whole(1, Number.MAX_SAFE_INTEGER) });
  const id = String(data['PinbankQrCodeId']);
  const code = room.world.of(codeTable).get(id);
  const hidden = operations.length > 0 && room.faults.take(operations, ['find_404_then_found'], id);
  if (!code || hidden) throw denied('QrCode nao encontrado.');
  return code;
}

/** `ConsultarDynamicQrCode`. */
export const findCode = (room: Room, asked: Asked): Answer => done(shape(room, found(room, asked, ofCode)));

/** `AlterarStatusDynamicQrCode`: the end of a code that nobody has paid. */
export function endCode(room: Room, asked: Asked): Answer {
  const code = found(room, asked);
  must(sent(room, asked, false), { Status: oneOf('DESFAZIMENTO') });
  if (code.state !== 'open') throw denied('QrCode nao pode ser alterado.');
  const effect = room.effect('pix.cancel', `${code.id}`, `${code.id}`, code.amount);
  room.world.commit(codeTable.put(`${code.id}`, { ...code, state: 'undone' }), effect);
  return done(shape(room, { ...code, state: 'undone' }));
}

const payersBank = '12345678';
const bankId = (): string => {
  const minute = now().toISOString().replaceAll(/\D/g, '').slice(0, 12);
  return `E${payersBank}${minute}${randomBytes(6).toString('hex').slice(0, 11)}`;
};

/** What the payer wants: another amount, a code that is paid already, one that his bank had read in time. */
export interface Wish {
  readonly amount?: bigint;
  readonly again?: boolean;
  readonly late?: boolean;
}

/** The code of a name: TxId, the provider's number, or the customer's own. */
function named(room: Room, name: string): Code | undefined {
  const codes = [...room.world.of(codeTable).values()];
  return (
    codes.find((it) => it.txid === name) ??
    codes.find((it) => `${it.id}` === name) ??
    codes.find((it) => `${it.nsu}` === name)
  );
}

/** Undefined for a name nobody knows, or the reason why a bank would not pay it. */
export function pay(room: Room, name: string, wish: Wish): Credit | string | undefined {
  const code = named(room, name);
  if (!code) return undefined;
  const again = wish.again ?? false;
  const willing = again || (wish.late ?? false);
  const over = now().getTime() - Date.parse(code.at) > code.seconds * 1000;
  if (code.state === 'undone' && !willing) return 'the code was ended; "late": true pays it all the same';
  if (over && !code.late && !willing && room.wire.overstays === 'refused')
    return 'the code is over; "late": true pays it';
  if (code.state === 'paid' && !again && !room.faults.take(act, ['second_payment'], `${code.id}`))
    return 'the code is paid already; "again": true pays it once more';
  const disputed = room.faults.take([act, 'pix.refund'], ['chargeback'], `${code.id}`);
  const credit: Credit = {
    endToEndId: bankId(),
    code: code.id,
    amount: wish.amount ?? code.amount,
    at: now().toISOString(),
    refunded: 0n,
    ...(disputed && { disputeMs: disputed.delayMs ?? room.wire.disputeMs }),
  };
  const state = code.state === 'open' ? 'paid' : code.state;
  const told = creditTold(room, code, credit.amount);
  const puts = [
    creditTable.put(credit.endToEndId, credit),
    codeTable.put(`${code.id}`, { ...code, state, payments: [...code.payments, credit.endToEndId] }),
    room.effect('pix.received', `${code.nsu}`, credit.endToEndId, credit.amount),
    line(room, 'Pix recebido', credit.amount, code.txid),
  ];
  commit(room, puts, news(room, act, told, creditTold(room, code, credit.amount + 1n)));
  disputeLater(room, credit);
  return credit;
}

/** The payer's bank takes back what is left of a payment. No event is known for it: the statement tells. */
export function disputeLater(room: Room, credit: Credit): void {
  if (credit.disputeMs === undefined) return;
  room.after(credit.disputeMs, () => {
    const current = room.world.of(creditTable).get(credit.endToEndId);
    const asked = [...room.world.of(backTable).values()].filter(
      (it) => it.endToEndId === credit.endToEndId && it.state === 'asked',
    );
    const rest = asked.reduce((left, it) => left - it.amount, (current?.amount ?? 0n) - (current?.refunded ?? 0n));
    if (current?.disputeMs === undefined || rest <= 0n) return;
    const { disputeMs: _spent, ...kept } = current;
    const code = room.world.of(codeTable).get(`${current.code}`);
    room.world.commit(
      creditTable.put(current.endToEndId, { ...kept, refunded: current.refunded + rest }),
      room.effect('pix.chargeback', `${code?.nsu ?? ''}`, current.endToEndId, rest),
      line(room, 'Devolucao Pix por fraude', -rest, code?.txid ?? ''),
    );
  });
}
