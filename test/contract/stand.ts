import { plainToInstance } from 'class-transformer';
import { short, uuid } from '@libs/kernel/ids.js';
import { timer } from '@libs/kernel/timer.js';
import type { Cents } from '@libs/money/cents.js';
import type { Acts, Operation, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Call, Read } from '@libs/providers/contract/call.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { Provider, Sought } from '@libs/providers/contract/provider.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import { type Peer, peers } from './peers.js';
import { send, sleep } from './sandbox.client.js';

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

/** One provider's adapter before the sandbox: acts and questions by the name of the operation. */
export class Stand {
  readonly peer: Peer;
  private keys = 0;

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
    const id = uuid();
    return this.provider.keyOf(operation, { uuid: id, short: short(id) });
  }

  /** A merchant's own id, another one each time, and the key that is made of it; undefined where none is taken. */
  wish(operation: Operation): readonly [wish: string, key: string] | undefined {
    const id = uuid();
    const wish = this.peer.wish?.((this.keys += 1));
    return wish === undefined
      ? undefined
      : [wish, this.provider.keyOf(operation, { uuid: id, short: short(id) }, wish)];
  }

  act(operation: Operation, { key, input }: Pick<Staged, 'key' | 'input'>, ms = 3_000): Promise<Outcome> {
    const call = this.offered(operation)[partsOf(operation)[1]];
    if (!call) throw new Error(`${this.provider.id} has no ${operation}`);
    return call({ key, input, credentials: this.credentials(), leftMs: timer(ms) });
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

  find(operation: Operation, { key, amount, parent, before }: Staged, ms = 3_000): Promise<Finding> {
    const act = partsOf(operation)[1];
    const input = { act, amount, currency: 'BRL', sentAt: new Date('2025-01-02T13:00:00Z'), parent, before } as const;
    return this.offered(operation).find({ key, input, credentials: this.credentials(), leftMs: timer(ms) });
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
