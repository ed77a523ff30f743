import { randomBytes } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Cache, Caches } from '@libs/kernel/cache.js';
import type { Mode } from '@libs/kernel/caller.js';
import { Config } from '@libs/kernel/config.js';
import { type FieldFault, InvalidFault, UnavailableFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { Queue } from '@libs/kernel/queue.js';
import { timer } from '@libs/kernel/timer.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { noFee } from '@libs/money/fee.js';
import { providerOf, registry } from '@libs/providers/registry.js';
import { Vault } from '@libs/vault/vault.service.js';
import { Credential, type Environment } from './credential.entity.js';
import { callbackPurpose, credentialCache, Credentials, parseSecret, secretPurpose } from './credentials.js';
import type { LaneDto, LaneView } from './lanes.dto.js';
import { Lane } from './lane.entity.js';
import { canDo, type LaneFact } from './plan.js';

const cacheName = 'lanes';

/** Days until sold money may be drawn, where the lane does not say. */
const settleDays: Readonly<Record<string, number>> = { pix: 0, bankslip: 1, cards: 30 };

/** One provider account as a `PUT` names it: by provider, name and mode. */
interface Account {
  readonly provider: string;
  readonly name: string;
  readonly mode: Mode;
  readonly environment: Environment;
  readonly parallelSends: number;
  readonly index: number;
  readonly secret?: Readonly<Record<string, unknown>>;
  readonly identity?: string;
}

const refuse = (index: number, field: string, message: string): FieldFault => ({
  field: `[${index}].${field}`,
  code: 'invalid',
  message,
});

/** A merchant's lanes and the provider accounts behind them. */
@Injectable()
export class Lanes {
  private readonly known: Cache<readonly LaneFact[]>;

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly vault: Vault,
    private readonly credentials: Credentials,
    private readonly queue: Queue,
    private readonly caches: Caches,
  ) {
    this.known = caches.open(cacheName);
  }

  /** The lanes of a merchant in one mode, as the plan sees them; as they were a moment ago at the most. */
  async facts(merchantId: string, mode: Mode): Promise<readonly LaneFact[]> {
    return (await this.known.get(`${merchantId} ${mode}`, () => this.read(merchantId, mode))) ?? [];
  }

  private async read(merchantId: string, mode: Mode): Promise<readonly LaneFact[]> {
    const em = this.em.fork();
    const lanes = await em.find(Lane, { merchantId, mode });
    const credentials = await em.find(Credential, { id: { $in: [...new Set(lanes.map((it) => it.credentialId))] } });
    const known = new Map(
      await Promise.all(
        credentials.map(async (it) => {
          // An account that cannot be opened is found out by the call; the others go on.
          const settings = await this.credentials.settings(it).catch(() => undefined);
          return [it.id, { it, settings }] as const;
        }),
      ),
    );
    return lanes.flatMap((lane) => {
      const credential = known.get(lane.credentialId);
      if (!credential) return [];
      const { environment, currency: takes, retiredAt } = credential.it;
      return [{ ...lane, usable: retiredAt === null, takes, environment, settings: credential.settings }];
    });
  }

  /**
   * Replaces all lanes of a merchant. Secrets are probed at their provider before anything is written; left out, they
   * stay.
   * @throws InvalidFault that names the lane, UnavailableFault when a provider cannot be asked.
   */
  async replace(merchantId: string, lanes: readonly LaneDto[]): Promise<readonly LaneView[]> {
    const accounts = await this.probed(merchantId, accountsOf(lanes, this.config));
    await tx(this.em, async (em) => {
      const ids = new Map<string, string>();
      for (const account of accounts) ids.set(nameOf(account), await this.save(em, merchantId, account));
      await em.nativeDelete(Lane, { merchantId });
      await this.caches.clear(em, cacheName);
      await em.insertMany(
        Lane,
        lanes.map((lane) => rowOf(merchantId, lane, ids.get(nameOf(laneAccount(lane)))!)),
      );
    });
    this.known.clear(); // what was read between the change and its commit
    return this.list(merchantId);
  }

  async list(merchantId: string): Promise<readonly LaneView[]> {
    const em = this.em.fork();
    const lanes = await em.find(Lane, { merchantId }, { orderBy: { mode: 1, operation: 1, priority: 1, id: 1 } });
    const credentials = await em.find(Credential, { id: { $in: lanes.map((it) => it.credentialId) } });
    const known = new Map(credentials.map((it) => [it.id, it]));
    return Promise.all(lanes.map(async (lane) => this.view(lane, known.get(lane.credentialId)!)));
  }

  private async view(lane: Lane, credential: Credential): Promise<LaneView> {
    return {
      id: lane.id,
      provider: lane.provider,
      operation: lane.operation,
      mode: lane.mode,
      priority: lane.priority,
      weight: lane.weight ?? null,
      conditions: lane.conditions,
      settleDays: lane.settleDays,
      settleOn: lane.settleOn,
      unproven: lane.unproven,
      credential: {
        name: credential.name,
        environment: credential.environment,
        parallelSends: credential.parallelSends,
      },
      cost: lane.cost,
      price: lane.price,
      reroute: lane.reroute,
      hasCredentials: true,
      callbackUrl: await this.credentials.callbackUrl(credential),
    };
  }

  /**
   * Every account with the identity that its provider confirms, one after another: nothing goes on behind a caller
   * who was refused. One without a secret must be known already.
   */
  private async probed(merchantId: string, accounts: readonly Account[]): Promise<readonly Account[]> {
    const probed: Account[] = [];
    for (const account of accounts) probed.push(await this.probe(merchantId, account));
    return probed;
  }

  private async probe(merchantId: string, account: Account): Promise<Account> {
    const known = await this.em.fork().findOne(Credential, { merchantId, ...keyOf(account), retiredAt: null });
    if (!account.secret) {
      if (known) return account;
      throw new InvalidFault([{ ...refuse(account.index, 'credentials', 'obrigatório'), code: 'required' }]);
    }
    const identity = await this.identify(account);
    if (known && known.identity !== identity) {
      const message = 'pertence a outra conta no provedor; use outro nome em credential';
      throw new InvalidFault([refuse(account.index, 'credentials', message)]);
    }
    return { ...account, identity };
  }

  private async identify(account: Account): Promise<string> {
    const provider = providerOf(account.provider);
    let credentials: object;
    try {
      credentials = parseSecret(provider, { ...account.secret, environment: account.environment });
    } catch (error) {
      throw new InvalidFault([refuse(account.index, 'credentials', `campos inválidos (${messageOf(error)})`)]);
    }
    const leftMs = timer(this.config.PROVIDER_DEADLINE_MS);
    const answer = await provider.identify({ credentials, input: {}, leftMs });
    if (answer.kind === 'read') return answer.data;
    if (answer.kind === 'unread') throw new UnavailableFault('O provedor não respondeu; nada foi alterado.');
    throw new InvalidFault([refuse(account.index, 'credentials', 'recusadas pelo provedor')]);
  }

  /** The row of an account, new or with its rotated secret. Its callback address is told to the provider by a job. */
  private async save(em: Em, merchantId: string, account: Account): Promise<string> {
    const known = await em.findOne(Credential, { merchantId, ...keyOf(account), retiredAt: null });
    const sealed = account.secret && JSON.stringify({ ...account.secret, environment: account.environment });
    if (known) {
      known.parallelSends = account.parallelSends;
      if (sealed !== undefined) {
        known.secret = await this.vault.seal(em, secretPurpose, sealed);
        known.secretVersion += 1;
        await this.caches.clear(em, credentialCache);
      }
      return known.id;
    }
    const id = uuid();
    const secret = randomBytes(24).toString('base64url');
    await em.insert(Credential, {
      id,
      merchantId,
      ...keyOf(account),
      environment: account.environment,
      identity: account.identity!,
      currency: 'BRL',
      secret: await this.vault.seal(em, secretPurpose, sealed!),
      secretVersion: 1,
      callbackSecret: await this.vault.seal(em, callbackPurpose, secret),
      callbackHash: this.vault.mac(callbackPurpose, secret).mac,
      parallelSends: account.parallelSends,
    });
    await this.queue.add(em, [{ name: 'routing.register', payload: { credential: id } }]);
    return id;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'ilegíveis');
const keyOf = ({ provider, name, mode }: Account): { provider: string; name: string; mode: Mode } => ({
  provider,
  name,
  mode,
});
const nameOf = ({ provider, name, mode }: Pick<Account, 'provider' | 'name' | 'mode'>): string =>
  `${provider} ${name} ${mode}`;

function laneAccount(lane: LaneDto): Pick<Account, 'provider' | 'name' | 'mode'> {
  return { provider: lane.provider, name: lane.credential?.name ?? lane.provider, mode: lane.mode ?? 'test' };
}

/**
 * The accounts that the lanes of one `PUT` name, each once, and everything that can be refused without asking anybody.
 */
function accountsOf(lanes: readonly LaneDto[], config: Config): readonly Account[] {
  const accounts = new Map<string, Account>();
  const faults: FieldFault[] = [];
  for (const [index, lane] of lanes.entries()) {
    const provider = registry.find((it) => it.id === lane.provider);
    if (!provider) faults.push(refuse(index, 'provider', 'provedor desconhecido'));
    else if (!canDo(provider, lane.operation)) faults.push(refuse(index, 'operation', 'o provedor não a oferece'));
    if (provider?.unproven?.includes(lane.operation) && lane.unproven !== true) {
      faults.push(refuse(index, 'unproven', 'só humanos provam o que acontece nela: a faixa deve dizer true'));
    }
    const base = laneAccount(lane);
    const environment = lane.credential?.environment ?? defaultEnvironment(base.mode, config);
    if (base.mode === 'live' && environment !== 'production') {
      faults.push(refuse(index, 'credential.environment', 'o modo live exige production'));
    }
    if (environment === 'simulator' && config.SANDBOX_URL === undefined) {
      faults.push(refuse(index, 'credential.environment', 'não há simulador nesta instalação'));
    }
    const known = accounts.get(nameOf(base));
    if (known && (known.environment !== environment || (known.secret && lane.credentials))) {
      const same = JSON.stringify(known.secret) === JSON.stringify(lane.credentials);
      if (known.environment !== environment) {
        faults.push(refuse(index, 'credential.environment', 'difere de outra faixa da mesma conta'));
      } else if (!same) faults.push(refuse(index, 'credentials', 'diferem de outra faixa da mesma conta'));
    }
    accounts.set(nameOf(base), {
      ...base,
      environment,
      index: known?.index ?? index,
      parallelSends: lane.credential?.parallelSends ?? known?.parallelSends ?? 1,
      secret: known?.secret ?? lane.credentials,
    });
  }
  if (faults.length > 0) throw new InvalidFault(faults);
  return [...accounts.values()];
}

function defaultEnvironment(mode: Mode, config: Config): Environment {
  if (mode === 'live') return 'production';
  return config.SANDBOX_URL === undefined ? 'homologation' : 'simulator';
}

function rowOf(merchantId: string, lane: LaneDto, credentialId: string): Lane {
  return {
    id: uuid(),
    merchantId,
    credentialId,
    provider: lane.provider,
    operation: lane.operation,
    mode: lane.mode ?? 'test',
    priority: lane.priority,
    weight: lane.weight ?? null,
    conditions: { ...lane.conditions },
    settleDays: lane.settleDays ?? settleDays[lane.operation.split('.')[0]!] ?? 0,
    settleOn: lane.settleOn ?? 'calendar',
    unproven: lane.unproven ?? false,
    cost: lane.cost ?? noFee,
    price: lane.price ?? noFee,
    reroute: [...(lane.reroute ?? [])],
  };
}
