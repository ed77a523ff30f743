import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { now } from '@libs/kernel/clock.js';
import { timer } from '@libs/kernel/timer.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import type { Provider } from '@libs/providers/contract/provider.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import { send } from './sandbox.client.js';

interface Heard {
  readonly raw: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Where a provider calls that is told so by hand: what its adapter believes of a call is what the call proves. */
export class Ear {
  private static readonly ears = new WeakMap<Sandbox, Ear>();
  private readonly calls: Heard[] = [];
  private constructor(private readonly server: Server) {}

  static async open(sandbox: Sandbox, provider: string): Promise<Ear> {
    const ear: Ear = new Ear(
      createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
          ear.calls.push({ raw: Buffer.concat(chunks), headers: Object.fromEntries(headers) as Heard['headers'] });
          response.end();
        });
      }),
    );
    await new Promise<void>((resolve) => void ear.server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(ear.server.address() as AddressInfo).port}`;
    await send({ method: 'PUT', url: `${sandbox.url}/_sim/callbacks`, body: { provider, url } });
    Ear.ears.set(sandbox, ear);
    return ear;
  }

  static of(sandbox: Sandbox): Ear | undefined {
    return Ear.ears.get(sandbox);
  }

  /** What a genuine event has told of a thing; undefined: none has. */
  async news(provider: Provider, credentials: object, ref: string): Promise<Finding | undefined> {
    const { callbacks } = provider;
    const about = this.calls.flatMap(({ raw, headers }) => {
      const told = callbacks?.read(raw).find((it) => it.kind === 'event' && it.about.ref === ref);
      return told?.kind === 'event' ? [{ raw, headers, news: told.news as Finding }] : [];
    });
    if (about.length === 0) return undefined;
    const keys = await callbacks?.keys?.({ credentials, input: {}, leftMs: timer(3_000) });
    const secrets = keys?.kind === 'read' ? keys.data : [];
    return about.find(({ raw, headers }) => callbacks?.verify(raw, headers, secrets, now()) === 'genuine')?.news;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
