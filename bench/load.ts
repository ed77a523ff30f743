import autocannon from 'autocannon';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent } from 'undici';

export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly bad: number;
  readonly requests: number;
}

/** What is asked for: a POST of a body, a GET where there is none. */
export interface Posted {
  readonly path: string;
  readonly body?: object;
}

/** `connections` callers for so many seconds or requests. */
export async function load(
  url: string,
  options: Posted & {
    readonly key?: string;
    readonly connections: number;
    readonly seconds?: number;
    readonly requests?: number;
  },
): Promise<Load> {
  const { path, body } = options;
  const result = await autocannon({
    url: `${url}${path}`,
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...(options.key ? { authorization: `Bearer ${options.key}` } : {}) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    connections: options.connections,
    ...(options.requests === undefined ? { duration: options.seconds } : { amount: options.requests }),
  });
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    bad: result.non2xx + result.errors,
    requests: result.requests.total,
  };
}

/** One request, over and over. */
export interface Call {
  readonly origin: string;
  readonly path: string;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What a provider has to be shown, in base64, and what it is known by. */
  readonly pfx?: string;
  readonly ca?: string;
}
/** Latencies in ms of a call made again and again at a steady pace, whether or not earlier ones were answered. */
export async function paced({ pfx, ca, ...call }: Call, perSecond: number, seconds: number): Promise<Paced> {
  const shown = pfx === undefined ? {} : { pfx: Buffer.from(pfx, 'base64'), passphrase: '' };
  const agent = new Agent({ connections: 32, connect: { ca, ...shown } });
  const startedAt = performance.now();
  const one = async (n: number): Promise<number> => {
    await wait(Math.max(0, startedAt + (n * 1_000) / perSecond - performance.now()));
    const sentAt = performance.now();
    const answer = await agent.request(call);
    await answer.body.dump();
    if (answer.statusCode !== 201) throw new Error(`the server answered ${answer.statusCode}`);
    return performance.now() - sentAt;
  };
  const took = await Promise.all(Array.from({ length: perSecond * seconds }, (_, n) => one(n)));
  await agent.close();
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50: at(0.5), p99: at(0.99) };
}
export interface Paced {
  readonly p50: number;
  readonly p99: number;
}
