import type { Owed } from '@apps/sandbox/callbacks.js';
import type { Put } from '@apps/sandbox/world.js';
import type { Room } from './room.js';
import { type Sale, saleTable } from './rows.js';

/** What a notification says of itself; it says nothing else. */
export const changes = { status: 1, denied: 5, underpaid: 6, chargeback: 7, partial: 25 } as const;
export type Change = keyof typeof changes;

/** That something has changed with a sale. Whoever is told has to ask what. */
export const news = (room: Room, operation: string, { id }: Pick<Sale, 'id'>, change: Change): Owed =>
  room.callbacks.owe({
    operation,
    key: id,
    body: { PaymentId: id, ChangeType: changes[change] },
    contrary: { PaymentId: id, ChangeType: changes[change === 'denied' ? 'status' : 'denied'] },
    forgery: { PaymentId: id, ChangeType: changes.chargeback },
  });

/** A claim about a sale of which nothing is to be told yet. */
export const claim = (room: Room, operation: string, { id }: Pick<Sale, 'id'>): Owed =>
  room.callbacks.claim(operation, id, { PaymentId: id, ChangeType: changes.status });

/** Puts the sale in its new state, with the effects of that and what is to be told, in one commit. */
export function commit(room: Room, sale: Sale, puts: readonly Put[], ...owed: readonly Owed[]): Sale {
  room.world.commit(saleTable.put(sale.id, sale), ...puts, ...owed.flatMap((it) => it.puts));
  for (const { send } of owed) send();
  return sale;
}
