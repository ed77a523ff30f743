import { readFileSync } from 'node:fs';
import { createServer, request as plain } from 'node:http';
import { Agent, request as secure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { crc16 } from '@apps/sandbox/qrcode.js';
import type { Sandbox } from '@apps/sandbox/server.js';

export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}
type Headers = Readonly<Record<string, string>>;

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Headers;
  readonly agent?: Agent;
}

/** One request over the real network. Rejects with the network's error, `giveUpMs` being the client's own. */
export function send({ method, url, body, headers, agent }: Sent, giveUpMs = 5000): Promise<Answered> {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { 'content-type': 'application/json', ...headers } };
    const request = (url.startsWith('https:') ? secure : plain)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        clearTimeout(timer);
        const got = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, text: got, body: parsed(got) });
      });
    });
    const timer = setTimeout(() => request.destroy(new Error('gave up')), giveUpMs);
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(text);
  });
}

/** The text at a place such as `pix.0.valor`; empty when there is none. */
export function pick(value: unknown, place: string): string {
  const found = place
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value);
  return typeof found === 'string' ? found : found === undefined ? '' : JSON.stringify(found);
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** A customer of the simulated provider with the certificate it was given, and the hand at the controls. */
export class Customer {
  readonly agent: Agent;
  private token = '';

  constructor(
    readonly sandbox: Sandbox,
    public giveUpMs = 5000,
  ) {
    const pfx = Buffer.from(sandbox.accounts.gerencianet.certificate, 'base64');
    this.agent = new Agent({ pfx, passphrase: '', ca: readFileSync(sandbox.caFile), keepAlive: true });
  }

  get chave(): string {
    return this.sandbox.accounts.gerencianet.pixKey;
  }

  /** A call with a token, fetched when there is none yet. */
  async call(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answered> {
    this.token ||= await this.login();
    return this.raw(method, path, body, { authorization: `Bearer ${this.token}`, ...headers });
  }

  raw(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answered> {
    const url = `${this.sandbox.listeners['gerencianet']}${path}`;
    return send({ method, url, body, headers, agent: this.agent }, this.giveUpMs);
  }

  basic(): string {
    const { clientId, clientSecret } = this.sandbox.accounts.gerencianet;
    return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  async login(): Promise<string> {
    const body = { grant_type: 'client_credentials' };
    const answer = await this.raw('POST', '/oauth/token', body, { authorization: this.basic() });
    return pick(answer.body, 'access_token');
  }

  charge(txid: string, valor = '10.00', more: object = {}): Promise<Answered> {
    const body = { calendario: { expiracao: 3600 }, valor: { original: valor }, chave: this.chave, ...more };
    return this.call('PUT', `/v2/cob/${txid}`, body);
  }

  sim(method: string, path: string, body?: unknown): Promise<Answered> {
    return send({ method, url: `${this.sandbox.url}/_sim/${path}`, body });
  }

  arm(kind: string, operation: string, more: object = {}): Promise<Answered> {
    return this.sim('PUT', 'faults', { provider: 'gerencianet', kind, operation, ...more });
  }

  /** Makes a charge and pays it; answers its endToEndId. */
  async paid(txid: string, valor = '10.00'): Promise<string> {
    await this.charge(txid, valor);
    const answer = await this.sim('POST', `pix/${txid}/pay`);
    return pick(answer.body, 'endToEndId');
  }

  async effects(): Promise<string[]> {
    const { body } = await this.sim('GET', 'ledger');
    const { effects } = body as { effects: { operation: string; key: string; amount: number }[] };
    return effects.map((effect) => `${effect.operation} ${effect.key} ${effect.amount}`);
  }

  register(url: string): Promise<Answered> {
    return this.call('PUT', `/v2/webhook/${this.chave}`, { webhookUrl: url }, { 'x-skip-mtls-checking': 'true' });
  }

  leave(): void {
    this.agent.destroy();
  }
}

export interface Call {
  readonly path: string;
  readonly body: unknown;
}
/** Somebody who is called back: keeps what came, and answers what it is told to, 200 otherwise. */
export async function receiver(answers: number[] = []) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      calls.push({ path: request.url ?? '', body: parsed(text) ?? text });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callbacks/gerencianet/s3cret`,
    calls,
    answers,
    /** Calls to the exact address that events go to, once there are so many; what came when it takes too long. */
    events: async (count: number, within = 4000): Promise<readonly Call[]> => {
      const events = () => calls.filter((call) => call.path === '/callbacks/gerencianet/s3cret/pix');
      for (let waited = 0; events().length < count && waited < within; waited += 20) await sleep(20);
      return events();
    },
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

let made = 0;
/** A txid that no other test has. */
export const txid = (): string => `t${String((made += 1)).padStart(25, '0')}`;

/** A static code as anybody can draw it: a key, a txid, an amount or none. */
export function staticCode(key: string, id: string, reais = ''): string {
  const tag = (name: string, value: string): string => `${name}${String(value.length).padStart(2, '0')}${value}`;
  const account = tag('26', tag('00', 'BR.GOV.BCB.PIX') + tag('01', key));
  const payee = `${tag('58', 'BR')}${tag('59', 'LOJA')}${tag('60', 'RECIFE')}${tag('62', tag('05', id))}`;
  const code = `000201${account}520400005303986${reais === '' ? '' : tag('54', reais)}${payee}6304`;
  return code + crc16(code);
}
