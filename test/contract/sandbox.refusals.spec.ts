import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wire } from '@apps/sandbox/gerencianet/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { at, kindOf, leaves, put } from './members.js';
import { type Answered, Customer, pick, receiver, txid } from './sandbox.client.js';

/** What the provider's sheet says that it refuses, sent without our adapter: field by field, and state by state. */
const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let customer: Customer;
let inbox: Awaited<ReturnType<typeof receiver>>;
let paid = '';
let refunds = 0;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  customer = new Customer(sandbox);
  inbox = await receiver();
  paid = await customer.paid(txid(), '900.00');
});
afterAll(async () => {
  customer.leave();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

type Json = Readonly<Record<string, unknown>>;
const dotted = (path: readonly string[]): string =>
  path.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${name}`)).join('');

interface Door {
  readonly title: string;
  readonly body: () => Json;
  readonly ask: (body: unknown) => Promise<Answered>;
  readonly required: readonly string[];
  /** Texts with their most characters; numbers with the most and the least. */
  readonly texts: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, readonly [least: number, most: number]>>;
}
const info = { nome: 'Mesa', valor: '4' };
const full = (): Json => ({
  calendario: { expiracao: 3600 },
  devedor: { cpf: '12345678909', nome: 'Maria' },
  valor: { original: '10.00' },
  chave: customer.chave,
  solicitacaoPagador: 'Pedido',
  infoAdicionais: [info],
});
const texts = {
  solicitacaoPagador: 140,
  'devedor.nome': 200,
  'infoAdicionais.0.nome': 50,
  'infoAdicionais.0.valor': 200,
};
const numbers = { 'calendario.expiracao': [1, 2_147_483_647] } as const;
const inside = ['calendario.expiracao', 'valor.original', 'devedor.cpf', 'devedor.nome'];
const within = [...inside, 'infoAdicionais.0.nome', 'infoAdicionais.0.valor'];

const doors: readonly Door[] = [
  {
    title: 'PUT /v2/cob/{txid}',
    body: full,
    ask: (body) => customer.call('PUT', `/v2/cob/${txid()}`, body),
    required: ['calendario', 'valor', 'chave', ...within],
    texts,
    numbers,
  },
  {
    title: 'PATCH /v2/cob/{txid}',
    body: full,
    async ask(body) {
      const id = txid();
      await customer.charge(id);
      return customer.call('PATCH', `/v2/cob/${id}`, body);
    },
    required: within,
    texts,
    numbers,
  },
  {
    title: 'PUT /v2/pix/{e2eId}/devolucao/{id}',
    body: () => ({ valor: '0.01' }),
    ask: (body) => customer.call('PUT', `/v2/pix/${paid}/devolucao/r${(refunds += 1)}`, body),
    required: ['valor'],
    texts: {},
    numbers: {},
  },
  {
    title: 'PUT /v2/webhook/{chave}',
    body: () => ({ webhookUrl: inbox.url }),
    ask: (body) => customer.call('PUT', `/v2/webhook/${customer.chave}`, body, { 'x-skip-mtls-checking': 'true' }),
    required: ['webhookUrl'],
    texts: {},
    numbers: {},
  },
];

const others: readonly unknown[] = [null, true, 7, 'x', ['x'], { x: 'x' }];

/** `json_invalido`, which names the place. */
function malformed(answer: Answered, place: string): void {
  expect([place, answer.status, pick(answer.body, 'nome')]).toEqual([place, 400, 'json_invalido']);
  const { erros } = answer.body as { erros: { caminho: string; chave: string; mensagem: string }[] };
  expect(erros.map(({ caminho }) => caminho).join(' ')).toContain(place);
  for (const it of erros) expect(it).toEqual({ chave: it.chave, caminho: it.caminho, mensagem: expect.any(String) });
}

describe.each(doors)('$title', ({ body, ask, required, ...limits }) => {
  it('takes the whole of it', async () => {
    expect((await ask(body())).status).toBeLessThan(300);
  });

  it('refuses what is missing, and what is of another kind', async () => {
    for (const path of leaves(body())) {
      const name = path.join('.');
      const without = await ask(put(body(), path, undefined));
      // An item that is no longer there is another list, which may be empty.
      if (required.includes(name)) malformed(without, dotted(path).replace(/\.(cpf|cnpj)$/, ''));
      else if (!/^\d+$/.test(path.at(-1)!)) expect([name, without.status < 300]).toEqual([name, true]);
      const kind = kindOf(at(body(), path));
      for (const wrong of others.filter((it) => kindOf(it) !== kind)) {
        malformed(await ask(put(body(), path, wrong)), dotted(path));
      }
    }
  });

  it('refuses members that it does not know, wherever they stand', async () => {
    const places = [[], ...leaves(body()).filter((path) => kindOf(at(body(), path)) === 'object')];
    for (const path of places) malformed(await ask(put(body(), [...path, 'cor'], 'azul')), dotted([...path, 'cor']));
    for (const name of ['__proto__x', 'constructor', 'toString']) {
      malformed(await ask(put(body(), [name], {})), dotted([name]));
    }
  });

  it('keeps to its lengths and limits, to the last character', async () => {
    for (const [name, most] of Object.entries(limits.texts)) {
      const path = name.split('.');
      expect([name, (await ask(put(body(), path, 'x'.repeat(most)))).status < 300]).toEqual([name, true]);
      malformed(await ask(put(body(), path, 'x'.repeat(most + 1))), dotted(path));
    }
    for (const [name, [least, most]] of Object.entries(limits.numbers)) {
      const path = name.split('.');
      for (const good of [least, most]) expect((await ask(put(body(), path, good))).status).toBeLessThan(300);
      for (const bad of [least - 1, most + 1, -1, 1.5]) malformed(await ask(put(body(), path, bad)), dotted(path));
    }
  });

  it('refuses what is no JSON object at all', async () => {
    for (const raw of ['', '{', 'null', '7', '"x"', '[]', 'x=1', '\u0000', `{"a":${'['.repeat(5_000)}`]) {
      expect([raw.slice(0, 9), pick((await ask(raw)).body, 'nome')]).toEqual([raw.slice(0, 9), 'json_invalido']);
    }
  });
});

describe('amounts, people and names', () => {
  const amounts = [
    '0.00',
    '0',
    '1',
    '1.0',
    '1.000',
    '1,00',
    '-1.00',
    '+1.00',
    ' 1.00',
    '1.00 ',
    '01234567890.00',
    'x',
    '',
  ];
  it.each(amounts)('an amount of "%s" is valor_invalido', async (valor) => {
    const refusal = { status: 400, body: { nome: 'valor_invalido', mensagem: expect.any(String) } };
    expect(await doors[0]!.ask(put(full(), ['valor', 'original'], valor))).toMatchObject(refusal);
    expect(await doors[1]!.ask(put(full(), ['valor', 'original'], valor))).toMatchObject(refusal);
    expect(await doors[2]!.ask({ valor })).toMatchObject(refusal);
  });

  it('a payer is one person with one document and a name', async () => {
    for (const devedor of [
      { cpf: '1234567890', nome: 'Maria' },
      { cpf: '123456789012', nome: 'Maria' },
      { cpf: '123.456.789-09', nome: 'Maria' },
      { cnpj: '1234567800019', nome: 'Empresa' },
      { cpf: '12345678909', cnpj: '12345678000195', nome: 'Maria' },
      { cpf: '12345678909' },
      { cpf: '12345678909', nome: ' ' },
      { nome: 'Maria' },
      {},
    ]) {
      malformed(await doors[0]!.ask({ ...full(), devedor }), '.devedor');
    }
    wire.blockedDocuments = ['12345678909'];
    const blocked = await doors[0]!.ask(full());
    wire.blockedDocuments = [];
    expect(blocked).toMatchObject({ status: 400, body: { nome: 'documento_bloqueado' } });
  });

  it.each(['a', 'a'.repeat(25), 'a'.repeat(36), `${'a'.repeat(26)}-`, `${'a'.repeat(25)}%20`, 'á'.repeat(26)])(
    'a txid %s is refused',
    async (id) => {
      malformed(await customer.call('PUT', `/v2/cob/${encodeURI(id)}`, full()), '.txid');
    },
  );
  it.each(['a'.repeat(36), 'a-b', 'a%20b'])('a refund named %s is refused', async (id) => {
    malformed(await customer.call('PUT', `/v2/pix/${paid}/devolucao/${id}`, { valor: '0.01' }), '.id');
  });

  it('nothing of all that has happened', async () => {
    const effects = await customer.effects();
    expect(effects.filter((it) => !/^pix\.(create|received|refund) /.test(it))).toEqual([]);
    expect(new Set(effects).size).toBe(effects.length);
    expect(effects.filter((it) => it.startsWith('pix.received'))).toHaveLength(1);
  });
});

describe('states', () => {
  const removal = { status: 'REMOVIDA_PELO_USUARIO_RECEBEDOR' };
  const dearer = { valor: { original: '11.00' } };
  const closed = { status: 400, body: { nome: 'status_cobranca_invalido', mensagem: expect.any(String) } };
  const change = (id: string, body: object): Promise<Answered> => customer.call('PATCH', `/v2/cob/${id}`, body);

  it('what was removed stays so: no change, no second removal, no second charge under its txid', async () => {
    const id = txid();
    await customer.charge(id);
    expect((await change(id, removal)).status).toBe(200);
    for (const body of [removal, dearer]) expect(await change(id, body)).toMatchObject(closed);
    expect(await customer.charge(id)).toMatchObject({ status: 409, body: { nome: 'txid_duplicado' } });
    expect((await customer.sim('POST', `pix/${id}/pay`)).status).toBe(409);
  });

  it('what is paid stays so, and gives back no more than came', async () => {
    const id = txid();
    const e2e = await customer.paid(id, '5.00');
    for (const body of [removal, dearer]) expect(await change(id, body)).toMatchObject(closed);
    const give = (key: string, valor: string) => customer.call('PUT', `/v2/pix/${e2e}/devolucao/${key}`, { valor });
    expect(await give('a', '5.01')).toMatchObject({ status: 400, body: { nome: 'valor_invalido' } });
    expect((await give('a', '5.00')).status).toBe(201);
    expect(await give('b', '0.01')).toMatchObject({ status: 400, body: { nome: 'valor_invalido' } });
  });

  it.each(['REMOVIDA_PELO_PSP', 'ATIVA', 'CONCLUIDA', '', null, 1])('no charge can be set to %j', async (status) => {
    const id = txid();
    await customer.charge(id);
    malformed(await change(id, { status }), '.status');
    malformed(await change(id, { ...removal, ...dearer }), '.valor');
  });

  it('no revision is shown that there was not', async () => {
    const id = txid();
    await customer.charge(id);
    for (const revisao of ['1', '-1', 'x', '0.5', '']) {
      malformed(await customer.call('GET', `/v2/cob/${id}?revisao=${revisao}`), '.revisao');
    }
  });
});
