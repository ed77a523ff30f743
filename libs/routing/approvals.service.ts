import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Operation } from '@libs/providers/contract/acts.js';
import { nothingYet, type Recent, type Tally } from './approval.js';
import { approvedSql } from './approved.js';

/** How many of an account's last attempts count, and for how long. */
const counted = 300;
const countedDays = 30;
const freshMs = 10_000;
const staleMs = 60_000;
const mostEntries = 10_000;

interface Entry {
  figures: Recent | Promise<Recent>;
  readAt: number;
}
const lastOnes = `
  select "like", count(*)::int as attempts, count(*) filter (where approved)::int as approved
  from (
    select decision #>> '{seen,like}' as "like", ${approvedSql} as approved
    from attempt
    where credential_id = ? and operation = ? and created_at > clock_now() - interval '${countedDays} days'
    order by created_at desc limit ${counted}
  ) it
  where approved is not null group by 1`;

/**
 * What became of the last attempts of an account, as it was some seconds ago: whoever asks for it gets what is there,
 * and only who asks first, or after a long silence, waits for the database.
 */
@Injectable()
export class Approvals {
  private readonly known = new Map<string, Entry>();

  constructor(private readonly em: EntityManager) {}

  /** Account → its figures. */
  async recent(operation: Operation, credentials: Iterable<string>): Promise<ReadonlyMap<string, Recent>> {
    const found = new Map<string, Recent>();
    for (const credential of new Set(credentials)) found.set(credential, await this.of(operation, credential));
    return found;
  }

  private of(operation: Operation, credential: string): Recent | Promise<Recent> {
    const key = `${operation} ${credential}`;
    const entry = this.known.get(key);
    const ageMs = entry === undefined ? Infinity : performance.now() - entry.readAt;
    if (entry === undefined || ageMs > staleMs) return this.ask(key, operation, credential).figures;
    if (ageMs > freshMs) {
      entry.readAt = performance.now(); // the others need not ask too
      void this.read(operation, credential).then(
        (figures) => void (entry.figures = figures),
        () => undefined, // the old figures serve until the database answers
      );
    }
    return entry.figures;
  }

  private ask(key: string, operation: Operation, credential: string): Entry {
    const figures = this.read(operation, credential).catch(() => {
      this.known.delete(key);
      return nothingYet; // a choice without figures is better than none
    });
    const entry: Entry = { figures, readAt: performance.now() };
    void figures.then((it) => void (entry.figures = it));
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size >= mostEntries) this.known.delete(oldest);
    this.known.set(key, entry);
    return entry;
  }

  private async read(operation: Operation, credential: string): Promise<Recent> {
    const rows = await this.em
      .fork()
      .execute<(Tally & { readonly like: string | null })[]>(lastOnes, [credential, operation]);
    let [attempts, approved] = [0, 0];
    const like = new Map<string, Tally>();
    for (const row of rows) {
      attempts += row.attempts;
      approved += row.approved;
      if (row.like !== null) like.set(row.like, { attempts: row.attempts, approved: row.approved });
    }
    return { attempts, approved, like };
  }
}
