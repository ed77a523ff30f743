import { Global, type INestApplicationContext, Module } from '@nestjs/common';
import { CardsModule } from '@libs/cards/cards.module.js';
import { CreditCard } from '@libs/cards/cards.entity.js';
import { lockCharge } from '@libs/charges/lock.js';
import { Refund } from '@libs/charges/refund.entity.js';
import { Refunds } from '@libs/charges/refunds.service.js';
import { wholeSale } from '@libs/charges/settle.js';
import { entities } from '@libs/domains.js';
import { Caches } from '@libs/kernel/cache.js';
import { Handlers } from '@libs/kernel/handlers.js';
import { uuid } from '@libs/kernel/ids.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { type Cents, cents, toJson } from '@libs/money/cents.js';
import { noFee } from '@libs/money/fee.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { Attempt, live } from '@libs/routing/attempt.entity.js';
import { Attempts } from '@libs/routing/attempts.js';
import { Credential } from '@libs/routing/credential.entity.js';
import type { Source } from '@libs/routing/owners.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Vault } from '@libs/vault/vault.service.js';
import { emOf, startContext } from './context.js';
import { cloneDatabase, type TestDatabase } from './database.js';

@Global()
@Module({ providers: [Caches], exports: [Caches] })
class CachesModule {}

/** Jobs that ask the provider, in whose place the test stands. */
const asks = ['charges.close', 'charges.refund', 'routing.ask', 'routing.register'];
const provider = 'cielo';

export interface Sale {
  readonly charge: string;
  readonly made: Attempt;
}

/** Charges on cards and their attempts on a real database, with the test in the place of the provider. */
export class Till {
  private newest = '0';

  private constructor(
    private readonly database: TestDatabase,
    readonly at: INestApplicationContext,
    readonly merchantId: string,
    private readonly credential: string,
  ) {}

  static async open(): Promise<Till> {
    const database = await cloneDatabase();
    const at = await startContext({ databaseUrl: database.url, entities, imports: [CachesModule, CardsModule] });
    const [merchantId, credential] = [uuid(), uuid()];
    await emOf(at).execute(`insert into merchant (id, name) values (?, 'Loja')`, [merchantId]);
    const vault = at.get(Vault, { strict: false });
    await tx(emOf(at), async (em) =>
      em.insert(Credential, {
        id: credential,
        merchantId,
        name: provider,
        provider,
        environment: 'simulator',
        mode: 'test',
        identity: 'c',
        currency: 'BRL',
        secret: await vault.seal(em, 'credential', '{}'),
        secretVersion: 1,
        callbackSecret: await vault.seal(em, 'callback', 'x'),
        callbackHash: vault.mac('callback', 'x').mac,
        parallelSends: 1,
      }),
    );
    return new Till(database, at, merchantId, credential);
  }

  async close(): Promise<void> {
    await this.at.close();
    await this.database.drop();
  }

  em = (): Em => emOf(this.at);

  /** A sale of R$ 10,00 in its first moment: `processing`, its attempt sent. */
  async sale(capture: boolean): Promise<Sale> {
    const charge = uuid();
    const [last] = await this.em().execute<{ id: string }[]>('select coalesce(max(id), 0)::text as id from posting');
    this.newest = last!.id;
    await this.em().execute(
      `insert into charge (id, merchant_id, mode, type, status, amount, currency, shares, installments, is_gift,
         wants_capture, expire_due_at)
       values (?, ?, 'test', 'creditCard', 'processing', 1000, 'BRL', ?::jsonb, 1, false, ?,
         clock_now() + interval '1 day')`,
      [charge, this.merchantId, JSON.stringify(wholeSale(cents(1000))), capture],
    );
    return { charge, made: await this.attempt('creditCard', charge, 'cards.authorize', cents(1000)) };
  }

  /** A provider call that has just been sent. */
  async attempt(kind: string, id: string, operation: Operation, amount: Cents, ref?: string): Promise<Attempt> {
    const sold = operation === 'cards.authorize';
    const way = {
      provider,
      environment: 'simulator' as const,
      credentialId: this.credential,
      settleDays: sold ? 30 : 0,
      settleOn: 'calendar' as const,
      reroute: [],
      cost: sold ? { rateBps: 30, fixed: 1 } : noFee,
      price: sold ? { rateBps: 99, fixed: 5 } : noFee,
    };
    const wanted = {
      merchantId: this.merchantId,
      mode: 'test',
      operation,
      amount,
      currency: 'BRL',
      owner: { kind, id },
      input: { ref },
      decision: { rulesVersion: 0, candidates: [] },
    } as const;
    const em = this.em();
    const opened = await tx(em, (inner) => this.at.get(Attempts).open(inner, wanted, way));
    return em.findOneOrFail(Attempt, opened.id);
  }

  async flight(charge: string, inFlight: 'capturing' | 'canceling'): Promise<void> {
    await this.em().execute('update charge set in_flight = ? where id = ?', [inFlight, charge]);
  }

  async settle({ id }: Attempt, news: News, from: Source = 'find'): Promise<void> {
    await this.at.get(Routing).settle(id, news, from);
  }

  async job(name: string, payload: Record<string, unknown>): Promise<void> {
    await this.at.get(Handlers).find(name)({ id: '0', name, payload, tries: 1 });
  }

  /** Asks for a refund and sends it. */
  async refund(charge: string, amount: Cents): Promise<Attempt> {
    const refunds = this.at.get(Refunds, { strict: false });
    const id = await tx(this.em(), async (em) => refunds.ask(em, await lockCharge(em, charge), amount));
    return this.attempt('refund', id, 'cards.refund', amount, id);
  }

  /** Does the jobs until none is left; the provider gives back whatever it is told to. */
  async rest(charge: string): Promise<void> {
    for (;;) {
      const jobs = await this.em().execute<{ id: string; name: string; payload: Record<string, unknown> }[]>(
        'select id, name, payload from job where done_at is null and name not in (?) order by id',
        [asks],
      );
      for (const { id, name, payload } of jobs) {
        await this.at.get(Handlers).find(name)({ id, name, payload, tries: 1 });
        await this.em().execute('update job set done_at = clock_now() where id = ?', [id]);
      }
      const undone = await this.em().find(Refund, { chargeId: charge, kind: 'undo', status: 'pending' });
      for (const { id, amount, held } of undone) {
        const operation = held.length === 0 ? 'cards.void' : 'cards.refund';
        const attempt = await this.attempt('refund', id, operation, amount, id);
        await this.settle(attempt, seen(attempt, { amount }), 'call');
      }
      if (jobs.length + undone.length === 0) return;
    }
  }

  async end(charge: string): Promise<End> {
    const em = this.em();
    const it = await em.findOneOrFail(CreditCard, charge);
    const refunds = await em.find(Refund, { chargeId: charge });
    const attempts = await em.find(Attempt, { ownerId: charge });
    const rows = await em.execute<{ address: string; gained: number }[]>(
      `select side.address, sum(side.amount)::float8 as gained
       from posting p cross join lateral (values (p."from", -p.amount), (p."to", p.amount)) as side (address, amount)
       where p.id > ? group by side.address having sum(side.amount) <> 0`,
      [this.newest],
    );
    return {
      status: it.status,
      pending: it.inFlight ?? null,
      paid: toJson(it.amountPaid),
      net: it.fees?.net ?? null,
      refunds: refunds.map((one) => `${one.kind} ${one.held.length} ${one.amount} ${one.status}`).sort(),
      live: attempts.filter(({ state }) => live.includes(state)).length,
      parked: attempts.filter(({ parkedAt }) => parkedAt).length,
      balances: Object.fromEntries(rows.map(({ address, gained }) => [address.replace(this.merchantId, 'M'), gained])),
    };
  }
}

export interface End {
  readonly status: string;
  readonly pending: string | null;
  readonly paid: number;
  readonly net: number | null;
  readonly refunds: readonly string[];
  readonly live: number;
  readonly parked: number;
  readonly balances: Readonly<Record<string, number>>;
}

const at = new Date('2026-03-02T15:00:00Z');
const lapses = new Date('2099-03-02T15:00:00Z');

/** A sale as the provider shows it: `captured` so much of it; `gone`: neither captured nor held any more. */
export function seen(
  { key, amount: asked }: Attempt,
  { amount = asked, captured = 0, gone = false }: { amount?: Cents; captured?: number; gone?: boolean } = {},
): News {
  const data = { brand: 'visa', captured: cents(captured), ...(captured > 0 || gone ? {} : { captureBy: lapses }) };
  return { kind: 'done', ref: `sale of ${key}`, at, amount, currency: 'BRL', data };
}
