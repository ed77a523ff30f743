import { randomBytes, randomInt } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { uuid } from '@libs/kernel/ids.js';
import type { Owed } from '@apps/sandbox/callbacks.js';
import { codesOf } from '@apps/sandbox/barcode.js';
import { dayAfter, localDay } from '@apps/sandbox/days.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Put } from '@apps/sandbox/world.js';
import type { Members } from './checks.js';
import { type Wanted, wantedBy } from './issued.checks.js';
import { type BankSlip, type Issued, type PixCode, issuedTable } from './issued.rows.js';
import { issuedShape, issuedUrl } from './issued.shapes.js';
import { safe } from './masks.js';
import { type Room, refusal } from './room.js';
import { saleTable } from './rows.js';
import { digits } from './shapes.js';
import { claim, news } from './tell.js';

/** What is asked after with a code, and with a slip. */
export const ofCode = ['pix.find', 'pix.create', 'pix.cancel', 'pix.refund'] as const;
export const ofSlip = ['bankslip.find', 'bankslip.create'] as const;
export const creation = ({ type }: Pick<Issued, 'type'>): 'pix.create' | 'bankslip.create' =>
  type === 'Pix' ? 'pix.create' : 'bankslip.create';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
const word = (length: number): string => Array.from({ length }, () => letters[randomInt(36)]).join('');

/** Puts it in its new state, with the effects of that and what is to be told, in one commit. */
export function keep<T extends Issued>(room: Room, issued: T, puts: readonly Put[], ...owed: readonly Owed[]): T {
  room.world.commit(issuedTable.put(issued.id, issued), ...puts, ...owed.flatMap((it) => it.puts));
  for (const { send } of owed) send();
  return issued;
}

const begun = ({ orderId, customer, amount }: Wanted) => ({
  id: uuid(),
  orderId,
  customer: safe(customer) as Issued['customer'],
  amount,
  at: now().toISOString(),
  payments: 0,
});

function codeOf(room: Room, wanted: Wanted): PixCode {
  const newer = wanted.provider === 'Cielo2';
  const seconds = newer ? (wanted.seconds ?? 86_400) : room.wire.pixSeconds;
  return {
    ...begun(wanted),
    type: 'Pix',
    ...(newer && { provider: 'Cielo2' as const }),
    status: 12,
    expiresAt: new Date(now().getTime() + seconds * 1000).toISOString(),
    location: `qrcode.cielo.example/pix/v2/${randomBytes(16).toString('hex')}`,
    acquirerId: newer ? word(26) : uuid(),
    proofOfSale: digits(6),
  };
}

const bankOf: Readonly<Record<string, string>> = { Bradesco2: '237', BancoDoBrasil2: '001', Simulado: '000' };

function slipOf(room: Room, wanted: Wanted): BankSlip {
  const { provider = 'Simulado', number = digits(9), words, amount } = wanted;
  const expires = wanted.expires ?? dayAfter(localDay(now().toISOString()), room.wire.slipDays);
  const free = number.padStart(11, '0') + digits(14);
  return {
    ...begun(wanted),
    type: 'Boleto',
    provider,
    status: 1,
    number,
    ...codesOf({ bank: bankOf[provider] ?? '000', due: expires, amount, free }),
    expires,
    words,
  };
}

/** `POST /1/sales` of a code or a slip: a new one each time, whatever its order number. */
export function createIssued(room: Room, body: Members): Answer {
  const wanted = wantedBy(body, room.wire);
  const act = creation(wanted);
  const taken = [room.world.of(saleTable), room.world.of(issuedTable)];
  if (room.wire.duplicateOrders === 'refused')
    for (const table of taken)
      for (const { orderId } of table.values()) if (orderId === wanted.orderId) throw refusal(302);
  const make = (): Issued => (wanted.type === 'Pix' ? codeOf(room, wanted) : slipOf(room, wanted));
  const made = (it: Issued): Put => room.effect(act, it.orderId, it.id, it.amount);
  if (room.faults.take(act, ['duplicate_key_first_send'], wanted.orderId)) {
    const twin = make();
    keep(room, twin, [made(twin)]);
  }
  const issued = make();
  keep(room, issued, [made(issued)], claim(room, act, issued));
  return { status: 201, body: issuedShape(room, issued), headers: { location: issuedUrl(room, issued) } };
}

/** It as it stands by now: a code that nobody has paid in time may be let go. */
export function standing(room: Room, issued: Issued): Issued {
  const { pixLapsed } = room.wire;
  if (issued.type !== 'Pix' || issued.status !== 12 || issued.paidAt || pixLapsed === 12) return issued;
  return now().toISOString() < issued.expiresAt ? issued : keep(room, { ...issued, status: pixLapsed }, []);
}

/** What the payer wants: another amount, a slip that is paid already, one that no bank takes any more. */
export interface Wish {
  readonly amount?: bigint;
  readonly again?: boolean;
  readonly late?: boolean;
}

/** The payer pays a code, whose amount is fixed. Answers the reason why his bank would not. */
export function payCode(room: Room, code: PixCode, wish: Wish): PixCode | string {
  const { amount, expiresAt, status } = code;
  if (wish.amount !== undefined && wish.amount !== amount) return 'a code is paid with its own amount';
  if (code.paidAt) return 'a code is paid once only';
  const time = now().toISOString();
  if (status !== 12 && !wish.late) return 'the code was removed; "late": true pays it all the same';
  if (time >= expiresAt && !wish.late) return 'the code has expired; "late": true pays it all the same';
  const endToEndId = `E12345678${time.replaceAll(/\D/g, '').slice(0, 12)}${word(11)}`;
  const { under: _over, ...rest } = code;
  const paid: PixCode = { ...rest, status: 2, paidAt: time, payments: 1, endToEndId };
  const came = room.effect('pix.received', code.orderId, `${code.id}/1`, amount);
  return keep(room, paid, [came], news(room, 'pix.create', paid, 'status'));
}

/** The payer pays a slip at his bank. How much, the provider does not say: only that it was less. */
export function paySlip(room: Room, slip: BankSlip, wish: Wish): BankSlip | string {
  const { amount = slip.amount } = wish;
  const today = localDay(now().toISOString());
  if (slip.payments > 0 && !wish.again) return 'the slip is paid already; "again": true pays it once more';
  if (today > slip.expires && !wish.late) return 'the last payable day is over; "late": true pays it all the same';
  const under = amount < slip.amount;
  const payments = slip.payments + 1;
  const status = under && slip.status === 1 ? room.wire.slipUnderpaid : 2;
  const paid: BankSlip = { ...slip, status, payments, paidAt: now().toISOString() };
  const came = room.effect('bankslip.received', slip.orderId, `${slip.id}/${payments}`, amount);
  return keep(room, paid, [came], news(room, 'bankslip.create', paid, under ? 'underpaid' : 'status'));
}
