import { describe, expect, it } from 'vitest';
import { Cache } from './cache.js';

describe('a short cache', () => {
  it('asks once while an entry lives, and again after it was cleared', async () => {
    const cache = new Cache<number>(60_000);
    let loads = 0;
    const get = (): Promise<number | undefined> => cache.get('a', async () => (loads += 1));
    expect([await get(), await get()]).toEqual([1, 1]);
    cache.clear();
    expect(await get()).toBe(2);
  });

  it('does not keep what is not there', async () => {
    const cache = new Cache<number>(60_000);
    expect(await cache.get('a', async () => undefined)).toBeUndefined();
    expect(await cache.get('a', async () => 1)).toBe(1);
  });

  it('counts the life of an entry from before its look-up', async () => {
    const cache = new Cache<number>(30);
    await cache.get('a', () => new Promise((resolve) => setTimeout(() => resolve(1), 40)));
    expect(await cache.get('a', async () => 2)).toBe(2);
  });
});
