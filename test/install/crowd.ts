import { setTimeout as sleep } from 'node:timers/promises';
import type { Charge } from '@test/support/scene.js';
import type { Till } from './till.js';

export const fates = ['paid', 'refunded', 'canceled', 'left'] as const;
type Fate = (typeof fates)[number];
interface Purchase {
  readonly fate: Fate;
  readonly charge: Charge;
}

/** Customers who go on buying whatever happens to the installation; each purchase has an end that it must come to. */
export class Crowd {
  readonly purchases: Purchase[] = [];
  readonly failures: string[] = [];
  private going?: Promise<unknown>;
  private ending = false;
  private begun = 0;

  constructor(private readonly till: Till) {}

  begin(buyers: number): void {
    this.going = Promise.all(Array.from({ length: buyers }, () => this.buyer()));
  }

  /** Nobody begins another purchase; resolves when all have come to their end. */
  async end(): Promise<void> {
    this.ending = true;
    await this.going;
  }

  private async buyer(): Promise<void> {
    while (!this.ending) {
      const fate = fates[(this.begun += 1) % fates.length]!;
      try {
        this.purchases.push({ fate, charge: await this.purchase(fate) });
      } catch (error) {
        this.failures.push(String(error));
      }
      await sleep(150);
    }
  }

  private async purchase(fate: Fate): Promise<Charge> {
    const charge = await this.till.create(1000 + this.begun);
    if (fate === 'left') return charge;
    if (fate === 'canceled') return this.till.canceled(charge);
    const paid = await this.till.paid(charge);
    if (fate === 'paid') return paid;
    const part = await this.till.refunded(paid, 300);
    return this.till.refunded(part, part.amountRefundable);
  }
}
