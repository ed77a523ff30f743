import { randomInt } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { opened, sent } from './door.js';
import { amount, centsOf, must, text } from './fields.js';
import { type Room, denied, done } from './room.js';
import { type Return, type Sale, saleTable } from './rows.js';
import { commit, line, news, saleTold } from './tell.js';

/** What of a captured sale has not gone back, and is not on its way. */
export const left = (sale: Sale): bigint =>
  sale.returns.filter(({ state }) => state !== 'failed').reduce((rest, it) => rest - it.amount, sale.captured ?? 0n);

const current = (room: Room, nsu: string): Sale | undefined => room.world.of(saleTable).get(nsu);

/** A cancel before the capture lets a hold go; after it, it is a refund. */
export function cancelling(room: Room, asked: Asked): string {
  const nsu = opened(room, asked.body, asked.path['encrypted'] !== undefined)?.['NsuOperacao'];
  return current(room, String(nsu))?.captured === undefined ? 'cards.void' : 'cards.refund';
}

/** `CancelarTransacao`: of a hold the whole, of a sale the whole or a part. It is said to be done; events tell when. */
export function cancelSale(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, true);
  must(data, { NsuOperacao: text(20, /^\d+$/), Valor: amount('cents') });
  const sale = current(room, String(data['NsuOperacao']));
  const wanted = centsOf(data['Valor'], 'cents') ?? 0n;
  if (!sale) throw denied('Transacao nao encontrada.');
  if (sale.state === 'Pendente') letGo(room, sale, wanted);
  else if (sale.state === 'Aprovada' && wanted <= left(sale)) takeOff(room, sale, wanted, 'cards.refund');
  else throw denied('Transacao nao pode ser cancelada.');
  const portal = room.faults.take('cards.refund', ['portal_void'], sale.nsu);
  const after = current(room, sale.nsu);
  if (portal && after?.state === 'Aprovada' && left(after) > room.wire.portalCents)
    takeOff(room, after, room.wire.portalCents, 'cards.portal_void');
  return done({ CodigoAutorizacaoCancelamento: `${randomInt(100_000, 1_000_000)}`, NsuOperacao: sale.nsu });
}

function letGo(room: Room, sale: Sale, wanted: bigint): void {
  if (wanted !== sale.amount) throw denied('Transacao nao pode ser cancelada em parte.');
  const act = 'cards.void';
  const next: Sale = { ...sale, state: 'Cancelada', endedAt: now().toISOString() };
  const told = saleTold(room, next, 'Cancelada', sale.amount);
  const put = saleTable.put(sale.nsu, next);
  commit(
    room,
    [put, room.effect(act, sale.nsu, sale.nsu, sale.amount)],
    news(room, act, told, saleTold(room, sale, 'Aprovada', sale.amount)),
  );
}

/** Takes an amount off a sale, by our customer's call or by somebody else's hand. Cancelled whole, the sale says so. */
export function takeOff(room: Room, sale: Sale, wanted: bigint, operation: string): void {
  const back: Return = { n: sale.returns.length + 1, amount: wanted, operation, state: 'asked' };
  const whole = wanted === left(sale);
  const next: Sale = {
    ...sale,
    returns: [...sale.returns, back],
    ...(whole && { state: 'Cancelada', endedAt: now().toISOString() }),
  };
  const told = saleTold(room, next, 'Cancelada', wanted);
  const owed = whole ? [news(room, operation, told, saleTold(room, next, 'Aprovada', wanted))] : [];
  commit(room, [saleTable.put(sale.nsu, next)], ...owed);
  settleLater(room, sale.nsu, back);
}

/** Everything that a sale still waits for. */
export function resumeSale(room: Room, sale: Sale): void {
  for (const back of sale.returns) settleLater(room, sale.nsu, back);
  disputeSaleLater(room, sale);
}

function settleLater(room: Room, nsu: string, back: Return): void {
  if (back.state === 'asked') room.after(room.wire.refundMs, () => settle(room, nsu, back.n));
  else if (back.state === 'done' && back.reverseMs !== undefined)
    room.after(back.reverseMs, () => reverse(room, nsu, back));
}

const withReturn = (sale: Sale, back: Return): Sale => ({
  ...sale,
  returns: sale.returns.map((it) => (it.n === back.n ? back : it)),
});
const ref = (nsu: string, { n }: Return): string => `${nsu}/${n}`;

/** The state that a sale has again when nothing, or less, has gone back. */
const restored = (sale: Sale): Sale => {
  const { endedAt: _ended, ...rest } = sale;
  return left(sale) > 0n ? { ...rest, state: 'Aprovada' } : sale;
};

function settle(room: Room, nsu: string, n: number): void {
  const sale = current(room, nsu);
  const back = sale?.returns.find((it) => it.n === n);
  if (!sale || back?.state !== 'asked') return;
  const { operation } = back;
  const own = operation === 'cards.refund';
  if (own && room.faults.take(operation, ['refund_fails'], nsu)) {
    const next = restored(withReturn(sale, { ...back, state: 'failed' }));
    const told = saleTold(room, next, 'Aprovada', next.captured ?? 0n);
    return commit(room, [saleTable.put(nsu, next)], news(room, operation, told, saleTold(room, next, 'Negada', 0n)));
  }
  const reversed = own && room.faults.take(operation, ['refund_fails_after_success'], nsu);
  const done: Return = {
    ...back,
    state: 'done',
    ...(reversed && { reverseMs: reversed.delayMs ?? room.wire.refundMs }),
  };
  const whole = sale.state === 'Cancelada' && sale.returns.every((it) => it.n === n || it.state !== 'asked');
  const next: Sale = { ...withReturn(sale, done), ...(whole && { state: 'Reembolsada' }) };
  const type = whole ? undefined : room.wire.refunded;
  commit(
    room,
    [
      saleTable.put(nsu, next),
      room.effect(operation, nsu, ref(nsu, back), back.amount),
      line(room, 'Cancelamento de venda', -back.amount, nsu),
    ],
    news(room, operation, saleTold(room, next, 'Reembolsada', back.amount, type), saleTold(room, next, 'Aprovada', 0n)),
  );
  settleLater(room, nsu, done);
}

function reverse(room: Room, nsu: string, back: Return): void {
  const sale = current(room, nsu);
  if (sale?.returns.find((it) => it.n === back.n)?.state !== 'done') return;
  const next = restored(withReturn(sale, { ...back, state: 'failed' }));
  const told = saleTold(room, next, 'Aprovada', next.captured ?? 0n);
  commit(
    room,
    [
      saleTable.put(nsu, next),
      room.undone(back.operation, ref(nsu, back)),
      line(room, 'Estorno de cancelamento', back.amount, nsu),
    ],
    news(room, back.operation, told, saleTold(room, next, 'Negada', 0n)),
  );
}

/** The holder's bank takes back what is left; undefined when there is nothing to take. */
export function dispute(room: Room, sale: Sale): { readonly amount: bigint } | undefined {
  const amount = left(sale);
  if (sale.state !== 'Aprovada' || amount <= 0n) return undefined;
  const { disputeMs: _spent, ...rest } = sale;
  const next: Sale = { ...rest, state: 'Desfeita', endedAt: now().toISOString() };
  const told = saleTold(room, next, 'Desfeita', amount);
  commit(
    room,
    [
      saleTable.put(sale.nsu, next),
      room.effect('cards.chargeback', sale.order, sale.nsu, amount),
      line(room, 'Venda desfeita', -amount, sale.nsu),
    ],
    news(room, 'cards.authorize', told, saleTold(room, next, 'Aprovada', amount)),
  );
  return { amount };
}

/** A chargeback that was armed, once there is something to take back. */
export function disputeSaleLater(room: Room, sale: Sale): void {
  if (sale.disputeMs === undefined || sale.state !== 'Aprovada') return;
  room.after(sale.disputeMs, () => {
    const now = current(room, sale.nsu);
    if (now?.disputeMs !== undefined) dispute(room, now);
  });
}
