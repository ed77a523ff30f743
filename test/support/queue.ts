import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { JobSchema } from '@libs/kernel/job.entity.js';
import { type JobView, OnJob, OnTick, Queue } from '@libs/kernel/queue.js';
import { Runner } from '@libs/kernel/runner.js';
import { tx } from '@libs/kernel/transaction.js';
import { emOf, startContext } from './context.js';
import { cloneDatabase, type TestDatabase } from './database.js';
import type { TestRedis } from './redis.js';

/** What the handlers below have done, over all workers of a test. */
export const done: string[] = [];
export const active = new Map<string, number>();
export const seen = { overlapped: 0 };
export const periodMs = 700;

/** Handlers that write down what happened to them, over all workers of this file. */
@Injectable()
class Probe {
  @OnJob('probe.note')
  async note({ payload }: JobView): Promise<void> {
    const name = String(payload['note']);
    active.set(name, (active.get(name) ?? 0) + 1);
    if (active.get(name)! > 1) seen.overlapped += 1;
    await new Promise((resolve) => setTimeout(resolve, Number(payload['takesMs'] ?? 1)));
    active.set(name, active.get(name)! - 1);
    done.push(name);
  }

  @OnJob('probe.again')
  again({ tries }: JobView): Promise<void | { againMs: number }> {
    done.push(`again ${tries}`);
    return Promise.resolve(tries < 3 ? { againMs: 50 } : undefined);
  }

  @OnJob('probe.fail')
  fail({ tries }: JobView): Promise<void> {
    if (tries < 2) return Promise.reject(new Error('refused: {"password":"hunter2"} '.padEnd(900, '.')));
    done.push(`fail ${tries}`);
    return Promise.resolve();
  }

  @OnJob('probe.period', { everyMs: periodMs })
  period(): Promise<void> {
    done.push('period');
    return Promise.resolve();
  }

  @OnTick()
  tick(): Promise<number> {
    return Promise.reject(new Error('a tick that fails'));
  }
}

type Env = Readonly<Record<string, string>>;

/** Workers of one database, with Redis between them or without it. */
export class Workers {
  private contexts: INestApplicationContext[] = [];

  private constructor(
    private readonly database: TestDatabase,
    private readonly redis: TestRedis | undefined,
  ) {}

  static async open(redis: TestRedis | undefined): Promise<Workers> {
    await redis?.ask('FLUSHALL');
    done.length = 0;
    active.clear();
    seen.overlapped = 0;
    return new Workers(await cloneDatabase(), redis);
  }

  async close(): Promise<void> {
    await Promise.all(this.contexts.map((it) => it.close()));
    await this.database.drop();
  }

  /** One that has not begun yet. */
  async context(more: Env = {}): Promise<INestApplicationContext> {
    const env = { ...(this.redis ? { REDIS_URL: this.redis.url } : {}), ...more };
    const { url: databaseUrl } = this.database;
    const made = await startContext({ databaseUrl, entities: [JobSchema], providers: [Probe], env });
    this.contexts.push(made);
    return made;
  }

  async worker(more: Env = {}): Promise<INestApplicationContext> {
    const made = await this.context(more);
    await made.get(Runner).start();
    return made;
  }
}

export interface JobRow {
  readonly tries: number;
  readonly last_error: string | null;
  readonly done: boolean;
}
type Payload = Readonly<Record<string, unknown>>;

export const add = (at: INestApplicationContext, name: string, payload: Payload = {}, afterMs = 0): Promise<void> =>
  tx(emOf(at), (em) => at.get(Queue).add(em, [{ name, payload, afterMs }]));

export const rows = (at: INestApplicationContext, name: string): Promise<JobRow[]> =>
  emOf(at).execute<JobRow[]>(
    'select tries, last_error, done_at is not null as done from job where name = ? order by id',
    [name],
  );
