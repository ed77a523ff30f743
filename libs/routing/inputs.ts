import { Injectable } from '@nestjs/common';
import type { Operation } from '@libs/providers/contract/acts.js';

/** Makes what an adapter takes of what an instruction may hold. What it throws is `unsent`, and must tell no secret. */
export type Ready = (input: unknown) => Promise<unknown>;

/**
 * Inputs that an instruction may not hold, a card's number before all: a domain registers who opens them, and they are
 * opened after the attempt has been committed, in memory, on their way to the wire.
 */
@Injectable()
export class Inputs {
  private readonly openers = new Map<Operation, Ready>();

  /** @throws Error at boot when an operation has two openers. */
  register(operation: Operation, ready: Ready): void {
    if (this.openers.has(operation)) throw new Error(`two openers of ${operation}`);
    this.openers.set(operation, ready);
  }

  async ready(operation: Operation, input: unknown): Promise<unknown> {
    return (await this.openers.get(operation)?.(input)) ?? input;
  }
}
