import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Em } from '@libs/kernel/transaction.js';
import { cents, type Currency } from '@libs/money/cents.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { Line } from '@libs/providers/contract/statements.js';
import { Movements } from '@libs/routing/movements.js';
import { Owners } from '@libs/routing/owners.js';
import { Reconcile } from '@libs/routing/reconcile.job.js';
import { Routing } from '@libs/routing/routing.service.js';
import { keep, type Of, tickNamed, tickNameless } from './explain.js';

/** Lines that are looked into at once, and unexplained ones that are in memory together. */
const [atOnce, batch] = [4, 100];

interface OpenRow {
  readonly line: string;
  readonly kind: Line['kind'];
  readonly id: string;
  readonly about: About;
  readonly amount: string;
  readonly currency: Currency;
  readonly at: Date;
}
const open = 'line, kind, id, about, amount::text, currency, at';

const movedOf = ({ kind, id, about, amount, currency, at }: OpenRow): Moved => ({
  kind: kind === 'sent' ? 'taken' : kind,
  id,
  about,
  amount: cents(BigInt(amount)),
  currency,
  at: new Date(at),
});

/**
 * Compares lines with what we hold. A line that is explained posts nothing; money of ours that nobody has told of takes
 * the way of a callback; fees and payouts are posted from here alone.
 */
@Injectable()
export class Compare {
  constructor(
    private readonly em: EntityManager,
    private readonly movements: Movements,
    private readonly owners: Owners,
    private readonly reconcile: Reconcile,
    private readonly routing: Routing,
  ) {}

  /** Takes a page in, any number of times; answers how many of its lines were news. */
  async page(credential: string, lines: readonly Line[]): Promise<number> {
    if (lines.length === 0) return 0;
    const em = this.em.fork();
    const names = lines.map(({ line }) => line);
    const account = await this.movements.accountOf(em, credential);
    const of = { credential, account };
    await keep(em, credential, lines);
    await tickNamed(em, of, names);
    const rows = await em.execute<OpenRow[]>(
      `select ${open} from statement_line where credential_id = ? and state = 'open' and about <> '{}'
         and line in (select jsonb_array_elements_text(?::jsonb))
       union all
       select ${open} from statement_line where credential_id = ? and state = 'open' and about = '{}'
         and kind in ('fee', 'banked') and line in (select jsonb_array_elements_text(?::jsonb))`,
      [credential, JSON.stringify(names), credential, JSON.stringify(names)],
    );
    // A fee is compared with what its sale has booked: the sale comes first.
    for (const part of [rows.filter(({ kind }) => kind !== 'fee'), rows.filter(({ kind }) => kind === 'fee')]) {
      for (let next = 0; next < part.length; next += atOnce) {
        await Promise.all(part.slice(next, next + atOnce).map((row) => this.meet(em, of, row)));
      }
    }
    return rows.length === 0
      ? 0
      : tickNamed(
          this.em.fork(),
          of,
          rows.map(({ line }) => line),
        );
  }

  /** What an account's lines come to once all are read: those before `until` that are unexplained go to suspense. */
  async end(credential: string, until: Date): Promise<void> {
    const of = { credential, account: await this.movements.accountOf(this.em.fork(), credential) };
    await tickNameless(this.em.fork(), of);
    for (let more = true; more;) {
      const rows = await this.em.fork().execute<OpenRow[]>(
        `select ${open} from statement_line where credential_id = ? and state = 'open' and at < ?::timestamptz
         order by at limit ${batch}`,
        [credential, until.toISOString()],
      );
      for (const row of rows) await this.suspend(of, row);
      more = rows.length === batch;
    }
  }

  /** An attempt's money is the attempt's news, which the provider is asked for; any other is a movement. */
  private async meet(em: Em, { credential, account }: Of, row: OpenRow): Promise<void> {
    const { kind, about } = row;
    const moved = movedOf(row);
    if (kind === 'banked') return this.routing.record(credential, moved);
    if (kind === 'fee') {
      const early = about.ref !== undefined && !(await this.sold(account, about.ref));
      return early ? undefined : this.routing.record(credential, moved);
    }
    const attempt = await this.movements.attemptOf(em.fork(), credential, about);
    if (attempt !== undefined && (kind === 'received' || kind === 'sent')) {
      await this.reconcile.find(attempt, 'find');
      return;
    }
    const known = attempt !== undefined || (await this.owners.named(em.fork(), account, about)) !== undefined;
    if (known && kind !== 'sent') await this.routing.record(credential, moved);
  }

  private async sold(account: readonly string[], ref: string): Promise<boolean> {
    const rows = await this.em.fork().execute<unknown[]>(
      `select 1 from attempt a join entry e on e.reference in ('attempt:' || a.id, 'orphan:' || a.id)
       where a.credential_id in (?) and a.ref = ? limit 1`,
      [account, ref],
    );
    return rows.length > 0;
  }

  private async suspend({ credential, account }: Of, row: OpenRow): Promise<void> {
    const moved = movedOf(row);
    await this.routing.suspend(credential, moved);
    await this.em.fork().execute(
      `update statement_line set state = 'suspense', explained_by = 'movement:' || m.row_id from movement m
       where statement_line.credential_id = ? and line = ? and statement_line.state = 'open'
         and m.credential_id in (?) and m.kind = ? and m.id = ?`,
      [credential, row.line, account, moved.kind, moved.id],
    );
  }
}
