import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { said } from '@libs/kernel/work.js';
import { type Allowance, allowance, type Limit, Limiter, windowSeconds } from './limit.js';

/** The window of a key begins with its first request, so that no two clocks are compared. */
const count = `
  local n = redis.call('INCR', KEYS[1])
  if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return { n, redis.call('PTTL', KEYS[1]) }`;
const answerMs = 100;
const spareMs = 1_000;

/**
 * The limit counted in Redis over all processes. It protects others from one caller, it is no reason to turn
 * anybody away: while Redis does not answer each process counts for itself, and asks again after a second.
 */
export class SharedLimiter implements Limit {
  private readonly log = new Logger('limit');
  private readonly own: Limiter;
  private readonly redis: Redis;
  private away = false;
  private awayUntil = 0;

  constructor(
    redisUrl: string,
    private readonly limit: number,
  ) {
    this.own = new Limiter(limit);
    this.redis = new Redis(redisUrl, {
      commandTimeout: answerMs,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, spareMs),
    });
    // Told once by `missed`; unheard, the event would end the process.
    this.redis.on('error', () => undefined);
  }

  async take(key: string): Promise<Allowance> {
    if (performance.now() < this.awayUntil) return this.own.take(key);
    try {
      const windowMs = windowSeconds * 1_000;
      const [n, leftMs] = (await this.redis.eval(count, 1, `trilho:limit:${key}`, windowMs)) as [number, number];
      if (this.away) this.log.log('Redis answers again: requests are counted over all processes');
      this.away = false;
      return allowance(this.limit, n, leftMs / 1_000);
    } catch (error) {
      this.missed(error);
      return this.own.take(key);
    }
  }

  close(): void {
    this.redis.disconnect();
  }

  private missed(error: unknown): void {
    this.awayUntil = performance.now() + spareMs;
    if (!this.away) this.log.warn(`Redis does not answer: each process counts requests for itself. ${said(error)}`);
    this.away = true;
  }
}
