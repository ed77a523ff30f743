import { randomBytes } from 'node:crypto';
import { Agent as HttpAgent, request as http } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions, request as https } from 'node:https';
import { uuid } from '@libs/kernel/ids.js';
import type { Certificates } from './certificates.js';
import type { Bound } from './faults.js';
import { type Callback, type Put, type World, addressTable, callbackTable } from './world.js';

export interface CallbackTimes {
  readonly callbackTimeoutMs: number;
  readonly callbackTries: number;
  readonly lateMs: number;
  readonly roundMs?: number; // how long news lie before they are sent at all
}
/** How a provider calls its customer back. */
export interface Calling {
  readonly times: CallbackTimes;
  /** Told by hand, with `PUT /_sim/callbacks`; then nothing else is needed here. */
  readonly byHand?: true;
  /** Where what is told under a key goes at this moment; undefined: nobody is registered. */
  readonly address?: (world: World, key: string) => string | undefined;
  /** The address of an event, made of the one that is registered under its key. */
  readonly event?: (address: string, key: string) => string;
  /** Headers of one delivery, made when it is made: a signature of the body, of another's secret when it is forged. */
  readonly headers?: (world: World, owed: Callback) => Readonly<Record<string, string>>;
  /** What a forger calls: somebody who does not know the secret in the address, unless told otherwise. */
  readonly forged?: (address: string) => string;
  /** The answer that is a good one: any 2xx, unless told otherwise. */
  readonly accepts?: (status: number) => boolean;
  /** Whether a good answer ends it; where it does not, whatever does has to take away what is owed. */
  readonly ends?: (world: World, owed: Callback) => boolean;
  /** It shows the sandbox's client certificate. */
  readonly proven?: true;
}
/**
 * What is to be told: the truth, the same fact in another state, and what somebody without our secret would claim. A
 * text goes as it is, anything else as JSON.
 */
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

const accepted = (status: number): boolean => status >= 200 && status < 300;

/** The registered address as someone would guess it: every secret in it is another one of the same length. */
function guessed(url: string): string {
  const other = (secret: string): string => randomBytes(secret.length).toString('hex').slice(0, secret.length);
  const parts = new URL(url);
  parts.pathname = parts.pathname.replace(/[^/]+(?=\/?$)/, other);
  for (const [name, value] of Object.entries(Object.fromEntries(parts.searchParams)))
    if (value !== '') parts.searchParams.set(name, other(value));
  return parts.href;
}

/** Delivers what one provider owes its customer. What is owed is journaled until it is taken, or too many tries. */
export class Callbacks {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly held = new Set<string>();
  private readonly plain = new HttpAgent({ keepAlive: true, maxSockets: 16 });
  private readonly proven: HttpsAgent;
  private readonly unproven = new HttpsAgent({ rejectUnauthorized: false });
  private open = true;

  constructor(
    private readonly provider: string,
    private readonly world: World,
    private readonly faults: Bound,
    caller: Certificates['caller'],
    private readonly calling: Calling,
    private readonly log: (line: Record<string, unknown>) => void,
  ) {
    this.proven = new HttpsAgent({ ...caller, keepAlive: true, maxSockets: 16, rejectUnauthorized: false });
  }

  /** Everything still owed by an earlier process, at once. */
  resume(): void {
    for (const { id, provider } of this.world.of(callbackTable).values())
      if (provider === this.provider) this.schedule(id, 0);
  }

  /** Where what is told under this key would go now; undefined: nobody would be told. */
  address(key: string): string | undefined {
    const { byHand, address } = this.calling;
    return byHand ? this.world.of(addressTable).get(this.provider) : address?.(this.world, key);
  }

  /** What has to be told of a fact, under the faults of the moment. Nobody registered: nothing is owed. */
  owe(tidings: Tidings): Owed {
    const { operation, key } = tidings;
    if (this.address(key) === undefined) return { puts: [], send: () => undefined };
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
    const waitMs =
      late || behind ? ((late ?? behind)?.delayMs ?? this.calling.times.lateMs) : (this.calling.times.roundMs ?? 0);
    return {
      puts: [...forged, ...told].map((row) => callbackTable.put(row.id, row)),
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
    const told = this.address(key) !== undefined;
    const row = told && this.faults.take(operation, ['forged_callback']) ? this.row(key, forgery, true) : undefined;
    return {
      puts: row ? [callbackTable.put(row.id, row)] : [],
      send: () => {
        if (row) this.schedule(row.id, 0);
      },
    };
  }

  /** One POST, with the sandbox's client certificate or without any; it never throws. */
  call(url: string, body: string, proven: boolean, headers: Readonly<Record<string, string>> = {}): Promise<Called> {
    const secure = new URL(url).protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      agent: secure ? (proven ? this.proven : this.unproven) : this.plain,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      timeout: this.calling.times.callbackTimeoutMs,
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
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { id: uuid(), provider: this.provider, key, body: text, tries: 0, forged };
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

  /** The address of this moment: it may have moved since the fact, as after a restart of the customer elsewhere. */
  private target(owed: Callback): string | undefined {
    const address = this.address(owed.key);
    if (address === undefined) return undefined;
    const { event = (it: string) => it, forged = guessed } = this.calling;
    return event(owed.forged ? forged(address) : address, owed.key);
  }

  private async deliver(id: string): Promise<void> {
    const owed = this.world.of(callbackTable).get(id);
    if (!owed) return;
    const { times, accepts = accepted, ends = () => true, proven = false } = this.calling;
    const url = this.target(owed);
    const called: Called = url
      ? await this.call(url, owed.body, proven && !owed.forged, this.calling.headers?.(this.world, owed))
      : { failure: 'nobody is registered' };
    if (!this.open || !this.world.of(callbackTable).has(id)) return;
    const taken = 'status' in called && accepts(called.status);
    const done = taken && ends(this.world, owed);
    const tries = owed.tries + 1;
    this.log({ event: 'callback', provider: this.provider, key: owed.key, forged: owed.forged, tries, ...called });
    if (done || owed.forged || !url || tries >= times.callbackTries) this.world.commit(callbackTable.drop(id));
    else {
      this.world.commit(callbackTable.put(id, { ...owed, tries }));
      this.schedule(id, backOffMs(tries));
    }
    if (taken && !owed.forged) for (const other of this.held) this.schedule(other, 0);
  }
}
