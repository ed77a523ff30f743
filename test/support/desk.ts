import { Global, type INestApplicationContext, Module } from '@nestjs/common';
import { Caches } from '@libs/kernel/cache.js';
import type { Administrator } from '@libs/kernel/caller.js';
import { now } from '@libs/kernel/clock.js';
import { uuid } from '@libs/kernel/ids.js';
import { tx } from '@libs/kernel/transaction.js';
import { AdminModule } from '@libs/admin/admin.module.js';
import { BankslipModule } from '@libs/bankslip/bankslip.module.js';
import { CardsModule } from '@libs/cards/cards.module.js';
import { entities } from '@libs/domains.js';
import { InboxModule } from '@libs/inbox/inbox.module.js';
import { PixModule } from '@libs/pix/pix.module.js';
import { cents } from '@libs/money/cents.js';
import type { Line } from '@libs/providers/contract/statements.js';
import { Wish } from '@libs/requests/wish.js';
import { Credential } from '@libs/routing/credential.entity.js';
import { Register } from '@libs/routing/register.job.js';
import { Vault } from '@libs/vault/vault.service.js';
import { emOf, startContext } from './context.js';
import { cloneDatabase, type TestDatabase } from './database.js';

export interface Seeded {
  readonly state?: string;
  readonly key?: string;
  readonly operation?: string;
  readonly proof?: object;
  readonly ownerKind?: string;
  readonly ownerId?: string;
  readonly credential?: string;
  readonly provider?: string;
}

const atGerencianet = { clientId: 'c', clientSecret: 's', certificate: 'AAAA', pixKey: 'loja@x' };

@Global()
@Module({ providers: [Caches], exports: [Caches] })
class CachesModule {}

/** A line of a statement: R$ 10,00 that came in now, and that names nothing. */
export const line = (over: Partial<Line> & Pick<Line, 'line'>): Line => ({
  kind: 'received',
  id: over.line,
  about: {},
  amount: cents(1000),
  currency: 'BRL',
  at: now(),
  text: '',
  ...over,
});

/** The services behind the inbox and the administration, on a database of their own; no provider can be reached. */
export class Desk {
  readonly secret = 'callback-secret-of-the-desk';
  merchantId!: string;
  credential!: string;
  private offsetSeconds = 0;

  private constructor(
    readonly at: INestApplicationContext,
    private readonly database: TestDatabase,
  ) {}

  static async open(): Promise<Desk> {
    const database = await cloneDatabase();
    const imports = [CachesModule, AdminModule, InboxModule, PixModule, BankslipModule, CardsModule];
    const at = await startContext({ databaseUrl: database.url, entities, imports });
    const desk = new Desk(at, database);
    desk.merchantId = uuid();
    await desk.sql(`insert into merchant (id, name) values (?, 'Loja')`, [desk.merchantId]);
    desk.credential = await desk.account('gerencianet', desk.secret);
    return desk;
  }

  async close(): Promise<void> {
    await this.at.close();
    await this.database.drop();
  }

  sql<T>(text: string, params: unknown[] = []): Promise<T[]> {
    return emOf(this.at).execute<T[]>(text, params);
  }

  /** An account in an environment that is not there, unless a test sees to it. */
  async account(
    name: string,
    callbackSecret: string,
    provider = 'gerencianet',
    its: object = atGerencianet,
  ): Promise<string> {
    const vault = this.at.get(Vault, { strict: false });
    const secret = { environment: 'simulator', ...its };
    return tx(emOf(this.at), async (em) => {
      const id = uuid();
      await em.insert(Credential, {
        id,
        merchantId: this.merchantId,
        name,
        provider,
        environment: 'simulator',
        mode: 'test',
        identity: `c:${name}`,
        currency: 'BRL',
        secret: await vault.seal(em, 'credential', JSON.stringify(secret)),
        secretVersion: 1,
        callbackSecret: await vault.seal(em, 'callback', callbackSecret),
        callbackHash: vault.mac('callback', callbackSecret).mac,
        parallelSends: 1,
      });
      return id;
    });
  }

  /** A provider call as it stands on record: of R$ 10,00, unless said of a refund nobody has. */
  async attempt(seeded: Seeded = {}): Promise<string> {
    const { state = 'unknown', operation = 'pix.refund', proof = { by: 'key', afterMs: 1_000 } } = seeded;
    const id = uuid();
    await this.sql(
      `insert into attempt (id, owner_kind, owner_id, merchant_id, mode, operation, state, provider, credential_id,
         amount, currency, key, decision, cost, price, settle_days, reroute, proof, deadline)
       values (?, ?, ?, ?, 'test', ?, ?, ?, ?, 1000, 'BRL', ?, '{"rulesVersion":0,"candidates":[]}',
         '{"rateBps":0,"fixed":0}', '{"rateBps":100,"fixed":0}', 0, '{}', ?::jsonb, clock_now())`,
      [
        id,
        seeded.ownerKind ?? 'refund',
        seeded.ownerId ?? uuid(),
        this.merchantId,
        operation,
        state,
        seeded.provider ?? 'gerencianet',
        seeded.credential ?? this.credential,
        seeded.key ?? `k${id}`,
        JSON.stringify(proof),
      ],
    );
    return id;
  }

  /** A dynamic Pix of R$ 10,00 with the attempt that made it. */
  async charge(status: string, attemptState = 'pending'): Promise<{ readonly id: string; readonly attempt: string }> {
    const id = uuid();
    const ours = { ownerKind: 'pix', ownerId: id, operation: 'pix.create', state: attemptState, key: `t${id}` };
    const attempt = await this.attempt(ours);
    const shares = JSON.stringify([{ to: 'seller', weight: 1000, liable: true }]);
    await this.sql(
      `insert into charge (id, merchant_id, mode, type, status, amount, currency, shares, attempt_id, expire_seconds)
       values (?, ?, 'test', 'pix', ?, 1000, 'BRL', ?::jsonb, ?, 3600)`,
      [id, this.merchantId, status, shares, attempt],
    );
    return { id, attempt };
  }

  /** A sale of R$ 10,00 on a credit card, to be captured at once, whose answer at Stripe is not there yet. */
  async sale(credential: string): Promise<{ readonly id: string; readonly attempt: string; readonly key: string }> {
    const [id, key] = [uuid(), uuid()];
    const of = { provider: 'stripe', credential, operation: 'cards.authorize', state: 'unknown' };
    const attempt = await this.attempt({ ...of, key, ownerKind: 'creditCard', ownerId: id });
    const shares = JSON.stringify([{ to: 'seller', weight: 1000, liable: true }]);
    await this.sql(
      `insert into charge (id, merchant_id, mode, type, status, amount, currency, shares, attempt_id, wants_capture)
       values (?, ?, 'test', 'creditCard', 'processing', 1000, 'BRL', ?::jsonb, ?, true)`,
      [id, this.merchantId, shares, attempt],
    );
    return { id, attempt, key };
  }

  /** Tells a provider where to call. A busy machine misses the deadline now and then; the job would come again. */
  async register(credential: string): Promise<void> {
    const turn = { id: '1', name: 'routing.register', payload: { credential }, tries: 1 };
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.at.get(Register).register(turn);
      } catch (error) {
        if (tries === 20) throw error;
      }
    }
  }

  /** Moves the database's clock forwards. */
  async later(seconds: number): Promise<void> {
    this.offsetSeconds += seconds;
    await this.sql(
      `create or replace function clock_now() returns timestamptz language sql stable parallel safe
       as $$ select now() + interval '${this.offsetSeconds} seconds' $$`,
    );
  }

  wish(route: string, person = 'ana', key?: string, body: unknown = {}): Wish {
    return new Wish(`admin:${person}`, key, route, '', body);
  }

  person = (person: string): Administrator => ({ kind: 'administrator', keyId: uuid(), person });
}
