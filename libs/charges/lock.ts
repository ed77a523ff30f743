import { LockMode } from '@mikro-orm/core';
import type { Row } from '@libs/kernel/rows.js';
import type { Em } from '@libs/kernel/transaction.js';
import { Charge } from './charges.entity.js';

/** The charge, locked until the transaction ends. @throws when there is none. */
export async function lockCharge(em: Em, id: string): Promise<Charge> {
  // What is watched already may have changes that are not written yet: the ORM keeps them.
  if (em.getUnitOfWork().getById(Charge, id)) {
    return em.findOneOrFail(Charge, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }
  const [row] = await em.execute<Row[]>('select * from charge where id = ? for update', [id]);
  if (!row) throw new Error(`there is no charge ${id}`);
  return em.map(Charge, { ...row });
}
