import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Runner } from '@libs/kernel/runner.js';
import { until } from '@test/support/context.js';
import { active, add, done, rows, seen, Workers } from '@test/support/queue.js';
import { prepareRedis, redisInstalled, type TestRedis } from '@test/support/redis.js';
import { queueSuite } from './queue.suite.js';

const suite = redisInstalled ? describe : describe.skip;
suite(`the queue, run by bull${redisInstalled ? '' : ' (skipped: there is no redis-server here)'}`, () => {
  let redis: TestRedis;
  let workers: Workers;
  beforeAll(async () => {
    redis = await prepareRedis();
    await redis.start();
  });
  beforeEach(async () => {
    workers = await Workers.open(redis);
  });
  afterEach(() => workers.close());
  afterAll(() => redis.kill());

  queueSuite(() => workers);

  it('loses nothing when Redis forgets everything', async () => {
    const at = await workers.worker();
    await add(at, 'probe.note', { note: 'first', takesMs: 300 });
    await until(() => active.get('first') === 1);
    await redis.ask('FLUSHALL');
    await add(at, 'probe.note', { note: 'second' });
    await until(async () => (await rows(at, 'probe.note')).every((row) => row.done));
    expect(seen.overlapped).toBe(0);
  });

  it('loses nothing when Redis dies, and goes on when it is back', async () => {
    const at = await workers.worker();
    await add(at, 'probe.note', { note: 'under way', takesMs: 1_000 });
    await until(() => active.get('under way') === 1);
    await redis.kill();
    await add(at, 'probe.note', { note: 'meanwhile' });
    await until(() => done.includes('under way'));
    await sleep(500);
    expect(done).not.toContain('meanwhile');
    await redis.start();
    await until(async () => (await rows(at, 'probe.note')).every((row) => row.done), 15_000);
    expect(done.filter((it) => it !== 'period')).toEqual(['under way', 'meanwhile']);
  });

  it('starts without Redis, and works as soon as there is one', async () => {
    await redis.kill();
    const at = await workers.worker();
    await add(at, 'probe.note', { note: 'waits' });
    await sleep(700);
    expect(done).toEqual([]);
    await redis.start();
    await until(() => done.includes('waits'), 15_000);
  });

  it('stops without Redis', async () => {
    const at = await workers.worker();
    await redis.kill();
    const start = performance.now();
    await at.get(Runner).stop();
    expect(performance.now() - start).toBeLessThan(8_000);
    await redis.start();
  });
});
