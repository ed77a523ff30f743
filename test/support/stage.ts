import { Global, type INestApplicationContext, Module } from '@nestjs/common';
import { Refunds } from '@libs/charges/refunds.service.js';
import { lockCharge } from '@libs/charges/lock.js';
import { Refund } from '@libs/charges/refund.entity.js';
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
import { Pix } from '@libs/pix/pix.entity.js';
import { PixModule } from '@libs/pix/pix.module.js';
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

/** Jobs that ask a provider: here the test is the provider, and says by `settle` what it would have said. */
const asks = ['charges.close', 'charges.refund', 'routing.ask', 'routing.register'];
type Env = Readonly<Record<string, string>>;

const secret = { environment: 'simulator', clientId: 'c', clientSecret: 's', certificate: 'AAAA', pixKey: 'loja@x' };
const cost = { rateBps: 30, fixed: 1 };
const price = { rateBps: 99, fixed: 5 };

/** Charges, refunds and their attempts on a real database, with the test in the place of the provider. */
export class Stage {
  private newest = '0';

  private constructor(
    readonly database: TestDatabase,
    readonly at: INestApplicationContext,
    readonly merchantId: string,
    readonly credential: string,
  ) {}

  static async open(env: Env = {}): Promise<Stage> {
    const database = await cloneDatabase();
    const at = await Stage.worker(database.url, env);
    const merchantId = uuid();
    await emOf(at).execute(`insert into merchant (id, name) values (?, 'Loja')`, [merchantId]);
    const vault = at.get(Vault, { strict: false });
    const credential = uuid();
    await tx(emOf(at), async (em) =>
      em.insert(Credential, {
        id: credential,
        merchantId,
        name: 'gerencianet',
        provider: 'gerencianet',
        environment: 'simulator',
        mode: 'test',
        identity: 'c',
        currency: 'BRL',
        secret: await vault.seal(em, 'credential', JSON.stringify(secret)),
        secretVersion: 1,
        callbackSecret: await vault.seal(em, 'callback', 'x'),
        callbackHash: vault.mac('callback', 'x').mac,
        parallelSends: 1,
      }),
    );
    return new Stage(database, at, merchantId, credential);
  }

  /** Another process on the same database. */
  static worker(databaseUrl: string, env: Env = {}): Promise<INestApplicationContext> {
    return startContext({ databaseUrl, entities, env, imports: [CachesModule, PixModule] });
  }

  async close(): Promise<void> {
    await this.at.close();
    await this.database.drop();
  }

  em = (): Em => emOf(this.at);
  sql<T>(text: string, params: unknown[] = []): Promise<T[]> {
    return this.em().execute<T[]>(text, params);
  }

  /** A Pix of R$ 10,00 in its first moment: `processing`, its attempt sent. */
  async charge(amount = cents(1000)): Promise<{ readonly id: string; readonly attempt: Attempt }> {
    const id = uuid();
    const [last] = await this.sql<{ id: string }>('select coalesce(max(id), 0)::text as id from posting');
    this.newest = last!.id;
    await this.sql(
      `insert into charge (id, merchant_id, mode, type, status, amount, currency, shares, expire_seconds, expires_at)
       values (?, ?, 'test', 'pix', 'processing', ?, 'BRL', ?::jsonb, 3600, clock_now() + interval '1 hour')`,
      [id, this.merchantId, amount, JSON.stringify(wholeSale(amount))],
    );
    return { id, attempt: await this.attempt('pix', id, 'pix.create', amount) };
  }

  /** A provider call that has just been sent. */
  async attempt(kind: string, id: string, operation: Operation, amount: Cents, parent?: Attempt): Promise<Attempt> {
    const sold = operation === 'pix.create';
    const way = {
      provider: 'gerencianet',
      environment: 'simulator' as const,
      credentialId: this.credential,
      settleDays: 0,
      settleOn: 'calendar' as const,
      reroute: ['not_allowed'],
      cost: sold ? cost : noFee,
      price: sold ? price : noFee,
    };
    const wanted = {
      merchantId: this.merchantId,
      mode: 'test',
      operation,
      amount,
      currency: 'BRL',
      owner: { kind, id },
      input: { ref: parent?.key },
      decision: { rulesVersion: 0, candidates: [] },
    } as const;
    const em = this.em();
    const opened = await tx(em, (inner) => this.at.get(Attempts).open(inner, wanted, way));
    return em.findOneOrFail(Attempt, opened.id);
  }

  /** Asks for a refund and sends it. */
  async refund(charge: string, amount?: Cents): Promise<{ readonly id: string; readonly attempt: Attempt }> {
    const refunds = this.at.get(Refunds, { strict: false });
    const id = await tx(this.em(), async (em) => refunds.ask(em, await lockCharge(em, charge), amount));
    const asked = await this.em().findOneOrFail(Refund, id);
    return { id, attempt: await this.attempt('refund', id, 'pix.refund', asked.amount) };
  }

  async settle({ id }: Attempt, news: News, from: Source = 'find'): Promise<void> {
    await this.at.get(Routing).settle(id, news, from);
  }

  /** Does what the news has queued, but for what a provider must be asked for. */
  async work(): Promise<number> {
    const jobs = await this.sql<{ id: string; name: string; payload: Record<string, unknown> }>(
      'select id, name, payload from job where done_at is null and name not in (?) order by id',
      [asks],
    );
    for (const { id, name, payload } of jobs) {
      await this.at.get(Handlers).find(name)({ id, name, payload, tries: 1 });
      await this.sql('update job set done_at = clock_now() where id = ?', [id]);
    }
    return jobs.length;
  }

  /** Works until nothing is left; the provider sends back whatever it is told to send back. */
  async rest(charge: string): Promise<void> {
    for (;;) {
      const worked = await this.work();
      const sent = await this.sql<{ id: string; amount: number }>(
        `select id, amount from refund where charge_id = ? and kind = 'undo' and status = 'pending'`,
        [charge],
      );
      for (const { id, amount } of sent) {
        const attempt = await this.attempt('refund', id, 'pix.refund', cents(amount));
        await this.settle(attempt, done(attempt, `undo${id}`, cents(amount)), 'call');
      }
      if (worked + sent.length === 0) return;
    }
  }

  /** How the charge ended, and what stands where because of it: the same for every order of the same news. */
  async end(charge: string): Promise<End> {
    const em = this.em();
    const it = await em.findOneOrFail(Pix, charge);
    const refunds = await em.find(Refund, { chargeId: charge });
    const owners = [charge, ...refunds.map(({ id }) => id)];
    const attempts = await em.find(Attempt, { ownerId: { $in: owners } });
    return {
      status: it.status,
      pending: it.inFlight ?? null,
      paid: toJson(it.amountPaid),
      refunded: toJson(it.refundedAmount),
      refunding: toJson(it.refundingAmount),
      net: it.fees?.net ?? null,
      coded: it.qrCode !== null && it.qrCode !== undefined,
      refunds: refunds.map(({ kind, status, amount }) => `${kind} ${amount} ${status}`).sort(),
      live: attempts.filter(({ state }) => live.includes(state)).length,
      parked: attempts.filter(({ parkedAt }) => parkedAt).length,
      balances: await this.balances(),
    };
  }

  /** What has moved since the newest charge was made: every address that is not where it was, in centavos. */
  async balances(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.sql<{ address: string; gained: number }>(
      `select side.address, sum(side.amount)::float8 as gained
       from posting p cross join lateral (values (p."from", -p.amount), (p."to", p.amount)) as side (address, amount)
       where p.id > ? group by side.address having sum(side.amount) <> 0`,
      [this.newest],
    );
    return Object.fromEntries(rows.map(({ address, gained }) => [address.replace(this.merchantId, 'M'), gained]));
  }
}

export interface End {
  readonly status: string;
  readonly pending: string | null;
  readonly paid: number;
  readonly refunded: number;
  readonly refunding: number;
  readonly net: number | null;
  readonly coded: boolean;
  readonly refunds: readonly string[];
  readonly live: number;
  readonly parked: number;
  readonly balances: Readonly<Record<string, number>>;
}

const at = new Date('2026-03-02T15:00:00Z');
/** Money that arrived, or that was given back, as a provider tells it of an attempt. */
export const done = ({ key }: Pick<Attempt, 'key'>, receipt: string, amount: Cents, ref = key): News => ({
  kind: 'done',
  ref,
  receipt,
  at,
  amount,
  currency: 'BRL',
  data: { txid: ref, qrCode: `code of ${ref}`, endToEndId: receipt },
});
