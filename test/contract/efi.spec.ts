import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeHttp } from '@libs/providers/http.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import type { Brought, Errand, Measured, Step } from './efi.peer.js';
import { receiver } from './sandbox.client.js';
import type { Exchange } from './tap.js';
import { traffic } from './traffic.js';

const directory = mkdtempSync(join(tmpdir(), 'efi-'));
let sandbox: Sandbox;
let inbox: Awaited<ReturnType<typeof receiver>>;
let spoken: readonly Exchange[];
let brought: Brought;

/** What the client has schemas for: the body sent, and the answer of success. */
const measures: readonly (readonly [method: string, path: RegExp, sent: string | undefined, said: string])[] = [
  ['PUT', /^\/v2\/cob\/\w+$/, 'PixCreateChargeBodySchema', 'PixCreateChargeResponseSchema'],
  ['PATCH', /^\/v2\/cob\/\w+$/, 'PixUpdateChargeBodySchema', 'PixUpdateChargeResponseSchema'],
  ['GET', /^\/v2\/cob\/\w+$/, undefined, 'PixDetailChargeResponseSchema'],
  ['GET', /^\/v2\/pix\/\w+$/, undefined, 'PixDetailReceivedResponseSchema'],
  ['PUT', /^\/v2\/pix\/\w+\/devolucao\/\w+$/, 'PixDevolutionBodySchema', 'PixDevolutionResponseSchema'],
  ['GET', /^\/v2\/pix\/\w+\/devolucao\/\w+$/, undefined, 'PixDetailDevolutionResponseSchema'],
  ['PUT', /^\/v2\/webhook\/[\w-]+$/, 'PixConfigWebhookBodySchema', 'PixConfigWebhookResponseSchema'],
  ['GET', /^\/v2\/webhook\/[\w-]+$/, undefined, 'PixDetailWebhookResponseSchema'],
  ['POST', /^\/v1\/charge\/one-step$/, 'CreateOneStepChargeBodySchema', 'CreateOneStepChargeResponseSchema'],
  ['GET', /^\/v1\/charge\/\d+$/, undefined, 'DetailChargeResponseSchema'],
  ['GET', /^\/v1\/charges\?/, undefined, 'ListChargesResponseSchema'],
  ['PUT', /^\/v1\/charge\/\d+\/cancel$/, undefined, 'CancelChargeResponseSchema'],
];

const told = ({ method, path }: Exchange): string => `${method} ${path}`;
function measured(exchange: Exchange): readonly Measured[] {
  const { method, path, sent, said } = exchange;
  if (path === '/oauth/token' || path === '/v1/authorize') return [];
  const measure = measures.find((it) => it[0] === method && it[1].test(path));
  if (!measure) return [{ schema: `nothing for ${told(exchange)}`, value: undefined }];
  const [, , body, answer] = measure;
  return [
    ...(body === undefined ? [] : [{ schema: body, value: JSON.parse(sent.body) as unknown }]),
    ...(said!.status < 300 ? [{ schema: answer, value: JSON.parse(said!.body) as unknown }] : []),
  ];
}

/** Sends the client out, and waits for what it brings back. */
function sent(errand: Errand): Promise<Brought> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: sandbox.caFile, NODE_OPTIONS: '' };
  const script = join(import.meta.dirname, 'efi.peer.ts');
  const child = fork(script, { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let heard = '';
  child.stderr?.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Brought));
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${heard}`)));
    child.send(errand);
  });
}

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  inbox = await receiver();
  spoken = await traffic('gerencianet', sandbox, directory);
  brought = await sent({
    origin: sandbox.listeners['gerencianet'] ?? '',
    chargesOrigin: sandbox.listeners['gerencianet-cobrancas'] ?? '',
    sandboxUrl: sandbox.url,
    webhookUrl: inbox.url,
    account: sandbox.accounts.gerencianet,
    texts: [...spoken.flatMap(measured), { schema: 'PixDevolutionBodySchema', value: { valor: '1.00', motivo: 'x' } }],
  });
});
afterAll(async () => {
  await closeHttp();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

describe('the official client', () => {
  const taken = (): readonly Step[] => brought.steps.filter(({ refused }) => refused === undefined);

  it('goes through the whole life of a Pix and of a slip, and its schemas find no fault with any answer', () => {
    expect(taken().flatMap(({ call, flaws }) => flaws.map((flaw) => `${call} ${flaw}`))).toEqual([]);
    const calls = new Set(taken().map(({ call }) => call));
    expect([...calls].sort().join(' ')).toBe(
      'cancelCharge createOneStepCharge detailCharge getNotification listCharges ' +
        'pixConfigWebhook pixCreateCharge pixDeleteWebhook pixDetailCharge pixDetailDevolution pixDetailReceived ' +
        'pixDetailWebhook pixDevolution pixListCharges pixListWebhook pixReceivedList pixUpdateCharge ' +
        'settleCharge updateBillet updateChargeMetadata',
    );
    const seen = JSON.stringify(taken().map(({ value }) => value));
    for (const word of ['ATIVA', 'CONCLUIDA', 'REMOVIDA_PELO_USUARIO_RECEBEDOR']) expect(seen).toContain(word);
    for (const word of ['waiting', 'paid', 'canceled', 'settled']) expect(seen).toContain(`"current":"${word}"`);
    for (const word of ['EM_PROCESSAMENTO', 'DEVOLVIDO', 'NAO_REALIZADO']) expect(seen).toContain(word);
  });

  it('is refused in the words that it hands on', () => {
    const refused = brought.steps.filter((it) => it.refused !== undefined);
    const said = (words: unknown): unknown => {
      const { nome, code } = words as { readonly nome?: string; readonly code?: number };
      return nome ?? code;
    };
    expect(refused.map(({ call, refused: words }) => [call, said(words)])).toEqual([
      ['pixCreateCharge', 'txid_duplicado'],
      ['pixDetailCharge', 'cobranca_nao_encontrada'],
      ['pixDevolution', 'devolucao_id_duplicado'],
      ['pixUpdateCharge', 'status_cobranca_invalido'],
      ['pixDetailReceived', 'pix_nao_encontrado'],
      ['pixDetailDevolution', 'devolucao_nao_encontrada'],
      ['cancelCharge', 3500043],
      ['detailCharge', 3500010],
      ['createOneStepCharge', 4600007],
    ]);
  });

  it('shows its certificate, its token and, for an address alone, its waiver', () => {
    expect(brought.token).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: expect.stringContaining('cob.write'),
    });
    const waived = brought.headers.filter(([, headers]) => 'x-skip-mtls-checking' in headers).map(([call]) => call);
    expect(waived).toEqual([`put /v2/webhook/${sandbox.accounts.gerencianet.pixKey}`]);
    expect(new Set(brought.headers.map(([, headers]) => headers['api-sdk']))).toEqual(new Set(['efi-node-2.0.1']));
    expect(inbox.calls.map(({ path }) => path)).toContain('/callbacks/gerencianet/s3cret/pix');
  });
});

describe('our adapter, measured by the official client', () => {
  it('sends nothing, and reads nothing, that its schemas do not know', () => {
    const [planted, ...others] = brought.texts.toReversed();
    expect(planted).toEqual({ schema: 'PixDevolutionBodySchema', flaws: [expect.stringContaining('motivo')] });
    expect(others.filter(({ flaws }) => flaws.length > 0)).toEqual([]);
    expect(new Set(others.map(({ schema }) => schema))).toEqual(
      new Set(measures.flatMap(([, , body, answer]) => (body === undefined ? [answer] : [body, answer]))),
    );
  });

  it('says no header but those that the client says, and its own two', () => {
    const allowed = new Set(['authorization', 'content-type', 'accept', 'x-skip-mtls-checking']);
    const wire = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
    for (const exchange of spoken) {
      const strange = Object.keys(exchange.sent.headers).filter((name) => !allowed.has(name) && !wire.has(name));
      expect([told(exchange), strange]).toEqual([told(exchange), []]);
      const waives = exchange.sent.headers['x-skip-mtls-checking'] !== undefined;
      expect([told(exchange), waives]).toEqual([told(exchange), told(exchange).startsWith('PUT /v2/webhook/')]);
    }
  });
});
