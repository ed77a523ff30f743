import { createCipheriv, createDecipheriv, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Sandbox } from '@apps/sandbox/server.js';
import { type Answered, send, sleep } from './sandbox.client.js';

export const number = '4000000000000010';
export const cvv = '739';

/** What is read of an answer: its envelope in clear. */
export interface Envelope {
  readonly status: number;
  readonly text: string;
  readonly sealed: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  readonly code: unknown;
  readonly message?: string;
  readonly fields: readonly string[];
}

export const seal = (key: string, text: string): string => {
  const cipher = createCipheriv('aes-128-cbc', key, Buffer.alloc(16));
  return Buffer.concat([cipher.update(text), cipher.final()]).toString('base64');
};
export const unseal = (key: string, text: string): string => {
  const decipher = createDecipheriv('aes-128-cbc', key, Buffer.alloc(16));
  return Buffer.concat([decipher.update(text, 'base64'), decipher.final()]).toString();
};

let made = 0;
/** A reference that no other test has. */
export const reference = (): string => `p${String((made += 1)).padStart(24, '0')}`;
/** The same where it is a number. */
export const origin = (): number => (made += 1) + 40_000;

interface Said {
  readonly Data?: { readonly Json?: string } | null;
  readonly ResultCode?: unknown;
  readonly Message?: string;
  readonly ValidationData?: { readonly Errors?: readonly { readonly FieldName: string }[] } | null;
}

/** A customer of the simulated provider, and the hand at the controls. */
export class Shop {
  private readonly agent: Agent;
  private token = '';
  plaintext: 'envelope' | 'inner' = 'envelope';

  constructor(
    readonly sandbox: Sandbox,
    public giveUpMs = 5_000,
  ) {
    this.agent = new Agent({ ca: readFileSync(sandbox.caFile), keepAlive: true });
  }

  get account() {
    return this.sandbox.accounts.pinbank;
  }

  raw(path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST'): Promise<Answered> {
    const url = `${this.sandbox.listeners['pinbank']}${path}`;
    return send({ method, url, body, headers, agent: this.agent }, this.giveUpMs);
  }

  login(over: Record<string, string> = {}): Promise<Answered> {
    const { userName: username, keyValue: password } = this.account;
    const form = new URLSearchParams({ username, password, grant_type: 'password', ...over });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.raw('/services/api/token', form.toString(), headers);
  }

  async headers(): Promise<Record<string, string>> {
    this.token ||= ((await this.login()).body as { access_token: string }).access_token;
    const { userName, requestOrigin } = this.account;
    return { authorization: `bearer ${this.token}`, username: userName, requestorigin: requestOrigin };
  }

  /** A method's body in clear. */
  body(data: object): object {
    const { codigoCanal: CodigoCanal, codigoCliente: CodigoCliente, keyLoja: KeyLoja } = this.account;
    return { Data: { CodigoCanal, CodigoCliente, KeyLoja, ...data } };
  }

  /** A method, sealed; answers its envelope in clear. */
  async call(method: string, data: object, over: Record<string, string> = {}): Promise<Envelope> {
    const whole = this.body(data) as { readonly Data: object };
    const text = JSON.stringify(this.plaintext === 'envelope' ? whole : whole.Data);
    const body = { Data: { Json: seal(this.account.keyValue, text) } };
    const headers = { ...(await this.headers()), ...over };
    return this.read(await this.raw(`/services/api/${method}Encrypted`, body, headers));
  }

  async plain(method: string, data: object): Promise<Envelope> {
    return this.read(await this.raw(`/services/api/${method}`, this.body(data), await this.headers()));
  }

  read({ status, text, body }: Answered): Envelope {
    const said = (body ?? {}) as Said;
    const json = said.Data?.Json;
    const inner = json === undefined ? undefined : (JSON.parse(unseal(this.account.keyValue, json)) as unknown);
    const whole = (typeof inner === 'object' && inner !== null && 'ResultCode' in inner ? inner : said) as Said;
    const data = json === undefined || whole === inner ? whole.Data : inner;
    return {
      status,
      text,
      sealed: json !== undefined,
      data: (data ?? {}) as Envelope['data'],
      code: said.ResultCode,
      message: said.Message,
      fields: (whole.ValidationData?.Errors ?? []).map(({ FieldName }) => FieldName),
    };
  }

  sale(over: object = {}): Promise<Envelope> {
    return this.call('Transacoes/EfetuarTransacao', order(over));
  }

  /** A sale that is held, or with `false` paid: its number. */
  async sold(held = true, over: object = {}): Promise<string> {
    return String((await this.sale({ TransacaoPreAutorizada: held, ...over })).data['NsuOperacao']);
  }

  /** Rows of the statement of sales that are about one. */
  async rows(nsu: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { data } = await this.call('ContaDigital/ExtratoPos', period());
    return (data as unknown as readonly Readonly<Record<string, unknown>>[]).filter((it) => it['NsuOperacao'] === nsu);
  }

  code(over: object = {}): Promise<Envelope> {
    return this.call('Pix/SolicitarDynamicQrCode', qrcode(over));
  }

  slip(over: object = {}): Promise<Envelope> {
    return this.call('CashIn/GerarBoleto', boleto(over));
  }

  /** The state of a slip once it is this one; the last one when it takes too long. */
  async becomes(NossoNumero: unknown, state: string): Promise<unknown> {
    for (let waited = 0; ; waited += 20) {
      const { data } = await this.call('CashIn/ConsultarBoleto', { NossoNumero });
      if (data['Status'] === state || waited > 3_000) return data['Status'];
      await sleep(20);
    }
  }

  sim(method: string, path: string, body?: unknown): Promise<Answered> {
    return send({ method, url: `${this.sandbox.url}/_sim/${path}`, body });
  }

  arm(kind: string, operation: string, more: object = {}): Promise<Answered> {
    return this.sim('PUT', 'faults', { provider: 'pinbank', kind, operation, ...more });
  }

  /** What has happened: the operation, what it was done to, the amount; once there are so many. */
  async effects(about: unknown, count = 0): Promise<readonly string[]> {
    for (let waited = 0; ; waited += 20) {
      const { body } = await this.sim('GET', 'ledger');
      const { effects } = body as { effects: { operation: string; key: string; amount: number }[] };
      const ours = effects.filter(({ key }) => key === String(about));
      if (ours.length >= count || waited > 3_000) return ours.map(({ operation, amount }) => `${operation} ${amount}`);
      await sleep(20);
    }
  }

  /** Another token for the next call. */
  forget(): void {
    this.token = '';
  }

  leave(): void {
    this.agent.destroy();
  }
}

export const order = (over: object = {}): object => ({
  NomeImpresso: 'FULANO DE TAL',
  DataValidade: '203012',
  NumeroCartao: number,
  CodigoSeguranca: cvv,
  Valor: 1000,
  FormaPagamento: '1',
  QuantidadeParcelas: 1,
  DescricaoPedido: reference(),
  IpAddressComprador: '203.0.113.7',
  CpfComprador: '12345678909',
  NomeComprador: 'Fulano de Tal',
  TransacaoPreAutorizada: false,
  ...over,
});
export const qrcode = (over: object = {}): object => ({
  ValorQrCode: 1000,
  NsuOrigem: origin(),
  SegundosExpiracao: 3600,
  PermitirPagamentoAposExpiracao: false,
  PermitirAlterarValorPagamento: false,
  ...over,
});
export const payer = {
  Nome: 'FULANO DE TAL',
  CpfCnpj: '12345678909',
  Endereco: 'Rua A, 1',
  Bairro: 'Centro',
  Cidade: 'Sao Paulo',
  Uf: 'SP',
  Cep: 1001000,
} as const;
export const boleto = (over: object = {}): object => ({
  Valor: 1000,
  DataVencimento: '20351231',
  Email: 'foo@example.test',
  IdentificadorCliente: reference(),
  RetornarBase64: false,
  Instrucoes: 'Obrigado',
  DadosSacado: payer,
  Juros: { Valor: 0 },
  Multa: { Valor: 0 },
  ...over,
});
export const period = (over: object = {}): object => ({
  DataInicial: '2020-01-01T00:00:00-03:00',
  DataFinal: '2199-01-01T00:00:00-03:00',
  Status: 'Todos',
  MeioCaptura: 'Todos',
  QuantidadeLinhasRetorno: 0,
  ...over,
});

export interface Event {
  readonly EventId: string;
  readonly EventType: string;
  readonly EntityId: string;
  readonly Data: Readonly<Record<string, unknown>>;
}
interface Delivery {
  readonly raw: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly event: Event;
}
interface Key {
  readonly kid: string;
}

/** Somebody who is called back, and keeps every byte. */
export async function inbox(answers: number[] = []) {
  const calls: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      calls.push({ raw, headers: request.headers, event: JSON.parse(raw) as Event });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks/pinbank/s3cret`,
    calls,
    answers,
    /** Events of a thing, once there are so many; what came when it takes too long. */
    told: async (entity: unknown, count: number, withinMs = 3_000): Promise<readonly Delivery[]> => {
      const about = () => calls.filter(({ event }) => event.EntityId === String(entity));
      for (let waited = 0; about().length < count && waited < withinMs; waited += 20) await sleep(20);
      return about();
    },
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether a delivery bears the signature of one of these keys over exactly this text. */
export function signedBy(keys: readonly Key[], { raw, headers }: Delivery, withId = false): boolean {
  const key = keys.find(({ kid }) => kid === headers['webhook-key-id']);
  const signature = /^v1a,(.+)$/.exec(String(headers['webhook-signature']))?.[1];
  if (!key || signature === undefined) return false;
  const prefix = withId ? `${String(headers['webhook-id'])}.` : '';
  const text = Buffer.from(`${prefix}${String(headers['webhook-timestamp'])}.${raw}`);
  const jwk = createPublicKey({ key: { ...key }, format: 'jwk' });
  return verify(null, text, jwk, Buffer.from(signature, 'base64'));
}
