import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { refusedField } from '@libs/kernel/fault.js';
import { Job } from '@libs/kernel/job.entity.js';
import type { Page } from '@libs/kernel/reply.js';
import type { Environment } from '@libs/routing/credential.entity.js';
import { Health } from '@libs/routing/health.js';
import { Statements } from '@libs/statements/statements.service.js';
import { JobItem, type JobsQuery, type JobState, type ProviderItem, type ProvidersView } from './operations.dto.js';
import { iso } from './shapes.js';

interface Figures {
  readonly id: string;
  readonly provider: string;
  readonly environment: Environment;
  readonly attempts: number;
  readonly unknown: number;
  readonly answered: number;
}
const figures = `
  select c.id, c.provider, c.environment, count(a.id)::int as attempts,
    count(a.id) filter (where a.state = 'unknown')::int as unknown,
    count(a.id) filter (where a.state in ('pending', 'succeeded', 'declined', 'orphan'))::int as answered
  from credential c
  left join attempt a on a.credential_id = c.id and a.created_at > clock_now() - interval '24 hours'
  where c.retired_at is null
  group by c.id order by c.provider, c.id`;

const state = `case when done_at is not null then 'done' when leased_until >= clock_now() then 'running'
  when last_error is not null then 'failed' else 'due' end`;

const cursor = (field: 'starting_after' | 'ending_before', id: string | undefined): string | null => {
  if (id === undefined || /^\d{1,18}$/.test(id)) return id ?? null;
  throw refusedField(field, 'invalid', 'Valor inválido.');
};

/** What an operator looks at first. */
@Injectable()
export class Operations {
  constructor(
    private readonly em: EntityManager,
    private readonly health: Health,
    private readonly statements: Statements,
  ) {}

  /** Every provider account in use: its breaker in this process, and its last 24 hours. */
  async providers(): Promise<ProvidersView> {
    const rows = await this.em.fork().execute<Figures[]>(figures);
    const read = await this.statements.latest([...new Set(rows.map((row) => row.provider))]);
    return { data: rows.map((row) => this.provider(row, read.get(row.id) ?? null)) };
  }

  /** Jobs, the newest first. @throws InvalidFault for a cursor that is no id of a job, or two of them. */
  async jobs(query: JobsQuery): Promise<Page<JobItem>> {
    const { limit, name } = query;
    const after = cursor('starting_after', query.starting_after);
    const before = cursor('ending_before', query.ending_before);
    if (after !== null && before !== null) throw refusedField('ending_before', 'invalid', 'Valor inválido.');
    const em = this.em.fork();
    const rows = await em.execute<{ id: string; state: JobState }[]>(
      `select id::text, state from (select *, ${state} as state from job) it
       where (?::bigint is null or id < ?) and (?::bigint is null or id > ?)
         and (?::text is null or name = ?) and (?::text is null or state = ?)
       order by id ${before === null ? 'desc' : 'asc'} limit ?`,
      [...[after, before, name ?? null, query.state ?? null].flatMap((it) => [it, it]), limit + 1],
    );
    const page = rows.slice(0, limit);
    const jobs = new Map((await em.find(Job, { id: { $in: page.map(({ id }) => id) } })).map((it) => [it.id, it]));
    const data = page.flatMap((row) => {
      const job = jobs.get(row.id);
      return job ? [JobItem.from(job, row.state)] : []; // cleaned away between the two questions
    });
    return { data: before === null ? data : data.toReversed(), hasMore: rows.length > limit };
  }

  private provider(row: Figures, statement: ProviderItem['statement']): ProviderItem {
    const { id, provider, environment, attempts, unknown, answered } = row;
    const { breaker, since: at } = this.health.state(id);
    const successRate = attempts === 0 ? null : answered / attempts;
    const since = iso(at);
    return { provider, credential: id, environment, breaker, since, successRate, attempts, unknown, statement };
  }
}
