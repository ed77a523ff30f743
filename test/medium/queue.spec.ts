import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { JobSchema } from '@libs/kernel/job.entity.js';
import { type JobView, OnJob, OnTick, Queue } from '@libs/kernel/queue.js';
import { Runner } from '@libs/kernel/runner.js';
import { tx } from '@libs/kernel/transaction.js';
import { emOf, startContext, until } from '@test/support/context.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';
import { prepareRedis, redisInstalled, type TestRedis } from '@test/support/redis.js';

const done: string[] = [];
const active = new Map<string, number>();
let overlapped = 0;

/** Handlers that write down what happened to them, over all workers of this file. */
@Injectable()
class Probe {
  @OnJob('probe.note')
  async note({ payload }: JobView): Promise<void> {
    const name = String(payload['note']);
    active.set(name, (active.get(name) ?? 0) + 1);
    if (active.get(name)! > 1) overlapped += 1;
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

  @OnJob('probe.period', { everyMs: 700 })
  period(): Promise<void> {
    done.push('period');
    return Promise.resolve();
  }

  @OnTick()
  tick(): Promise<number> {
    return Promise.reject(new Error('a tick that fails'));
  }
}

const engines = [
  { engine: 'poll', installed: true },
  { engine: 'bull', installed: redisInstalled },
];

for (const { engine, installed } of engines) {
  const does = installed ? it : it.skip;
  describe(`the queue, run by ${engine}${installed ? '' : ' (skipped: there is no redis-server here)'}`, () => {
    let database: TestDatabase;
    let redis: TestRedis | undefined;
    let contexts: INestApplicationContext[] = [];

    const context = async (): Promise<INestApplicationContext> => {
      const env: Record<string, string> = redis ? { REDIS_URL: redis.url } : {};
      const made = await startContext({ databaseUrl: database.url, entities: [JobSchema], providers: [Probe], env });
      contexts.push(made);
      return made;
    };
    const worker = async (): Promise<INestApplicationContext> => {
      const made = await context();
      await made.get(Runner).start();
      return made;
    };
    const add = (at: INestApplicationContext, name: string, payload: Record<string, unknown> = {}, afterMs = 0) =>
      tx(emOf(at), (em) => at.get(Queue).add(em, [{ name, payload, afterMs }]));
    const rows = (at: INestApplicationContext, name: string) =>
      emOf(at).execute<{ tries: number; last_error: string | null; done: boolean }[]>(
        'select tries, last_error, done_at is not null as done from job where name = ? order by id',
        [name],
      );

    beforeAll(async () => {
      if (engine === 'bull' && installed) redis = await prepareRedis();
      await redis?.start();
    });
    beforeEach(async () => {
      database = await cloneDatabase();
      await redis?.ask('FLUSHALL');
      done.length = 0;
      active.clear();
      overlapped = 0;
    });
    afterEach(async () => {
      await Promise.all(contexts.map((it) => it.close()));
      contexts = [];
      await database.drop();
    });
    afterAll(() => redis?.kill());

    does('does a job once its transaction has committed, and ends its row', async () => {
      const at = await worker();
      await add(at, 'probe.note', { note: 'a' });
      await until(() => done.includes('a'));
      await until(async () => (await rows(at, 'probe.note'))[0]!.done);
      const failing = tx(emOf(at), async (em) => {
        await at.get(Queue).add(em, [{ name: 'probe.note', payload: { note: 'b' } }]);
        throw new Error('rolled back');
      });
      await expect(failing).rejects.toThrow('rolled back');
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(done.filter((it) => it !== 'period')).toEqual(['a']);
    });

    does('runs a job again when it asks for it, as no error', async () => {
      const at = await worker();
      await add(at, 'probe.again');
      await until(async () => (await rows(at, 'probe.again'))[0]!.done);
      expect(done.filter((it) => it.startsWith('again'))).toEqual(['again 1', 'again 2', 'again 3']);
    });

    does('keeps what went wrong, without secrets, and tries again after a pause', async () => {
      const at = await worker();
      const start = performance.now();
      await add(at, 'probe.fail');
      await until(async () => (await rows(at, 'probe.fail'))[0]!.last_error !== null);
      const [{ last_error: error } = { last_error: '' }] = await rows(at, 'probe.fail');
      expect(error).toContain('refused');
      expect(error).not.toContain('hunter2');
      expect(error!.length).toBeLessThanOrEqual(500);
      await until(() => done.includes('fail 2'));
      expect(performance.now() - start).toBeGreaterThan(950);
    });

    does('does every job once, whatever the number of workers', async () => {
      const one = await worker();
      await Promise.all([worker(), worker()]);
      const notes = Array.from({ length: 150 }, (_, i) => `n${i}`);
      await tx(emOf(one), (em) =>
        one.get(Queue).add(
          em,
          notes.map((note) => ({ name: 'probe.note', payload: { note, takesMs: 5 } })),
        ),
      );
      await until(async () => (await rows(one, 'probe.note')).every((row) => row.done), 20_000);
      expect(done.filter((it) => it !== 'period').toSorted()).toEqual(notes.toSorted());
      expect(overlapped).toBe(0);
    });

    does('gives a row to another when the lease of a dead worker has run out', async () => {
      const at = await context();
      await add(at, 'probe.note', { note: 'left' });
      await emOf(at).execute(`update job set tries = 1, leased_until = clock_now() + interval '1 second'`);
      await at.get(Runner).start();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(done).not.toContain('left');
      await until(() => done.includes('left'));
      await until(async () => (await rows(at, 'probe.note'))[0]!.done);
      expect((await rows(at, 'probe.note'))[0]!.tries).toBe(2);
    });

    does('keeps the lease of work that lasts longer than one', async () => {
      const one = await worker();
      await worker();
      await add(one, 'probe.note', { note: 'long', takesMs: 3_200 });
      await until(async () => (await rows(one, 'probe.note'))[0]!.done);
      expect(overlapped).toBe(0);
      expect(done.filter((it) => it === 'long')).toEqual(['long']);
    });

    does('does periodic work once per period, whatever the number of workers', async () => {
      const one = await worker();
      await worker();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const periods = await emOf(one).execute(`select 1 from job where name = 'probe.period'`);
      expect(periods.length).toBeGreaterThanOrEqual(3);
      expect(periods.length).toBeLessThanOrEqual(4);
      expect(done.filter((it) => it === 'period').length).toBeLessThanOrEqual(periods.length);
    });

    does('finishes what runs before it stops, and begins nothing more', async () => {
      const at = await worker();
      await add(at, 'probe.note', { note: 'last', takesMs: 800 });
      await until(() => active.get('last') === 1);
      const stopping = at.get(Runner).stop();
      await add(at, 'probe.note', { note: 'too late' });
      await stopping;
      expect(done).toContain('last');
      expect((await rows(at, 'probe.note'))[0]!.done).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(done).not.toContain('too late');
    });

    does('runs what a jump of the clock makes due, within five seconds', async () => {
      const at = await worker();
      await add(at, 'probe.note', { note: 'tomorrow' }, 86_400_000);
      await emOf(at).execute(
        `create or replace function clock_now() returns timestamptz language sql stable parallel safe
         as $$ select now() + interval '25 hours' $$`,
      );
      await until(() => done.includes('tomorrow'), 5_000);
    });

    does('goes on when the database has thrown it out', async () => {
      const at = await worker();
      await add(at, 'probe.note', { note: 'before' });
      await until(() => done.includes('before'));
      await emOf(at)
        .execute(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => {});
      await until(() =>
        add(at, 'probe.note', { note: 'after' }).then(
          () => true,
          () => false,
        ),
      );
      await until(() => done.includes('after'));
    });

    does('refuses a name without a handler, and to start where such a row waits', async () => {
      const at = await context();
      await expect(add(at, 'probe.nobody')).rejects.toThrow('the job probe.nobody has no handler');
      await emOf(at).execute(`insert into job (name) values ('probe.gone')`);
      await expect(at.get(Runner).start()).rejects.toThrow('probe.gone');
    });

    if (engine === 'bull') {
      does('loses nothing when Redis forgets everything', async () => {
        const at = await worker();
        await add(at, 'probe.note', { note: 'first', takesMs: 300 });
        await until(() => active.get('first') === 1);
        await redis!.ask('FLUSHALL');
        await add(at, 'probe.note', { note: 'second' });
        await until(async () => (await rows(at, 'probe.note')).every((row) => row.done));
        expect(overlapped).toBe(0);
      });

      does('loses nothing when Redis dies, and goes on when it is back', async () => {
        const at = await worker();
        await add(at, 'probe.note', { note: 'under way', takesMs: 1_000 });
        await until(() => active.get('under way') === 1);
        await redis!.kill();
        await add(at, 'probe.note', { note: 'meanwhile' });
        await until(() => done.includes('under way'));
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(done).not.toContain('meanwhile');
        await redis!.start();
        await until(async () => (await rows(at, 'probe.note')).every((row) => row.done), 15_000);
        expect(done.filter((it) => it !== 'period')).toEqual(['under way', 'meanwhile']);
      });

      does('starts without Redis, and works as soon as there is one', async () => {
        await redis!.kill();
        const at = await worker();
        await add(at, 'probe.note', { note: 'waits' });
        await new Promise((resolve) => setTimeout(resolve, 700));
        expect(done).toEqual([]);
        await redis!.start();
        await until(() => done.includes('waits'), 15_000);
      });

      does('stops without Redis', async () => {
        const at = await worker();
        await redis!.kill();
        const start = performance.now();
        await at.get(Runner).stop();
        expect(performance.now() - start).toBeLessThan(8_000);
        await redis!.start();
      });
    }
  });
}
