import { Injectable } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { timer } from '@libs/kernel/timer.js';
import { providerOf } from '@libs/providers/registry.js';
import type { Credential } from '@libs/routing/credential.entity.js';
import { Credentials } from '@libs/routing/credentials.js';

interface Kept {
  readonly keys: readonly string[];
  /** Whether they may be asked for again: a little after they were. */
  readonly rested: () => boolean;
}
const restMs = 5_000;

/** The public keys of providers that publish them, kept in memory: a new process asks anew. */
@Injectable()
export class Keys {
  private readonly kept = new Map<string, Kept>();
  private readonly flights = new Map<string, Promise<readonly string[]>>();

  constructor(
    private readonly config: Config,
    private readonly credentials: Credentials,
  ) {}

  /** Those that are known; none where the provider publishes none, or could not be asked yet. */
  known({ id }: Credential): readonly string[] {
    return this.kept.get(id)?.keys ?? [];
  }

  /**
   * The page as it is now, for a key that is not among the known; not again and again, be it there or not: whoever
   * knows the address could have us ask as often as he likes.
   */
  async again(credential: Credential): Promise<readonly string[]> {
    const { id } = credential;
    if (this.kept.get(id)?.rested() === false) return this.known(credential);
    let flight = this.flights.get(id);
    if (flight === undefined) {
      flight = this.ask(credential).finally(() => this.flights.delete(id));
      this.flights.set(id, flight);
    }
    return flight;
  }

  private async ask(credential: Credential): Promise<readonly string[]> {
    const keys = providerOf(credential.provider).callbacks?.keys;
    if (!keys) return [];
    const credentials = await this.credentials.open(credential.id);
    const answer = await keys({ credentials, input: {}, leftMs: timer(this.config.PROVIDER_DEADLINE_MS) });
    const leftMs = timer(restMs);
    const found = answer.kind === 'read' ? answer.data : this.known(credential);
    this.kept.set(credential.id, { keys: found, rested: () => leftMs() <= 0 });
    return found;
  }
}
