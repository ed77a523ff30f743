import { join } from 'node:path';
import { advanceClockTo, now } from '@libs/kernel/clock.js';
import { type Change, Journal } from './journal.js';

/** What a charge asks for; a change of the charge adds one, so that an earlier revision can still be read. */
export interface Terms {
  readonly amount: bigint;
  readonly expireSeconds: number;
  readonly debtor?: Readonly<Record<string, string>>;
  readonly note?: string;
  readonly infos?: readonly Readonly<Record<string, string>>[];
}
export interface Charge {
  readonly txid: string;
  readonly status: 'ATIVA' | 'CONCLUIDA' | 'REMOVIDA_PELO_USUARIO_RECEBEDOR' | 'REMOVIDA_PELO_PSP';
  readonly terms: readonly [Terms, ...Terms[]]; // newest first
  readonly key: string;
  readonly at: string;
  readonly place: { readonly id: number; readonly url: string };
  readonly payments: readonly string[];
}
export interface Payment {
  readonly endToEndId: string;
  readonly txid: string;
  readonly key: string;
  readonly amount: bigint;
  readonly at: string;
  readonly refunds: readonly string[];
  readonly disputeMs?: number; // a chargeback is on its way, this long after the payment
}
export interface Refund {
  readonly endToEndId: string;
  readonly id: string;
  readonly rtrId: string;
  readonly amount: bigint;
  readonly askedAt: string;
  readonly settledAt?: string;
  readonly status: 'EM_PROCESSAMENTO' | 'DEVOLVIDO' | 'NAO_REALIZADO';
  readonly reason?: string;
  readonly nature?: 'MED_FRAUDE';
  readonly reverseMs?: number; // it will come back, this long after it was done
}
export interface Hook {
  readonly key: string;
  readonly url: string;
  readonly at: string;
}
/** A callback still owed to whoever registered for the key. A forged one is sent once, by one without our secret. */
export interface Callback {
  readonly id: string;
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

interface Tables {
  charge: Charge;
  payment: Payment;
  refund: Refund;
  hook: Hook;
  callback: Callback;
  effect: Effect;
  fault: Fault;
  setting: number;
}
type Table = keyof Tables;
export type Put = { [T in Table]: readonly [table: T, id: string, value: Tables[T] | null] }[Table];

const lasting: readonly Table[] = ['hook', 'setting'];

/** The simulated world: a few tables in memory, every change of which is in the journal before anybody is told. */
export class World {
  readonly tables: { readonly [T in Table]: Map<string, Tables[T]> } = {
    charge: new Map(),
    payment: new Map(),
    refund: new Map(),
    hook: new Map(),
    callback: new Map(),
    effect: new Map(),
    fault: new Map(),
    setting: new Map(),
  };
  private readonly journal: Journal;

  /** Reads back what an earlier process wrote in the directory, and puts the clock where that process had it. */
  constructor(directory: string) {
    this.journal = new Journal(join(directory, 'journal.jsonl'), (changes) => this.apply(changes));
    const rows = this.rows();
    if (this.journal.lines > 1000 + 2 * rows.length) this.journal.rewrite(rows);
    advanceClockTo(this.setting('clockMs') ?? 0);
  }

  /** All of it or none of it: one line of the journal, then the memory. */
  commit(...puts: readonly Put[]): void {
    this.journal.write(puts);
    this.apply(puts);
  }

  setting(name: string): number | undefined {
    return this.tables.setting.get(name);
  }

  /** Empties the world. The clock, which cannot go back, and the registered callback addresses stay as they are. */
  reset(): void {
    for (const [name, table] of Object.entries(this.tables)) if (!lasting.some((kept) => kept === name)) table.clear();
    this.journal.rewrite(this.rows());
  }

  close(): void {
    this.journal.close();
  }

  private rows(): Change[] {
    return Object.entries(this.tables).flatMap(([name, table]) =>
      [...table].map(([id, value]): Change => [name, id, value]),
    );
  }

  private apply(changes: readonly Change[]): void {
    for (const [name, id, value] of changes) {
      const table = (this.tables as Readonly<Record<string, Map<string, unknown> | undefined>>)[name];
      if (value === null) table?.delete(id);
      else table?.set(id, value);
    }
  }
}

/** An effect under a name of its own, so that one act can never be counted twice. */
export const effect = (operation: string, key: string, ref: string, amount: bigint): Put => [
  'effect',
  `${operation}:${ref}`,
  { provider: 'gerencianet', operation, key, ref, amount, at: now().toISOString() },
];
