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

  it('looks up once for those who come meanwhile, and not for those who come after a change', async () => {
    const cache = new Cache<number>(60_000);
    const found = Promise.withResolvers<number>();
    const early = [cache.get('a', () => found.promise), cache.get('a', async () => 9)];
    cache.clear();
    const late = cache.get('a', async () => 2);
    found.resolve(1);
    expect(await Promise.all([...early, late])).toEqual([1, 1, 2]);
    expect(await cache.get('a', async () => 3)).toBe(2);
  });

  it('keeps no failure', async () => {
    const cache = new Cache<number>(60_000);
    const lost = (): Promise<number> => Promise.reject(new Error('lost'));
    await expect(Promise.all([cache.get('a', lost), cache.get('a', lost)])).rejects.toThrow('lost');
    expect(await cache.get('a', async () => 1)).toBe(1);
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
