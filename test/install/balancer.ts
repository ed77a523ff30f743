import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** What stands before several APIs: each connection goes to the next one that takes it. */
export interface Balancer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const connect = (client: Socket, left: number): void => {
    const backend = createConnection(ports[(turn += 1) % ports.length]!, '127.0.0.1');
    const refused = (): void => {
      if (left > 1) connect(client, left - 1);
      else client.destroy();
    };
    backend.once('error', refused);
    backend.once('connect', () => {
      backend.off('error', refused);
      for (const [one, other] of [
        [client, backend],
        [backend, client],
      ] as const)
        one.on('error', () => other.destroy()).once('close', () => other.destroy());
      client.pipe(backend).pipe(client);
    });
  };
  const server = createServer((client) => {
    open.add(client.once('close', () => open.delete(client)));
    client.once('error', () => client.destroy());
    connect(client, ports.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
