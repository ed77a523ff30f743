import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { OnJob } from './queue.js';

const batch = 5_000;

/** Removes rows of ended jobs: ordinary ones after 7 days, periodic ones after an hour, but never a name's newest. */
@Injectable()
export class CleanJob {
  constructor(private readonly em: EntityManager) {}

  @OnJob('jobs.clean', { everyMs: 3_600_000 })
  async clean(): Promise<void | { againMs: number }> {
    const rows = await this.em.fork().execute<unknown[]>(
      `delete from job where id in (
         select id from job
         where (period is null and done_at < clock_now() - interval '7 days')
            or (period is not null and done_at < clock_now() - interval '1 hour'
                and exists (select 1 from job newer where newer.name = job.name
                            and newer.period is not null and newer.id > job.id))
         limit ${batch}
       ) returning id`,
    );
    if (rows.length === batch) return { againMs: 0 };
  }
}
