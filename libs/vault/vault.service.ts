import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { uuid } from '@libs/kernel/ids.js';
import type { Em } from '@libs/kernel/transaction.js';
import { decrypt, encrypt } from './cipher.js';
import { Hashes, type Mac } from './hash.js';
import { derive, parseMasterKey } from './master.js';
import { Sealed } from './vault.entity.js';

/** Secrets at rest. Each row has a data key of its own, so that rotating MASTER_KEY rewraps keys and not secrets. */
@Injectable()
export class Vault {
  private readonly wrapping: ReadonlyMap<number, Buffer>;
  private readonly newest: number;
  private readonly hashes: Hashes;

  /** @throws Error that names MASTER_KEY when it cannot be used. */
  constructor(config: Config) {
    const keys = parseMasterKey(config.MASTER_KEY);
    this.wrapping = new Map(keys.map((key) => [key.version, derive(key, 'wrap')]));
    this.newest = keys[0]!.version;
    this.hashes = new Hashes(keys);
  }

  /** Seals in the caller's transaction. Answers the id to open it by; purpose and id are bound to what is sealed. */
  async seal(em: Em, purpose: string, plain: Buffer | string): Promise<string> {
    const id = uuid();
    const dataKey = randomBytes(32);
    await em.insert(Sealed, {
      id,
      purpose,
      version: this.newest,
      dataKey: encrypt(this.wrapping.get(this.newest)!, dataKey, `${purpose} ${id} ${this.newest}`),
      body: encrypt(dataKey, Buffer.from(plain), `${purpose} ${id}`),
    });
    return id;
  }

  /** @throws Error when there is no such row of this purpose, or its version of MASTER_KEY is gone. */
  async open(em: Em, id: string, purpose: string): Promise<Buffer> {
    const row = await em.findOne(Sealed, { id, purpose }, { disableIdentityMap: true });
    if (row === null) throw new Error(`the vault has no ${purpose} ${id}`);
    const wrapping = this.wrapping.get(row.version);
    if (wrapping === undefined) throw new Error(`the vault lacks version ${row.version} of MASTER_KEY`);
    const dataKey = decrypt(wrapping, Buffer.from(row.dataKey), `${purpose} ${id} ${row.version}`);
    return decrypt(dataKey, Buffer.from(row.body), `${purpose} ${id}`);
  }

  async remove(em: Em, id: string): Promise<void> {
    await em.nativeDelete(Sealed, { id });
  }

  /** A keyed hash under the newest version: what is stored of a text that must be found again and never read. */
  mac(purpose: string, text: string | Buffer): Mac {
    return this.hashes.all(purpose, text)[0]!;
  }

  /** The hash under every version, newest first: what a look-up compares with. */
  macs(purpose: string, text: string | Buffer): readonly Mac[] {
    return this.hashes.all(purpose, text);
  }
}
