import { join } from 'node:path';
import { advanceClockTo, now } from '@libs/kernel/clock.js';
import { type Change, Journal } from './journal.js';

/** A row put or taken away, made by a `Table`; what is committed together happens together. */
export type Put = Change;

/**
 * A table of the world, by a name that no other has: a simulator's own begin with its id and a point. A lasting one
 * survives `POST /_sim/reset`. Rows are plain data (text, number, boolean, bigint, list, object) and never changed in
 * place.
 */
export class Table<T> {
  constructor(
    readonly name: string,
    readonly lasting = false,
  ) {}

  put(id: string, row: T): Put {
    return [this.name, id, row];
  }

  drop(id: string): Put {
    return [this.name, id, null];
  }
}

/** A callback still owed to whoever registered for the key. A forged one is sent once, by one without our secret. */
export interface Callback {
  readonly id: string;
  readonly provider: string;
  readonly key: string;
  readonly body: string;
  readonly tries: number;
  readonly forged: boolean;
}
/** Something that happened to money or to a charge; `GET /_sim/ledger` tells them all. */
export interface Effect {
  readonly provider: string;
  readonly operation: string;
  readonly key: string;
  readonly ref: string;
  readonly amount: bigint;
  readonly at: string;
}
export interface Fault {
  readonly id: string;
  readonly provider: string;
  readonly operation: string;
  readonly kind: string;
  readonly times?: number;
  readonly rate?: number;
  readonly seed: number;
  readonly delayMs?: number;
  readonly used: number;
  readonly draws: number;
  readonly seen: readonly string[];
}

/** What is everybody's. */
export const callbackTable = new Table<Callback>('callback');
export const effectTable = new Table<Effect>('effect');
export const faultTable = new Table<Fault>('fault');
export const settingTable = new Table<number>('setting', true);
/** Where a provider calls that is told by hand, by its id. */
export const addressTable = new Table<string>('address', true);
const common = [callbackTable, effectTable, faultTable, settingTable, addressTable];

/** The simulated world: a few tables in memory, every change of which is in the journal before anybody is told. */
export class World {
  private readonly tables = new Map<string, { readonly rows: Map<string, unknown>; readonly lasting: boolean }>();
  private readonly journal: Journal;

  /** Reads back what an earlier process wrote in the directory, and puts the clock where that process had it. */
  constructor(directory: string, own: readonly Pick<Table<unknown>, 'name' | 'lasting'>[]) {
    for (const { name, lasting } of [...common, ...own]) {
      if (this.tables.has(name)) throw new Error(`two tables are called ${name}`);
      this.tables.set(name, { rows: new Map(), lasting });
    }
    this.journal = new Journal(join(directory, 'journal.jsonl'), (changes) => this.apply(changes));
    const rows = this.rows();
    if (this.journal.lines > 1000 + 2 * rows.length) this.journal.rewrite(rows);
    advanceClockTo(this.setting('clockMs') ?? 0);
  }

  /** The rows of a table as they are now, in the order in which they first came. */
  of<T>(table: Table<T>): ReadonlyMap<string, T> {
    const found = this.tables.get(table.name);
    if (!found) throw new Error(`nobody declares the table ${table.name}`);
    return found.rows as ReadonlyMap<string, T>;
  }

  /** All of it or none of it: one line of the journal, then the memory. */
  commit(...puts: readonly Put[]): void {
    this.journal.write(puts);
    this.apply(puts);
  }

  setting(name: string): number | undefined {
    return this.of(settingTable).get(name);
  }

  /** Empties the world. The clock, which cannot go back, and the registered callback addresses stay as they are. */
  reset(): void {
    for (const { rows, lasting } of this.tables.values()) if (!lasting) rows.clear();
    this.journal.rewrite(this.rows());
  }

  close(): void {
    this.journal.close();
  }

  private rows(): Change[] {
    return [...this.tables].flatMap(([name, { rows }]) => [...rows].map(([id, value]): Change => [name, id, value]));
  }

  private apply(changes: readonly Change[]): void {
    for (const [name, id, value] of changes) {
      const rows = this.tables.get(name)?.rows;
      if (value === null) rows?.delete(id);
      else rows?.set(id, value);
    }
  }
}

const effectId = (provider: string, operation: string, ref: string): string => `${provider}:${operation}:${ref}`;

/** An effect under a name of its own, so that one act can never be counted twice. */
export const effect = (provider: string, operation: string, key: string, ref: string, amount: bigint): Put =>
  effectTable.put(effectId(provider, operation, ref), {
    provider,
    operation,
    key,
    ref,
    amount,
    at: now().toISOString(),
  });

/** Takes an effect back: what it did is undone, and it is as if it had not been. */
export const undone = (provider: string, operation: string, ref: string): Put =>
  effectTable.drop(effectId(provider, operation, ref));
