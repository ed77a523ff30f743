import { randomBytes } from 'node:crypto';
import { Agent as HttpAgent, request as http } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions, request as https } from 'node:https';
import { uuid } from '@libs/kernel/ids.js';
import type { Certificates } from './certificates.js';
import type { Faults } from './faults.js';
import type { Callback, Put, World } from './world.js';

export interface CallbackTimes {
  readonly callbackTimeoutMs: number;
  readonly callbackTries: number;
  readonly lateMs: number;
}
/** What is to be told: the truth, the same fact in another state, and what somebody without our secret would claim. */
export interface Tidings {
  readonly operation: string;
  readonly key: string;
  readonly body: unknown;
  readonly contrary: unknown;
  readonly forgery: unknown;
}
/** How a call ended: with a status, or with the network's word for why there was none. */
export type Called = { readonly status: number } | { readonly failure: string };
/** Rows to commit with the fact itself, and what to do once they are in the journal. */
export interface Owed {
  readonly puts: readonly Put[];
  readonly send: () => void;
}

/** Back-off in real time: 1, 2, 4 … 30 seconds. */
const backOffMs = (tries: number): number => Math.min(1000 * 2 ** (tries - 1), 30_000);

/** `/pix` is appended to the registered address as a text, whatever it holds, unless it ends so that it cannot be. */
export const eventUrl = (url: string): string => (/[?&]ignorar=$/.test(url) ? url : `${url}/pix`);

/** The registered address as someone would guess it: every secret in it is another one of the same length. */
function guessed(url: string): string {
  const other = (secret: string): string => randomBytes(secret.length).toString('hex').slice(0, secret.length);
  const parts = new URL(url);
  parts.pathname = parts.pathname.replace(/[^/]+(?=\/?$)/, other);
  for (const [name, value] of Object.entries(Object.fromEntries(parts.searchParams)))
    if (value !== '') parts.searchParams.set(name, other(value));
  return parts.href;
}

/** Delivers what the provider owes its customer. What is owed is journaled until a 2xx ends it, or too many tries. */
export class Callbacks {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly held = new Set<string>();
  private readonly plain = new HttpAgent({ keepAlive: true, maxSockets: 16 });
  private readonly proven: HttpsAgent;
  private readonly unproven = new HttpsAgent({ rejectUnauthorized: false });
  private open = true;

  constructor(
    private readonly world: World,
    private readonly faults: Faults,
    caller: Certificates['caller'],
    private readonly times: CallbackTimes,
    private readonly log: (line: Record<string, unknown>) => void,
  ) {
    this.proven = new HttpsAgent({ ...caller, keepAlive: true, maxSockets: 16, rejectUnauthorized: false });
  }

  /** Everything still owed by an earlier process, at once. */
  resume(): void {
    for (const id of this.world.tables.callback.keys()) this.schedule(id, 0);
  }

  /** What has to be told of a fact, under the faults of the moment. Nobody registered: nothing is owed. */
  owe(tidings: Tidings): Owed {
    const { operation, key } = tidings;
    if (!this.world.tables.hook.has(key)) return { puts: [], send: () => undefined };
    const forged = this.faults.take(operation, ['forged_callback']) ? [this.row(key, tidings.forgery, true)] : [];
    const told: Callback[] = [];
    if (!this.faults.take(operation, ['no_callback'])) {
      told.push(this.row(key, tidings.body));
      if (this.faults.take(operation, ['duplicate_callback'])) told.push(this.row(key, tidings.body));
      const twice = this.faults.take(operation, ['same_callback_twice_different_state']);
      if (twice) told.push(this.row(key, tidings.contrary));
    }
    const late = told.length > 0 ? this.faults.take(operation, ['late_callback']) : undefined;
    const behind =
      told.length > 0 && this.held.size === 0 ? this.faults.take(operation, ['reordered_callbacks']) : undefined;
    const waitMs = late || behind ? ((late ?? behind)?.delayMs ?? this.times.lateMs) : 0;
    return {
      puts: [...forged, ...told].map((row) => ['callback', row.id, row] as const),
      send: () => {
        for (const row of forged) this.schedule(row.id, 0);
        for (const row of told) {
          if (behind) this.held.add(row.id);
          this.schedule(row.id, waitMs);
        }
      },
    };
  }

  /** A forged claim about something that has not happened; only where that fault is armed. */
  claim(operation: string, key: string, forgery: unknown): Owed {
    const hook = this.world.tables.hook.has(key);
    const row = hook && this.faults.take(operation, ['forged_callback']) ? this.row(key, forgery, true) : undefined;
    return {
      puts: row ? [['callback', row.id, row]] : [],
      send: () => {
        if (row) this.schedule(row.id, 0);
      },
    };
  }

  /** One POST, with the provider's certificate or without any; it never throws. */
  call(url: string, body: string, proven: boolean): Promise<Called> {
    const secure = new URL(url).protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      agent: secure ? (proven ? this.proven : this.unproven) : this.plain,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      timeout: this.times.callbackTimeoutMs,
    };
    return new Promise((resolve) => {
      const request = (secure ? https : http)(url, options, (response) => {
        response.on('error', () => undefined).resume();
        resolve({ status: response.statusCode ?? 0 });
      });
      request.on('timeout', () => request.destroy(new Error('timed out')));
      request.on('error', (error: NodeJS.ErrnoException) => resolve({ failure: error.code ?? error.message }));
      request.end(body);
    });
  }

  close(): void {
    this.open = false;
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const agent of [this.plain, this.proven, this.unproven]) agent.destroy();
  }

  private row(key: string, body: unknown, forged = false): Callback {
    return { id: uuid(), key, body: JSON.stringify(body), tries: 0, forged };
  }

  private schedule(id: string, waitMs: number): void {
    clearTimeout(this.timers.get(id));
    if (!this.open) return;
    const fire = (): void => {
      this.timers.delete(id);
      this.held.delete(id);
      void this.deliver(id);
    };
    this.timers.set(id, setTimeout(fire, waitMs));
  }

  private async deliver(id: string): Promise<void> {
    const owed = this.world.tables.callback.get(id);
    if (!owed) return;
    // The address of this moment: it may have moved since the fact, as after a restart of the customer elsewhere.
    const hook = this.world.tables.hook.get(owed.key);
    const url = hook && (owed.forged ? eventUrl(guessed(hook.url)) : eventUrl(hook.url));
    const called: Called = url ? await this.call(url, owed.body, !owed.forged) : { failure: 'nobody is registered' };
    if (!this.open || !this.world.tables.callback.has(id)) return;
    const done = 'status' in called && called.status >= 200 && called.status < 300;
    const tries = owed.tries + 1;
    this.log({ event: 'callback', key: owed.key, forged: owed.forged, tries, ...called });
    if (done || owed.forged || !url || tries >= this.times.callbackTries) this.world.commit(['callback', id, null]);
    else {
      this.world.commit(['callback', id, { ...owed, tries }]);
      this.schedule(id, backOffMs(tries));
    }
    if (done && !owed.forged) for (const other of this.held) this.schedule(other, 0);
  }
}
