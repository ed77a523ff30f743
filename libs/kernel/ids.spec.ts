import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUuid, short, uuid } from './ids.js';

const back = (text: string): bigint => [...text].reduce((n, digit) => n * 36n + BigInt(Number.parseInt(digit, 36)), 0n);

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
        expect(back(short(id))).toBe(BigInt(`0x${id.replaceAll('-', '')}`));
      }),
    );
    expect(short('00000000-0000-0000-0000-000000000000')).toBe('0'.repeat(25));
    expect(short('ffffffff-ffff-ffff-ffff-ffffffffffff')).toHaveLength(25);
  });

  it('are told from other text', () => {
    for (const text of ['', 'x', `${uuid()}0`, uuid().replaceAll('-', ''), `{${uuid()}}`])
      expect(isUuid(text)).toBe(false);
    expect(isUuid(uuid().toUpperCase())).toBe(true);
  });
});
