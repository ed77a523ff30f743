import { Injectable } from '@nestjs/common';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { Charge } from './charges.entity.js';

/** What a payment method adds to a charge. Its module registers it; charges never imports a method. */
export interface Method {
  readonly type: Charge['type'];
  /** Event when money arrives, and for every other change. */
  readonly money: string;
  readonly change: string;
  readonly refunds: Operation;
  readonly cancels: Operation;
  /** Fills what an answer brought and the row does not have yet. */
  fill(charge: Charge, data: unknown): void;
  /** Members of the answer that only this method has. */
  view(charge: Charge): Readonly<Record<string, unknown>>;
  /** Reserved keys of `metadata`, present when known. */
  metadata(charge: Charge): Readonly<Record<string, string | null | undefined>>;
}

@Injectable()
export class Methods {
  private readonly methods = new Map<string, Method>();

  register(method: Method): void {
    if (this.methods.has(method.type)) throw new Error(`two methods of type ${method.type}`);
    this.methods.set(method.type, method);
  }

  of(type: string): Method {
    const method = this.methods.get(type);
    if (!method) throw new Error(`no method of type ${type}`);
    return method;
  }
}
