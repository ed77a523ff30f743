import { describe, expect, it } from 'vitest';
import { advanceClockTo, clockOffsetMs, now } from './clock.js';

describe('the clock', () => {
  it('is the machine’s until it is moved, and then ahead of it', () => {
    expect(clockOffsetMs()).toBe(0);
    expect(Math.abs(now().getTime() - Date.now())).toBeLessThan(1_000);
    advanceClockTo(3_600_000);
    expect(clockOffsetMs()).toBe(3_600_000);
    expect(Math.abs(now().getTime() - Date.now() - 3_600_000)).toBeLessThan(1_000);
  });

  it('never goes backwards', () => {
    advanceClockTo(7_200_000);
    advanceClockTo(1_000);
    expect(clockOffsetMs()).toBe(7_200_000);
  });
});
