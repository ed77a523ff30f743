import { now } from '@libs/kernel/clock.js';
import { redact } from '@libs/kernel/log.js';

/** One request that reached the wire, without anything secret; `status` is null while, or when, nobody was answered. */
export interface Seen {
  readonly at: string;
  readonly provider: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly body: unknown;
  status: number | null;
  fault: string | null;
}

const kept = 10_000;
const query = /([?&][^=&"\s]+=)[^&"\s]+/g;

/** Query values of a callback address are secrets of ours; those of a question to the provider are not. */
const cut = (body: string): string => redact(body).replaceAll(query, '$1[redacted]');

function shown(body: string): unknown {
  if (body === '') return null;
  try {
    return JSON.parse(cut(body)) as unknown;
  } catch {
    return cut(body.slice(0, 2000));
  }
}

/** The last requests, in memory: they are for the eye, the journal keeps what they did. */
export class Requests {
  private seen: Seen[] = [];

  add(seen: Pick<Seen, 'provider' | 'operation' | 'method' | 'path' | 'key'> & { readonly body: string }): Seen {
    const entry: Seen = {
      at: now().toISOString(),
      provider: seen.provider,
      operation: seen.operation,
      method: seen.method,
      path: redact(seen.path),
      key: seen.key,
      body: shown(seen.body),
      status: null,
      fault: null,
    };
    this.seen.push(entry);
    if (this.seen.length > 2 * kept) this.seen = this.seen.slice(-kept);
    return entry;
  }

  list(provider: string | null, operation: string | null): readonly Seen[] {
    return this.seen.filter(
      (entry) => (provider ?? entry.provider) === entry.provider && (operation ?? entry.operation) === entry.operation,
    );
  }

  clear(): void {
    this.seen = [];
  }
}
