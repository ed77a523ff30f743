import { Injectable } from '@nestjs/common';
import { now } from '@libs/kernel/clock.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';

const tolerated = 5;
const openMs = 10_000;

interface Breaker {
  failures: number;
  opensAgainAt?: Date;
  since: Date;
  trying: boolean;
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

  /** Whether a call may go out now: while a breaker is open, one try at a time. The caller reports with `note`. */
  admit(credential: string): boolean {
    const breaker = this.breakers.get(credential);
    if (!breaker?.opensAgainAt) return true;
    if (breaker.trying) return false;
    breaker.trying = true;
    return true;
  }

  note(credential: string, outcome: Outcome): void {
    if (!isFailure(outcome)) {
      this.breakers.delete(credential);
      return;
    }
    const breaker = this.breakers.get(credential) ?? { failures: 0, since: now(), trying: false };
    breaker.failures += 1;
    breaker.trying = false;
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
