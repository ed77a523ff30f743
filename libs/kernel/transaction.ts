import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from '@mikro-orm/postgresql';

/** The entity manager of a running transaction, or of a request; what demands one says so in its signature. */
export type Em = EntityManager;

const running = new AsyncLocalStorage<true>();
const retried = new Set(['40001', '40P01']);
const tries = 3;

/** Whether the caller stands inside `tx`: the HTTP client refuses to call a provider there. */
export const insideTransaction = (): boolean => running.getStore() === true;

/** The SQLSTATE of a database error, wherever the driver or the ORM has put it. */
export function sqlState(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** Which constraint or index refused a row. */
export function constraintOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('constraint' in at && typeof at.constraint === 'string') return at.constraint;
  }
  return undefined;
}

/**
 * The one transaction. `work` gets an entity manager of its own; what it changed is flushed before the commit. A
 * serialisation failure or a deadlock is tried again, three times; a lost connection never is: the commit may have been
 * made.
 */
export async function tx<T>(em: Em, work: (em: Em) => Promise<T>): Promise<T> {
  if (insideTransaction()) throw new Error('a transaction does not nest');
  for (let left = tries; ; left -= 1) {
    try {
      return await running.run(true, () => em.fork({ clear: true }).transactional(work));
    } catch (error) {
      if (left === 0 || !retried.has(sqlState(error) ?? '')) throw error;
    }
  }
}

/** What stands before a statement that may wait (`driver.ts`). */
export const owed = '/* later */';

/**
 * A write whose answer nobody needs: it goes out with the next statement of the transaction, or with its commit. What
 * the database refuses of it is thrown there.
 */
export async function later(em: Em, sql: string, params: readonly unknown[]): Promise<void> {
  await em.execute(`${owed}${sql}`, [...params]);
}
