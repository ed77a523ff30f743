import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { before } from '@libs/kernel/before.js';
import { tx } from '@libs/kernel/transaction.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';

/** POSTs of administrators that move on what is there already. */
@Injectable()
export class Deeds {
  constructor(
    private readonly em: EntityManager,
    private readonly requests: Requests,
  ) {}

  /**
   * Does `act` unless this wish was fulfilled before; whether it was. A crash in the middle, or a twin, does it again:
   * `act` is such that a repeat finds it done. `view` answers the resource as the route answers it: it is asked before
   * the act, for the audit.
   * @throws InvalidFault for a bad key, ConflictFault when the key belongs to another wish, and what `act` throws.
   */
  async once(
    wish: Wish,
    resource: string,
    view: () => Promise<unknown>,
    act: () => Promise<unknown>,
  ): Promise<boolean> {
    if ((await this.requests.repeat(this.em.fork(), wish)) !== undefined) return true;
    before(await view());
    await act();
    await tx(this.em, (em) => this.requests.claim(em, wish, resource));
    return false;
  }
}
