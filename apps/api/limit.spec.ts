import { describe, expect, it } from 'vitest';
import { Limiter } from './limit.js';

describe('the limiter', () => {
  it('lets as many through as a window allows, for each key by itself, and again in the next', () => {
    let ms = 0;
    const limiter = new Limiter(2, () => ms);
    const take = (key: string): boolean => limiter.take(key).allowed;
    expect([take('a'), take('a'), take('a'), take('b')]).toEqual([true, true, false, true]);
    ms = 9_999;
    expect(take('a')).toBe(false);
    ms = 10_000;
    expect(take('a')).toBe(true);
  });

  it('says what is left and for how long', () => {
    let ms = 3_500;
    const limiter = new Limiter(2, () => ms);
    expect(limiter.take('a')).toEqual({ allowed: true, limit: 2, remaining: 1, resetSeconds: 7 });
    ms = 9_999;
    limiter.take('a');
    expect(limiter.take('a')).toEqual({ allowed: false, limit: 2, remaining: 0, resetSeconds: 1 });
  });
});
