import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Cache, Caches } from '@libs/kernel/cache.js';
import type { Caller, Mode, Scope } from '@libs/kernel/caller.js';
import { now } from '@libs/kernel/clock.js';
import { Config } from '@libs/kernel/config.js';
import { UnauthorisedFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { OnJob } from '@libs/kernel/queue.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Vault } from '@libs/vault/vault.service.js';
import { AccessToken, ApiKey } from './key.entity.js';
import { administratorSecret, isToken, longestSecret, prefixOf, tokenSecret, wellKnown } from './secrets.js';
import { TokenDto } from './token.dto.js';

const keyPurpose = 'api-key';
const tokenPurpose = 'access-token';
const cacheName = 'keys';
const tokenSeconds = 3600;

interface Opened {
  readonly caller: Caller;
  /** When a token ends; a key does not. */
  readonly until?: Date;
}

export interface NewKey {
  /** A merchant's key has a merchant and a mode, an administrator's a person. */
  readonly merchantId?: string;
  readonly person?: string;
  readonly mode?: Mode;
  readonly scopes: readonly (Scope | '*')[];
  readonly name: string;
  readonly secret: string;
}

const callerOf = (key: ApiKey): Caller =>
  key.merchantId && key.mode
    ? { kind: 'merchant', keyId: key.id, merchantId: key.merchantId, mode: key.mode, scopes: key.scopes }
    : { kind: 'administrator', keyId: key.id, person: key.person ?? '' };

/** Keys and the tokens they are exchanged for: made, looked up by their keyed hash, taken away. */
@Injectable()
export class Keys {
  private readonly opened: Cache<Opened>;

  constructor(
    private readonly em: EntityManager,
    private readonly vault: Vault,
    private readonly config: Config,
    private readonly caches: Caches,
  ) {
    this.opened = caches.open(cacheName);
  }

  /** Whose key or token this is; undefined for one that opens nothing, or no longer does. */
  async authenticate(secret: string): Promise<Caller | undefined> {
    if (secret.length > longestSecret || secret === '') return undefined;
    if (wellKnown.has(secret) && secret !== this.config.MERCHANT_KEY && secret !== this.config.ADMIN_KEY)
      return undefined;
    const { mac } = this.vault.mac(isToken(secret) ? tokenPurpose : keyPurpose, secret);
    const found = await this.opened.get(mac, () => (isToken(secret) ? this.byToken(secret) : this.byKey(secret)));
    return found?.until !== undefined && found.until <= now() ? undefined : found?.caller;
  }

  /** A new access token for the key that asks, kept as a keyed hash only. @throws UnauthorisedFault without a key. */
  async grant({ caller, id: requestId }: { readonly caller?: Caller; readonly id: string }): Promise<TokenDto> {
    if (caller === undefined) throw new UnauthorisedFault();
    const token = tokenSecret();
    await this.em.fork().execute(
      `insert into access_token (hash, key_id, expires_at)
       select ?, id, clock_now() + ? * interval '1 second' from api_key where id = ? and deleted_at is null`,
      [this.vault.mac(tokenPurpose, token).mac, tokenSeconds, caller.keyId],
    );
    return TokenDto.from(token, tokenSeconds, requestId);
  }

  /** Inserts a key in the caller's transaction and answers its id; one that exists already is only revived. */
  async ensure(em: Em, key: NewKey): Promise<string> {
    const macs = this.vault.macs(keyPurpose, key.secret);
    const [known] = await em.find(ApiKey, { hash: { $in: macs.map(({ mac }) => mac) } }, { limit: 1 });
    if (known !== undefined) {
      if (known.deletedAt) await em.nativeUpdate(ApiKey, { id: known.id }, { deletedAt: null });
      return known.id;
    }
    const [{ mac, version }, id] = [macs[0]!, uuid()];
    await em.execute(
      `insert into api_key (id, merchant_id, person, name, mode, scopes, prefix, hash, hash_version)
       values (?, ?, ?, ?, ?, array(select jsonb_array_elements_text(?::jsonb)), ?, ?, ?)`,
      [
        id,
        key.merchantId ?? null,
        key.person ?? null,
        key.name,
        key.mode ?? null,
        JSON.stringify(key.scopes),
        prefixOf(key.secret),
        mac,
        version,
      ],
    );
    return id;
  }

  /** A new key for a person who administers; the answer is the only time it is seen. */
  async administrator(person: string): Promise<string> {
    const secret = administratorSecret();
    await tx(this.em, (em) => this.ensure(em, { person, name: person, scopes: ['*'], secret }));
    return secret;
  }

  /** Takes a key of a merchant away, and its tokens with it: at once here, in every process as this commits. */
  async remove(em: Em, merchantId: string, keyId: string): Promise<boolean> {
    const gone = await em.execute<unknown[]>(
      `update api_key set deleted_at = clock_now()
       where id = ? and merchant_id = ? and deleted_at is null returning id`,
      [keyId, merchantId],
    );
    if (gone.length === 0) return false;
    await em.nativeDelete(AccessToken, { keyId });
    await this.caches.clear(em, cacheName);
    return true;
  }

  @OnJob('tokens.clean', { everyMs: 3_600_000 })
  async clean(): Promise<void> {
    await this.em.fork().execute('delete from access_token where expires_at < clock_now()');
  }

  /** A key that stands under an older version of MASTER_KEY is hashed anew, so that the version can be retired. */
  private async byKey(secret: string): Promise<Opened | undefined> {
    const em = this.em.fork();
    const macs = this.vault.macs(keyPurpose, secret);
    const [key] = await em.find(ApiKey, { hash: { $in: macs.map(({ mac }) => mac) }, deletedAt: null }, { limit: 1 });
    if (key === undefined) return undefined;
    const newest = macs[0]!;
    if (key.hashVersion !== newest.version) {
      await em.nativeUpdate(ApiKey, { id: key.id }, { hash: newest.mac, hashVersion: newest.version });
    }
    return { caller: callerOf(key) };
  }

  private async byToken(secret: string): Promise<Opened | undefined> {
    const em = this.em.fork();
    const hashes = this.vault.macs(tokenPurpose, secret).map(({ mac }) => mac);
    const [token] = await em.find(AccessToken, { hash: { $in: hashes } }, { limit: 1 });
    const key = token === undefined ? null : await em.findOne(ApiKey, { id: token.keyId, deletedAt: null });
    return key === null ? undefined : { caller: callerOf(key), until: token!.expiresAt };
  }
}
