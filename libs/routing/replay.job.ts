import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Mode } from '@libs/kernel/caller.js';
import { MissingFault } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { type JobView, OnJob, Queue } from '@libs/kernel/queue.js';
import { Reply } from '@libs/kernel/reply.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { cents, type Currency } from '@libs/money/cents.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { AttemptState } from './attempt.entity.js';
import type { Decision } from './plan.js';
import { type PastAttempt, type Shift, shifted, unmoved } from './replay.js';
import { Replay } from './replay.entity.js';
import type { Rule, Ruleset } from './rules.js';
import { assertRules } from './rulesets.service.js';

const mostTries = 5;
/** Attempts that are in memory at once, and between two of which other work gets its turn. */
const page = 500;

export interface ReplayWish {
  readonly merchantId: string;
  readonly mode: Mode;
  readonly since: Date;
  readonly until: Date;
  readonly rules: readonly Rule[];
}
interface Row {
  readonly id: string;
  readonly moment: string; // to the microsecond, which a Date is not
  readonly ownerId: string;
  readonly operation: Operation;
  readonly amount: string;
  readonly currency: Currency;
  readonly state: AttemptState;
  readonly code: string | null;
  readonly decision: Decision;
}

/** The attempts that a choice began: not those of its later lanes, nor follow-ups, which have none. */
const chosen = `credential_id = ? and created_at >= ? and created_at < ?
  and decision -> 'seen' is not null and decision #>> '{candidates,0,lane}' = lane_id::text`;
const nowhere = '00000000-0000-0000-0000-000000000000';

const pastOf = ({ amount, ...row }: Row): PastAttempt => ({ ...row, amount: cents(BigInt(amount)) });

/** Runs other rules over a merchant's past attempts, as a job with progress. It reads; nothing is moved. */
@Injectable()
export class Replays {
  constructor(
    private readonly em: EntityManager,
    private readonly queue: Queue,
  ) {}

  /**
   * Asks for a run; it begins with the next turn of a worker. `claim` answers the run that the same wish has made.
   * @throws InvalidFault as `assertRules`.
   */
  open(
    { merchantId, mode, since, until, rules }: ReplayWish,
    claim: (em: Em, id: string) => Promise<string | undefined>,
  ): Promise<Reply<{ readonly id: string }>> {
    assertRules(rules);
    return tx(this.em, async (em) => {
      const id = uuid();
      const earlier = await claim(em, id);
      if (earlier !== undefined) return new Reply(202, { id: earlier }, true);
      await em.execute(
        `insert into replay (id, merchant_id, mode, since, until, rules, status)
         values (?, ?, ?, ?, ?, ?::jsonb, 'running')`,
        [id, merchantId, mode, since.toISOString(), until.toISOString(), JSON.stringify(rules)],
      );
      await this.queue.add(em, [{ name: 'routing.replay', payload: { id } }]);
      return new Reply(202, { id });
    });
  }

  /** @throws MissingFault when there was no such run. */
  async find(id: string): Promise<Replay> {
    const found = isUuid(id) ? await this.em.fork().findOne(Replay, { id }) : null;
    if (!found) throw new MissingFault('Simulação não encontrada.');
    return found;
  }

  /** Begins anew when it is run again: what it has counted is in memory alone. */
  @OnJob('routing.replay')
  async run({ payload, tries }: JobView): Promise<void> {
    const id = String(payload['id']);
    try {
      await this.replay(id);
    } catch (error) {
      if (tries < mostTries) throw error;
      await this.end(id, 'failed');
    }
  }

  private async replay(id: string): Promise<void> {
    const em = this.em.fork();
    const { merchantId, mode, since, until, rules, status } = await em.findOneOrFail(Replay, { id });
    if (status !== 'running') return;
    const accounts = await em.execute<{ id: string }[]>(
      'select id from credential where merchant_id = ? and mode = ? order by id',
      [merchantId, mode],
    );
    const [from, to] = [since.toISOString(), until.toISOString()];
    let total = 0;
    for (const account of accounts) total += await this.count(em, account.id, from, to);
    let so = unmoved;
    await this.progress(id, so, total);
    for (const account of accounts) {
      for (let last: Row | undefined, more = true; more;) {
        const rows = await this.read(em, account.id, from, to, last);
        so = counted(so, rows, { version: 0, rules });
        await this.progress(id, so, total);
        last = rows.at(-1);
        more = rows.length === page;
        rows.length = 0; // the driver keeps its last answers for a while: they shall keep nothing
      }
    }
    await this.end(id, 'done');
  }

  private async count(em: Em, account: string, from: string, to: string): Promise<number> {
    const sql = `select count(*)::int as count from attempt where ${chosen}`;
    const [row] = await em.execute<{ count: number }[]>(sql, [account, from, to]);
    return row!.count;
  }

  private read(em: Em, account: string, from: string, to: string, last?: Row): Promise<Row[]> {
    return em.execute<Row[]>(
      `select id, created_at::text as moment, owner_id as "ownerId", operation, amount::text, currency, state, code,
         decision
       from attempt where ${chosen} and (created_at, id) > (?::timestamptz, ?::uuid)
       order by created_at, id limit ${page}`,
      [account, from, to, last?.moment ?? '-infinity', last?.id ?? nowhere],
    );
  }

  private async progress(id: string, so: Shift, total: number): Promise<void> {
    const most = Math.max(so.done, total); // attempts may be added while it runs
    await this.em.fork().execute(
      `update replay set done = ?, total = ?, moved = ?, amount_moved = ?, fee_delta = ?, expected_approvals = ?,
         approvals = ?
       where id = ? and status = 'running'`,
      [so.done, most, so.moved, so.amountMoved, so.feeDelta, so.expectedApprovals, so.approvals, id],
    );
  }

  private async end(id: string, status: 'done' | 'failed'): Promise<void> {
    await this.em
      .fork()
      .execute(`update replay set status = ?, done_at = clock_now() where id = ? and status = 'running'`, [status, id]);
  }
}

const counted = (so: Shift, rows: readonly Row[], rules: Ruleset): Shift =>
  rows.reduce((sums, row) => shifted(sums, pastOf(row), rules), so);
