import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { now } from '@libs/kernel/clock.js';
import { wire } from '@apps/sandbox/gerencianet/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Biller, customId, day, slip } from './cobrancas.client.js';
import { at, kindOf, leaves, put } from './members.js';
import { type Answered, Customer, pick } from './sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const set = { ...wire };
let sandbox: Sandbox;
let biller: Biller;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  biller = new Biller(sandbox);
}, 90_000);
afterEach(async () => {
  Object.assign(wire, set);
  await biller.sim('DELETE', 'faults');
});
afterAll(async () => {
  biller.leave();
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

type Json = Readonly<Record<string, unknown>>;
const today = (days = 3): string => day(days, now().getTime());

/** The refusal that names the first thing that is wrong by its place. */
function invalid(answer: Answered, path: readonly string[] | string): void {
  const place = typeof path === 'string' ? path : `/${path.join('/')}`;
  expect([place, answer.status, answer.body]).toEqual([
    place,
    400,
    {
      code: 3500034,
      error: 'validation_error',
      error_description: { property: place, message: expect.any(String) },
    },
  ]);
}
const coded = ({ status, body }: Answered): unknown => [status, (body as { code?: number } | undefined)?.code];

const billet = ['payment', 'banking_billet'];
const payer = [...billet, 'customer'];
const address = [...payer, 'address'];
const optional = [
  ['shippings'],
  ['metadata'],
  ['metadata', 'custom_id'],
  ...['configurations', 'message'].map((it) => [...billet, it]),
  ...['days_to_write_off', 'fine', 'interest'].map((it) => [...billet, 'configurations', it]),
  ...['email', 'phone_number', 'birth', 'address'].map((it) => [...payer, it]),
  [...address, 'complement'],
].map((path) => path.join('/'));

describe('POST /v1/charge/one-step refuses', () => {
  it('what is missing, unless it may be', async () => {
    for (const path of leaves(slip(today()))) {
      const answer = await biller.make(put(slip(today()), path, undefined));
      if (optional.includes(path.join('/'))) expect([path, answer.status]).toEqual([path, 200]);
      else if (!/^\d+$/.test(path.at(-1)!)) invalid(answer, path);
    }
  });

  it('what is of another kind, and members that it does not know', async () => {
    const others: readonly unknown[] = [true, 7, 'x', ['x'], { x: 'x' }];
    for (const path of leaves(slip(today()))) {
      const kind = kindOf(at(slip(today()), path));
      const wrong = others.filter((it) => kindOf(it) !== kind);
      if (['number', 'interest'].includes(path.at(-1)!)) continue; // of two kinds, each
      for (const value of wrong) {
        const place = pick((await biller.make(put(slip(today()), path, value))).body, 'error_description.property');
        expect([path, value, place.startsWith(`/${path.join('/')}`)]).toEqual([path, value, true]);
      }
      if (kind === 'object') invalid(await biller.make(put(slip(today()), [...path, 'cor'], 'x')), [...path, 'cor']);
    }
    for (const name of ['cor', 'constructor']) invalid(await biller.make(put(slip(today()), [name], {})), [name]);
  });

  const edges: readonly (readonly [path: readonly string[], good: readonly unknown[], bad: readonly unknown[]])[] = [
    [
      ['items', '0', 'name'],
      ['x', 'x'.repeat(255)],
      ['', '<b>', 'x'.repeat(256)],
    ],
    [
      ['items', '0', 'value'],
      [0, 99_999_999],
      [1.5, '1'],
    ],
    [['items', '0', 'amount'], [1], [0, -1, 1.5]],
    [['items'], [[{ name: 'x', value: 500, amount: 1 }]], [[]]],
    [['shippings'], [[{ name: 'x', value: 0, payee_code: 'a'.repeat(32) }]], [[]]],
    [['metadata', 'custom_id'], ['x'.repeat(255)], ['x'.repeat(256)]],
    [['metadata', 'notification_url'], ['https://x.example/y'], ['x', 'ftp://x/y', `https://${'x'.repeat(255)}`]],
    [
      [...billet, 'configurations', 'days_to_write_off'],
      [0, 120],
      [-1, 121, 0.5],
    ],
    [
      [...billet, 'configurations', 'fine'],
      [0, 1000],
      [-1, 1001],
    ],
    [
      [...billet, 'configurations', 'interest'],
      [0, 330, { value: 330, type: 'monthly' }],
      [331, -1, 'x', {}],
    ],
    [[...billet, 'discount'], [{ type: 'percentage', value: 100 }], [{ type: 'x', value: 1 }, { type: 'currency' }]],
    [[...payer, 'cpf'], ['00000000000'], ['123', '123456789012', '123.456.789-09']],
    [[...payer, 'name'], ['x'], ['', ' ', 'x'.repeat(256)]],
    [[...payer, 'email'], ['a@b'], ['a', 'a b@c', '@']],
    [
      [...payer, 'phone_number'],
      ['1133334444', '11999998888'],
      ['999', '0199998888', '+5511999998888'],
    ],
    [[...address, 'zipcode'], ['00000000'], ['0100100', '01001-000']],
    [
      [...address, 'state'],
      ['AC', 'TO'],
      ['XX', 'sp', 'São Paulo'],
    ],
    [
      [...address, 'number'],
      ['s/n', 12],
      ['', -1, 1.5],
    ],
    [[...address, 'complement'], [null, ''], [1]],
  ];
  it.each(edges)('%j at its edges', async (path, good, bad) => {
    for (const value of good) {
      const answer = await biller.make(put(slip(today()), path, value));
      expect([value, answer.status, answer.body]).toEqual([value, 200, expect.anything()]);
    }
    for (const value of bad) {
      const answer = await biller.make(put(slip(today()), path, value));
      const place = pick(answer.body, 'error_description.property');
      expect([value, coded(answer), place.startsWith(`/${path.join('/')}`)]).toEqual([value, [400, 3500034], true]);
    }
  });

  it('a company goes by its own names, with a person beside it or without', async () => {
    const juridical_person = { corporate_name: 'Empresa', cnpj: '11222333000181' };
    const company = (customer: Json): Json => slip(today(), { customer });
    expect((await biller.make(company({ juridical_person }))).status).toBe(200);
    expect((await biller.make(company({ juridical_person, name: 'Maria', cpf: '12345678909' }))).status).toBe(200);
    const bare = company({ juridical_person: { ...juridical_person, cnpj: undefined } });
    invalid(await biller.make(bare), [...payer, 'juridical_person', 'cnpj']);
    invalid(await biller.make(company({ name: 'Maria', cnpj: '11222333000181', cpf: '1' })), [...payer, 'cnpj']);
  });

  it.each<[string, () => unknown, number]>([
    ['a day that is over', () => slip(today(-1)), 4600007],
    ['a day that there is not', () => slip('2030-02-30'), 4600060],
    ['less than five reais', () => put(slip(today()), ['items', '0', 'value'], -1), 4600036],
    ['less than that by a discount', () => slip(today(), { discount: { type: 'currency', value: 2001 } }), 4600523],
    ['more than a bar code holds', () => put(slip(today()), ['items', '0', 'value'], 5_000_000_000), 3500006],
    ['a card', () => ({ ...slip(today()), payment: { credit_card: {} } }), 3500007],
    ['no JSON', () => '{', 3500042],
  ])('%s', async (_, body, code) => {
    const smaller = put(body(), ['shippings'], undefined);
    expect(coded(await biller.make(typeof body() === 'string' ? body() : smaller))).toEqual([400, code]);
  });

  it('a day by its shape, and whom it has blocked', async () => {
    for (const day of ['', '2030-1-1', '01/01/2030', '2030-01-01T00:00:00Z'])
      invalid(await biller.make(slip(day)), [...billet, 'expire_at']);
    expect((await biller.make(slip(today(0)))).status).toBe(200);
    wire.blockedDocuments = ['12345678909'];
    expect(coded(await biller.make(slip(today())))).toEqual([400, 4600142]);
  });
});

describe('questions and changes', () => {
  it('a list wants its kind and its period, and knows its filters', async () => {
    const days = 'begin_date=2020-01-01&end_date=2199-01-01';
    const ask = (query: string): Promise<Answered> => biller.call('GET', `/v1/charges?${query}`);
    for (const [query, place] of [
      ['', 'charge_type'],
      ['charge_type=billet&end_date=2030-01-01', 'begin_date'],
      ['charge_type=billet&begin_date=2030-01-01', 'end_date'],
      [`charge_type=boleto&${days}`, 'charge_type'],
      [`charge_type=billet&${days}&limit=0`, 'limit'],
      [`charge_type=billet&${days}&page=x`, 'page'],
      [`charge_type=billet&${days}&status=open`, 'status'],
      [`charge_type=billet&${days}&cor=azul`, 'cor'],
    ] as const)
      invalid(await ask(query), `/${place}`);
    expect(coded(await ask('charge_type=billet&begin_date=2030-02-30&end_date=2030-03-01'))).toEqual([400, 4600060]);
    expect(await ask(`charge_type=card&${days}`)).toMatchObject({ status: 200, body: { data: [] } });
  });

  it('nobody’s charge, nobody’s route, another day than there is', async () => {
    for (const [method, path] of [
      ['GET', '/v1/charge/1'],
      ['PUT', '/v1/charge/1/cancel'],
      ['PUT', '/v1/charge/1/settle'],
      ['GET', '/v1/notification/x'],
      ['DELETE', '/v1/charges'],
      ['GET', '/v2/cob/x'],
    ] as const)
      expect([path, coded(await biller.call(method, path))]).toEqual([path, [404, 3500010]]);
    const { charge_id } = await biller.made(slip(today()));
    const move = (body: object) => biller.call('PUT', `/v1/charge/${charge_id}/billet`, body);
    invalid(await move({}), '/expire_at');
    invalid(await move({ expire_at: today(), cor: 1 }), '/cor');
    expect(coded(await move({ expire_at: today(-1) }))).toEqual([400, 4600007]);
    invalid(await biller.call('PUT', `/v1/charge/${charge_id}/metadata`, { custom_id: 1 }), '/custom_id');
  });

  it('tokens: none, another host’s, one that was altered; no certificate is asked for', async () => {
    const customer = new Customer(sandbox);
    const foreign = await customer.login();
    const own = await biller.login();
    const later = own.replace(/^\d+/, (until) => `${BigInt(until) + 1n}`);
    for (const token of ['', 'x', foreign, later]) {
      const answer = await biller.raw('GET', '/v1/charges', undefined, { authorization: `Bearer ${token}` });
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    }
    const there = await customer.raw('GET', '/v2/cob/x', undefined, { authorization: `Bearer ${own}` });
    expect(there.status).toBe(401);
    const bad = await biller.raw('POST', '/v1/authorize', { grant_type: 'client_credentials' });
    expect(bad).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    customer.leave();
  });
});

describe('what goes wrong', () => {
  it.each([
    ['timeout_before', 'gave up', 0],
    ['timeout_after', 'gave up', 1],
    ['reset_after', 'ECONNRESET', 1],
    ['truncated', 'aborted', 1],
    ['http_500_before', 3500000, 0],
    ['http_500_after', 3500000, 1],
    ['http_429', 3500049, 0],
    ['http_401', undefined, 0],
    ['garbled', undefined, 1],
  ])('%s: %s', async (kind, said, then) => {
    const custom_id = customId();
    await biller.login();
    await biller.arm(kind, 'bankslip.create', { times: 1 });
    biller.giveUpMs = 400;
    const answer = await biller.make(slip(today(), {}, { custom_id })).catch((error: Error) => error);
    biller.giveUpMs = 5_000;
    if (answer instanceof Error) expect(answer.message).toContain(said);
    else expect((answer.body as { code?: number } | undefined)?.code).toBe(said);
    expect(await biller.listed(custom_id)).toHaveLength(then);
    expect(await biller.effects(custom_id)).toHaveLength(then);
  });

  it('questions that lie, two under one number, both doors shut', async () => {
    const custom_id = customId();
    await biller.arm('wrong_amount', 'bankslip.create', { times: 1 });
    const { charge_id, total } = await biller.made(slip(today(), {}, { custom_id }));
    expect(total).toBe(2501);
    await biller.arm('find_refused', 'bankslip.create', { times: 1 });
    expect(coded(await biller.call('GET', `/v1/charge/${charge_id}`))).toEqual([403, 3500001]);
    await biller.arm('find_404_then_found', 'bankslip.create');
    expect([(await biller.listed(custom_id)).length, (await biller.listed(custom_id)).length]).toEqual([0, 1]);
    expect([await biller.status(charge_id), await biller.status(charge_id)]).toEqual(['', 'waiting']);
    await biller.sim('DELETE', 'faults');
    const twins = customId();
    await biller.arm('duplicate_key_first_send', 'bankslip.create');
    await biller.made(slip(today(), {}, { custom_id: twins }));
    expect(await biller.listed(twins)).toHaveLength(2);
    const customer = new Customer(sandbox);
    await biller.arm('refuse', 'bankslip.create', { times: 2 });
    await expect(biller.status(charge_id)).rejects.toThrow();
    await expect(customer.login()).rejects.toThrow();
    expect(await biller.status(charge_id)).toBe('waiting');
    customer.leave();
  });

  it('what reached it is listed without the address that it notifies', async () => {
    await biller.made(slip(today(), {}, { notification_url: 'https://x.example/callbacks/gerencianet/s3cret' }));
    const { text } = await biller.sim('GET', 'requests?provider=gerencianet&operation=bankslip.create');
    expect(text).toContain('Rua Açaí');
    expect(text).not.toContain('s3cret');
  });
});
