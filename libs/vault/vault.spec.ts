import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decrypt, encrypt } from './cipher.js';
import { Hashes } from './hash.js';
import { parseMasterKey } from './master.js';

const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

describe('MASTER_KEY', () => {
  it('is one key, or a list with the newest first', () => {
    expect(parseMasterKey(one).map(({ version }) => version)).toEqual([1]);
    expect(parseMasterKey(`1:${one}, 2:${two}`).map(({ version }) => version)).toEqual([2, 1]);
  });

  it('is named when it is bad, and never shown', () => {
    const short = randomBytes(31).toString('base64');
    for (const bad of ['', short, `${one},${two}`, `2:${one},2:${two}`, `x:${one}`, `${one}A`, 'not base64 at all!']) {
      const refuse = (): unknown => parseMasterKey(bad);
      expect(refuse).toThrow(/^MASTER_KEY: /);
      if (bad !== '') expect(refuse).not.toThrow(bad);
    }
  });
});

describe('sealing', () => {
  it('opens with the same key and purpose only, and never looks the same twice', () => {
    const key = randomBytes(32);
    const sealed = encrypt(key, Buffer.from('segredo'), 'a');
    expect(decrypt(key, sealed, 'a').toString()).toBe('segredo');
    expect(() => decrypt(key, sealed, 'b')).toThrow();
    expect(() => decrypt(randomBytes(32), sealed, 'a')).toThrow();
    expect(() => decrypt(key, sealed.subarray(0, 20), 'a')).toThrow();
    expect(encrypt(key, Buffer.from('segredo'), 'a')).not.toEqual(sealed);
  });

  it('notices any changed bit', () => {
    const key = randomBytes(32);
    const sealed = encrypt(key, Buffer.from('segredo'), 'a');
    for (let at = 0; at < sealed.length; at += 1) {
      const bent = Buffer.from(sealed);
      bent[at]! ^= 1;
      expect(() => decrypt(key, bent, 'a')).toThrow();
    }
  });
});

describe('keyed hashes', () => {
  it('differ by purpose and by version, and find what an older version has hashed', () => {
    const before = new Hashes(parseMasterKey(one));
    const after = new Hashes(parseMasterKey(`2:${two},1:${one}`));
    const [old] = before.all('api-key', 'x');
    expect(after.all('api-key', 'x').map(({ version }) => version)).toEqual([2, 1]);
    expect(after.all('api-key', 'x')[1]).toEqual(old);
    expect(before.all('request', 'x')[0]).not.toEqual(old);
    expect(old!.mac).toMatch(/^[\w-]{43}$/);
  });
});
