import { randomInt } from 'node:crypto';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { sent } from './door.js';
import { amount, centsOf, must, optional, text } from './fields.js';
import { type Room, denied, done, units } from './room.js';
import { type Credit, type GivenBack, backTable, creditTable } from './rows.js';
import { line } from './tell.js';

const act = 'pix.refund';
const endToEnd = text(32, /^E[0-9A-Za-z]{31}$/);

/** What of a payment has not gone back, and is not on its way. */
function left(room: Room, { endToEndId, amount: paid, refunded }: Credit): bigint {
  const asked = [...room.world.of(backTable).values()].filter((it) => it.endToEndId === endToEndId);
  return asked.filter(({ state }) => state === 'asked').reduce((rest, it) => rest - it.amount, paid - refunded);
}

function found(room: Room, asked: Asked): { readonly credit: Credit; readonly data: ReturnType<typeof sent> } {
  const data = sent(room, asked, false);
  must(data, { End2End: endToEnd });
  const credit = room.world.of(creditTable).get(String(data['End2End']));
  if (!credit) throw denied('Transacao Pix nao encontrada.');
  return { credit, data };
}

/** `DevolucaoPixConsulta`: what may still be given back. */
export function findReturn(room: Room, asked: Asked): Answer {
  const { credit } = found(room, asked);
  if (room.faults.take(['pix.find', act], ['find_404_then_found'], credit.endToEndId))
    throw denied('Transacao Pix nao encontrada.');
  return done({ ValorDisponivelDevolucao: units(left(room, credit)), DestinatarioNome: 'PAGADOR SIMULADO' });
}

/** `DevolucaoPix`: accepted now, done a little later. Nothing of ours names it: sent twice, it is given back twice. */
export function createReturn(room: Room, asked: Asked): Answer {
  const { credit, data } = found(room, asked);
  must(data, { Valor: amount('cents'), Descricao: optional(text(140)) });
  const wanted = centsOf(data['Valor'], 'cents') ?? 0n;
  if (wanted > left(room, credit)) throw denied('Valor maior que o disponivel para devolucao.');
  const id = `${randomInt(1e9, 1e10)}`;
  const back: GivenBack = { id, endToEndId: credit.endToEndId, amount: wanted, state: 'asked' };
  room.world.commit(backTable.put(id, back));
  settleLater(room, back);
  return done({ IdOperacao: id });
}

/** Decides what was asked for, and takes back what was done where a fault says so. */
export function settleLater(room: Room, back: GivenBack): void {
  if (back.state === 'asked') return room.after(room.wire.refundMs, () => settle(room, back.id));
  if (back.state !== 'done' || back.reverseMs === undefined) return;
  room.after(back.reverseMs, () => {
    const credit = room.world.of(creditTable).get(back.endToEndId);
    if (!credit || room.world.of(backTable).get(back.id)?.state !== 'done') return;
    room.world.commit(
      backTable.put(back.id, { ...back, state: 'failed' }),
      creditTable.put(credit.endToEndId, { ...credit, refunded: credit.refunded - back.amount }),
      room.undone(act, back.id),
      line(room, 'Estorno de devolucao Pix', back.amount, back.endToEndId),
    );
  });
}

function settle(room: Room, id: string): void {
  const back = room.world.of(backTable).get(id);
  const credit = back && room.world.of(creditTable).get(back.endToEndId);
  if (back?.state !== 'asked' || !credit) return;
  if (room.faults.take(act, ['refund_fails'], id)) {
    room.world.commit(backTable.put(id, { ...back, state: 'failed' }));
    return;
  }
  const reversed = room.faults.take(act, ['refund_fails_after_success'], id);
  const next: GivenBack = {
    ...back,
    state: 'done',
    ...(reversed && { reverseMs: reversed.delayMs ?? room.wire.refundMs }),
  };
  room.world.commit(
    backTable.put(id, next),
    creditTable.put(credit.endToEndId, { ...credit, refunded: credit.refunded + back.amount }),
    room.effect(act, back.endToEndId, id, back.amount),
    line(room, 'Devolucao Pix', -back.amount, back.endToEndId),
  );
  settleLater(room, next);
}
