import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { derive, type MasterKey } from './master.js';

/** A keyed hash and the version of MASTER_KEY that it stands under. */
export interface Mac {
  readonly version: number;
  /** HMAC-SHA256 in base64url. */
  readonly mac: string;
}

/** Keyed hashes under every version of MASTER_KEY, one derived key per purpose; kept, because HKDF is not free. */
export class Hashes {
  private readonly derived = new Map<string, readonly { readonly version: number; readonly key: KeyObject }[]>();

  constructor(private readonly keys: readonly MasterKey[]) {}

  /** Newest version first. */
  all(purpose: string, text: string | Buffer): readonly Mac[] {
    return this.keysFor(purpose).map(({ version, key }) => ({
      version,
      mac: createHmac('sha256', key).update(text).digest('base64url'),
    }));
  }

  private keysFor(purpose: string): readonly { readonly version: number; readonly key: KeyObject }[] {
    const known = this.derived.get(purpose);
    if (known !== undefined) return known;
    const made = this.keys.map((key) => ({
      version: key.version,
      key: createSecretKey(derive(key, `mac ${purpose}`)),
    }));
    this.derived.set(purpose, made);
    return made;
  }
}
