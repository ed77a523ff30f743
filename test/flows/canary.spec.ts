import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '@apps/sandbox/faults.js';
import { type Answer, eventually, rows } from '@test/support/app.js';
import { type Canary, holdsCode, holdsNumber, type Marked, mint, wrong, wrongs } from '@test/support/canary.js';
import { type Receiver, startReceiver } from '@test/support/receiver.js';
import { prepareRedis, redisInstalled, type TestRedis } from '@test/support/redis.js';
import { as, fresh, Scene } from '@test/support/scene.js';

const providers = ['cielo', 'stripe'] as const;

let scene: Scene;
let shop: Receiver;
let redis: TestRedis;
let monitor: Socket;
let merchant: string;
const folder = mkdtempSync(join(tmpdir(), 'trilho-canary-'));
/** Every card that was said to the platform. */
const cards: Canary[] = [];
/** Every answer as it came, headers and all. */
const answers: { readonly to: string; readonly said: { readonly headers: object; readonly body: string } }[] = [];
/** Everything that Redis was told. */
const told: string[] = [];

/** On an embedded PostgreSQL of its own: its files are searched too. */
beforeAll(async () => {
  const env: Record<string, string> = { LOG_LEVEL: 'trace', DATABASE_URL: '', DATA_DIR: folder };
  if (redisInstalled) {
    redis = await prepareRedis();
    await redis.start();
    monitor = createConnection(Number(new URL(redis.url).port), '127.0.0.1');
    monitor.on('data', (chunk) => told.push(chunk.toString('latin1')));
    monitor.write('MONITOR\r\n');
    env['REDIS_URL'] = redis.url;
  }
  [scene, shop] = await Promise.all([Scene.open(env), startReceiver()]);
  await scene.api('POST', '/webhooks', { url: shop.url });
  const list = await scene.admin('GET', '/admin/merchants');
  merchant = as<{ data: { id: string }[] }>(list.body).data[0]!.id;
  // Visa goes to Stripe, whatever stands first: both providers see cards.
  const rules = [{ when: { method: 'cards', brand: 'visa' }, prefer: ['stripe'] }];
  await ask('PUT', `/admin/merchants/${merchant}/routing`, { rules });
});
afterAll(async () => {
  await scene.close();
  await shop.stop();
  monitor?.destroy();
  await redis?.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const by = /^\/(admin|metrics)/.test(path) ? scene.admin : scene.api;
  const answer = await by(method, path, body, { headers });
  const said = { headers: Object.fromEntries(answer.headers), body: answer.text };
  answers.push({ to: `${method} ${path.slice(0, 40)} ${answer.status}`, said });
  return answer;
}

const plain = ({ number, cvv }: Canary) => ({ number, cvv, holder: 'MARIA CANARIO', expirationDate: '12/2040' });
function hatch(brand?: Marked, last?: number): Canary {
  const card = mint(brand, last);
  cards.push(card);
  return card;
}

const customer = { name: 'FULANO DE TAL', documentNumber: '12345678909', email: 'foo@bar.com' };
const sale = (card: object, more: object = {}): object => ({ amount: 5000, customer, card, ...more });
const pay = (type: 'credit' | 'debit', card: object, more: object = {}): Promise<Answer> =>
  ask('POST', `/${type}-card`, sale(card, { customCode: fresh('c'), ...more }), { 'idempotency-key': fresh('k') });

/** Everything that can be done with a charge, whether or not it can be done now. */
async function follow(type: 'credit' | 'debit', made: Answer): Promise<void> {
  const { id, customCode } = as<{ id?: string; customCode?: string }>(made.body);
  if (id === undefined) return;
  const path = `/${type}-card/${id}`;
  if (type === 'credit') await ask('POST', `${path}/capture`, { amount: 3000 });
  await ask('POST', `${path}/cancel`);
  await ask('POST', `${path}/refund`, { amount: 1000 });
  for (const it of [path, `/${type}-card?customCode=${customCode}`, `/transactions/${id}/attempts`])
    await ask('GET', it);
  await ask('GET', `/admin/transactions/${id}`);
}

describe('everything that is said of cards', () => {
  it('to the vault', async () => {
    for (const brand of ['visa', 'mastercard', 'elo', 'amex'] as const) {
      const made = await ask('POST', '/card-tokens', plain(hatch(brand)), { 'idempotency-key': fresh('t') });
      expect(made.status).toBe(201);
      const { token } = as<{ token: string }>(made.body);
      await ask('GET', `/card-tokens/${token}`);
      const charged = await pay('credit', { token, cvv: brand === 'amex' ? '9674' : '983' });
      await follow('credit', charged);
      await pay('debit', { token });
      if (brand === 'elo') await ask('DELETE', `/card-tokens/${token}`);
    }
  });

  it('in sales of every outcome', async () => {
    for (let last = 0; last < 10; last += 1) {
      const made = await pay('credit', plain(hatch('mastercard', last)), { capture: last % 2 === 0, installments: 1 });
      await follow('credit', made);
    }
    await follow('credit', await pay('credit', plain(hatch('visa')), { softDescriptor: 'LOJA' }));
    const debit = await pay('debit', plain(hatch('mastercard')), { returnUrl: 'https://loja.example/' });
    const { paymentId } = as<{ metadata: { paymentId: string } }>(debit.body).metadata;
    await scene.sim('POST', `/_sim/cards/${paymentId}/3ds`, { result: 'succeed' });
    await follow('debit', debit);
    await scene.sim('POST', `/_sim/cards/${paymentId}/dispute`);
    const twice = sale(plain(hatch('mastercard')), { customCode: fresh('c') });
    for (const key of ['', 'one', 'one']) {
      await ask('POST', '/credit-card', twice, key === '' ? {} : { 'idempotency-key': `${key}${process.pid}` });
    }
  });

  it('where they do not belong', async () => {
    const { number, cvv } = hatch('visa');
    const good = plain(hatch('mastercard'));
    const group = number.match(/\d{4}/g)!;
    const texts = [number, group.join(' '), group.join('-'), `cartao ${number}`];
    for (const text of texts) {
      for (const more of [
        { customCode: text },
        { customer: { ...customer, name: text } },
        { customer: { ...customer, email: `${number}@bar.com` } },
        { customer: { ...customer, address: { street: text } } },
        { softDescriptor: text },
        { amount: text },
        { installments: text },
        { unknown: text },
        { [text]: text },
        { card: { ...good, holder: text } },
        { card: { ...good, brand: text } },
        { card: { ...good, expirationDate: text } },
        { card: { ...good, cvv: text } },
        { card: { ...good, number: `${text}x` } },
        { card: { ...good, number: [text] } },
        { card: text },
        { customer: text },
      ]) {
        const { status } = await ask('POST', '/credit-card', sale(good, more));
        expect([Object.keys(more)[0], status]).toEqual([Object.keys(more)[0], 422]);
      }
      for (const [path, body] of [
        ['/card-tokens', { ...good, holder: text }],
        ['/pix', { amount: 1000, customCode: text, instructions: text }],
        [`/admin/attempts/${merchant}/resolve`, { finding: 'absent', evidence: text }],
        ['/admin/merchants', { name: text }],
      ] as const)
        expect([path, (await ask('POST', path, body)).status]).toEqual([path, 422]);
      await ask('POST', '/card-tokens', text);
    }
    const headers = { 'x-request-id': number, 'idempotency-key': number, 'user-agent': number, referer: number };
    await ask('POST', `/credit-card?number=${number}&cvv=${cvv}`, sale(plain(hatch('mastercard'))), headers);
    for (const path of [`credit-card/${number}`, `credit-card?customCode=${number}`, `card-tokens/${number}`]) {
      await ask('GET', `/${path}`, undefined, headers);
    }
    await ask('POST', `/credit-card`, `{"card":{"number":"${number}","cvv":"${cvv}"`);
    await ask('POST', `/credit-card/${number}/refund`, { amount: number });
    await ask('POST', '/admin/routing/plan', { merchantId: merchant, number, bin: number, brand: number });
    await ask('PUT', `/admin/merchants/${merchant}/lanes`, [{ provider: number, operation: number, [number]: cvv }]);
    await ask('PATCH', `/admin/merchants/${merchant}`, { name: ['x'], number, [number]: number });
  });

  it('while everything goes wrong', async () => {
    for (let from = 0; from < kinds.length; from += 4) {
      for (const kind of kinds.slice(from, from + 4)) {
        for (const provider of providers) {
          await scene.sim('PUT', '/_sim/faults', { provider, operation: '*', kind, times: 2 });
        }
      }
      const brands = ['mastercard', 'visa', 'mastercard', 'visa', 'mastercard', 'visa'] as const;
      const made = await Promise.all(brands.map((it) => pay('credit', plain(hatch(it)), { capture: false })));
      await Promise.all(made.map((it) => follow('credit', it)));
    }
    await scene.calm();
  });

  it('was in earnest: both providers were paid, and both refused', async () => {
    const paid = await eventually(async () => {
      const found = await rows<{ provider: string; status: string }>(
        scene.app,
        `select distinct provider, status from charge where type = 'creditCard' and provider is not null`,
      );
      const seen = found.map(({ provider, status }) => `${provider} ${status}`);
      return ['cielo', 'stripe'].every((it) => seen.some((said) => said.startsWith(it))) && seen;
    });
    expect(paid).toContain('cielo declined');
    expect(paid.some((it) => /paid|refund/.test(it))).toBe(true);
    await scene.advance(3_600);
    await eventually(async () => (await rows(scene.app, `select from attempt where state = 'sent'`)).length === 0);
    expect(shop.got.length).toBeGreaterThan(0);
  });
});

describe('is found', () => {
  it('wherever it is looked for, when it is there', () => {
    const [{ number, cvv }] = [cards[0]!];
    for (const text of [
      number,
      number.match(/\d{4}/g)!.join(' '),
      number.slice(0, 14),
      Buffer.from(number).toString('hex'),
      Buffer.from(`{"n":"${number}"}`).toString('base64'),
    ]) {
      expect([text, holdsNumber(text)]).toEqual([text, true]);
    }
    for (const text of [`{"a":["${cvv}"]}`, `{"cvv":${cvv}}`, `code ${cvv}.`, `cvv=${cvv}`]) {
      expect([text, holdsCode(text)]).toEqual([text, true]);
    }
    for (const text of [`{"ms":${cvv}}`, `x${cvv}`, `12:00:00.${cvv}`, `1.${cvv}`]) {
      expect([text, holdsCode(text)]).toEqual([text, false]);
    }
  });

  it('in no answer', () => {
    expect(answers.length).toBeGreaterThan(200);
    expect(answers.flatMap(({ to, said }) => wrong(said).map((it) => `${it}: ${to}`))).toEqual([]);
  });

  it('in no later answer', async () => {
    const paths = ['/events', '/transactions', '/webhooks/deliveries'].map((it) => `${it}?limit=100`);
    const admin = [
      'attempts',
      'movements',
      'jobs',
      'callbacks',
      'providers',
      'transactions',
      'audit',
      'ledger/entries',
    ];
    for (const path of [...paths, ...admin.map((it) => `/admin/${it}?limit=100`), '/docs-json', '/metrics']) {
      const { status, text } = await ask('GET', path);
      expect([path, status, ...(path === '/docs-json' ? [] : wrong(text))]).toEqual([path, 200]);
    }
  });

  it('in no line of the log', () => {
    const lines = scene.app.output().split('\n');
    expect(lines.length).toBeGreaterThan(200);
    expect(wrongs(lines)).toEqual([]);
  });

  it('in nothing that a merchant was told', () => {
    expect(wrongs(shop.got)).toEqual([]);
  });

  it('in no record of the simulated world', async () => {
    for (const path of ['/_sim/requests', '/_sim/ledger']) {
      const { text } = await scene.sim('GET', path);
      expect([path, ...wrong(text)]).toEqual([path]);
    }
  });

  (redisInstalled ? it : it.skip)('in nothing that Redis was told', () => {
    const said = told.join('');
    expect(said).toContain('"');
    expect([holdsNumber(said), /cvv|security_?code/i.test(said)]).toEqual([false, false]);
  });

  it('in no column of any table; the numbers lie sealed', async () => {
    const tables = await rows<{ name: string }>(
      scene.app,
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const seen: string[] = [];
    for (const { name } of tables) {
      const kept = await rows<{ row: string }>(scene.app, `select to_jsonb(it)::text as row from ${name} it`);
      seen.push(...wrongs(kept.map(({ row }) => row)).map((it) => `${name} ${it}`));
    }
    expect(seen).toEqual([]);
    const [sealed] = await rows<{ sealed: number; cards: number }>(
      scene.app,
      `select count(*)::int as cards, count(v.id)::int as sealed from card c left join vault v on v.id = c.sealed`,
    );
    expect(sealed!.cards).toBeGreaterThan(20);
    expect(sealed!.sealed).toBe(sealed!.cards);
  });

  it('in no file: of the database, of the simulated world, of anything', async () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((it) => it.isFile());
    const paths = files.map((it) => join(it.parentPath, it.name)).filter((it) => statSync(it).size > 0);
    expect(paths.some((it) => it.includes('pg_wal'))).toBe(true);
    expect(paths.some((it) => it.includes('sandbox'))).toBe(true);
    expect(paths.filter((it) => holdsNumber(readFileSync(it, 'latin1')))).toEqual([]);
    const journals = paths.filter((it) => it.includes('sandbox') && !it.includes('certificates'));
    const lines = journals.flatMap((it) => readFileSync(it, 'utf8').split('\n'));
    expect(wrongs(lines)).toEqual([]);
  });
});
