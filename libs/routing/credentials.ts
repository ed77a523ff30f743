import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { type Cache, Caches } from '@libs/kernel/cache.js';
import { Config } from '@libs/kernel/config.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { Act } from '@libs/providers/contract/call.js';
import { offered, type Provider } from '@libs/providers/contract/provider.js';
import { providerOf } from '@libs/providers/registry.js';
import { Vault } from '@libs/vault/vault.service.js';
import { Credential } from './credential.entity.js';

/** Cleared when a secret is rotated. */
export const credentialCache = 'credentials';

/** What the vault seals of a credential, and what its callback address is sealed as. */
export const secretPurpose = 'credential';
export const callbackPurpose = 'callback';
const eventPurpose = 'event';

/** What the provider signs its events to an address with. */
interface EventSecret {
  readonly url: string;
  readonly secret: string;
}
/** As long as a provider may repeat an event that it had signed with the secret before. */
const repeatedMs = 3 * 24 * 60 * 60 * 1_000;

/** The secret of a credential as its provider's class, checked. @throws Error that names fields, never values. */
export function parseSecret(provider: Provider, secret: unknown): object {
  const parsed = plainToInstance(provider.credentials, secret);
  const faults = validateSync(parsed, { whitelist: true, forbidNonWhitelisted: true });
  if (faults.length > 0)
    throw new Error(`credentials of ${provider.id}: ${faults.map((it) => it.property).join(', ')}`);
  return parsed;
}

/** The function of an operation. @throws Error when the provider has none. */
export function actOf(provider: Provider, operation: Operation): Act<unknown, unknown, object> {
  const act = offered(provider, operation)?.act;
  if (!act) throw new Error(`${provider.id} has no ${operation}`);
  return act;
}

/** Opens the accounts that lanes and attempts point to; a secret is kept for a moment, unsealed, in memory alone. */
@Injectable()
export class Credentials {
  private readonly opened: Cache<object>;
  private readonly addresses: Cache<string>;

  constructor(
    private readonly em: EntityManager,
    private readonly vault: Vault,
    private readonly config: Config,
    caches: Caches,
  ) {
    this.opened = caches.open(credentialCache);
    this.addresses = caches.open('addresses');
  }

  async open(id: string): Promise<object> {
    const opened = await this.opened.get(id, () => this.unseal(id));
    if (!opened) throw new Error(`no credential ${id}`);
    return opened;
  }

  private async unseal(id: string): Promise<object> {
    const em = this.em.fork();
    const credential = await em.findOneOrFail(Credential, id);
    const text = (await this.vault.open(em, credential.secret, secretPurpose)).toString('utf8');
    return parseSecret(providerOf(credential.provider), JSON.parse(text));
  }

  /** What of an account is no secret and decides what it can do; undefined where nothing does. */
  async settings({ id, provider }: Pick<Credential, 'id' | 'provider'>): Promise<object | undefined> {
    const names: readonly string[] | undefined = providerOf(provider).settings;
    if (!names) return undefined;
    return Object.fromEntries(Object.entries(await this.open(id)).filter(([name]) => names.includes(name)));
  }

  /** Where the provider calls us for this account; the last part is its secret. */
  async callbackUrl(credential: Credential): Promise<string> {
    const secret = await this.vault.open(this.em.fork(), credential.callbackSecret, callbackPurpose);
    return `${this.config.publicUrl}/callbacks/${credential.provider}/${secret.toString('utf8')}`;
  }

  /** The same for who has no row of it; as it was a moment ago at the most. @throws when there is no such account. */
  async addressOf(id: string): Promise<string> {
    const load = async (): Promise<string> => this.callbackUrl(await this.em.fork().findOneOrFail(Credential, id));
    return (await this.addresses.get(id, load))!;
  }

  /** The credential whose callback address this is; undefined: the secret names nothing. */
  async byCallbackSecret(provider: string, secret: string): Promise<Credential | undefined> {
    const hashes = this.vault.macs(callbackPurpose, secret).map(({ mac }) => mac);
    const named = { $or: [{ callbackHash: { $in: hashes } }, { previousCallbackHash: { $in: hashes } }] };
    return (await this.em.fork().findOne(Credential, { provider, ...named })) ?? undefined;
  }
  /** Whether the secret of the events to this address is known: most providers tell it once. */
  async holds({ eventSecret }: Credential, url: string): Promise<boolean> {
    return eventSecret ? (await this.eventSecret(this.em.fork(), eventSecret)).url === url : false;
  }

  /**
   * Keeps the secret that a provider has given for an address, in the caller's transaction; the one before it stays
   * valid for a while. False: it is known already.
   */
  async keep(em: Em, id: string, told: EventSecret): Promise<boolean> {
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE };
    const { eventSecret: held, previousEventSecret: old } = await em.findOneOrFail(Credential, id, lock);
    if (held) {
      const { url, secret } = await this.eventSecret(em, held);
      if (url === told.url && secret === told.secret) return false;
    }
    const sealed = await this.vault.seal(em, eventPurpose, JSON.stringify(told));
    await em.flush();
    await em.execute(
      `update credential set event_secret = ?, previous_event_secret = event_secret,
         previous_event_until = case when event_secret is not null then clock_now() + ? * interval '1 millisecond' end
       where id = ?`,
      [sealed, repeatedMs, id],
    );
    if (old) await this.vault.remove(em, old);
    return true;
  }

  /** What an event of this account may be signed with now, the newest first. */
  async eventSecrets({ id, eventSecret }: Credential): Promise<readonly string[]> {
    if (!eventSecret) return [];
    const em = this.em.fork();
    const rows = await em.execute<{ sealed: string }[]>(
      `select it.sealed from credential c cross join lateral (values
         (1, c.event_secret, true), (2, c.previous_event_secret, c.previous_event_until > clock_now())
       ) as it (rank, sealed, valid)
       where c.id = ? and it.sealed is not null and it.valid order by it.rank`,
      [id],
    );
    const held = await Promise.all(rows.map(({ sealed }) => this.eventSecret(em, sealed)));
    return held.map(({ secret }) => secret);
  }

  private async eventSecret(em: Em, sealed: string): Promise<EventSecret> {
    return JSON.parse((await this.vault.open(em, sealed, eventPurpose)).toString('utf8')) as EventSecret;
  }
}
