import { type Answer, type Asking, eventually } from './app.js';
import type { CardCharge } from './counter.js';
import { as, type Scene, type Told } from './scene.js';

export interface Slip extends Pick<CardCharge, 'routing' | 'provider' | 'paidAt'>, Omit<CardCharge, 'redirectUrl'> {
  readonly digitableLine: string | null;
  readonly barcode: string | null;
  readonly dueDate: string;
}

export const address = {
  street: 'Rua do Alecrim',
  number: 'S/N',
  neighborhood: 'Jardim São Paulo',
  city: 'São Paulo',
  state: 'SP',
  zipCode: '45002100',
};

/** The day so many days from today in São Paulo, by the platform's clock as tests have moved it. */
export const dayIn = (days: number): string => {
  const zone = { timeZone: 'America/Sao_Paulo', year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-CA', zone).format(Date.now() + days * 86_400_000);
};

/** Which amounts go to whom, in cents. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly prefer: readonly string[];
}

/** A shop that sends slips, and its payers at their banks. */
export class Bank {
  constructor(readonly scene: Scene) {}

  /** From now on R$ 200,00 go to Cielo and R$ 300,00 to Pinbank. */
  choosy(): Promise<void> {
    const band = (provider: string, from: number): Band => ({ from, to: from + 9_999, prefer: [provider] });
    return this.rules([band('cielo', 20_000), band('pinbank', 30_000)]);
  }

  /** Whoever is preferred is asked first, in that order. */
  async rules(bands: readonly Band[]): Promise<void> {
    const { scene } = this;
    const { body } = await scene.admin('GET', '/admin/merchants');
    const merchant = as<{ data: { id: string }[] }>(body).data[0]!.id;
    const rules = bands.map(({ from, to, prefer }) => ({
      when: { method: 'bankslip', amountMin: from, amountMax: to },
      prefer,
    }));
    const { status, text } = await scene.admin('PUT', `/admin/merchants/${merchant}/routing`, { rules });
    if (status !== 200) throw new Error(`no rules: ${text}`);
  }

  body(over: object = {}): object {
    const payerData = { name: 'FULANO DE TAL', documentNumber: '45576360044', phoneNumber: '11923451234', address };
    return { amount: 1_000, dueDate: dayIn(10), payerData, ...over };
  }

  ask(over: object = {}, asking: Asking = {}): Promise<Answer> {
    return this.scene.api('POST', '/bankslip', this.body(over), asking);
  }

  /** A slip that is registered; a busy machine misses the short deadline now and then. */
  async slip(over: object = {}): Promise<Slip> {
    for (let tries = 1; ; tries += 1) {
      const { status, body, text } = await this.ask(over);
      if (status === 201) return as<Slip>(body);
      if (status === 202) return this.becomes(as<Slip>(body).id, 'pending');
      if (tries === 3) throw new Error(`no slip: ${status} ${text}`);
    }
  }

  /** The payer takes it to his bank. */
  async pay({ digitableLine }: Slip, wish: object = {}): Promise<void> {
    const line = digitableLine!.replaceAll(/\D/g, '');
    const answer = await this.scene.sim('POST', `/_sim/bankslips/${line}/pay`, wish);
    if (answer.status !== 200) throw new Error(`not paid: ${answer.status} ${answer.text}`);
  }

  async paid(over: object = {}): Promise<Slip> {
    const slip = await this.slip(over);
    await this.pay(slip);
    return this.becomes(slip.id, 'paid');
  }

  cancel(id: string, asking: Asking = {}): Promise<Answer> {
    return this.scene.api('POST', `/bankslip/${id}/cancel`, {}, asking);
  }

  async charge(id: string): Promise<Slip> {
    return as<Slip>((await this.scene.api('GET', `/bankslip/${id}`)).body);
  }

  async becomes(id: string, status: string, withinMs?: number): Promise<Slip> {
    let seen: Slip | undefined;
    try {
      return await eventually(async () => {
        seen = await this.charge(id);
        return seen.status === status && seen.pendingOperation === null && seen;
      }, withinMs);
    } catch (error) {
      throw new Error(`it stayed ${JSON.stringify(seen)}`, { cause: error });
    }
  }

  /** Every provider call of a slip: `operation provider state`. */
  async calls(id: string): Promise<readonly string[]> {
    const { body } = await this.scene.api('GET', `/transactions/${id}/attempts`);
    const { data } = as<{ data: { operation: string; provider: string; state: string }[] }>(body);
    return data.map((it) => `${it.operation} ${it.provider} ${it.state}`);
  }

  /** What was announced of one slip. */
  async told(id: string): Promise<readonly Told[]> {
    return (await this.scene.events()).filter((it) => it.data['bankslip']?.id === id);
  }

  /** The same in few words: `type status`, and whether it was late. */
  async story(id: string): Promise<readonly string[]> {
    const told = await this.told(id);
    return told.map((it) => `${it.type} ${it.data['bankslip']!.status}${it.late ? ' late' : ''}`);
  }
}
