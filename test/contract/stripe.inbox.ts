import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Stripe } from 'stripe';
import { sleep } from './sandbox.client.js';

/** One call as it came: the bytes that were signed, and their signature. */
export interface Signed {
  readonly raw: Buffer;
  readonly signature: string;
  readonly event: Stripe.Event;
}

/** Somebody who is told of events: keeps what came, and answers what it is told to, 200 otherwise. */
export async function inbox(answers: number[] = []) {
  const calls: Signed[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const event = JSON.parse(raw.toString('utf8')) as Stripe.Event;
      calls.push({ raw, signature: String(request.headers['stripe-signature']), event });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks/stripe/s3cret`,
    calls,
    answers,
    /** Calls once there are so many of this type; what came when it takes too long. */
    of: async (type: string, count = 1, within = 4000): Promise<readonly Signed[]> => {
      const found = () => calls.filter(({ event }) => event.type === type);
      for (let waited = 0; found().length < count && waited < within; waited += 20) await sleep(20);
      return found();
    },
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
