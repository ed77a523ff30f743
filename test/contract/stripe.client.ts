import { Stripe } from 'stripe';
import type { Sandbox } from '@apps/sandbox/server.js';
import { type Answered, send } from './sandbox.client.js';

export interface Said extends Answered {
  readonly headers: Headers;
}
type Fields = Readonly<Record<string, string | number | boolean>>;

/** A form as anybody may write it, `a[b]` by its name. */
export const form = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');

/** A customer of the simulated Stripe: by hand, by the official client, and at the controls. */
export class Buyer {
  readonly sdk: Stripe;
  readonly url: string;
  readonly key: string;

  constructor(readonly sandbox: Sandbox) {
    this.url = sandbox.listeners['stripe'] ?? '';
    this.key = sandbox.accounts.stripe.secretKey;
    this.sdk = this.client();
  }

  client(key = this.key, timeout = 5000): Stripe {
    const { hostname: host, port } = new URL(this.url);
    return new Stripe(key, { host, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0, timeout });
  }

  /** One request by hand; a body makes it a POST. */
  async call(
    path: string,
    body?: Fields | string,
    headers: Readonly<Record<string, string>> = {},
    giveUpMs = 5000,
  ): Promise<Said> {
    const answer = await fetch(`${this.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : form(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(giveUpMs),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: parsed(text), headers: answer.headers };
  }

  /** A payment with a published method, confirmed at once. */
  pay(method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}, key?: string) {
    const options = key === undefined ? {} : { idempotencyKey: key };
    return this.sdk.paymentIntents.create(
      {
        amount: 1000,
        currency: 'brl',
        allowed_payment_method_types: ['card'],
        payment_method: method,
        confirm: true,
        ...more,
      },
      options,
    );
  }

  sim(method: string, path: string, body?: unknown): Promise<Answered> {
    return send({ method, url: `${this.sandbox.url}/_sim/${path}`, body });
  }

  arm(kind: string, operation: string, more: object = {}): Promise<Answered> {
    return this.sim('PUT', 'faults', { provider: 'stripe', kind, operation, ...more });
  }

  async effects(): Promise<string[]> {
    const { body } = await this.sim('GET', 'ledger');
    const { effects } = body as { effects: { operation: string; key: string; amount: number }[] };
    return effects.map(({ operation, key, amount }) => `${operation} ${key} ${amount}`);
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** What the official client throws, by its status, its type and its codes. */
export async function refusal(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await promise.then(
    () => undefined,
    (it: unknown) => it,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw new Error(`no refusal: ${String(error)}`);
}
