import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { MissingFault } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { type JobView, OnJob, Queue } from '@libs/kernel/queue.js';
import { Reply } from '@libs/kernel/reply.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { checks, measure } from './checks.js';
import { VerificationBody } from './ledger.dto.js';
import { Verification } from './verification.entity.js';

const mostTries = 5;

/** Proves the whole ledger anew, as a job with progress: it stops at the first thing that is wrong. */
@Injectable()
export class LedgerVerification {
  constructor(
    private readonly em: EntityManager,
    private readonly queue: Queue,
  ) {}

  /** Asks for a run; it begins with the next turn of a worker. `claim` answers the run that the same wish has made. */
  open(claim: (em: Em, id: string) => Promise<string | undefined>): Promise<Reply<{ readonly id: string }>> {
    return tx(this.em, async (em) => {
      const id = uuid();
      const earlier = await claim(em, id);
      if (earlier !== undefined) return new Reply(202, { id: earlier }, true);
      await em.execute(`insert into verification (id, status) values (?, 'running')`, [id]);
      await this.queue.add(em, [{ name: 'ledger.verify', payload: { id } }]);
      return new Reply(202, { id });
    });
  }

  /** @throws MissingFault when there was no such run. */
  async find(id: string): Promise<VerificationBody> {
    const found = isUuid(id) ? await this.em.fork().findOne(Verification, { id }) : null;
    if (!found) throw new MissingFault('Verificação não encontrada.');
    return VerificationBody.from(found);
  }

  /** Begins anew when it is run again: what an earlier try has seen may have changed since. */
  @OnJob('ledger.verify')
  async run({ payload, tries }: JobView): Promise<void> {
    const id = String(payload['id']);
    try {
      await this.verify(id);
    } catch (error) {
      if (tries < mostTries) throw error;
      await this.end(id, 'failed');
    }
  }

  private async verify(id: string): Promise<void> {
    const em = this.em.fork();
    const { total, horizon } = await measure(em);
    let checked = 0;
    for (const { begin, check } of checks) {
      for (let after: string | undefined = begin; after !== undefined;) {
        const step = await check(em, after, horizon);
        checked += step.rows;
        await this.progress(id, checked, total);
        if (step.bad !== undefined) return this.end(id, 'done', step.bad);
        after = step.next;
      }
    }
    await this.end(id, 'done');
  }

  private async progress(id: string, checked: number, total: number): Promise<void> {
    // Snapshots and addresses may be added while it runs.
    const sql = `
      update verification set checked = ?, total = greatest(?::bigint, ?::bigint)
      where id = ? and status = 'running'`;
    await this.em.fork().execute(sql, [checked, checked, total, id]);
  }

  private async end(id: string, status: 'done' | 'failed', firstBad?: string): Promise<void> {
    const ok = status === 'failed' ? null : firstBad === undefined;
    const sql = `
      update verification set status = ?, ok = ?, first_bad = ?, done_at = clock_now()
      where id = ? and status = 'running'`;
    await this.em.fork().execute(sql, [status, ok, firstBad ?? null, id]);
  }
}
