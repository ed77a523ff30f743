import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { uuid } from '@libs/kernel/ids.js';
import type { Em } from '@libs/kernel/transaction.js';
import { decrypt, encrypt } from './cipher.js';
import { Hashes, type Mac } from './hash.js';
import { derive, parseMasterKey } from './master.js';
import { Sealed } from './vault.entity.js';

interface Wrapped {
  readonly id: string;
  readonly purpose: string;
  readonly version: number;
  readonly data_key: Buffer;
}
type Kept = Pick<Wrapped, 'version' | 'data_key'> & { readonly body: Buffer };
export interface Rewrapped {
  readonly rows: number;
  readonly next?: string;
}

/** Secrets at rest. Each row has a data key of its own, so that rotating MASTER_KEY rewraps keys and not secrets. */
@Injectable()
export class Vault {
  private readonly wrapping: ReadonlyMap<number, Buffer>;
  /** The newest version of MASTER_KEY, under which everything new is sealed. */
  readonly version: number;
  private readonly hashes: Hashes;

  /** @throws Error that names MASTER_KEY when it cannot be used. */
  constructor(config: Config) {
    const keys = parseMasterKey(config.MASTER_KEY);
    this.wrapping = new Map(keys.map((key) => [key.version, derive(key, 'wrap')]));
    this.version = keys[0]!.version;
    this.hashes = new Hashes(keys);
  }

  /** Seals in the caller's transaction. Answers the id to open it by; purpose and id are bound to what is sealed. */
  async seal(em: Em, purpose: string, plain: Buffer | string): Promise<string> {
    const id = uuid();
    const dataKey = randomBytes(32);
    await em.insert(Sealed, {
      id,
      purpose,
      version: this.version,
      dataKey: encrypt(this.wrapping.get(this.version)!, dataKey, `${purpose} ${id} ${this.version}`),
      body: encrypt(dataKey, Buffer.from(plain), `${purpose} ${id}`),
    });
    return id;
  }

  /** @throws Error when there is no such row of this purpose, or its version of MASTER_KEY is gone. */
  async open(em: Em, id: string, purpose: string): Promise<Buffer> {
    const [row] = await em.execute<Kept[]>('select version, data_key, body from vault where id = ? and purpose = ?', [
      id,
      purpose,
    ]);
    if (row === undefined) throw new Error(`the vault has no ${purpose} ${id}`);
    const wrapping = this.wrapping.get(row.version);
    if (wrapping === undefined) throw new Error(`the vault lacks version ${row.version} of MASTER_KEY`);
    const dataKey = decrypt(wrapping, row.data_key, `${purpose} ${id} ${row.version}`);
    return decrypt(dataKey, row.body, `${purpose} ${id}`);
  }

  async remove(em: Em, id: string): Promise<void> {
    await em.nativeDelete(Sealed, { id });
  }

  /** How many rows are sealed under an older version. @throws Error that names a version which MASTER_KEY lacks. */
  async waiting(em: Em): Promise<number> {
    const rows = await em.execute<{ version: number; count: number }[]>(
      'select version, count(*)::int as count from vault where version <> ? group by version',
      [this.version],
    );
    const lost = rows.find(({ version }) => !this.wrapping.has(version));
    if (lost) throw new Error(`MASTER_KEY lacks version ${lost.version}, under which ${lost.count} secrets are sealed`);
    return rows.reduce((total, { count }) => total + count, 0);
  }

  /**
   * Wraps the data keys of up to `limit` rows after the id `after` under the newest version, in the caller's
   * transaction. Rows that somebody else holds are left for another pass; who reads meanwhile finds one version or the
   * other, and either opens. `next`: where the next step begins, until there are no more.
   */
  async rewrap(em: Em, after: string, limit: number): Promise<Rewrapped> {
    const rows = await em.execute<Wrapped[]>(
      `select id, purpose, version, data_key from vault where version <> ? and id > ?
       order by id limit ? for no key update skip locked`,
      [this.version, after, limit],
    );
    const wrapped = rows.map(({ id, purpose, version, data_key: sealed }) => {
      const dataKey = decrypt(this.wrapping.get(version)!, sealed, `${purpose} ${id} ${version}`);
      const key = encrypt(this.wrapping.get(this.version)!, dataKey, `${purpose} ${id} ${this.version}`);
      return { id, key: key.toString('base64') };
    });
    await em.execute(
      `update vault set version = ?, data_key = decode(it.key, 'base64')
       from jsonb_to_recordset(?::jsonb) as it (id uuid, key text) where vault.id = it.id`,
      [this.version, JSON.stringify(wrapped)],
    );
    return { rows: rows.length, next: rows.at(-1)?.id };
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
