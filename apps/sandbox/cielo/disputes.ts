import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Room } from './room.js';
import { type Dispute, type Sale, saleTable } from './rows.js';
import { left } from './shapes.js';
import { commit, news } from './tell.js';

/** The holder's bank takes back what is left of a captured sale; undefined when there is nothing to take. */
export function dispute(room: Room, sale: Sale): Dispute | undefined {
  const amount = left(sale);
  if (sale.status !== 2 || amount <= 0n) return undefined;
  const taken: Dispute = { id: randomBytes(6).toString('hex').toUpperCase(), amount, at: now().toISOString() };
  const { disputeMs: _spent, ...rest } = sale;
  const next: Sale = { ...rest, disputes: [...sale.disputes, taken] };
  const lost = room.effect('cards.chargeback', sale.orderId, taken.id, amount);
  commit(room, next, [lost], news(room, 'cards.authorize', next, 'chargeback'));
  return taken;
}

/** A chargeback that was armed, once there is something to take back. */
export function disputeLater(room: Room, sale: Sale): void {
  if (sale.disputeMs === undefined || sale.status !== 2) return;
  room.after(sale.disputeMs, () => {
    const current = room.world.of(saleTable).get(sale.id);
    if (current?.disputeMs !== undefined) dispute(room, current);
  });
}
