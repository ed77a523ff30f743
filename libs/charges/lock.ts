import { LockMode } from '@mikro-orm/core';
import type { Em } from '@libs/kernel/transaction.js';
import { Charge } from './charges.entity.js';

/** The charge, locked until the transaction ends. @throws when there is none. */
export const lockCharge = (em: Em, id: string): Promise<Charge> =>
  em.findOneOrFail(Charge, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
