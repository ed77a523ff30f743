import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { validateSync } from 'class-validator';
import { advanceClockTo, clockOffsetMs } from '@libs/kernel/clock.js';
import { timer } from '@libs/kernel/timer.js';
import { cents } from '@libs/money/cents.js';
import { callbacks } from '@libs/providers/gerencianet/gerencianet.callback.js';
import { ask } from '@libs/providers/gerencianet/gerencianet.client.js';
import { GerencianetCredentials } from '@libs/providers/gerencianet/gerencianet.credentials.js';
import { pix } from '@libs/providers/gerencianet/gerencianet.pix.js';
import { closeHttp } from '@libs/providers/http.js';
import { providerOf, registry } from '@libs/providers/registry.js';
import { configureProviders } from '@libs/providers/settings.js';

/** Efí's door played by a few lines: tokens, and whatever the case wants said. The sandbox is met in the suite. */
type Said = readonly [status: number, body?: unknown];
let say: (call: string, request: IncomingMessage, body: string) => Said;
let seen: string[] = [];
let tokens = 0;
let refuseTokens: Said | undefined;
const efi = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const call = `${request.method} ${request.url}`;
    const said = call === 'GET /_sim/listeners' ? listeners() : call === 'POST /oauth/token' ? token() : undefined;
    if (said === undefined) seen.push(call);
    const [status, json] = said ?? say(call, request, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(json === undefined ? undefined : JSON.stringify(json));
  });
});
let origin = '';
let listeners = (): Said => [200, { gerencianet: origin }];
const token = (): Said =>
  refuseTokens ?? [200, { access_token: `T${(tokens += 1)}`, token_type: 'Bearer', expires_in: 3600 }];

let client = 0;
const fresh = (over: Partial<GerencianetCredentials> = {}): GerencianetCredentials =>
  Object.assign(new GerencianetCredentials(), {
    environment: 'simulator',
    clientId: `client-${(client += 1)}`,
    clientSecret: 'secret',
    certificate: 'AAAA',
    pixKey: 'a@b.c',
    ...over,
  });
const leftMs = (): (() => number) => timer(1_000);
const told = (it: { kind: string; why?: string; status?: number }): string =>
  `${it.kind} ${it.why ?? it.status ?? ''}`.trim();

beforeAll(async () => {
  await new Promise<void>((listening) => efi.listen(0, listening));
  origin = `http://localhost:${(efi.address() as AddressInfo).port}`;
});
afterEach(() => {
  seen = [];
  tokens = 0;
  refuseTokens = undefined;
  listeners = () => [200, { gerencianet: origin }];
  configureProviders({ sandboxUrl: origin });
});
afterAll(async () => {
  await closeHttp();
  efi.closeAllConnections();
  efi.close();
});
const get = { method: 'GET', path: '/v2/x' } as const;
const noToken: Said = [401, { error: 'invalid_token', error_description: 'x' }];

describe('tokens', () => {
  beforeAll(() => configureProviders({ sandboxUrl: origin }));

  it('one login serves many, until 30 seconds before its end', async () => {
    const by = fresh();
    say = (_, { headers }) => [headers.authorization?.startsWith('Bearer T') ? 200 : 500];
    const many = await Promise.all(Array.from({ length: 20 }, () => ask(by, get, leftMs())));
    expect(many.map(told)).toEqual(Array(20).fill('answered 200'));
    expect(tokens).toBe(1);
    advanceClockTo(clockOffsetMs() + 3_560_000);
    await ask(by, get, leftMs());
    expect(tokens).toBe(1);
    advanceClockTo(clockOffsetMs() + 15_000);
    await ask(by, get, leftMs());
    expect(tokens).toBe(2);
  });

  it('a refused token is renewed once', async () => {
    const by = fresh();
    say = (_, { headers }) => (headers.authorization === 'Bearer T1' ? noToken : [200]);
    expect(told(await ask(by, get, leftMs()))).toBe('answered 200');
    say = () => noToken;
    expect(told(await ask(by, get, leftMs()))).toBe('unsent credentials');
    expect(seen).toHaveLength(4);
    say = () => [401, 'by somebody else'];
    expect(told(await ask(by, get, leftMs()))).toBe('answered 401');
    expect(seen).toHaveLength(5);
  });

  it.each<[Said, string]>([
    [[401, { error: 'invalid_client', error_description: 'x' }], 'unsent credentials'],
    [[400, { error: 'invalid_client', error_description: 'x' }], 'unsent credentials'],
    [[429], 'unsent limited'],
    [[500, { nome: 'erro_aplicacao' }], 'unsent refused'],
    [[200, {}], 'unsent refused'],
  ])('without a token nothing is sent: %j', async (said, expected) => {
    refuseTokens = said;
    expect(told(await ask(fresh(), get, leftMs()))).toBe(expected);
    expect(seen).toEqual([]);
  });

  it('whose account it is', async () => {
    const by = fresh();
    const identify = (): Promise<unknown> => registry[0]!.identify({ credentials: by, input: {}, leftMs: leftMs() });
    expect(await identify()).toEqual({ kind: 'read', data: `${by.clientId}:a@b.c` });
    refuseTokens = noToken;
    expect(await identify()).toMatchObject({ kind: 'refused' });
    refuseTokens = [500];
    expect(await identify()).toMatchObject({ kind: 'unread' });
  });
});

describe('the simulator', () => {
  const input = { amount: cents(1000), currency: 'BRL', expireSeconds: 60 } as const;
  it('is asked again when its listener has gone', async () => {
    listeners = () => [200, { gerencianet: 'http://localhost:1' }];
    say = () => [200];
    expect(told(await ask(fresh(), get, leftMs()))).toBe('unsent refused');
    listeners = () => [200, { gerencianet: origin }];
    expect(told(await ask(fresh(), get, leftMs()))).toBe('answered 200');
  });
  it('is nowhere: nothing is sent, nothing is known', async () => {
    configureProviders({});
    const call = { key: 'k'.repeat(26), credentials: fresh(), leftMs: leftMs() };
    expect(await pix.create({ ...call, input })).toMatchObject({ kind: 'unsent', why: 'credentials' });
    const sought = { act: 'create', sentAt: new Date('2025-01-02'), ...input } as const;
    expect(await pix.find({ ...call, input: sought })).toMatchObject({ kind: 'unknown' });
    expect(await registry[0]!.identify({ ...call, input: {} })).toMatchObject({ kind: 'unread' });
  });
});

describe('acts on the wire', () => {
  const key = `t${'0'.repeat(25)}`;
  const amount = cents(1000);
  const cob = { txid: key, status: 'ATIVA', valor: { original: '10.00' }, chave: 'a@b.c', pixCopiaECola: '0002' };
  const made = { ...cob, calendario: { expiracao: 60 } };
  const input = { amount, currency: 'BRL', expireSeconds: 60 } as const;
  const call = (): { key: string; credentials: GerencianetCredentials; leftMs: () => number } => ({
    key,
    credentials: fresh(),
    leftMs: leftMs(),
  });

  it('a charge, and one that stood there before', async () => {
    say = (_, __, body) => [201, { ...made, echo: body }];
    expect(await pix.create({ ...call(), input })).toMatchObject({ kind: 'pending', ref: key });
    say = (it) => (it.startsWith('PUT') ? [409, { nome: 'txid_duplicado' }] : [200, made]);
    expect(await pix.create({ ...call(), input })).toMatchObject({ kind: 'pending', ref: key });
    expect(await pix.create({ ...call(), input: { ...input, expireSeconds: 61 } })).toMatchObject({ why: 'duplicate' });
    expect(seen[0]).toBe(`PUT /v2/cob/${key}`);
  });

  it('a cancel, also of what can no longer be cancelled', async () => {
    const removed = { ...made, status: 'REMOVIDA_PELO_USUARIO_RECEBEDOR' };
    const cancel = (): Promise<unknown> => pix.cancel({ ...call(), input: { ref: key } });
    let body = '';
    say = (_, __, it) => ((body = it), [200, removed]);
    expect(await cancel()).toMatchObject({ kind: 'done', amount: 0n });
    expect(body).toBe('{"status":"REMOVIDA_PELO_USUARIO_RECEBEDOR"}');
    const late = (now: object): void => {
      say = (it) => (it.startsWith('PATCH') ? [400, { nome: 'status_cobranca_invalido' }] : [200, now]);
    };
    late({ ...made, status: 'CONCLUIDA', pix: [{ endToEndId: 'E1', valor: '10.00' }] });
    expect(await cancel()).toMatchObject({ kind: 'declined', code: 'not_allowed' });
    late(removed);
    expect(await cancel()).toMatchObject({ kind: 'done' });
    late(made);
    expect(await cancel()).toMatchObject({ kind: 'unknown' });
  });

  it('a refund, and the same one sent again', async () => {
    const part = { ref: key, receipt: 'E1', amount, currency: 'BRL', rest: true } as const;
    const refund = (): Promise<unknown> => pix.refund({ ...call(), key: 'r1', input: part });
    const given = { id: 'r1', rtrId: 'D1', valor: '10.00', status: 'EM_PROCESSAMENTO' };
    say = () => [201, given];
    expect(await refund()).toMatchObject({ kind: 'pending', ref: 'r1', data: { txid: key, endToEndId: 'E1' } });
    say = (it) =>
      it.startsWith('PUT') ? [409, { nome: 'devolucao_id_duplicado' }] : [200, { ...given, status: 'DEVOLVIDO' }];
    expect(await refund()).toMatchObject({ kind: 'done', receipt: 'D1', amount });
    expect(seen.at(-1)).toBe('GET /v2/pix/E1/devolucao/r1');
    say = (it) => [
      it.startsWith('PUT') ? 409 : 400,
      { nome: it.startsWith('PUT') ? 'devolucao_id_duplicado' : 'devolucao_nao_encontrada' },
    ];
    expect(await refund()).toMatchObject({ kind: 'unknown', why: 'early' });
  });
});

describe('callbacks', () => {
  const read = (body: unknown): unknown =>
    callbacks.read(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))).map((it) => it.about);

  it.each<[string, unknown, unknown]>([
    ['a Pix', { pix: [{ txid: 't1', endToEndId: 'E1', valor: '1.00' }] }, [{ key: 't1', receipt: 'E1' }]],
    ['one without txid', { pix: [{ endToEndId: 'E1' }] }, [{ receipt: 'E1' }]],
    [
      'its refunds',
      { pix: [{ txid: 't1', endToEndId: 'E1', devolucoes: [{ id: 'r1' }, { id: 'r2' }, 7] }] },
      [
        { key: 't1', receipt: 'E1' },
        { key: 'r1', receipt: 'E1' },
        { key: 'r2', receipt: 'E1' },
      ],
    ],
    ['several', { pix: [{ endToEndId: 'E1' }, null, { endToEndId: 'E2' }] }, [{ receipt: 'E1' }, { receipt: 'E2' }]],
    ['what we sent', { pix: [{ endToEndId: 'E1', tipo: 'SOLICITACAO' }] }, []],
    ['a test call', { evento: 'teste_webhook' }, []],
    ['no list', { pix: { endToEndId: 'E1' } }, []],
    ['another shape', '[1]', []],
    ['no JSON', 'pix', []],
    ['nothing', '', []],
  ])('%s', (_, body, expected) => expect(read(body)).toEqual(expected));

  it('tells Efí where to call, when it has another address', async () => {
    const url = 'https://shop.example/callbacks/gerencianet/secret';
    const register = (credentials = fresh()): Promise<unknown> =>
      callbacks.register!({ credentials, input: { url, held: false }, leftMs: leftMs() });
    say = () => [200, { webhookUrl: url, chave: 'a@b.c' }];
    expect(await register()).toEqual({ kind: 'read', data: {} });
    expect(seen.splice(0)).toEqual(['GET /v2/webhook/a%40b.c']);
    let set: unknown;
    say = (it, { headers }, body) => {
      if (it.startsWith('GET')) return [404, { nome: 'webhook_nao_encontrado' }];
      set = [headers['x-skip-mtls-checking'], body];
      return [201, { webhookUrl: url }];
    };
    expect(await register()).toEqual({ kind: 'read', data: {} });
    expect(set).toEqual(['true', JSON.stringify({ webhookUrl: url })]);
    say = (it) => (it.startsWith('GET') ? [200, { webhookUrl: 'https://x' }] : [400, { nome: 'webhook_invalido' }]);
    expect(await register()).toMatchObject({ kind: 'refused' });
    const plain = { credentials: fresh({ environment: 'production' }), input: { url: 'http://x', held: false } };
    expect(await callbacks.register!({ ...plain, leftMs: leftMs() })).toMatchObject({ kind: 'refused' });
  });

  it('looks at what came in', async () => {
    const med = { id: 'm1', rtrId: 'D1', valor: '1.00', status: 'DEVOLVIDO', natureza: 'MED_FRAUDE' };
    const look = (about: object): Promise<unknown> =>
      callbacks.look!({ credentials: fresh(), input: about, leftMs: leftMs() });
    say = () => [200, { endToEndId: 'E1', valor: '5.00', devolucoes: [med] }];
    expect(await look({ receipt: 'E1' })).toMatchObject({
      kind: 'read',
      data: [
        { kind: 'received', id: 'E1', about: { receipt: 'E1' }, amount: 500n },
        { kind: 'taken', id: 'D1', amount: 100n },
      ],
    });
    expect(await look({ key: 't1' })).toEqual({ kind: 'read', data: [] });
    say = () => [400, { nome: 'pix_nao_encontrado' }];
    expect(await look({ receipt: 'E2' })).toEqual({ kind: 'read', data: [] });
    say = () => [500];
    expect(await look({ receipt: 'E2' })).toMatchObject({ kind: 'unread' });
  });
});

describe('the declaration', () => {
  const it1 = registry[0]!;
  const ids = { uuid: 'u', short: 's'.repeat(25), number: 1 };
  it('names keys and objects', () => {
    expect(providerOf('gerencianet')).toBe(it1);
    expect(it1.keyOf('pix.create', ids)).toBe(`t${ids.short}`);
    expect(it1.keyOf('pix.create', ids, 'wish')).toBe('wish');
    expect(it1.keyOf('pix.refund', ids)).toBe(ids.short);
    expect(it1.objectOf?.('pix.cancel', { ref: 'x' })).toBe('x');
    expect(it1.objectOf?.('pix.refund', { ref: 'x' })).toBeUndefined();
  });
  it('proves by the windows that are configured', () => {
    expect(it1.pix?.proof.create).toEqual({ by: 'key', afterMs: 120_000 });
    configureProviders({ proofMs: { GERENCIANET_PIX_CREATE: 100 } });
    expect(it1.pix?.proof.create).toEqual({ by: 'key', afterMs: 100 });
    expect(it1.pix?.proof.refund).toEqual({ by: 'again', untilMs: 90 * 86_400_000 });
  });
  it('refuses what Pix cannot write', () => {
    const unfit = (over: object): unknown =>
      it1.unfit?.('pix.create', { amount: cents(1), currency: 'BRL', expireSeconds: 60, ...over });
    expect(unfit({})).toBeUndefined();
    for (const over of [{ currency: 'EUR' }, { amount: cents(10n ** 12n) }, { expireSeconds: 0 }]) {
      expect(unfit(over)).toEqual(expect.any(String));
    }
  });
  it('checks credentials', () => {
    expect(validateSync(fresh())).toEqual([]);
    expect(validateSync(fresh({ certificate: '!' }))).toHaveLength(1);
  });
});
