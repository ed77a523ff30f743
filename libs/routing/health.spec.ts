import { describe, expect, it } from 'vitest';
import { advanceClockTo, clockOffsetMs, now } from '@libs/kernel/clock.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { Health } from './health.js';

const refused: Outcome = { kind: 'unsent', why: 'refused', message: '' };
const timeout: Outcome = { kind: 'unknown', why: 'timeout', message: '' };
const declined: Outcome = { kind: 'declined', code: 'card_declined', message: '' };
const later = (ms: number): void => advanceClockTo(clockOffsetMs() + ms);

const a = { credential: 'a' };
/** A call from its beginning to its end. */
const call = (health: Health, outcome: Outcome): void => health.note(health.admit('a')!, outcome);
const tripped = (): Health => {
  const health = new Health();
  for (let i = 0; i < 5; i += 1) call(health, i % 2 === 0 ? refused : timeout);
  return health;
};

describe('a breaker', () => {
  it('opens after failures in a row, of its own account alone, and half-opens by itself', () => {
    const health = new Health();
    for (let i = 0; i < 4; i += 1) call(health, refused);
    call(health, declined); // it answers: it is well
    for (let i = 0; i < 4; i += 1) call(health, refused);
    expect([health.state('a').breaker, health.tripped().size]).toEqual(['closed', 0]);
    call(health, refused);
    expect([health.state('a').breaker, health.state('b').breaker]).toEqual(['open', 'closed']);
    expect(health.tripped().get('a')!.getTime()).toBeGreaterThan(now().getTime());
    later(10_001);
    expect([health.state('a').breaker, health.tripped().size]).toEqual(['half_open', 0]);
  });

  it('lets one try through at a time', () => {
    const health = tripped();
    later(10_001);
    const tried = health.admit('a');
    expect([tried, health.admit('a'), health.admit('b')]).toEqual([a, undefined, { credential: 'b' }]);
    health.note(tried!, refused);
    expect([health.state('a').breaker, health.admit('a')]).toEqual(['open', a]);
  });

  it('closes with the first answer', () => {
    const health = tripped();
    call(health, declined);
    expect([health.state('a').breaker, health.admit('a'), health.admit('a')]).toEqual(['closed', a, a]);
  });

  it.each([
    ['fails', refused],
    ['succeeds', declined],
  ])('minds no call that began before it opened: one that %s frees no second try', (_, outcome) => {
    const health = new Health();
    const old = health.admit('a')!;
    for (let i = 0; i < 5; i += 1) call(health, refused);
    later(10_001);
    const tried = health.admit('a')!;
    const before = health.state('a');
    health.note(old, outcome);
    expect([health.state('a'), health.admit('a')]).toEqual([before, undefined]);
    health.note(tried, declined);
    expect(health.state('a').breaker).toBe('closed');
  });
});
