import pg from 'pg';
import { eventually } from '@test/support/app.js';
import type { Effect } from '@test/support/scene.js';

/** Reads as the owner of the tables: what only rows can show. */
export class Books {
  constructor(private readonly url: string) {}

  async rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const connection = new pg.Client({ connectionString: this.url });
    await connection.connect();
    try {
      return (await connection.query<T>(sql, [...values])).rows;
    } finally {
      await connection.end();
    }
  }

  /** Waits until no attempt is undecided but for codes that wait for a payer, and nothing is to be done or told. */
  async quiet(withinMs = 120_000): Promise<void> {
    let busy: readonly object[] = [];
    const still = eventually(async () => {
      busy = await this.busy();
      return busy.length === 0;
    }, withinMs);
    await still.catch(() => {
      throw new Error(`it never came to rest: ${JSON.stringify(busy, undefined, 1)}`);
    });
  }

  private busy(): Promise<readonly object[]> {
    return this.rows(
      `select 'attempt' as what, id::text, operation || ' ' || state as state, asks as tries, ask_at as next
         from attempt where state in ('sent', 'unknown') or (state = 'pending' and ask_at is not null)
       union all select 'job', id::text, concat_ws(' ', name, leased_until, last_error), tries, run_at
         from job where done_at is null and run_at <= clock_now() + interval '1 minute'
           and name not like 'routing.regist%'
       union all select 'event', id::text, type, 0, null from outbox where relayed_at is null
       union all select 'delivery', id::text, status, tries, next_try_at
         from delivery where status in ('pending', 'retrying')`,
    );
  }

  /** Codes of wishes that have become more than one charge. */
  async twice(): Promise<readonly object[]> {
    return this.rows(
      `select custom_code from charge where status <> 'failed' and custom_code is not null
       group by custom_code having count(*) > 1`,
    );
  }

  /** The id of everything that was announced. */
  async events(): Promise<readonly string[]> {
    return (await this.rows<{ id: string }>('select id from outbox')).map(({ id }) => id);
  }

  /** Sequences of an object and a type that do not run from one to their number. */
  async gaps(): Promise<readonly object[]> {
    return this.rows(
      `select object_id, type, count(*), max(sequence) from outbox
       group by object_id, type having count(*) <> max(sequence) or min(sequence) <> 1`,
    );
  }

  /** Ours beside the world's: acts that happened twice for one wish, acts that only one side knows, and the sums. */
  async compare(effects: readonly Effect[]): Promise<Compared> {
    const name = ({ operation, key }: { readonly operation: string; readonly key: string }): string =>
      `${operation} ${key}`;
    const acts = await this.rows<{ key: string; operation: string; owner: string; happened: boolean }>(
      `select key, operation, owner_kind || ' ' || owner_id as owner,
         state <> 'failed' and (state <> 'declined' or (operation = 'pix.create' and ref is not null)) as happened
       from attempt where operation <> 'pix.cancel'`,
    );
    const ours = new Map(acts.filter(({ happened }) => happened).map((it) => [name(it), it.owner]));
    const seen = effects.filter(({ operation }) => operation === 'pix.create' || operation === 'pix.refund').map(name);
    const owners = seen.map((it) => ours.get(it) ?? it);
    const [books] = await this.rows<{ sum: string; held: string }>(
      `select coalesce(sum(amount), 0) as sum,
         coalesce(sum(amount) filter (where address = 'provider:gerencianet:clearing'), 0) as held
       from (select "to" as address, amount from posting union all select "from", -amount from posting) as it`,
    );
    const flow = (operation: string): number =>
      effects.reduce((total, it) => total + (it.operation === operation ? it.amount : 0), 0);
    return {
      doubles: owners.filter((owner, i) => owners.indexOf(owner) !== i),
      lost: [...[...ours.keys()].filter((it) => !seen.includes(it)), ...seen.filter((it) => !ours.has(it))],
      sum: Number(books!.sum),
      off: Number(books!.held) + flow('pix.received') - flow('pix.refund'),
    };
  }
}

export interface Compared {
  readonly doubles: readonly string[];
  readonly lost: readonly string[];
  /** All addresses together, and what our ledger says that the provider holds less what it holds. */
  readonly sum: number;
  readonly off: number;
}
