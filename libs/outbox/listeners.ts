import { Injectable } from '@nestjs/common';

/**
 * The jobs that events start, a hundred at most to one, with `{ events: <ids> }`. Whoever listens registers when its
 * module begins, so that the outbox imports none of them. An event may reach a listener twice: it is idempotent by the
 * event's id.
 */
@Injectable()
export class Listeners {
  private readonly registered = new Set<string>();

  /** `job`: the name of an `@OnJob` method. */
  register(job: string): void {
    this.registered.add(job);
  }

  get jobs(): readonly string[] {
    return [...this.registered];
  }
}
