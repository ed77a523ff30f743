import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { timer } from '@libs/kernel/timer.js';
import { cents } from '@libs/money/cents.js';
import type { BankslipInput, CardInput, PixInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Sought } from '@libs/providers/contract/provider.js';
import { PinbankCredentials } from '@libs/providers/pinbank/pinbank.credentials.js';
import { open } from '@libs/providers/pinbank/pinbank.wire.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { wire } from '@apps/sandbox/pinbank/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Shop, cvv, number } from './pinbank.client.js';
import { Tap } from './tap.js';

const usual = { open: { ...open }, wire: { ...wire } };

/** The adapter before its sandbox, with somebody who listens between them. */
export class Till {
  private constructor(
    private readonly directory: string,
    readonly sandbox: Sandbox,
    readonly tap: Tap,
    readonly shop: Shop,
  ) {}

  static async open(): Promise<Till> {
    const directory = mkdtempSync(join(tmpdir(), 'pinbank-'));
    const sandbox = await startSandbox({ port: 0, directory });
    return new Till(directory, sandbox, await Tap.open(sandbox, directory), new Shop(sandbox));
  }

  begin(): void {
    configureProviders({ sandboxUrl: this.tap.url, sandboxCa: this.sandbox.caFile });
  }

  async calm(): Promise<void> {
    Object.assign(open, usual.open);
    Object.assign(wire, usual.wire);
    this.tap.clear();
    await this.shop.sim('DELETE', 'faults');
  }

  async close(): Promise<void> {
    await closeHttp();
    this.shop.leave();
    await this.tap.close();
    await this.sandbox.close();
    rmSync(this.directory, { recursive: true });
  }

  credentials(over: object = {}): PinbankCredentials {
    return plainToInstance(PinbankCredentials, {
      environment: 'simulator',
      ...this.sandbox.accounts.pinbank,
      ...over,
    });
  }

  call<I>(key: string, input: I) {
    return { key, input, credentials: this.credentials(), leftMs: timer(4_000) };
  }
}

export const sought = <A>(act: A, amount: bigint, more: Partial<Sought<A>> = {}): Sought<A> => ({
  act,
  amount: cents(amount),
  currency: 'BRL',
  sentAt: new Date(),
  ...more,
});
const money = { amount: cents(1_000), currency: 'BRL' } as const;
export const payer = {
  name: 'Maria de Souza',
  taxId: '12345678909',
  email: 'maria@example.com',
  address: {
    street: 'Rua A',
    number: '1',
    neighborhood: 'Centro',
    city: 'São Paulo',
    state: 'SP',
    zipCode: '01001-000',
  },
} as const;
export const card = { number, holder: 'Maria de Souza', expires: '12/2030', brand: 'visa', cvv };
export const sale = (over: Partial<CardInput> = {}): CardInput => ({
  ...money,
  type: 'credit',
  card,
  payer,
  installments: 1,
  capture: true,
  ...over,
});
export const slip = (over: Partial<BankslipInput> = {}): BankslipInput => ({
  ...money,
  dueOn: '2035-12-31',
  payableDays: 30,
  payer,
  ...over,
});
export const code: PixInput = { ...money, expireSeconds: 3_600, payer };
export const refOf = (it: Outcome | Finding): string => ('ref' in it ? (it.ref ?? '') : '');
