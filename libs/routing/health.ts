import { Injectable } from '@nestjs/common';
import { now } from '@libs/kernel/clock.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';

const tolerated = 5;
const openMs = 10_000;

interface Breaker {
  failures: number;
  opensAgainAt?: Date;
  since: Date;
  /** The one call that tries whether the provider is well again. */
  trial?: Try;
}
/** One call that was let out: its outcome is weighed by what the breaker was when it began. */
export interface Try {
  readonly credential: string;
}
export type BreakerState = 'closed' | 'open' | 'half_open';

/** Whether an outcome says that the provider is not well; what it refuses for its own reasons says nothing. */
const isFailure = (outcome: Outcome): boolean =>
  (outcome.kind === 'unsent' && (outcome.why === 'refused' || outcome.why === 'limited')) ||
  (outcome.kind === 'unknown' && outcome.why !== 'duplicate' && outcome.why !== 'crash');

/** One breaker per credential, in this process: it spares a sick provider, and it never decides about money. */
@Injectable()
export class Health {
  private readonly breakers = new Map<string, Breaker>();

  /** Credential → when its breaker half-opens. */
  tripped(): ReadonlyMap<string, Date> {
    const open = new Map<string, Date>();
    for (const [credential, { opensAgainAt }] of this.breakers) {
      if (opensAgainAt && opensAgainAt > now()) open.set(credential, opensAgainAt);
    }
    return open;
  }

  /** Lets a call out, or not: while a breaker is open, one try at a time. The caller reports with `note`. */
  admit(credential: string): Try | undefined {
    const breaker = this.breakers.get(credential);
    const admitted: Try = { credential };
    if (!breaker?.opensAgainAt) return admitted;
    if (breaker.trial) return undefined;
    breaker.trial = admitted;
    return admitted;
  }

  note(admitted: Try, outcome: Outcome): void {
    const { credential } = admitted;
    const known = this.breakers.get(credential);
    // It began before the breaker opened: how the provider is now, the try alone tells.
    if (known?.opensAgainAt && known.trial !== admitted) return;
    if (!isFailure(outcome)) {
      this.breakers.delete(credential);
      return;
    }
    const breaker: Breaker = known ?? { failures: 0, since: now() };
    breaker.failures += 1;
    breaker.trial = undefined;
    if (breaker.failures >= tolerated) {
      if (!breaker.opensAgainAt) breaker.since = now();
      breaker.opensAgainAt = new Date(now().getTime() + openMs);
    }
    this.breakers.set(credential, breaker);
  }

  state(credential: string): { readonly breaker: BreakerState; readonly since?: Date } {
    const breaker = this.breakers.get(credential);
    if (!breaker?.opensAgainAt) return { breaker: 'closed' };
    return { breaker: breaker.opensAgainAt > now() ? 'open' : 'half_open', since: breaker.since };
  }
}
