import { MikroORM, PostgreSqlConnection } from '@mikro-orm/postgresql';
import { Controller, Get, Header, Logger } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';
import { Public } from '@libs/kernel/caller.js';
import { pause, timer } from '@libs/kernel/timer.js';
import { said } from '@libs/kernel/work.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { cents, toJson } from '@libs/money/cents.js';
import { help, readFigures } from './figures.js';

/** Reading it costs what was posted since the last snapshot: once a minute is enough for a number that is 0. */
const sumEveryMs = 60_000;
const patienceMs = 2_000;

collectDefaultMetrics();
const requests = new Histogram({
  name: 'trilho_request_seconds',
  help: 'Requests by route and status',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});
const gauge = (name: string, text: string): Gauge => new Gauge({ name: `trilho_${name}`, help: text });
const figures = new Map(Object.entries(help).map(([name, text]) => [name, gauge(name, text)]));
const databaseUp = gauge(
  'database_up',
  'Whether the database has answered this scrape: if not, its figures are missing',
);
const ledgerSum = gauge(
  'ledger_sum',
  'All addresses of the ledger added up, as it was at most a minute ago: not 0 is broken',
);
const pool = new Gauge({ name: 'trilho_pool', help: 'Database connections of this process', labelNames: ['state'] });

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
  private readonly log = new Logger('metrics');
  private sumDue = timer(0);

  constructor(
    private readonly orm: MikroORM,
    private readonly ledger: Ledger,
  ) {}

  @Get()
  @Header('Content-Type', register.contentType)
  metrics(): Promise<string> {
    return this.scrape();
  }

  /** Without the database what this process knows of itself is still told: then it is wanted most. */
  private async scrape(): Promise<string> {
    try {
      const late = pause(patienceMs).then(() => Promise.reject(new Error(`no answer within ${patienceMs} ms`)));
      await Promise.race([this.ask(), late]);
      databaseUp.set(1);
    } catch (error) {
      this.log.warn(`the database did not answer a scrape: ${said(error)}`);
      databaseUp.set(0);
      for (const it of [...figures.values(), ledgerSum]) it.remove();
      this.sumDue = timer(0);
    }
    await this.connections();
    return register.metrics();
  }

  private async ask(): Promise<void> {
    const em = this.orm.em.fork();
    for (const [name, value] of Object.entries(await readFigures(em))) figures.get(name)!.set(value);
    if (this.sumDue() > 0) return;
    this.sumDue = timer(sumEveryMs);
    ledgerSum.set(toJson(cents(await this.ledger.total(em))));
  }

  private async connections(): Promise<void> {
    const connection = this.orm.em.getConnection();
    if (!(connection instanceof PostgreSqlConnection)) return;
    const { totalCount, idleCount, waitingCount, options } = await connection.getNativeClient();
    pool.set({ state: 'used' }, totalCount - idleCount);
    pool.set({ state: 'idle' }, idleCount);
    pool.set({ state: 'waiting' }, waitingCount);
    pool.set({ state: 'most' }, options.max);
  }
}
