import { describe, expect, it } from '@jest/globals';
import { advanceClockTo, clockOffsetMs, now } from '@libs/kernel/clock.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { Health } from './health.js';

const refused: Outcome = { kind: 'unsent', why: 'refused', message: '' };
const timeout: Outcome = { kind: 'unknown', why: 'timeout', message: '' };
const declined: Outcome = { kind: 'declined', code: 'card_declined', message: '' };
const later = (ms: number): void => advanceClockTo(clockOffsetMs() + ms);

const tripped = (): Health => {
  const health = new Health();
  for (let i = 0; i < 5; i += 1) health.note('a', i % 2 === 0 ? refused : timeout);
  return health;
};

describe('a breaker', () => {
  it('opens after failures in a row, of its own account alone, and half-opens by itself', () => {
    const health = new Health();
    for (let i = 0; i < 4; i += 1) health.note('a', refused);
    health.note('a', declined); // it answers: it is well
    for (let i = 0; i < 4; i += 1) health.note('a', refused);
    expect([health.state('a').breaker, health.tripped().size]).toEqual(['closed', 0]);
    health.note('a', refused);
    expect([health.state('a').breaker, health.state('b').breaker]).toEqual(['open', 'closed']);
    expect(health.tripped().get('a')!.getTime()).toBeGreaterThan(now().getTime());
    later(10_001);
    expect([health.state('a').breaker, health.tripped().size]).toEqual(['half_open', 0]);
  });

  it('lets one try through at a time', () => {
    const health = tripped();
    later(10_001);
    expect([health.admit('a'), health.admit('a'), health.admit('b')]).toEqual([true, false, true]);
    health.note('a', refused);
    expect([health.state('a').breaker, health.admit('a')]).toEqual(['open', true]);
  });

  it('closes with the first answer', () => {
    const health = tripped();
    expect(health.admit('a')).toBe(true);
    health.note('a', declined);
    expect([health.state('a').breaker, health.admit('a'), health.admit('a')]).toEqual(['closed', true, true]);
  });
});
