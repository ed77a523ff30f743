import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { isUuid, long, rowOf, short, uuid } from './ids.js';

describe('ids', () => {
  it('are new and in the order of time', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      ids.push(uuid());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(Array.from({ length: 1000 }, uuid)).size).toBe(1000);
    expect(ids.every(isUuid)).toBe(true);
  });

  it('are written in 25 characters that no provider refuses, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(short(id)).toMatch(/^[0-9a-z]{25}$/);
        expect(long(short(id))).toBe(id);
        expect([rowOf(id), rowOf(short(id))]).toEqual([id, id]);
      }),
    );
    expect(short('00000000-0000-0000-0000-000000000000')).toBe('0'.repeat(25));
    expect(short('ffffffff-ffff-ffff-ffff-ffffffffffff')).toHaveLength(25);
  });

  it('are read back from nothing else', () => {
    const most = short('ffffffff-ffff-ffff-ffff-ffffffffffff');
    for (const text of ['', 'z'.repeat(25), `${most}0`, most.slice(1), most.toUpperCase(), `${most.slice(0, 24)}é`])
      expect([text, rowOf(text)]).toEqual([text, undefined]);
  });

  it('are told from other text', () => {
    for (const text of ['', 'x', `${uuid()}0`, uuid().replaceAll('-', ''), `{${uuid()}}`])
      expect(isUuid(text)).toBe(false);
    expect(isUuid(uuid().toUpperCase())).toBe(true);
  });
});
