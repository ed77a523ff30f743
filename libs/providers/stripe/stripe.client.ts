import { AsyncLocalStorage } from 'node:async_hooks';
import { Stripe } from 'stripe';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { type Answered, type HttpAnswer, type HttpRequest, type Unknown, send } from '@libs/providers/http.js';
import { forgetSimulator, simulator } from '@libs/providers/simulator.js';
import type { StripeCredentials } from './stripe.credentials.js';

/** `unsent` is more than the wire's: a key of the other world. */
export type StripeAnswer = Answered | Unknown | Extract<Outcome, { kind: 'unsent' }>;

type Client = InstanceType<typeof Stripe>;
type HttpClient = NonNullable<NonNullable<ConstructorParameters<typeof Stripe>[1]>['httpClient']>;

/** What one call takes with it through the SDK, and what it brings back. */
interface Passage {
  readonly leftMs: () => number;
  readonly aside: boolean;
  readonly ca?: string;
  answer?: HttpAnswer;
}
const passages = new AsyncLocalStorage<Passage>();
const clients = new Map<string, Client>();

/**
 * The SDK writes the request: addresses, forms, version, keys. It is never asked what it makes of the answer: that is
 * read in stripe.wire.ts, as it came. A failure bears no code of the socket's, so that nothing is ever sent again.
 */
const wire: HttpClient = {
  getClientName: () => 'trilho',
  makeRequest: async (host, port, path, method, headers, body, protocol) => {
    const passage = passages.getStore();
    if (!passage) throw new Error('the SDK was called by somebody else');
    passage.answer = await send({
      method: method as HttpRequest['method'],
      url: `${protocol}://${host}:${port}${path}`,
      headers: written(headers),
      body: body === '' ? undefined : body,
      tls: passage.ca === undefined ? undefined : { ca: passage.ca },
      leftMs: passage.leftMs,
      aside: passage.aside,
    });
    const { answer } = passage;
    if (answer.kind !== 'answered') throw new Error(answer.kind);
    return {
      getStatusCode: () => answer.status,
      getHeaders: () => ({}),
      getRawResponse: () => ({}),
      toStream: () => undefined,
      toJSON: async () => ({}),
    };
  },
};

/** The body's length is the wire's to count. */
const written = (headers: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value === null || name.toLowerCase() === 'content-length'
        ? []
        : [[name.toLowerCase(), String(value)]],
    ),
  );

/**
 * One call of the API, as `act` makes it with the SDK, once. Rejects only where nothing was answered because nothing
 * was asked: a bug. `aside`: beside an act (a card laid down, a list), no crash point stands around it.
 */
export async function ask(
  by: StripeCredentials,
  act: (stripe: Client) => Promise<unknown>,
  leftMs: () => number,
  aside = false,
): Promise<StripeAnswer> {
  const door = await doorOf(by, leftMs);
  if (door.kind === 'unsent') return door;
  const passage: Passage = { leftMs, aside, ca: door.ca };
  try {
    await passages.run(passage, () => act(door.stripe));
  } catch (error) {
    if (passage.answer === undefined) throw error;
  }
  const { answer } = passage;
  if (answer === undefined) throw new Error('the SDK has sent nothing');
  // The simulator takes another port when it is started again.
  if (by.environment === 'simulator' && answer.kind === 'unsent' && answer.why === 'refused') forgetSimulator('stripe');
  return answer;
}

interface Door {
  readonly kind: 'at';
  readonly stripe: Client;
  readonly ca?: string;
}

async function doorOf(
  by: StripeCredentials,
  leftMs: () => number,
): Promise<Door | Extract<Outcome, { kind: 'unsent' }>> {
  const { environment, secretKey } = by;
  // Real money behind a rehearsal, and a rehearsal behind real money, are both refused.
  if (secretKey.startsWith('sk_live_') !== (environment === 'production')) {
    return { kind: 'unsent', why: 'credentials', message: `the key is not one of ${environment}` };
  }
  if (environment !== 'simulator') return { kind: 'at', stripe: clientOf(secretKey) };
  const place = await simulator('stripe', leftMs);
  if (place.kind === 'unsent') return place;
  return { kind: 'at', stripe: clientOf(secretKey, place.origin), ca: place.ca };
}

/** One for a key and a place: making one costs as much as a small request. */
function clientOf(secretKey: string, origin = ''): Client {
  const name = `${origin} ${secretKey}`;
  const known = clients.get(name);
  if (known) return known;
  const client = new Stripe(secretKey, {
    httpClient: wire,
    maxNetworkRetries: 0,
    telemetry: false,
    ...(origin === '' ? {} : placeOf(new URL(origin))),
  });
  clients.set(name, client);
  return client;
}

const placeOf = ({ protocol, hostname: host, port }: URL) => ({
  host,
  port: port === '' ? (protocol === 'https:' ? '443' : '80') : port,
  protocol: protocol === 'https:' ? ('https' as const) : ('http' as const),
});
