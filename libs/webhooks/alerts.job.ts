import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { OnJob } from '@libs/kernel/queue.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { post } from './sender.js';

/** So many of a kind are told, the oldest first: whoever has a thousand knows that something is wrong. */
const most = 1_000;
const perCall = 100;

/** One way in which an installation needs a person: rows of (kind, subject, detail). */
const seen = `
  (select 'attempt_parked', id::text, operation || ' at ' || provider || ': ' || coalesce(parked_why, '')
   from attempt where parked_at is not null order by parked_at, id limit ${most})
  union all
  (select 'attempt_unknown', id::text, operation || ' at ' || provider || ': nobody has known its outcome for an hour'
   from attempt where state in ('sent', 'unknown') and parked_at is null
     and created_at < clock_now() - interval '1 hour' order by created_at, id limit ${most})
  union all
  (select 'movement_suspense', row_id::text, kind || ' at ' || provider || ': money in suspense'
   from movement where state = 'suspense' and kind not in ('fee', 'banked') order by created_at, row_id limit ${most})
  union all
  (select 'callbacks_refused', id::text, provider || ': ' || callback_error
   from credential where retired_at is null and callback_error is not null
     and coalesce(callback_checked_at, created_at) < clock_now() - interval '10 minutes' limit ${most})
  union all
  (select 'ledger_broken', id::text, 'a verification of the ledger has found a bad posting'
   from (select id, ok from verification where ok is not null order by created_at desc, id desc limit 1) it
   where not ok)
  union all
  (select 'events_late', '', 'events have not been relayed for five minutes'
   where exists (select from outbox where relayed_at is null and created_at < clock_now() - interval '5 minutes'))
  union all
  (select 'jobs_late', '', 'jobs have been due for five minutes and nobody has begun them'
   where exists (select from job where done_at is null and run_at < clock_now() - interval '5 minutes'
     and (leased_until is null or leased_until < clock_now())))`;

/** What is there and was not is raised; what was and is not any more is over. The sum of the ledger is told by hand. */
const watch = `
  with seen (kind, subject, detail) as materialized (
    ${seen}
    union all select 'ledger_sum', '', 'the balances of all addresses do not add up to nothing' where ?
  ), ended as (
    update alert set over_at = clock_now() where over_at is null
      and not exists (select from seen where seen.kind = alert.kind and seen.subject = alert.subject)
  )
  insert into alert (kind, subject, detail) select kind, subject, left(detail, 500) from seen
  on conflict (kind, subject) where over_at is null do nothing`;

interface Open {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly detail: string;
  readonly since: string;
}

/**
 * Calls a person where the installation says whom: one signed call with everything that is open and was not taken yet,
 * every minute until it is answered with 2xx. What comes back after it was over is a new alert.
 */
@Injectable()
export class AlertsJob {
  private readonly log = new Logger('Alerts');

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly ledger: Ledger,
  ) {}

  @OnJob('alerts.watch', { everyMs: 60_000 })
  async watch(): Promise<void> {
    const to = this.config.alertTo;
    if (to === undefined) return;
    const em = this.em.fork();
    await em.execute(watch, [(await this.ledger.total(em)) !== 0n]);
    const open = await em.execute<Open[]>(
      `select id, kind, subject, detail, to_char(raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since
       from alert where over_at is null and acknowledged_at is null order by raised_at, id limit ${perCall}`,
    );
    if (open.length === 0) return;
    const ids = open.map(({ id }) => id);
    // The same as long as the same are told: whoever has taken them knows them again.
    const letter = { url: to.url, id: ids.at(-1)!, body: JSON.stringify({ alerts: open }), secrets: [to.secret] };
    const answer = await post(letter);
    const { status = 0 } = answer;
    if (status >= 200 && status < 300) {
      await em.execute('update alert set acknowledged_at = clock_now() where id in (?)', [ids]);
    } else {
      this.log.warn(`${open.length} alerts were not taken, they are told again: ${answer.status ?? answer.why}`);
    }
  }
}
