import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { before } from '@libs/kernel/before.js';
import type { Mode } from '@libs/kernel/caller.js';
import { MissingFault } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { type PageQuery, pageOf } from '@libs/kernel/page.js';
import type { Page } from '@libs/kernel/reply.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { ApiKey } from './key.entity.js';
import { Keys } from './keys.service.js';
import { Merchant } from './merchant.entity.js';
import {
  type CreateKeyDto,
  type CreateMerchantDto,
  KeyDto,
  limitsOf,
  MerchantDto,
  type NewKeyDto,
  type UpdateMerchantDto,
} from './merchants.dto.js';
import { merchantSecret } from './secrets.js';

/** The merchant of the embedded start has the id that the OpenAPI document shows, so that its examples work. */
const shown = '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90';

const noMerchant = (): MissingFault => new MissingFault('Lojista não encontrado.');
const noKey = (): MissingFault => new MissingFault('Chave não encontrada.');

/** Merchants and their keys, as administrators see them. What is not there is a MissingFault. */
@Injectable()
export class Merchants {
  constructor(
    private readonly em: EntityManager,
    private readonly keys: Keys,
  ) {}

  /** Inserts a merchant in the caller's transaction. */
  async create(em: Em, wish: CreateMerchantDto, id = uuid()): Promise<MerchantDto> {
    assertNoStrays(wish, 'document');
    await em.execute(
      'insert into merchant (id, name, document, platform_fee_bps, limits) values (?, ?, ?, ?, ?::jsonb)',
      [id, wish.name, wish.document ?? null, wish.platformFeeBps ?? 0, JSON.stringify(limitsOf(wish.limits ?? {}))],
    );
    return this.read(em, id);
  }

  async get(id: string): Promise<MerchantDto> {
    return this.read(this.em.fork(), id);
  }

  async read(em: Em, id: string): Promise<MerchantDto> {
    const merchant = isUuid(id) ? await em.findOne(Merchant, { id }) : null;
    if (merchant === null) throw noMerchant();
    return MerchantDto.from(merchant);
  }

  async list(query: PageQuery): Promise<Page<MerchantDto>> {
    const em = this.em.fork();
    const page = await pageOf(query, ({ id, order, take }) =>
      em.find(Merchant, id === undefined ? {} : { id }, { orderBy: { id: order }, limit: take }),
    );
    return { ...page, data: page.data.map((it) => MerchantDto.from(it)) };
  }

  /** Changes what is given; limits are replaced as a whole. */
  async update(id: string, wish: UpdateMerchantDto): Promise<MerchantDto> {
    assertNoStrays(wish, 'document');
    return tx(this.em, async (em) => {
      const merchant = isUuid(id) ? await em.findOne(Merchant, { id }) : null;
      if (merchant === null) throw noMerchant();
      before(MerchantDto.from(merchant));
      if (wish.name !== undefined) merchant.name = wish.name;
      if (wish.document !== undefined) merchant.document = wish.document;
      if (wish.platformFeeBps !== undefined) merchant.platformFeeBps = wish.platformFeeBps;
      if (wish.limits !== undefined) merchant.limits = limitsOf(wish.limits);
      return MerchantDto.from(merchant);
    });
  }

  /** A new key of a merchant, in the caller's transaction; `key` is seen in this answer only. */
  async createKey(em: Em, merchantId: string, wish: CreateKeyDto): Promise<NewKeyDto> {
    assertNoStrays(wish);
    await this.read(em, merchantId);
    const mode: Mode = wish.mode ?? 'test';
    const secret = merchantSecret(mode);
    const id = await this.keys.ensure(em, { merchantId, mode, scopes: wish.scopes ?? ['*'], name: wish.name, secret });
    return { ...(await this.readKey(em, merchantId, id)), key: secret };
  }

  /** The key as a replay shows it. */
  async readKey(em: Em, merchantId: string, id: string): Promise<NewKeyDto> {
    const key = await em.findOne(ApiKey, { id, merchantId });
    if (key === null) throw noKey();
    return { ...KeyDto.from(key), key: null };
  }

  async listKeys(merchantId: string, query: PageQuery): Promise<Page<KeyDto>> {
    const em = this.em.fork();
    await this.read(em, merchantId);
    const page = await pageOf(query, ({ id, order, take }) =>
      em.find(
        ApiKey,
        { merchantId, deletedAt: null, ...(id === undefined ? {} : { id }) },
        { orderBy: { id: order }, limit: take },
      ),
    );
    return { ...page, data: page.data.map((it) => KeyDto.from(it)) };
  }

  async removeKey(merchantId: string, id: string): Promise<void> {
    if (!isUuid(merchantId) || !isUuid(id)) throw noKey();
    await tx(this.em, async (em) => {
      const key = await em.findOne(ApiKey, { id, merchantId, deletedAt: null });
      if (key === null || !(await this.keys.remove(em, merchantId, id))) throw noKey();
      before(KeyDto.from(key));
    });
  }

  /**
   * The merchant of the embedded start and the keys that everybody knows; repeating it changes nothing.
   * Answers the merchant's id.
   */
  async ensureLocal(em: Em, merchantKey: string, adminKey: string): Promise<string> {
    await this.keys.ensure(em, { person: 'local', name: 'local', scopes: ['*'], secret: adminKey });
    const [known] = await em.find(Merchant, {}, { orderBy: { id: 'asc' }, limit: 1 });
    const merchantId = known?.id ?? (await this.create(em, { name: 'Loja de demonstração' }, shown)).id;
    const mode = merchantKey.startsWith('sk_live_') ? 'live' : 'test';
    await this.keys.ensure(em, { merchantId, mode, scopes: ['*'], name: 'local', secret: merchantKey });
    return merchantId;
  }
}
