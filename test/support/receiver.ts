import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
/** A merchant's server: it writes down what it is told, and answers as it is asked to. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly got: Received[];
  answer: (received: Received) => number;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const got: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      got.push(received);
      const status = receiver.answer(received);
      response.writeHead(status, status >= 300 && status < 400 ? { location: '/elsewhere' } : {}).end('noted');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    got,
    answer: () => 200,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

export interface Told {
  readonly event: {
    readonly id: string;
    readonly sequence: number;
    readonly type: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly [more: string]: unknown;
  };
}

/** What was told, its signature verified by the published library. @throws when it does not hold. */
export const verified = ({ headers, body }: Received, secret: string): Told =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as Told;
