import { Injectable } from '@nestjs/common';
import type { JobDraft } from '@libs/kernel/queue.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import type { EventDraft } from '@libs/outbox/outbox.service.js';
import type { About } from '@libs/providers/contract/moved.js';
import type { News } from '@libs/providers/contract/outcome.js';
import type { AttemptView } from './attempt.entity.js';
import type { Movement } from './movement.entity.js';

export type Source = 'call' | 'callback' | 'find' | 'operator' | 'clock';
export interface Effects {
  readonly entries?: readonly EntryDraft[];
  readonly events?: readonly EventDraft[];
  readonly jobs?: readonly JobDraft[];
  /** The row as its GET shows it now, where it has changed and no event tells of that. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

/**
 * A domain module's side of the bargain: what news means to its own row. Each runs inside the recording transaction and
 * locks that row. `from` is told because what the caller of a route is about to read needs no announcement.
 */
export interface Owner {
  readonly kind: string;
  /** The attempt moved. */
  settle(em: Em, attempt: AttemptView, news: News, from: Source): Promise<Effects>;
  /** It did not: fill what is empty, post nothing, announce only what the row was waiting for. */
  learn(em: Em, attempt: AttemptView, news: News, from: Source): Promise<Effects>;
  /** Does the row still wait for an outcome? */
  wants(em: Em, id: string): Promise<boolean>;
  /** It happened after all: adopt or give back. */
  orphan(em: Em, attempt: AttemptView, news: News): Promise<Effects>;
  moved(em: Em, id: string, movement: Movement, attempt?: AttemptView): Promise<Effects>;
  /** For rows that have no attempt (a static Pix): whose is this? `account`: the credentials of one account. */
  named?(em: Em, account: readonly string[], about: About): Promise<Omit<Owned, 'kind'> | undefined>;
}
/** A row whose money it is, and the credential that it is paid to. */
export interface Owned {
  readonly kind: string;
  readonly id: string;
  readonly credential: string;
}

/** Routing reaches a domain through the owner that the domain registered; nothing calls upward. */
@Injectable()
export class Owners {
  private readonly owners = new Map<string, Owner>();

  /** @throws Error at boot when a kind has two owners. */
  register(owner: Owner): void {
    if (this.owners.has(owner.kind)) throw new Error(`two owners of ${owner.kind}`);
    this.owners.set(owner.kind, owner);
  }

  of(kind: string): Owner {
    const owner = this.owners.get(kind);
    if (!owner) throw new Error(`nobody owns ${kind}`);
    return owner;
  }

  /** Whose it is among the rows that no attempt has asked for; undefined: nobody's. */
  async named(em: Em, account: readonly string[], about: About): Promise<Owned | undefined> {
    for (const owner of this.owners.values()) {
      const found = await owner.named?.(em, account, about);
      if (found !== undefined) return { kind: owner.kind, ...found };
    }
    return undefined;
  }
}
