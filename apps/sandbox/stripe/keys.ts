import { createHmac } from 'node:crypto';
import { pairs } from './form.js';
import { Refusal, invalid } from './refusal.js';
import { type Room, seconds } from './room.js';
import { type Kept, keys } from './tables.js';

/** A digest of what is asked, by a secret: a card number cannot be guessed from it. */
export function printOf(room: Room, path: string, form: string): string {
  const parts = pairs(form)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort();
  return createHmac('sha256', room.account.secretKey)
    .update([path, ...parts].join('&'))
    .digest('base64url');
}

const used = (key: string): Refusal =>
  new Refusal(400, {
    type: 'idempotency_error',
    message:
      'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
      `Try using a key other than '${key}' if you meant to execute a different request.`,
  });

/** What every key has been answered, and which are still being answered. */
export class Keys {
  private readonly running = new Set<string>();

  constructor(private readonly room: Room) {}

  /** The answer that the key has; undefined when it is new. Throws when it is another request's, or in use. */
  answered(key: string, print: string, operation: string): Kept | undefined {
    if (key.length > 255) throw invalid('Idempotency keys can have up to 255 characters.');
    if (this.running.has(key))
      throw new Refusal(409, {
        type: 'invalid_request_error',
        code: 'idempotency_key_in_use',
        message: 'There is another request in progress that uses the same idempotency key.',
      });
    const kept = this.kept(key);
    if (!kept && this.room.faults.take(operation, ['duplicate_key_first_send'], key)) {
      this.room.world.commit(keys.put(key, { print: '', status: 0, body: null, request: '', at: seconds() }));
      throw used(key);
    }
    if (kept && kept.print !== print) throw used(key);
    return kept;
  }

  /** Whoever comes with this key meanwhile is turned away. */
  start(key: string): () => void {
    this.running.add(key);
    return () => void this.running.delete(key);
  }

  /** A key older than the provider remembers is a new one. */
  private kept(key: string): Kept | undefined {
    const kept = this.room.world.of(keys).get(key);
    return kept && seconds() - kept.at < this.room.wire.keyHours * 3600 ? kept : undefined;
  }
}
