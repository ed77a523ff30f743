import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { Sandbox } from '@apps/sandbox/server.js';
import { type Answered, type Call, send, sleep } from './sandbox.client.js';

/** A number of the sandbox's for each outcome, by its last digit; all of them pass Luhn. */
export const cards: Readonly<Record<number, string>> = {
  0: '4024007153760060',
  1: '4024007153760011',
  2: '4024007153760052',
  3: '4024007153760003',
  4: '4024007153760094',
  5: '4024007153760045',
  6: '4024007153760086',
  7: '4024007153760037',
  8: '4024007153760078',
  9: '4024007153760029',
};
export const cvv = '739';

let made = 0;
/** An order that no other test has. */
export const orderId = (): string => `o${String((made += 1)).padStart(24, '0')}`;

/** What of a sale tests look at. */
export interface Payment {
  readonly PaymentId: string;
  readonly Status: number;
  readonly ReturnCode?: string;
  readonly AuthenticationUrl?: string;
  readonly CapturedAmount?: number;
  readonly VoidedAmount?: number;
  readonly Chargebacks?: readonly { readonly Amount: number }[];
}
export const payment = ({ body }: Answered): Payment => (body as { readonly Payment: Payment }).Payment;

/** A store of the simulated provider, and the hand at the controls. */
export class Store {
  private readonly agent: Agent;

  constructor(
    readonly sandbox: Sandbox,
    public giveUpMs = 5_000,
  ) {
    this.agent = new Agent({ ca: readFileSync(sandbox.caFile), keepAlive: true });
  }

  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const { merchantId, merchantKey } = this.sandbox.accounts.cielo;
    const who = { merchantid: merchantId, merchantkey: merchantKey, ...headers };
    const url = `${this.sandbox.listeners['cielo']}${path}`;
    return send({ method, url, body, headers: who, agent: this.agent }, this.giveUpMs);
  }

  sale(digit: number, over: object = {}, id = orderId()): Promise<Answered> {
    return this.call('POST', '/transaction/1/sales/', order(digit, over, id));
  }

  /** A sale that is held, or with `Capture` paid: its id. */
  async held(over: object = {}, id = orderId()): Promise<string> {
    return payment(await this.sale(1, over, id)).PaymentId;
  }

  put(id: string, act: string): Promise<Answered> {
    return this.call('PUT', `/transaction/1/sales/${id}/${act}`);
  }

  find(id: string): Promise<Answered> {
    return this.call('GET', `/query/1/sales/${id}`);
  }

  list(order: string): Promise<Answered> {
    return this.call('GET', `/query/1/sales?merchantOrderId=${order}`);
  }

  async found(id: string): Promise<Payment> {
    return payment(await this.find(id));
  }

  /** The sale once it is as it should be; as it last was when that takes too long. */
  async becomes(id: string, good: (it: Payment) => boolean): Promise<Payment> {
    for (let waited = 0; ; waited += 20) {
      const it = await this.found(id);
      if (good(it) || waited > 4_000) return it;
      await sleep(20);
    }
  }

  sim(method: string, path: string, body?: unknown): Promise<Answered> {
    return send({ method, url: `${this.sandbox.url}/_sim/${path}`, body });
  }

  arm(kind: string, operation: string, more: object = {}): Promise<Answered> {
    return this.sim('PUT', 'faults', { provider: 'cielo', kind, operation, ...more });
  }

  /** What has happened: the operation, what it was done to, the amount. */
  async effects(...about: readonly string[]): Promise<string[]> {
    const { body } = await this.sim('GET', 'ledger');
    const { effects } = body as { effects: { operation: string; key: string; amount: number }[] };
    const ours = effects.filter(({ key }) => about.includes(key));
    return ours.map(({ operation, amount }) => `${operation} ${amount}`);
  }

  leave(): void {
    this.agent.destroy();
  }
}

/** The body of a sale of 10 reais; `over` goes over its payment. */
export const order = (digit: number, over: object = {}, id = orderId()): object => ({
  MerchantOrderId: id,
  Customer: { Name: 'Ana' },
  Payment: { Type: 'CreditCard', Amount: 1000, Installments: 1, Capture: false, CreditCard: card(digit), ...over },
});

export const card = (digit: number, over: object = {}): object => ({
  CardNumber: cards[digit],
  Holder: 'ANA',
  ExpirationDate: '12/2030',
  SecurityCode: cvv,
  Brand: 'Visa',
  ...over,
});

export const debit = (digit: number, over: object = {}): object => ({
  Type: 'DebitCard',
  CreditCard: undefined,
  DebitCard: card(digit),
  Authenticate: true,
  ReturnUrl: 'http://127.0.0.1:9/back',
  ...over,
});

/** Calls about a sale, once there are so many; what came when it takes too long. */
export async function told(calls: readonly Call[], id: string, count: number, withinMs = 4_000): Promise<number[]> {
  const about = () => calls.map(({ body }) => body as { PaymentId: string; ChangeType: number });
  const ours = () => about().filter(({ PaymentId }) => PaymentId === id);
  for (let waited = 0; ours().length < count && waited < withinMs; waited += 20) await sleep(20);
  return ours().map(({ ChangeType }) => ChangeType);
}
