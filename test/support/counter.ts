import { type Answer, type Asking, eventually } from './app.js';
import { as, type Charge, type Scene, type Told } from './scene.js';

/** Luhn-valid numbers by what both simulated providers do with them; Cielo goes by the last digit. */
export const numbers = {
  good: '5555555555554444', // known to Stripe too
  cielo: '4024007153760060',
  denied: '4024007153760052',
  expired: '4024007153760003',
  unfinished: '4024007153760086',
} as const;

export interface CardCharge extends Charge {
  readonly type: string;
  readonly provider: string | null;
  readonly paidAt: string | null;
  readonly redirectUrl: string | null;
  readonly installments: number;
  readonly routing: { readonly candidates: readonly { provider: string; outcome: string; reason: string }[] };
}
export type Kind = 'credit' | 'debit';
const typeOf = (kind: Kind): string => `${kind}Card`;

/** A shop's counter: cards go over it, and what became of them is asked for. */
export class Counter {
  constructor(readonly scene: Scene) {}

  body(over: object = {}, card: object = {}): object {
    return {
      amount: 10_000,
      customer: { name: 'FULANO DE TAL' },
      card: { number: numbers.good, cvv: '737', holder: 'FULANO DE TAL', expirationDate: '12/2035', ...card },
      ...over,
    };
  }

  /** Asks once. */
  ask(kind: Kind, over: object = {}, card: object = {}, asking: Asking = {}): Promise<Answer> {
    const page = kind === 'debit' ? { returnUrl: 'https://loja.example/volta' } : {};
    return this.scene.api('POST', `/${kind}-card`, this.body({ ...page, ...over }, card), asking);
  }

  /** A charge that has come to `status`; a busy machine misses the short deadline now and then. */
  async made(status: string, over: object = {}, card: object = {}, kind: Kind = 'credit'): Promise<CardCharge> {
    for (let tries = 1; ; tries += 1) {
      const { status: code, body, text } = await this.ask(kind, over, card);
      if (code === 201 || code === 202) return this.becomes(as<CardCharge>(body).id, status, kind);
      if (tries === 3) throw new Error(`no charge: ${code} ${text}`);
    }
  }

  act(id: string, act: string, body: object = {}, asking: Asking = {}, kind: Kind = 'credit'): Promise<Answer> {
    return this.scene.api('POST', `/${kind}-card/${id}/${act}`, body, asking);
  }

  async charge(id: string, kind: Kind = 'credit'): Promise<CardCharge> {
    return as<CardCharge>((await this.scene.api('GET', `/${kind}-card/${id}`)).body);
  }

  async until(id: string, so: (it: CardCharge) => boolean, kind: Kind = 'credit'): Promise<CardCharge> {
    let seen: CardCharge | undefined;
    try {
      return await eventually(async () => {
        seen = await this.charge(id, kind);
        return so(seen) && seen;
      });
    } catch (error) {
      throw new Error(`it stayed ${JSON.stringify(seen)}`, { cause: error });
    }
  }

  becomes(id: string, status: string, kind: Kind = 'credit'): Promise<CardCharge> {
    return this.until(id, (it) => it.status === status && it.pendingOperation === null, kind);
  }

  async arm(provider: string, operation: string, kind: string, more: object = {}): Promise<void> {
    const fault = { provider, operation, kind, ...more };
    const { status, text } = await this.scene.sim('PUT', '/_sim/faults', fault);
    if (status !== 200) throw new Error(`not armed: ${text}`);
  }

  /** What happened in the simulated world to a charge, one line each, whoever did it. */
  async fate({ id, metadata }: CardCharge): Promise<readonly string[]> {
    const { body } = await this.scene.api('GET', `/transactions/${id}/attempts`);
    const keys = new Set([metadata['paymentId'], ...as<{ data: { id: string }[] }>(body).data.map((it) => it.id)]);
    const shorts = [...keys].flatMap((it) => (it === undefined ? [] : [it, short(it)]));
    const effects = await this.scene.effects();
    return effects
      .filter(({ key, ref }) => shorts.includes(key) || shorts.includes(ref))
      .map((it) => `${it.operation} ${it.amount}`);
  }

  /** Every provider call of a charge: `operation provider state`. */
  async calls(id: string): Promise<readonly string[]> {
    const { body } = await this.scene.api('GET', `/transactions/${id}/attempts`);
    const { data } = as<{ data: { operation: string; provider: string; state: string }[] }>(body);
    return data.map((it) => `${it.operation} ${it.provider} ${it.state}`);
  }

  /** The statuses that were announced of a charge, in their order. */
  async story(id: string, kind: Kind = 'credit'): Promise<readonly string[]> {
    const told: readonly Told[] = await this.scene.events();
    const type = typeOf(kind);
    return told.flatMap((it) => (it.type === type && it.data[type]?.id === id ? [it.data[type].status] : []));
  }

  /** What the merchant can draw, and what will come. */
  async balance(): Promise<{ readonly available: number; readonly receivable: number }> {
    const { body } = await this.scene.api('GET', '/balance');
    const [first] = as<{ data: { available: number; receivable: number }[] }>(body).data;
    return { available: first!.available, receivable: first!.receivable };
  }
}

/** How Cielo is told an attempt's id. */
function short(id: string): string {
  const digits = id.replaceAll('-', '');
  return /^[0-9a-f]{32}$/.test(digits) ? BigInt(`0x${digits}`).toString(36).padStart(25, '0') : id;
}
