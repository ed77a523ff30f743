import { Logger } from '@nestjs/common';
import Bull from 'bull';
import type { Lease, Leases } from './leases.js';
import { pause } from './timer.js';
import { concurrency, type Engine, said, type Work } from './work.js';

/** What Redis carries: which lease of which row. Everything else is read from the row when the work begins. */
interface Ticket {
  readonly id: string;
  readonly tries: number;
}

export const bullName = 'trilho';
const waitingAtMost = 50;
const answerMs = 2_000;

/** Options of every Bull queue of ours. Commands fail soon while Redis is away, connections are tried for ever. */
export function bullOptions(redisUrl: string, leaseMs: number): Bull.QueueOptions {
  const url = new URL(redisUrl);
  return {
    redis: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 6379),
      username: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password) || undefined,
      db: Number(url.pathname.slice(1) || 0),
      tls: url.protocol === 'rediss:' ? {} : undefined,
      maxRetriesPerRequest: 1,
      disconnectTimeout: 500,
      retryStrategy: (times: number) => Math.min(times * 100, 2_000),
    },
    // A ticket whose worker died is dropped, never run again by Bull: the row's lease runs out and it gets a new one.
    settings: {
      lockDuration: leaseMs,
      stalledInterval: leaseMs,
      maxStalledCount: 0,
      retryProcessDelay: 500,
      drainDelay: 1,
    },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  };
}

/** With Redis: the rows are leased as without it, and Bull only carries the tickets to whichever worker is free. */
export class BullEngine implements Engine {
  private readonly log = new Logger('Jobs');
  private readonly bull: Bull.Queue<Ticket>;
  private away = false;
  private paused = false;

  constructor(
    private readonly work: Work,
    private readonly leases: Leases,
    redisUrl: string,
  ) {
    this.bull = new Bull<Ticket>(bullName, bullOptions(redisUrl, leases.leaseMs));
    this.bull.on('error', (error) => this.missed(error));
  }

  start(): void {
    const { client } = this.bull;
    client.on('ready', () => this.found());
    this.bull
      .process('*', concurrency, ({ data }) => this.begin(data))
      .catch((error: unknown) => {
        if (!this.paused) this.log.error(`Bull takes no jobs: ${said(error)}`);
      });
  }

  up(): boolean {
    return this.bull.client.status === 'ready';
  }

  async room(): Promise<number> {
    if (this.bull.client.status !== 'ready') {
      this.missed(new Error('not connected'));
      return 0;
    }
    try {
      return Math.max(0, waitingAtMost - (await soon(this.bull.getWaitingCount())));
    } catch (error) {
      this.missed(error);
      return 0;
    }
  }

  async carry(leases: readonly Lease[]): Promise<void> {
    await Promise.all(leases.map((lease) => this.add(lease)));
  }

  async pause(): Promise<void> {
    this.paused = true;
    await soon(this.bull.pause(true, true)).catch(() => {});
  }

  async close(): Promise<void> {
    // Bull reconnects while it closes: with Redis away it would go on trying for ever.
    const cut = (): void => {
      for (const client of this.bull.clients) if (client.status !== 'end') client.disconnect();
    };
    const closing = this.bull.close(true).then(cut, cut);
    await soon(closing).catch(() => {});
    cut();
  }

  private async add(lease: Lease): Promise<void> {
    const { id, name, tries } = lease;
    try {
      await soon(this.bull.add(name, { id, tries }, { jobId: `${id}:${tries}` }));
    } catch (error) {
      this.missed(error);
      await this.leases.release(lease);
    }
  }

  private async begin({ id, tries }: Ticket): Promise<void> {
    if (this.paused) return this.leases.release({ id, tries });
    if (this.work.running.has(id)) return;
    const lease = await this.leases.begin(id, tries);
    if (lease) await this.work.run(lease);
  }

  private missed(error: unknown): void {
    if (this.away || this.paused) return;
    this.away = true;
    this.log.error(`Redis does not answer: jobs wait in their rows. ${said(error)}`);
  }

  private found(): void {
    if (this.away) this.log.log('Redis answers again');
    this.away = false;
  }
}

/** A command to a Redis that hangs must not hold up the jobs' rows. */
async function soon<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return Promise.race([
    work,
    pause(answerMs).then(() => {
      throw new Error(`no answer within ${answerMs} ms`);
    }),
  ]);
}
