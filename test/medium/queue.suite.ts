import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Queue } from '@libs/kernel/queue.js';
import { Runner } from '@libs/kernel/runner.js';
import { tx } from '@libs/kernel/transaction.js';
import { emOf, until } from '@test/support/context.js';
import { active, add, done, periodMs, rows, seen, type Workers } from '@test/support/queue.js';

const times = (name: string): number => done.filter((it) => it === name).length;

/** What every queue does, whoever carries its jobs. */
export function queueSuite(workers: () => Workers): void {
  doesJobs(workers);
  sharesJobs(workers);
  livesOn(workers);
}

function doesJobs(workers: () => Workers): void {
  it('does a job once its transaction has committed, and ends its row', async () => {
    const at = await workers().worker();
    await add(at, 'probe.note', { note: 'a' });
    await until(() => done.includes('a'));
    await until(async () => (await rows(at, 'probe.note'))[0]!.done);
    const failing = tx(emOf(at), async (em) => {
      await at.get(Queue).add(em, [{ name: 'probe.note', payload: { note: 'b' } }]);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await sleep(400);
    expect(done.filter((it) => it !== 'period')).toEqual(['a']);
  });

  it('runs a job again when it asks for it, as no error', async () => {
    const at = await workers().worker();
    await add(at, 'probe.again');
    await until(async () => (await rows(at, 'probe.again'))[0]!.done);
    expect(done.filter((it) => it.startsWith('again'))).toEqual(['again 1', 'again 2', 'again 3']);
  });

  it('keeps what went wrong, without secrets, and tries again after a pause', async () => {
    const at = await workers().worker();
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
}

function sharesJobs(workers: () => Workers): void {
  it('does every job once, whatever the number of workers', async () => {
    const one = await workers().worker();
    await Promise.all([workers().worker(), workers().worker()]);
    const notes = Array.from({ length: 150 }, (_, i) => `n${i}`);
    await tx(emOf(one), (em) =>
      one.get(Queue).add(
        em,
        notes.map((note) => ({ name: 'probe.note', payload: { note, takesMs: 5 } })),
      ),
    );
    await until(async () => (await rows(one, 'probe.note')).every((row) => row.done), 20_000);
    expect(done.filter((it) => it !== 'period').toSorted()).toEqual(notes.toSorted());
    expect(seen.overlapped).toBe(0);
  });

  it('gives a row to another when the lease of a dead worker has run out', async () => {
    const at = await workers().context();
    await add(at, 'probe.note', { note: 'left' });
    await emOf(at).execute(`update job set tries = 1, leased_until = clock_now() + interval '800 milliseconds'`);
    await at.get(Runner).start();
    await sleep(400);
    expect(done).not.toContain('left');
    await until(() => done.includes('left'));
    await until(async () => (await rows(at, 'probe.note'))[0]!.done);
    expect((await rows(at, 'probe.note'))[0]!.tries).toBe(2);
  });

  it('keeps the lease of work that lasts longer than one', async () => {
    const lease = { JOB_LEASE_MS: '1500' };
    const [one] = await Promise.all([workers().worker(lease), workers().worker(lease)]);
    await add(one, 'probe.note', { note: 'long', takesMs: 2_500 });
    await until(async () => (await rows(one, 'probe.note'))[0]!.done);
    expect(seen.overlapped).toBe(0);
    expect(times('long')).toBe(1);
  });

  it('does periodic work once per period, whatever the number of workers', async () => {
    const begun = performance.now();
    const [one] = await Promise.all([workers().worker(), workers().worker()]);
    await until(() => times('period') >= 3);
    const periods = (await rows(one, 'probe.period')).length;
    expect(times('period')).toBeLessThanOrEqual(periods);
    expect(periods).toBeLessThanOrEqual((performance.now() - begun) / periodMs + 2);
  });
}

function livesOn(workers: () => Workers): void {
  it('finishes what runs before it stops, and begins nothing more', async () => {
    const at = await workers().worker();
    await add(at, 'probe.note', { note: 'last', takesMs: 500 });
    await until(() => active.get('last') === 1);
    const stopping = at.get(Runner).stop();
    await add(at, 'probe.note', { note: 'too late' });
    await stopping;
    expect(done).toContain('last');
    expect((await rows(at, 'probe.note'))[0]!.done).toBe(true);
    await sleep(300);
    expect(done).not.toContain('too late');
  });

  it('runs what a jump of the clock makes due, within five seconds', async () => {
    const at = await workers().worker();
    await add(at, 'probe.note', { note: 'tomorrow' }, 86_400_000);
    await emOf(at).execute(
      `create or replace function clock_now() returns timestamptz language sql stable parallel safe
       as $$ select now() + interval '25 hours' $$`,
    );
    await until(() => done.includes('tomorrow'), 5_000);
  });

  it('goes on when the database has thrown it out', async () => {
    const at = await workers().worker();
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

  it('refuses a name without a handler, and to start where such a row waits', async () => {
    const at = await workers().context();
    await expect(add(at, 'probe.nobody')).rejects.toThrow('the job probe.nobody has no handler');
    await emOf(at).execute(`insert into job (name) values ('probe.gone')`);
    await expect(at.get(Runner).start()).rejects.toThrow('probe.gone');
  });
}
