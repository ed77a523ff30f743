import { Injectable } from '@nestjs/common';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { Decision } from '@libs/routing/plan.js';
import type { Charge } from './charges.entity.js';

/** How a provider names what an answer was about. */
export interface Named {
  readonly ref?: string;
  readonly receipt?: string;
}

/** What a payment method adds to a charge. Its module registers it; charges never imports a method. */
export interface Method {
  readonly type: Charge['type'];
  /** What a caller is told where there is none. */
  readonly missing: string;
  /** Event when money arrives, and for every other change. */
  readonly money: string;
  readonly change: string;
  /** Absent: no provider gives its money back itself, and a refund waits for a pay-out. */
  readonly refunds?: Operation;
  readonly cancels: Operation;
  /** Fills what an answer brought and the row does not have yet. `names`: what the provider calls it. */
  fill(charge: Charge, data: unknown, names: Named): void;
  /** In how many parts its payer pays; a fee may depend on it. Absent: in one. */
  installments?(charge: Charge): number;
  /** When money that is only held is let go, unless it was captured before. */
  lapses?(charge: Charge): Date | undefined;
  /** Whether the provider can be told to close what still waits for its payer; absent: it can. */
  closes?(charge: Charge): boolean;
  /** Until when money may come for what has ended here and nobody can close there; absent: none can. */
  lingers?(charge: Charge): Date | undefined;
  /** Until when what the provider has closed is asked after: it may hear of a payment late. Absent: not at all. */
  watched?(charge: Charge): Date;
  /** Whether its payer can still decide what the provider calls undecided; absent: he can. */
  waits?(charge: Charge): boolean;
  /** The id that merchants know it by; absent: the row's own. */
  name?(charge: Charge): string;
  /** Why it went where it is, where no attempt has kept that. */
  decision?(charge: Charge): Decision | undefined;
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
