import { readFileSync } from 'node:fs';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as plain,
} from 'node:http';
import { Agent, createServer as createSecure, request as secure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Sandbox } from '@apps/sandbox/server.js';

/** What a caller reads. */
export interface Said {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}
/** One passage over the wire, whole and in clear. */
export interface Exchange {
  readonly provider: string;
  readonly method: string;
  readonly path: string;
  readonly sent: { readonly headers: IncomingHttpHeaders; readonly body: string };
  said?: Said;
}
type Account = { readonly certificate?: string };

/**
 * A man in the middle between an adapter and the sandbox: he writes down every word of both, and may put other words
 * into the provider's mouth. Adapters find him where they look for the sandbox.
 */
export class Tap {
  readonly seen: Exchange[] = [];
  /** Answers in the provider's place: then nothing reaches it. */
  instead?: (exchange: Exchange) => Said | undefined;
  /** Changes what the provider has answered. */
  alter?: (exchange: Exchange, said: Said) => Said;
  private readonly servers: Server[] = [];
  private readonly agents: Agent[] = [];
  private readonly origins: Record<string, string> = {};
  url = '';

  static async open(sandbox: Sandbox, directory: string): Promise<Tap> {
    const tap = new Tap();
    const control = createServer((_, response) => response.end(JSON.stringify(tap.origins)));
    tap.url = `http://127.0.0.1:${await tap.listen(control)}`;
    for (const [provider, origin] of Object.entries(sandbox.listeners)) {
      const account: Account = (sandbox.accounts as Readonly<Record<string, Account>>)[provider] ?? {};
      tap.origins[provider] = await tap.stand(provider, origin, account, join(directory, 'certificates'));
    }
    return tap;
  }

  /** Forgets what was seen, and what was to be said. */
  clear(): void {
    this.seen.length = 0;
    this.instead = undefined;
    this.alter = undefined;
  }

  async close(): Promise<void> {
    for (const agent of this.agents) agent.destroy();
    for (const server of this.servers) server.closeAllConnections();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** In front of one provider: with its own certificate towards the adapter, with the account's towards the sandbox. */
  private async stand(provider: string, origin: string, account: Account, papers: string): Promise<string> {
    const read = (name: string): Buffer => readFileSync(join(papers, name));
    const encrypted = origin.startsWith('https:');
    const pfx = account.certificate === undefined ? undefined : Buffer.from(account.certificate, 'base64');
    const agent = new Agent({ pfx, passphrase: '', ca: read('ca.pem'), keepAlive: true });
    this.agents.push(agent);
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.pass(provider, origin, encrypted ? agent : undefined, request).then(
        ({ status, body, headers }) =>
          response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
        () => request.socket.destroy(),
      );
    };
    const options = {
      cert: read('server.pem'),
      key: read('server.key'),
      ca: read('ca.pem'),
      requestCert: true,
      rejectUnauthorized: pfx !== undefined,
    };
    const port = await this.listen(encrypted ? createSecure(options, serve) : createServer(serve));
    return `${encrypted ? 'https' : 'http'}://localhost:${port}`;
  }

  private async pass(provider: string, origin: string, agent: Agent | undefined, it: IncomingMessage): Promise<Said> {
    const body = await text(it);
    const sent = { headers: it.headers, body };
    const exchange: Exchange = { provider, method: it.method ?? '', path: it.url ?? '', sent };
    this.seen.push(exchange);
    const played = this.instead?.(exchange);
    const said = played ?? (await forward(origin, agent, exchange));
    exchange.said = played ?? this.alter?.(exchange, said) ?? said;
    return exchange.said;
  }

  private async listen(server: Server): Promise<number> {
    this.servers.push(server);
    await new Promise<void>((resolve) => void server.listen(0, resolve));
    return (server.address() as AddressInfo).port;
  }
}

function forward(origin: string, agent: Agent | undefined, { method, path, sent }: Exchange): Promise<Said> {
  const { host: _, connection: __, ...headers } = sent.headers;
  return new Promise((resolve, reject) => {
    const ask = agent ? secure : plain;
    const request = ask(`${origin}${path}`, { method, agent, headers }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body, headers: kept(response.headers) }),
        reject,
      );
    });
    request.on('error', reject).end(sent.body);
  });
}

/** What belongs to the message, and not to the connection it came on. */
const kept = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      /^(connection|keep-alive|content-length|transfer-encoding|date)$/.test(name) ? [] : [[name, String(value)]],
    ),
  );

async function text(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
