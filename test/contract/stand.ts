import { plainToInstance } from 'class-transformer';
import { now } from '@libs/kernel/clock.js';
import { type Ids, short, uuid } from '@libs/kernel/ids.js';
import { timer } from '@libs/kernel/timer.js';
import type { Cents } from '@libs/money/cents.js';
import type { Acts, Operation, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Call, Read } from '@libs/providers/contract/call.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { Provider, Sought } from '@libs/providers/contract/provider.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import { Ear } from './ear.js';
import { type Peer, peers } from './peers.js';
import { send, sleep } from './sandbox.client.js';

/** Where the provider calls us, for one that is told so with each act. Nobody is there. */
export const address = {
  secret: 'ofOurCallbackAddress',
  url: 'http://127.0.0.1:9/callbacks/provider/ofOurCallbackAddress',
};

export interface Made {
  readonly ref: string;
  readonly data: unknown;
}
export interface Effect {
  readonly operation: string;
  readonly key: string;
  readonly ref: string;
  readonly amount: number;
}
/** An act with everything made that it acts upon. */
export interface Staged {
  readonly key: string;
  readonly input: unknown;
  readonly amount: Cents;
  readonly parent?: Whole;
  /** What the parent showed before the act, where its provider proves by that. */
  readonly before?: string;
}
/** Any capability, with its acts by name: the list of them is `operations`. */
type Offered = Readonly<Record<string, Act<unknown, unknown, object>>> & {
  readonly find: (call: Call<Sought<string>, object>) => Promise<Finding>;
  readonly proof: Readonly<Record<string, Proof>>;
  readonly before?: Read<{ readonly act: string; readonly parent: Whole }, string, object>;
  readonly lacks?: readonly string[];
};

export const partsOf = (operation: Operation): [capability: string, act: string] =>
  operation.split('.') as [string, string];

/** Whether the provider has the capability of an operation, and in it not this act. */
export function lacks(provider: Provider, operation: Operation): boolean {
  const [capability, act] = partsOf(operation);
  const offered = provider[capability as keyof Acts] as Pick<Offered, 'lacks'> | undefined;
  return offered?.lacks?.includes(act) ?? false;
}

let numbers = 0;
/** One provider's adapter before the sandbox: acts and questions by the name of the operation. */
export class Stand {
  readonly peer: Peer;
  private readonly since = now(); // of every act, so that the same question is asked by the same words
  private keys = 0;
  /** What a call has made that is still to be decided, by its key. */
  private readonly standing = new Map<string, Made>();
  /** What a call has named, by its key: for what has no other name. */
  private readonly refs = new Map<string, string>();

  constructor(
    readonly provider: Provider,
    readonly sandbox: Sandbox,
  ) {
    const peer = peers[provider.id];
    if (!peer) throw new Error(`peers.ts says nothing of ${provider.id}`);
    this.peer = peer;
  }

  credentials(over: object = {}): object {
    return plainToInstance(this.provider.credentials, { ...this.peer.credentials(this.sandbox), ...over });
  }

  offered(operation: Operation): Offered {
    const offered = this.provider[partsOf(operation)[0] as keyof Acts];
    if (!offered) throw new Error(`${this.provider.id} has no ${operation}`);
    return offered as unknown as Offered;
  }

  proof(operation: Operation): Proof {
    return this.offered(operation).proof[partsOf(operation)[1]]!;
  }

  key(operation: Operation): string {
    return this.provider.keyOf(operation, this.ids());
  }

  /** A merchant's own id, another one each time, and the key that is made of it; undefined where none is taken. */
  wish(operation: Operation): readonly [wish: string, key: string] | undefined {
    const wish = this.peer.wish?.((this.keys += 1));
    return wish === undefined ? undefined : [wish, this.provider.keyOf(operation, this.ids(), wish)];
  }

  private ids(): Ids {
    const id = uuid();
    return { uuid: id, short: short(id), number: (numbers += 1) };
  }

  async act(operation: Operation, { key, input }: Pick<Staged, 'key' | 'input'>, ms = 3_000): Promise<Outcome> {
    const call = this.offered(operation)[partsOf(operation)[1]];
    if (!call) throw new Error(`${this.provider.id} has no ${operation}`);
    const callbackUrl = async (): Promise<string> => address.url;
    const said = await call({ key, input, credentials: this.credentials(), leftMs: timer(ms), callbackUrl });
    if (said.kind === 'pending') this.standing.set(key, said);
    const ref = said.kind !== 'declined' && 'ref' in said ? said.ref : undefined;
    if (ref !== undefined && !this.refs.has(key)) this.refs.set(key, ref);
    return said;
  }

  /** What the act has made, as its caller was told; asked after when he was told nothing. */
  async made(operation: Operation, staged: Staged): Promise<Made> {
    const made = this.standing.get(staged.key) ?? (await this.find(operation, staged));
    if (!('data' in made)) throw new Error(`no ${operation}: ${made.kind}`);
    return made;
  }

  /** What is put down before a follow-up: what it acts upon, and what that shows. */
  async follows(operation: Operation, parent: Whole): Promise<Pick<Staged, 'key' | 'parent' | 'before'>> {
    const input = { act: partsOf(operation)[1], parent };
    const shown = await this.offered(operation).before?.({
      input,
      credentials: this.credentials(),
      leftMs: timer(3_000),
    });
    if (shown && shown.kind !== 'read') throw new Error(`nothing to be seen of ${parent.ref}: ${shown.message}`);
    return { key: this.key(operation), parent, ...(shown && { before: shown.data }) };
  }

  /** What its provider answers, and where it answers less than it tells by itself, what that was. */
  async find(operation: Operation, { key, amount, parent, before }: Staged, ms = 3_000): Promise<Finding> {
    const act = partsOf(operation)[1];
    const ref = this.peer.nameless?.includes(operation) ? this.refs.get(key) : undefined;
    const input = { act, ref, amount, currency: 'BRL', sentAt: this.since, parent, before } as const;
    const credentials = this.credentials();
    const said = await this.offered(operation).find({ key, input, credentials, leftMs: timer(ms) });
    if (said.kind !== 'pending' || !this.peer.told?.includes(operation)) return said;
    return (await Ear.of(this.sandbox)?.news(this.provider, credentials, said.ref)) ?? said;
  }

  /** The answer to a question once it is of this kind; the last one when it takes too long. */
  async becomes(operation: Operation, staged: Staged, kind: string): Promise<Finding> {
    for (let waited = 0; ; waited += 30) {
      const said = await this.find(operation, staged);
      if (said.kind === kind || waited > 3_000) return said;
      await sleep(30);
    }
  }

  async sim(method: string, path: string, body?: unknown): Promise<unknown> {
    const { status, text, body: said } = await send({ method, url: `${this.sandbox.url}/_sim/${path}`, body });
    if (status !== 200) throw new Error(`${method} /_sim/${path}: ${status} ${text}`);
    return said;
  }

  arm(operation: string, kind: string, more: object = {}): Promise<unknown> {
    return this.sim('PUT', 'faults', { provider: this.provider.id, operation, kind, ...more });
  }

  calm(): Promise<unknown> {
    return this.sim('DELETE', 'faults');
  }

  async effects(): Promise<readonly Effect[]> {
    return ((await this.sim('GET', 'ledger')) as { effects: Effect[] }).effects;
  }

  /** Operations of effects that came under a key. */
  async under(key: string): Promise<readonly string[]> {
    return (await this.effects()).filter((it) => it.key === key).map(({ operation }) => operation);
  }
}
