import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { OnJob } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { ends } from './standing.js';

/**
 * One row for every address that moved since the last snapshot: what stood there, and the postings of all transactions
 * from that horizon up to this one. Below `pg_snapshot_xmin` nothing can still be committed, so a sum once taken never
 * changes. An hour has one horizon: who comes second in it, or with a clock put back, writes nothing.
 */
const snapshot = `
  with edge as materialized (
    select pg_snapshot_xmin(pg_current_snapshot()) as horizon, date_trunc('hour', clock_now(), 'UTC') as hour
  ), last as materialized (
    select horizon, hour from snapshot order by hour desc limit 1
  ), moved as (
    select p.mode, side.address, p.currency, sum(side.amount) as gained from posting p cross join ${ends}
    where p.transaction >= coalesce((select horizon from last), '0'::xid8)
      and p.transaction < (select horizon from edge)
    group by p.mode, side.address, p.currency
  )
  insert into snapshot (mode, address, currency, hour, horizon, balance)
  select moved.mode, moved.address, moved.currency, edge.hour, edge.horizon, coalesce(former.balance, 0) + moved.gained
  from moved cross join edge left join lateral (
    select s.balance from snapshot s
    where s.mode = moved.mode and s.address = moved.address and s.currency = moved.currency
    order by s.hour desc limit 1
  ) former on true
  where edge.hour > coalesce((select hour from last), '-infinity')`;

/** Takes the snapshot of this hour; answers how many addresses had moved. */
export const takeSnapshot = (em: Em): Promise<number> =>
  tx(em, async (em) => {
    // Two at once would both build on the same former one.
    await em.execute(`select pg_advisory_xact_lock(hashtext('ledger.snapshot'))`);
    const { affectedRows } = await em.execute<{ affectedRows: number }>(snapshot, [], 'run');
    return affectedRows;
  });

@Injectable()
export class SnapshotJob {
  constructor(private readonly em: EntityManager) {}

  @OnJob('ledger.snapshot', { everyMs: 3_600_000 })
  async take(): Promise<void> {
    await takeSnapshot(this.em);
  }
}
