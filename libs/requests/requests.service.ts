import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { ConflictFault } from '@libs/kernel/fault.js';
import { cardNumbersIn } from '@libs/kernel/luhn.js';
import { OnJob } from '@libs/kernel/queue.js';
import { Reply } from '@libs/kernel/reply.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Vault } from '@libs/vault/vault.service.js';
import { told } from './fingerprint.js';
import type { Wish } from './wish.js';

const purpose = 'request';
const keyPurpose = 'request-key';

interface Row {
  readonly resource: string;
  readonly route: string;
  readonly fingerprint: string;
  readonly fingerprint_version: number;
}

/** Rolls back what a twin has made in vain: the other one was first. */
class Twin extends Error {
  constructor(readonly resource: string) {
    super('a twin was first');
  }
}

/** Idempotency-Key (design: one key is one wish on one route). What is refused before a commit leaves no row. */
@Injectable()
export class Requests {
  constructor(
    private readonly em: EntityManager,
    private readonly vault: Vault,
  ) {}

  /**
   * The resource that came of this wish before; undefined without a key, or when it is new.
   * @throws InvalidFault for a bad key, ConflictFault when the key belongs to another wish.
   */
  async repeat(em: Em, wish: Wish): Promise<string | undefined> {
    const key = wish.checkedKey;
    if (key === undefined) return undefined;
    const row = await this.find(em, wish, key);
    return row === undefined ? undefined : this.same(wish, row);
  }

  /**
   * Takes the key for `resource` in the caller's transaction. Undefined: it is ours, or there is no key. Else the
   * resource of the twin that was first; a twin that has not committed yet is waited for.
   * @throws as `repeat`.
   */
  async claim(em: Em, wish: Wish, resource: string): Promise<string | undefined> {
    const key = wish.checkedKey;
    if (key === undefined) return undefined;
    const { mac, version } = this.vault.mac(purpose, this.told(wish, this.vault.version));
    for (;;) {
      const ours = await em.execute<unknown[]>(
        `insert into request (scope, key, route, fingerprint, fingerprint_version, resource)
         values (?, ?, ?, ?, ?, ?) on conflict do nothing returning resource`,
        [wish.scope, this.written(key)[0], wish.route, mac, version, resource],
      );
      if (ours.length > 0) return undefined;
      const row = await this.find(em, wish, key);
      // None: the one that was in the way has been removed between the two statements.
      if (row !== undefined) return this.same(wish, row);
    }
  }

  /**
   * Points the key from `failed`, which ended in a 503, to a new resource, in the caller's transaction. Undefined:
   * done. Else the resource that a twin has pointed it to meanwhile.
   */
  async repoint(em: Em, wish: Wish, failed: string, resource: string): Promise<string | undefined> {
    const key = wish.checkedKey;
    if (key === undefined) return undefined;
    for (const it of this.written(key)) {
      const ours = await em.execute<unknown[]>(
        'update request set resource = ? where scope = ? and key = ? and resource = ? returning resource',
        [resource, wish.scope, it, failed],
      );
      if (ours.length > 0) return undefined;
    }
    return (await this.find(em, wish, key))?.resource;
  }

  /**
   * A POST that makes one plain resource: `make` inserts it in a transaction that takes the key too, `again` reads it
   * for a replay, without what is shown once. Both answer 201.
   */
  async once<T>(
    wish: Wish,
    make: (em: Em) => Promise<{ readonly id: string; readonly body: T }>,
    again: (em: Em, id: string) => Promise<T>,
  ): Promise<Reply<T>> {
    const replay = async (id: string): Promise<Reply<T>> => new Reply(201, await again(this.em.fork(), id), true);
    const earlier = await this.repeat(this.em.fork(), wish);
    if (earlier !== undefined) return replay(earlier);
    try {
      const body = await tx(this.em, async (em) => {
        const made = await make(em);
        const first = await this.claim(em, wish, made.id);
        if (first !== undefined) throw new Twin(first);
        return made.body;
      });
      return new Reply(201, body);
    } catch (error) {
      if (error instanceof Twin) return replay(error.resource);
      throw error;
    }
  }

  /** Keys live 30 days at least (api.md §1). */
  @OnJob('requests.clean', { everyMs: 3_600_000 })
  async clean(): Promise<void> {
    await this.em.fork().execute(`delete from request where created_at < clock_now() - interval '31 days'`);
  }

  private async find(em: Em, wish: Wish, key: string): Promise<Row | undefined> {
    for (const it of this.written(key)) {
      const [row] = await em.execute<Row[]>(
        'select resource, route, fingerprint, fingerprint_version from request where scope = ? and key = ?',
        [wish.scope, it],
      );
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** How a key stands in the table: as it is, but a card's number, which is a key like any other, as its hash. */
  private written(key: string): readonly [string, ...string[]] {
    if (cardNumbersIn(key).length === 0) return [key];
    const [newest, ...older] = this.vault.macs(keyPurpose, key).map(({ mac }) => `hash ${mac}`);
    return [newest!, ...older];
  }

  /** A card is its keyed hash, under the same version as the whole: a rotation changes neither alone. */
  private told({ route, query, body, scope }: Wish, version: number): string {
    const seal = (number: string): string =>
      this.vault.macs('card', `${scope} ${number}`).find((it) => it.version === version)?.mac ?? '';
    return told(route, query, body, seal);
  }

  private same(wish: Wish, row: Row): string {
    const text = this.told(wish, row.fingerprint_version);
    const known = this.vault.macs(purpose, text).find(({ version }) => version === row.fingerprint_version);
    if (row.route !== wish.route || known?.mac !== row.fingerprint) {
      throw new ConflictFault('idempotency_conflict', 'Esta Idempotency-Key já foi usada em outra requisição.');
    }
    return row.resource;
  }
}
