import {
  type Answer,
  type Api,
  type App,
  type Asking,
  client,
  eventually,
  type Json,
  rows,
  startApp,
} from '@test/support/app.js';

/** A charge as far as tests read it by name; every other member is reached through `body`. */
export interface Charge {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly amountPaid: number;
  readonly amountRefundable: number;
  readonly refundedAmount: number;
  readonly customCode: string | null;
  readonly qrCode: string | null;
  readonly pendingOperation: string | null;
  readonly fees: { readonly price: number; readonly net: number } | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly refunds: readonly { readonly id: string; readonly amount: number; readonly status: string }[];
}
export interface Told {
  readonly id: string;
  readonly sequence: number;
  readonly type: string;
  readonly late: boolean;
  readonly differs?: boolean;
  readonly data: Readonly<Record<string, Charge>>;
}
export interface Effect {
  readonly provider: string;
  readonly operation: string;
  readonly key: string;
  readonly ref: string;
  readonly amount: number;
}

/** A JSON answer as a type that the test names. */
export const as = <T>(body: Json | T): T => body as unknown as T;

interface Lane {
  readonly provider: string;
  readonly operation: string;
}
/** Whom the tests of a method know; the tests of other providers ask for those themselves. */
const usual: Readonly<Record<string, readonly string[]>> = {
  'pix.create': ['gerencianet'],
  'cards.authorize': ['cielo', 'stripe'],
};

let made = 0;
/** A text that no other call of this file has got. */
export const fresh = (prefix: string): string => `${prefix}${(made += 1)}x${process.pid}`;

/** The built platform with a merchant, an administrator and the hand at the sandbox's controls. */
export class Scene {
  readonly api: Api;
  readonly admin: Api;
  readonly sim: Api;

  private constructor(readonly app: App) {
    this.api = client(() => app.url, app.merchantKey);
    this.admin = client(() => app.url, app.adminKey);
    this.sim = client(() => app.sandboxUrl);
  }

  /** Opens it and waits until the simulated provider knows where to call. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const scene = new Scene(await startApp(env));
    await scene.listening();
    await scene.serve(({ provider, operation }) => usual[operation]?.includes(provider) ?? true);
    return scene;
  }

  /** Keeps the lanes that are so: what one provider does not do, no other one does in its place. */
  async serve(so: (lane: Lane) => boolean): Promise<void> {
    const { body } = await this.admin('GET', '/admin/merchants');
    const path = `/admin/merchants/${as<{ data: { id: string }[] }>(body).data[0]!.id}/lanes`;
    const all = as<{ data: Lane[] }>((await this.admin('GET', path)).body).data;
    const { status, text } = await this.admin('PUT', path, all.filter(so));
    if (status !== 200) throw new Error(`no lanes: ${text}`);
  }

  listening(): Promise<true> {
    return eventually(async () => {
      const { body } = await this.sim('GET', '/_sim/requests?operation=webhook');
      const { requests } = as<{ requests: { method: string; status: number }[] }>(body);
      return requests.some((it) => (it.method === 'PUT' ? it.status === 201 : it.status === 200));
    });
  }

  close(): Promise<void> {
    return this.app.stop();
  }

  ask(body: object = {}, asking: Asking = {}): Promise<Answer> {
    return this.api('POST', '/pix', { amount: 1000, ...body }, asking);
  }

  /** A Pix that was issued, `pending`. A busy machine misses the short deadline now and then: that is no matter. */
  async pix(body: object = {}): Promise<Charge> {
    let answer = await this.ask(body);
    for (let tries = 1; answer.status === 503 && tries < 3; tries += 1) answer = await this.ask(body);
    const made = as<Charge>(answer.body);
    if (answer.status === 201) return made;
    if (answer.status === 202) return this.becomes(made.id, 'pending');
    throw new Error(`no Pix: ${answer.status} ${answer.text}`);
  }

  async charge(id: string): Promise<Charge> {
    return as<Charge>((await this.api('GET', `/pix/${id}`)).body);
  }

  /** The payer pays; answers the payment's endToEndId. */
  async pay({ metadata }: Charge, wish: object = {}): Promise<string> {
    const answer = await this.sim('POST', `/_sim/pix/${metadata['paymentId']}/pay`, wish);
    if (answer.status !== 200) throw new Error(`not paid: ${answer.status} ${answer.text}`);
    return as<{ endToEndId: string }>(answer.body).endToEndId;
  }

  /** The charge once it is so, at most `withinMs`. */
  async until(id: string, so: (charge: Charge) => boolean, withinMs = 30_000): Promise<Charge> {
    let seen: Charge | undefined;
    try {
      return await eventually(async () => {
        seen = await this.charge(id);
        return so(seen) && seen;
      }, withinMs);
    } catch (error) {
      throw new Error(`it stayed ${JSON.stringify(seen)}`, { cause: error });
    }
  }

  becomes(id: string, status: string, withinMs?: number): Promise<Charge> {
    return this.until(id, (it) => it.status === status && it.pendingOperation === null, withinMs);
  }

  async paid(body: object = {}): Promise<Charge> {
    const charge = await this.pix(body);
    await this.pay(charge);
    return this.becomes(charge.id, 'paid');
  }

  async refund(id: string, amount?: number, asking: Asking = {}): Promise<Answer> {
    return this.api('POST', `/pix/${id}/refund`, amount === undefined ? {} : { amount }, asking);
  }

  /** Every effect that the simulated world has seen, as `operation key amount`; of one key, when one is given. */
  async effects(key?: string): Promise<readonly Effect[]> {
    const { effects } = as<{ effects: Effect[] }>((await this.sim('GET', '/_sim/ledger')).body);
    return key === undefined ? effects : effects.filter((it) => it.key === key);
  }

  /** What happened at the provider to a charge and its money, one line each. */
  async fate({ metadata }: Charge): Promise<readonly string[]> {
    const key = metadata['paymentId'] ?? 'none';
    return (await this.effects(key)).map(({ operation, amount }) => `${operation} ${amount}`);
  }

  async arm(operation: string, kind: string, more: object = {}): Promise<void> {
    const body = { provider: 'gerencianet', operation, kind, ...more };
    const { status, text } = await this.sim('PUT', '/_sim/faults', body);
    if (status !== 200) throw new Error(`not armed: ${text}`);
  }

  async calm(): Promise<void> {
    await this.sim('DELETE', '/_sim/faults');
  }

  async advance(advanceSeconds: number): Promise<void> {
    const { status, text } = await this.sim('POST', '/_sim/clock', { advanceSeconds });
    if (status !== 200) throw new Error(`the clock stood: ${text}`);
  }

  /** Everything announced to the merchant so far, oldest first: the feed may be late, so it is waited for. */
  async events(): Promise<readonly Told[]> {
    const [newest] = await rows<{ at: string | null }>(
      this.app,
      'select max(transaction::text::bigint) as at from outbox',
    );
    const shown = 'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > $1 as yes';
    await eventually(async () => (await rows<{ yes: boolean }>(this.app, shown, [newest!.at ?? '0']))[0]!.yes);
    const told: Told[] = [];
    for (;;) {
      const last = told.at(-1)?.id;
      const { body } = await this.api('GET', `/events?limit=100${last === undefined ? '' : `&after=${last}`}`);
      const page = as<{ data: Told[]; hasMore: boolean }>(body);
      told.push(...page.data);
      if (!page.hasMore) return told;
    }
  }

  /** What was announced of one charge: `type status`, in order. */
  async story(id: string): Promise<readonly string[]> {
    const told = await this.events();
    return told.flatMap((it) => (it.data['pix']?.id === id ? [`${it.type} ${it.data['pix'].status}`] : []));
  }

  /** The balance of every ledger address that has one, in centavos. */
  async addresses(): Promise<Readonly<Record<string, number>>> {
    const { body } = await this.admin('GET', '/admin/ledger/addresses?limit=100');
    const { data } = as<{ data: { address: string; balance: number; debt: number }[] }>(body);
    return Object.fromEntries(data.map(({ address, balance, debt }) => [address, balance - debt]));
  }

  /** Runs a verification of the whole ledger to its end. */
  async verified(): Promise<{ readonly ok: boolean | null; readonly firstBad: string | null }> {
    const { body } = await this.admin('POST', '/admin/ledger/verify');
    const { id } = as<{ id: string }>(body);
    return eventually(async () => {
      const found = await this.admin('GET', `/admin/ledger/verifications/${id}`);
      const seen = as<{ status: string; ok: boolean | null; firstBad: string | null }>(found.body);
      return seen.status !== 'running' && { ok: seen.ok, firstBad: seen.firstBad };
    });
  }
}
