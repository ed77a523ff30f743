import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuid } from '@libs/kernel/ids.js';
import { now } from '@libs/kernel/clock.js';
import { timer } from '@libs/kernel/timer.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { CardInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { cards } from '@libs/providers/stripe/stripe.cards.js';
import { StripeCredentials } from '@libs/providers/stripe/stripe.credentials.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Buyer } from './stripe.client.js';

export const ten = cents(1000);
export const numbers = { good: '4242424242424242', poor: '4000000000009995', asks: '4000002760003184' };
export const leftMs = (ms = 5_000): (() => number) => timer(ms);
export const refOf = (said: Outcome | Finding): string => ('ref' in said ? (said.ref ?? '') : '');
export const sale = (over: Partial<CardInput> = {}, number = numbers.good): CardInput => ({
  amount: ten,
  currency: 'BRL',
  type: 'credit',
  card: { number, holder: 'MARIA SILVA', expires: '12/2044', brand: 'Visa', cvv: '737' },
  payer: { email: 'maria@example.test', address: { street: 'Rua A', number: '1', city: 'Recife', country: 'BR' } },
  installments: 1,
  capture: true,
  softDescriptor: 'Loja *A*',
  ...over,
});
interface Of {
  readonly ref?: string;
  readonly parent?: string;
  readonly amount?: Cents;
}

/** The adapter before the simulated Stripe, and the controls of that world. */
export class Till {
  private constructor(
    private readonly directory: string,
    readonly sandbox: Sandbox,
    readonly buyer: Buyer,
  ) {}

  static async open(): Promise<Till> {
    const directory = mkdtempSync(join(tmpdir(), 'stripe-'));
    const sandbox = await startSandbox({ port: 0, directory });
    const till = new Till(directory, sandbox, new Buyer(sandbox));
    till.direct();
    return till;
  }

  direct(): void {
    configureProviders({ sandboxUrl: this.sandbox.url, sandboxCa: this.sandbox.caFile });
  }

  async close(): Promise<void> {
    await closeHttp();
    await this.sandbox.close();
    rmSync(this.directory, { recursive: true });
  }

  credentials(over: Partial<StripeCredentials> = {}): StripeCredentials {
    const { secretKey } = this.sandbox.accounts.stripe;
    return Object.assign(new StripeCredentials(), { environment: 'simulator', secretKey, ...over });
  }

  pay(input: CardInput, key = uuid(), ms?: number): Promise<Outcome> {
    return cards.authorize({ key, input, credentials: this.credentials(), leftMs: leftMs(ms) });
  }

  follow(act: 'capture' | 'refund', ref: string, amount = ten, key = uuid()): Promise<Outcome> {
    const input = { ref, amount, currency: 'BRL', rest: false } as const;
    return cards[act]({ key, input, credentials: this.credentials(), leftMs: leftMs() });
  }

  cancel(ref: string, key = uuid()): Promise<Outcome> {
    return cards.void({ key, input: { ref }, credentials: this.credentials(), leftMs: leftMs() });
  }

  find(act: 'authorize' | 'capture' | 'void' | 'refund', key: string, of: Of = {}): Promise<Finding> {
    const { ref, amount = ten } = of;
    const parent = of.parent === undefined ? undefined : { ref: of.parent };
    const input = { act, amount, currency: 'BRL', sentAt: now(), ref, parent } as const;
    return cards.find({ key, input, credentials: this.credentials(), leftMs: leftMs() });
  }
}
