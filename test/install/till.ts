import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, client, type Json } from '@test/support/app.js';
import { as, type Charge, fresh } from '@test/support/scene.js';

/** A refusal as the contract prints it: what stands in every error of ours. */
const refusal = ({ code, message, requestId }: Json): boolean =>
  [code, message, requestId].every((it) => typeof it === 'string');

/**
 * A merchant's server before two APIs: it asks them by turns, and under one key again where it got no answer or a 503.
 * Every answer is counted; whatever a merchant need not expect is kept.
 */
export class Till {
  readonly odd: string[] = [];
  private counts = new Map<string, number>();
  private turn = 0;
  private closed = false;

  constructor(
    private readonly urls: readonly [string, string],
    private readonly key: string,
    private readonly sandboxUrl: string,
  ) {}

  /** Whoever still insists gives up: a story that failed ends at once. */
  close(): void {
    this.closed = true;
  }

  /** What was answered since the last time: `201`, or `503` with its message, or `cut`, each with its number. */
  counted(): ReadonlyMap<string, number> {
    const counts = this.counts;
    this.counts = new Map();
    return counts;
  }

  /** One question to one of them; undefined when the connection was refused or cut. */
  async ask(at: 0 | 1, method: string, path: string, body?: unknown, key?: string): Promise<Answer | undefined> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const asked = client(() => this.urls[at], this.key)(method, path, body, { headers });
    const answer = await asked.catch(() => undefined);
    const why = answer?.status === 503 ? ` ${as<{ message: string }>(answer.body).message}` : '';
    const name = answer ? `${answer.status}${why}` : 'cut';
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    if (answer && answer.status >= 300 && !(answer.status === 503 && refusal(answer.body)))
      this.odd.push(`${method} ${path} at ${at + 1}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return answer;
  }

  /** Asks by turns until the answer is one that `so` takes. */
  async insist<T>(
    method: string,
    path: string,
    so: (body: Json, answer: Answer) => T | false | undefined,
    { body, key, withinMs = 90_000 }: { body?: unknown; key?: string; withinMs?: number } = {},
  ): Promise<T> {
    let last = 'nothing';
    for (const end = performance.now() + withinMs; !this.closed && performance.now() < end; await sleep(100)) {
      this.turn += 1;
      const answer = await this.ask(this.turn % 2 === 0 ? 0 : 1, method, path, body, key);
      const found = answer && answer.status < 300 && so(answer.body, answer);
      if (found) return found;
      last = answer ? `${answer.status} ${answer.text.slice(0, 500)}` : 'cut';
    }
    throw new Error(`${method} ${path} came to no end, last: ${last}`);
  }

  /** The charge of a wish, when it is so: the wish is repeated under its key until then. */
  wish(path: string, body: object, key: string, so: (charge: Charge) => boolean): Promise<Charge> {
    return this.insist('POST', path, (it) => so(as<Charge>(it)) && as<Charge>(it), { body, key });
  }

  until(id: string, so: (charge: Charge) => boolean): Promise<Charge> {
    return this.insist('GET', `/pix/${id}`, (it) => so(as<Charge>(it)) && as<Charge>(it));
  }

  create(amount: number, customCode = fresh('order'), key = fresh('key')): Promise<Charge> {
    return this.wish('/pix', { amount, customCode }, key, ({ status }) => status === 'pending');
  }

  /** The payer pays; answers when the merchant can see it. */
  async paid({ id, metadata }: Charge): Promise<Charge> {
    const { status, text } = await this.sim('POST', `/_sim/pix/${metadata['paymentId']}/pay`, {});
    if (status !== 200) throw new Error(`not paid: ${status} ${text}`);
    return this.until(id, (it) => it.status === 'paid');
  }

  /** Gives a part back; answers when it is back. */
  async refunded({ id, refundedAmount }: Charge, amount: number): Promise<Charge> {
    await this.wish(`/pix/${id}/refund`, { amount }, fresh('refund'), ({ refunds }) => refunds.length > 0);
    return this.until(id, (it) => it.refundedAmount === refundedAmount + amount && it.pendingOperation === null);
  }

  canceled({ id }: Charge): Promise<Charge> {
    return this.wish(`/pix/${id}/cancel`, {}, fresh('cancel'), ({ status }) => status === 'canceled');
  }

  sim(method: string, path: string, body?: unknown): Promise<Answer> {
    return client(() => this.sandboxUrl)(method, path, body);
  }
}
