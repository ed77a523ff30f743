import type { Owed } from '@apps/sandbox/callbacks.js';
import type { Put, Table } from '@apps/sandbox/world.js';
import { type Room, identity, seconds } from './room.js';
import { eventShape } from './notices.js';
import type { Shape } from './shapes.js';
import { type Endpoint, type Told, type Transaction, endpoints, events, transactions } from './tables.js';

/** One fact to be told. The first of an operation is what faults of that operation befall; others only go with it. */
interface News {
  readonly operation: string;
  readonly type: string;
  readonly object: Shape;
  readonly also: boolean;
}
/** Events in which an earlier state of the thing is told: not true any more, and in the right hand. */
const earlier: Readonly<Record<string, readonly [type: string, status: string]>> = {
  payment_intent: ['payment_intent.processing', 'processing'],
  refund: ['refund.updated', 'pending'],
  dispute: ['charge.dispute.updated', 'under_review'],
};
/** What somebody would claim who has no secret. */
const claims: Readonly<Record<string, readonly [type: string, status: string]>> = {
  payment_intent: ['payment_intent.canceled', 'canceled'],
  refund: ['refund.failed', 'failed'],
  dispute: ['charge.dispute.closed', 'won'],
};

/** Everything one act changes, seen by itself as done already, and committed at once with what is told of it. */
export class Turn {
  private readonly rows = new Map<string, { readonly row: unknown; readonly put: Put }>();
  private readonly effects: Put[] = [];
  private readonly news: News[] = [];
  private readonly following: (() => void)[] = [];

  constructor(
    readonly room: Room,
    readonly key = '',
    readonly request: string | null = null,
  ) {}

  find<T>(table: Table<T>, id: string): T | undefined {
    const changed = this.rows.get(`${table.name}/${id}`);
    return changed ? (changed.row as T) : this.room.world.of(table).get(id);
  }

  put<T extends { readonly id: string }>(table: Table<T>, row: NoInfer<T>): T {
    this.rows.set(`${table.name}/${row.id}`, { row, put: table.put(row.id, row) });
    return row;
  }

  drop<T>(table: Table<T>, id: string): void {
    this.rows.set(`${table.name}/${id}`, { row: undefined, put: table.drop(id) });
  }

  /** Something that happened to money, under the key it came by. */
  effect(operation: string, ref: string, amount: bigint, key = this.key): void {
    this.effects.push(this.room.effect(operation, key, ref, amount));
  }

  /** A line of the account's statement; what is left out has no fee. Answers its id. */
  book(
    type: Transaction['type'],
    source: string,
    amount: bigint,
    currency: string,
    fee = 0n,
    id = identity('txn'),
  ): string {
    return this.put(transactions, { id, created: seconds(), type, source, amount, fee, currency }).id;
  }

  /** The line of a payment: of that the provider keeps its part. */
  bookSale({ id, currency }: { readonly id: string; readonly currency: string }, amount: bigint): void {
    const { feeBps, feeFixed } = this.room.wire;
    const fee = (amount * feeBps + 9_999n) / 10_000n + feeFixed;
    this.book('charge', id, amount, currency, fee < amount ? fee : amount);
  }

  undone(operation: string, ref: string): void {
    this.effects.push(this.room.undone(operation, ref));
  }

  tell(operation: string, type: string, object: Shape): void {
    this.news.push({ operation, type, object, also: false });
  }

  /** Tells what goes with the fact: no fault of its own, and silence where that is silent. */
  also(operation: string, type: string, object: Shape): void {
    this.news.push({ operation, type, object, also: true });
  }

  /** A claim of somebody who has no secret that the thing came out well; only where that fault is armed. */
  forged(operation: string, type: string, object: Shape): void {
    this.following.push(() => {
      for (const { id } of this.listeners(type)) {
        const owed = this.room.callbacks.claim(operation, id, this.event(type, object, 1));
        this.room.world.commit(...owed.puts);
        owed.send();
      }
    });
  }

  /** To be done once all of this is in the journal. */
  afterwards(act: () => void): void {
    this.following.push(act);
  }

  commit(...more: readonly Put[]): void {
    const owed: Owed[] = [];
    const puts = [...this.rows.values()].map(({ put }) => put);
    const silent = new Set<string>();
    const decisive = this.news.filter(({ also }) => !also);
    for (const news of [...decisive, ...this.news.filter(({ also }) => also)]) {
      const { told, calls } = this.told(news, silent);
      puts.push(events.put(told.id, told));
      owed.push(...calls);
    }
    puts.push(...this.effects, ...more, ...owed.flatMap((it) => it.puts));
    if (puts.length > 0) this.room.world.commit(...puts);
    for (const { send } of owed) send();
    for (const act of this.following) act();
  }

  private listeners(type: string): readonly Endpoint[] {
    const all = [...this.room.world.of(endpoints).values()];
    return all.filter(({ enabled, events: wanted }) => enabled && (wanted.includes(type) || wanted.includes('*')));
  }

  private row(type: string, object: Shape, pending: number): Told {
    const { request, key } = this;
    return { id: identity('evt'), created: seconds(), type, object, request, key: key || null, pending };
  }

  private event(type: string, object: Shape, pending: number): Shape {
    return eventShape(this.room, this.row(type, object, pending));
  }

  private told(news: News, silent: Set<string>): { readonly told: Told; readonly calls: readonly Owed[] } {
    const { operation, type, object, also } = news;
    const listeners = this.listeners(type);
    const told = this.row(type, object, listeners.length);
    const body = eventShape(this.room, told);
    const kind = String(object['object']);
    const [oldType, oldStatus] = earlier[kind] ?? [type, object['status']];
    const [claimType, claimed] = claims[kind] ?? [type, object['status']];
    const calls = listeners.flatMap(({ id }) => {
      if (also && silent.has(id)) return [];
      const owed = this.room.callbacks.owe({
        operation: also ? 'event' : operation,
        key: id,
        body,
        contrary: this.event(oldType, { ...object, status: oldStatus }, 1),
        forgery: this.event(claimType, { ...object, status: claimed }, 1),
      });
      if (!also && owed.puts.length === 0) silent.add(id);
      return [owed];
    });
    return { told, calls };
  }
}
