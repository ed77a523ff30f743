import { EntityManager } from '@mikro-orm/postgresql';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';
import { Public } from '@libs/kernel/caller.js';
import { Ledger } from '@libs/ledger/ledger.service.js';

collectDefaultMetrics();
const requests = new Histogram({
  name: 'trilho_request_seconds',
  help: 'Requests by route and status',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});
const figures = new Gauge({ name: 'trilho_now', help: 'What waits now, by kind', labelNames: ['what'] });
const attempts = new Gauge({
  name: 'trilho_attempts',
  help: 'Provider calls of the last hour',
  labelNames: ['provider', 'operation', 'state'],
});

/** Times every request that found a route. */
export function countRequests(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', async (request, reply) => {
      const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode };
      requests.observe(labels, reply.elapsedTime / 1_000);
    });
}

/** Prometheus reads this. The edge lets in loopback and administrators' keys. */
@ApiExcludeController()
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly em: EntityManager,
    private readonly ledger: Ledger,
  ) {}

  @Get()
  @Header('Content-Type', register.contentType)
  async metrics(): Promise<string> {
    const em = this.em.fork();
    const [now] = await em.execute<Record<string, string>[]>(
      `select (select count(*) from attempt where state in ('sent', 'unknown')) as undecided,
         (select count(*) from attempt where parked_at is not null) as parked,
         (select count(*) from outbox where relayed_at is null) as outbox,
         (select count(*) from job where done_at is null and run_at <= clock_now()) as jobs_due,
         (select coalesce(extract(epoch from clock_now() - min(run_at)), 0) from job
           where done_at is null and run_at <= clock_now()) as job_lag_seconds,
         (select count(*) from movement where state = 'suspense') as suspense`,
    );
    for (const [what, value] of Object.entries(now!)) figures.set({ what }, Number(value));
    figures.set({ what: 'ledger_unbalanced' }, (await this.ledger.total(em)) === 0n ? 0 : 1);
    const rows = await em.execute<{ provider: string; operation: string; state: string; count: string }[]>(
      `select provider, operation, state, count(*) from attempt
       where created_at > clock_now() - interval '1 hour' group by 1, 2, 3`,
    );
    attempts.reset();
    for (const { count, ...labels } of rows) attempts.set(labels, Number(count));
    return register.metrics();
  }
}
