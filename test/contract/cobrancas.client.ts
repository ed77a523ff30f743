import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Sandbox } from '@apps/sandbox/server.js';
import { type Answered, pick, send, sleep } from './sandbox.client.js';

type Json = Readonly<Record<string, unknown>>;

/** What the provider prints of a charge that was just made. */
export interface Made {
  readonly charge_id: number;
  readonly barcode: string;
  readonly total: number;
  readonly status: string;
  readonly expire_at: string;
  readonly pix: { readonly qrcode: string };
}
export interface Notice {
  readonly id: number;
  readonly status: { readonly current: string; readonly previous: string | null };
  readonly value?: number;
  readonly received_by_bank_at?: string;
}

const agentOf = ({ caFile }: Sandbox): Agent => new Agent({ ca: readFileSync(caFile), keepAlive: true });

/** A customer of the host for charges: no certificate, a token of its own; and the hand at the controls. */
export class Biller {
  giveUpMs = 5000;
  private agent: Agent;
  private token = '';

  constructor(private sandbox: Sandbox) {
    this.agent = agentOf(sandbox);
  }

  /** Another process of the same world; connections to the one that is gone would end the first call. */
  meet(sandbox: Sandbox): void {
    this.agent.destroy();
    this.sandbox = sandbox;
    this.agent = agentOf(sandbox);
  }

  /** So many days go by, and with them the token. */
  async wait(days: number): Promise<void> {
    await this.sim('POST', 'clock', { advanceSeconds: days * 86_400 });
    this.token = '';
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    this.token ||= await this.login();
    return this.raw(method, path, body, { authorization: `Bearer ${this.token}`, ...headers });
  }

  raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const url = `${this.sandbox.listeners['gerencianet-cobrancas']}${path}`;
    return send({ method, url, body, headers, agent: this.agent }, this.giveUpMs);
  }

  async login(): Promise<string> {
    const { clientId, clientSecret } = this.sandbox.accounts.gerencianet;
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const answer = await this.raw('POST', '/v1/authorize', { grant_type: 'client_credentials' }, { authorization });
    return pick(answer.body, 'access_token');
  }

  make(body: unknown): Promise<Answered> {
    return this.call('POST', '/v1/charge/one-step', body);
  }

  /** A slip that was made, as its creation shows it. */
  async made(body: unknown): Promise<Made> {
    return dataOf(await this.make(body)) as Made;
  }

  async status(id: number): Promise<string> {
    return pick((await this.call('GET', `/v1/charge/${id}`)).body, 'data.status');
  }

  /** The charges of the day, under a number of the customer's. */
  async listed(customId: string, more = ''): Promise<readonly Json[]> {
    const all = 'charge_type=billet&begin_date=2020-01-01&end_date=2199-01-01';
    const answer = await this.call('GET', `/v1/charges?${all}&custom_id=${customId}${more}`);
    return answer.status === 200 ? (dataOf(answer) as readonly Json[]) : [];
  }

  async history(token: string): Promise<readonly Notice[]> {
    return dataOf(await this.call('GET', `/v1/notification/${token}`)) as readonly Notice[];
  }

  sim(method: string, path: string, body?: unknown): Promise<Answered> {
    return send({ method, url: `${this.sandbox.url}/_sim/${path}`, body });
  }

  pay(barcode: string, body: object = {}): Promise<Answered> {
    return this.sim('POST', `bankslips/${digits(barcode)}/pay`, body);
  }

  arm(kind: string, operation: string, more: object = {}): Promise<Answered> {
    return this.sim('PUT', 'faults', { provider: 'gerencianet', kind, operation, ...more });
  }

  /** What has happened to a charge: by its own number, or by the customer's. */
  async effects(...about: readonly (string | number)[]): Promise<string[]> {
    const { body } = await this.sim('GET', 'ledger');
    const { effects } = body as { effects: { operation: string; key: string; ref: string; amount: number }[] };
    const ours = effects.filter(({ key, ref }) => about.some((it) => `${it}` === key || `${it}` === ref));
    return ours.map(({ operation, amount }) => `${operation} ${amount}`);
  }

  leave(): void {
    this.agent.destroy();
  }
}

export const dataOf = ({ body }: Answered): unknown => (body as { readonly data: unknown }).data;
export const digits = (line: string): string => line.replaceAll(/\D/g, '');

let made = 0;
/** A number of the customer's that no other test has. */
export const customId = (): string => `c${String((made += 1)).padStart(24, '0')}`;

/** The day so many days from now in São Paulo. */
export const day = (days: number, from: number): string =>
  new Date(from + days * 86_400_000 - 3 * 3_600_000).toISOString().slice(0, 10);

/** A slip with all that may be asked for; the members of `over` go over those of the slip, of `meta` over its names. */
export const slip = (expire_at: string, over: Json = {}, meta: Json = { custom_id: customId() }): Json => ({
  items: [{ name: 'Curso', value: 1000, amount: 2 }],
  shippings: [{ name: 'Entrega', value: 500 }],
  metadata: meta,
  payment: {
    banking_billet: {
      customer: {
        name: 'Maria da Silva',
        cpf: '12345678909',
        email: 'maria@example.com',
        phone_number: '11987654321',
        birth: '1990-02-28',
        address: {
          street: 'Rua Açaí',
          number: '12',
          neighborhood: 'Centro',
          zipcode: '01001000',
          city: 'São Paulo',
          complement: 'ap. 1',
          state: 'SP',
        },
      },
      expire_at,
      configurations: { days_to_write_off: 5, fine: 200, interest: { value: 33, type: 'daily' } },
      message: 'Obrigado',
      ...over,
    },
  },
});

/** Somebody who is notified: keeps how he was called, and asks for nothing by himself. */
export async function notified(answers: number[] = []) {
  const calls: { readonly type: string; readonly text: string; readonly path: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const type = request.headers['content-type'] ?? '';
      calls.push({ type, text: Buffer.concat(chunks).toString('utf8'), path: request.url ?? '' });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callbacks/gerencianet/s3cret`,
    calls,
    /** The tokens that came, once there are so many; what came when it takes too long. */
    tokens: async (count: number, withinMs = 4000): Promise<readonly string[]> => {
      for (let waited = 0; calls.length < count && waited < withinMs; waited += 20) await sleep(20);
      return calls.map(({ text }) => new URLSearchParams(text).get('notification') ?? '');
    },
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
