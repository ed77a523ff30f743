import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { type Cache, Caches } from '@libs/kernel/cache.js';
import { Config } from '@libs/kernel/config.js';
import type { Acts, Operation } from '@libs/providers/contract/acts.js';
import type { Act } from '@libs/providers/contract/call.js';
import type { Provider } from '@libs/providers/contract/provider.js';
import { providerOf } from '@libs/providers/registry.js';
import { Vault } from '@libs/vault/vault.service.js';
import { Credential } from './credential.entity.js';

/** Cleared when a secret is rotated. */
export const credentialCache = 'credentials';

/** What the vault seals of a credential, and what its callback address is sealed as. */
export const secretPurpose = 'credential';
export const callbackPurpose = 'callback';

/** The secret of a credential as its provider's class, checked. @throws Error that names fields, never values. */
export function parseSecret(provider: Provider, secret: unknown): object {
  const parsed = plainToInstance(provider.credentials, secret);
  const faults = validateSync(parsed, { whitelist: true, forbidNonWhitelisted: true });
  if (faults.length > 0)
    throw new Error(`credentials of ${provider.id}: ${faults.map((it) => it.property).join(', ')}`);
  return parsed;
}

/** The function of an operation. The cast is sound: routing pairs it with the input of the same operation. */
export function actOf(provider: Provider, operation: Operation): Act<unknown, unknown, object> {
  const [capability, act] = operation.split('.') as [keyof Acts, keyof Acts['pix']];
  const offered = provider[capability];
  if (!offered) throw new Error(`${provider.id} has no ${capability}`);
  return offered[act] as Act<unknown, unknown, object>;
}

/** Opens the accounts that lanes and attempts point to; a secret is kept for a moment, unsealed, in memory alone. */
@Injectable()
export class Credentials {
  private readonly opened: Cache<object>;

  constructor(
    private readonly em: EntityManager,
    private readonly vault: Vault,
    private readonly config: Config,
    caches: Caches,
  ) {
    this.opened = caches.open(credentialCache);
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

  /** Where the provider calls us for this account; the last part is its secret. */
  async callbackUrl(credential: Credential): Promise<string> {
    const secret = await this.vault.open(this.em.fork(), credential.callbackSecret, callbackPurpose);
    return `${this.config.publicUrl}/callbacks/${credential.provider}/${secret.toString('utf8')}`;
  }

  /** The credential whose callback address this is; undefined: the secret names nothing. */
  async byCallbackSecret(provider: string, secret: string): Promise<Credential | undefined> {
    const hashes = this.vault.macs(callbackPurpose, secret).map(({ mac }) => mac);
    const named = { $or: [{ callbackHash: { $in: hashes } }, { previousCallbackHash: { $in: hashes } }] };
    return (await this.em.fork().findOne(Credential, { provider, ...named })) ?? undefined;
  }
}
