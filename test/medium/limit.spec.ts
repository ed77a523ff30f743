import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SharedLimiter } from '@apps/api/limit.shared.js';
import { until } from '@test/support/context.js';
import { callEdge, startEdge } from '@test/support/edge.js';
import { prepareRedis, redisInstalled, type TestRedis } from '@test/support/redis.js';

const does = redisInstalled ? it : it.skip;

describe(`rate limits over processes${redisInstalled ? '' : ' (skipped: there is no redis-server here)'}`, () => {
  let redis: TestRedis;
  let apps: readonly NestFastifyApplication[];
  beforeAll(async () => {
    redis = await prepareRedis();
    if (!redisInstalled) return;
    await redis.start();
    apps = [await startEdge(5, redis.url), await startEdge(5, redis.url)];
  });
  afterAll(async () => {
    for (const app of apps ?? []) await app.close();
    await redis.kill();
  });

  const statuses = async (turns: readonly number[]): Promise<number[]> => {
    const told: number[] = [];
    for (const turn of turns) told.push((await callEdge(apps[turn]!, '/pix', { method: 'GET' })).status);
    return told;
  };
  const limiters = (n: number, limit: number): SharedLimiter[] =>
    Array.from({ length: n }, () => new SharedLimiter(redis.url, limit));

  does('are one limit, whichever process is asked', async () => {
    // Where Redis is late each process counts for itself, as on a busy machine now and then: then it is asked anew.
    await until(async () => {
      await redis.ask('FLUSHALL');
      return String(await statuses([0, 1, 0, 1, 0, 1, 0])) === '200,200,200,200,200,429,429';
    });
    const { headers } = await callEdge(apps[1]!, '/pix', { method: 'GET' });
    expect(headers).toMatchObject({
      'ratelimit-policy': '"default";q=5;w=10',
      ratelimit: expect.stringMatching(/;r=0;t=\d+$/),
    });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await callEdge(apps[0]!, '/pix', { method: 'GET', key: 'ro' })).status).toBe(200);
  });

  does('count exactly under many at once, and begin again when the window is over', async () => {
    const [a, b] = limiters(2, 50);
    const answers = await Promise.all(Array.from({ length: 120 }, (_, n) => (n % 2 ? a! : b!).take('crowd')));
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(50);
    expect(await redis.ask('PTTL trilho:limit:crowd')).toMatch(/^:\d{3,5}\r\n$/);
    await redis.ask('PEXPIRE trilho:limit:crowd 1');
    await until(async () => (await a!.take('crowd')).allowed);
    for (const it of [a!, b!]) it.close();
  });

  does('are counted by each process for itself while Redis is away, and nobody waits for it', async () => {
    const [a, b] = limiters(2, 3);
    await a!.take('lonely');
    await redis.kill();
    const began = performance.now();
    const told = [];
    for (let n = 0; n < 4; n += 1) told.push((await a!.take('lonely')).allowed, (await b!.take('lonely')).allowed);
    expect(told.slice(0, 2)).toEqual([true, true]);
    expect(told.slice(-2)).toEqual([false, false]);
    expect(performance.now() - began).toBeLessThan(5_000);
    await redis.start();
    await until(async () => {
      await a!.take('lonely');
      return (await redis.ask('EXISTS trilho:limit:lonely')) === ':1\r\n';
    });
    for (const it of [a!, b!]) it.close();
  });
});
