import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { validateSync } from 'class-validator';
import { redact } from '@libs/kernel/log.js';
import { cents } from '@libs/money/cents.js';
import type { CardInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import { callbacks } from '@libs/providers/cielo/cielo.callback.js';
import { CieloCredentials } from '@libs/providers/cielo/cielo.credentials.js';
import { hosts } from '@libs/providers/cielo/cielo.wire.js';
import { closeHttp } from '@libs/providers/http.js';
import { providerOf } from '@libs/providers/registry.js';
import { configureProviders } from '@libs/providers/settings.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { cards as numbers, cvv } from './cielo.client.js';
import { leaves, members } from './cielo.sheet.js';
import { Stand, type Staged } from './stand.js';
import { type Exchange, Tap } from './tap.js';
import { traffic } from './traffic.js';

const directory = mkdtempSync(join(tmpdir(), 'cielo-'));
const provider = providerOf('cielo');
let sandbox: Sandbox;
let stand: Stand;
let tap: Tap;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  stand = new Stand(provider, sandbox);
  tap = await Tap.open(sandbox, directory);
});
beforeEach(() => configureProviders({ sandboxUrl: tap.url, sandboxCa: sandbox.caFile }));
afterEach(async () => {
  tap.clear();
  await stand.calm();
});
afterAll(async () => {
  await closeHttp();
  await tap.close();
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

let amounts = 5_000n;
const wish = (digit: number, over: Partial<CardInput> = {}): Staged & { readonly input: CardInput } => {
  const amount = cents((amounts += 1n));
  const card = { number: numbers[digit]!, holder: 'Ana', expires: '12/2030', brand: 'visa', cvv };
  const usual = { currency: 'BRL', type: 'credit', payer: { name: 'Ana' }, installments: 1, capture: true } as const;
  return { key: stand.key('cards.authorize'), amount, input: { ...usual, amount, card, ...over } };
};
const short = (it: Outcome | Finding): string =>
  [it.kind, 'why' in it ? it.why : 'code' in it ? it.code : undefined].filter((word) => word !== undefined).join(' ');
const leftMs = (): number => 3_000;
const paths = (): readonly string[] => tap.seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`);

describe('the cards of the sandbox, by their last digit', () => {
  it.each([
    [0, 'done', 'done'],
    [1, 'done', 'done'],
    [2, 'declined card_declined', 'declined card_declined'],
    [3, 'declined card_invalid', 'declined card_declined'],
    [4, 'done', 'done'],
    [5, 'declined card_declined', 'declined card_declined'],
    [6, 'unknown early', 'unknown early'],
    [7, 'declined card_invalid', 'declined card_declined'],
    [8, 'declined card_declined', 'declined card_declined'],
  ])('%d', async (digit, said, found) => {
    for (const capture of [true, false]) {
      const staged = wish(digit, { capture });
      const outcome = await stand.act('cards.authorize', staged);
      expect(short(outcome)).toBe(said);
      // A query says no return code.
      expect(short(await stand.find('cards.authorize', staged))).toBe(found);
      if (outcome.kind !== 'done') continue;
      expect(outcome).toMatchObject({ amount: staged.amount, data: { captured: capture ? staged.amount : 0n } });
      expect(Object.keys(outcome.data as object).includes('captureBy')).toBe(!capture);
    }
  });
});

describe('the payer at his bank', () => {
  const debit = { type: 'debit', returnUrl: 'https://shop.example/back' } as const;
  it.each([
    [1, 'succeed', 'done'],
    [1, 'decline', 'declined card_declined'],
    [2, 'succeed', 'declined card_declined'],
  ])('card %d, %s: %s', async (digit, result, end) => {
    const staged = wish(digit, debit);
    const said = await stand.act('cards.authorize', staged);
    if (said.kind !== 'pending') throw new Error(`no page: ${short(said)}`);
    expect(said.data).toMatchObject({ redirectUrl: expect.stringMatching(/^https:/), captured: 0n });
    expect(await stand.find('cards.authorize', staged)).toMatchObject({ kind: 'pending', ref: said.ref });
    await stand.sim('POST', `cards/${said.ref}/3ds`, { result });
    expect(short(await stand.find('cards.authorize', staged))).toBe(end);
  });
});

describe('acts and questions', () => {
  it('go to hosts of their own', async () => {
    const staged = wish(1, { capture: false });
    const said = await stand.act('cards.authorize', staged);
    const ref = 'ref' in said ? (said.ref ?? '') : '';
    await stand.find('cards.authorize', staged);
    await stand.act('cards.void', { key: stand.key('cards.void'), input: { ref } });
    expect(paths()).toEqual([
      'POST /transaction/1/sales/',
      'GET /query/1/sales',
      `GET /query/1/sales/${ref}`,
      `PUT /transaction/1/sales/${ref}/void`,
    ]);
    for (const environment of ['production', 'homologation'] as const) {
      expect(hosts[environment].query).toBe(hosts[environment].transaction.replace('://api', '://apiquery'));
    }
  });

  it('carry the store in their headers, and the card in the body alone', async () => {
    await stand.act('cards.authorize', wish(1));
    const [{ sent, path }] = tap.seen as [Exchange];
    const { merchantId, merchantKey } = sandbox.accounts.cielo;
    expect(sent.headers).toMatchObject({ merchantid: merchantId, merchantkey: merchantKey });
    expect(JSON.stringify([path, sent.headers])).not.toContain(numbers[1]);
    expect(redact(sent.body)).not.toMatch(new RegExp(`${numbers[1]}|"${cvv}"`));
  });

  it('say nothing of the card when they fail', async () => {
    const echo = (status: number) => ({ status, body: JSON.stringify([{ Code: 213, Message: `bad ${numbers[1]}` }]) });
    for (const status of [400, 401, 500, 201]) {
      tap.instead = () => echo(status);
      expect(JSON.stringify(await stand.act('cards.authorize', wish(1)))).not.toContain(numbers[1]);
    }
  });

  it('find nothing when nobody lists what was there', async () => {
    const staged = wish(1);
    const said = await stand.act('cards.authorize', staged);
    tap.instead = () => ({ status: 404, body: '' });
    const question = {
      act: 'authorize',
      sentAt: new Date('2025-01-02'),
      amount: staged.amount,
      currency: 'BRL',
    } as const;
    const find = (ref?: string): Promise<Finding> =>
      provider.cards!.find({ key: staged.key, credentials: stand.credentials(), leftMs, input: { ...question, ref } });
    expect(await find()).toEqual({ kind: 'absent' });
    expect(await find('ref' in said ? said.ref : '')).toMatchObject({ kind: 'unknown' });
  });

  it('are lost among too many sales of one number', async () => {
    const Payments = Array.from({ length: 11 }, (_, i) => ({
      PaymentId: `6f8d1753-86bb-4dc0-9ebb-09a29093e${i + 100}`,
    }));
    tap.instead = () => ({ status: 200, body: JSON.stringify({ Payments }) });
    expect(await stand.find('cards.authorize', wish(1))).toMatchObject({ kind: 'unknown', why: 'garbled' });
    expect(tap.seen).toHaveLength(1);
  });

  it('refund in parts, each against what went before it', async () => {
    const staged = wish(1, { amount: cents(1_000) });
    const said = await stand.act('cards.authorize', { ...staged, input: { ...staged.input, amount: cents(1_000) } });
    const ref = 'ref' in said ? (said.ref ?? '') : '';
    for (const [amount, before, rest] of [
      [300n, '0', false],
      [200n, '300', false],
      [500n, '500', true],
    ] as const) {
      const sum = cents(amount);
      const input = { ref, amount: sum, currency: 'BRL', rest } as const;
      const part = { ...(await stand.follows('cards.refund', { ref })), amount: sum, input };
      expect(part.before).toBe(before);
      expect(await stand.find('cards.refund', part)).toEqual({ kind: 'absent' });
      expect(await stand.act('cards.refund', part)).toMatchObject({ kind: 'done', amount });
      expect(await stand.find('cards.refund', part)).toMatchObject({ kind: 'done', amount });
    }
    expect(await stand.find('cards.refund', { key: '', input: {}, amount: cents(1), parent: { ref } })).toMatchObject({
      kind: 'unknown',
      message: 'nothing to ask by',
    });
  });

  it('are not sent where there is no simulator', async () => {
    configureProviders({});
    expect(await stand.act('cards.authorize', wish(1))).toMatchObject({ kind: 'unsent', why: 'credentials' });
    expect(await stand.find('cards.authorize', wish(1))).toMatchObject({ kind: 'unknown' });
    expect(await provider.identify({ credentials: stand.credentials(), input: {}, leftMs })).toMatchObject({
      kind: 'unread',
    });
  });
});

describe('callbacks', () => {
  const ref = '6f8d1753-86bb-4dc0-9ebb-09a29093e1fb';
  it.each<[string, unknown, unknown]>([
    ['a change', { PaymentId: ref, ChangeType: 1 }, [{ ref }]],
    ['a change in words', { PaymentId: ref.toUpperCase(), ChangeType: '7' }, [{ ref }]],
    ['one nobody knows', { PaymentId: ref, ChangeType: 99 }, [{ ref }]],
    ['of a recurrence', { PaymentId: ref, RecurrentPaymentId: ref, ChangeType: 4 }, [{ ref }]],
    ['of nothing', { PaymentId: ref }, []],
    ['of nobody', { PaymentId: 'x', ChangeType: 1 }, []],
    ['a list', [{ PaymentId: ref, ChangeType: 1 }], []],
  ])('%s', (_, body, expected) => {
    const notices = callbacks.read(Buffer.from(JSON.stringify(body)));
    expect(notices.map(({ about }) => about)).toEqual(expected);
    expect(notices.every((it) => it.kind === 'hint' && it.doubt === undefined)).toBe(true);
  });

  it('of a slip that was paid below its value make its amount doubtful', () => {
    for (const ChangeType of [6, '6']) {
      const [notice] = callbacks.read(Buffer.from(JSON.stringify({ PaymentId: ref, ChangeType })));
      expect(notice).toMatchObject({ kind: 'hint', about: { ref }, doubt: { kind: 'unknown', why: 'amount' } });
    }
  });

  it('name our number, once there is money', async () => {
    const look = (about: object): Promise<unknown> =>
      callbacks.look!({ credentials: stand.credentials() as CieloCredentials, input: about, leftMs });
    const paid = wish(1);
    const [one, held] = [
      await stand.act('cards.authorize', paid),
      await stand.act('cards.authorize', wish(1, { capture: false })),
    ];
    if (one.kind !== 'done' || held.kind !== 'done') throw new Error('no sales');
    const received = { kind: 'received', id: one.ref, about: { key: paid.key, ref: one.ref }, amount: paid.amount };
    expect(await look({ ref: one.ref })).toMatchObject({ kind: 'read', data: [received] });
    await stand.sim('POST', `cards/${one.ref}/dispute`, {});
    expect(await look({ ref: one.ref })).toMatchObject({ data: [received, { kind: 'taken', amount: paid.amount }] });
    for (const about of [{ ref: held.ref }, { ref }, {}]) expect(await look(about)).toEqual({ kind: 'read', data: [] });
    tap.alter = (_, said) => ({ ...said, body: said.body.replace(paid.key, 'Pedido77') });
    expect(await look({ ref: one.ref })).toEqual({ kind: 'read', data: [] });
    tap.instead = () => ({ status: 500, body: '' });
    expect(await look({ ref })).toMatchObject({ kind: 'unread' });
  });
});

describe('the declaration', () => {
  it('names the store, keys and objects', async () => {
    const credentials = stand.credentials();
    const whose = await provider.identify({ credentials, input: {}, leftMs });
    expect(whose).toEqual({ kind: 'read', data: sandbox.accounts.cielo.merchantId });
    const ids = { uuid: 'u', short: 's'.repeat(25), number: 7 };
    expect(provider.keyOf('cards.authorize', ids, 'wish')).toBe(ids.short);
    expect(provider.objectOf?.('cards.authorize', wish(1).input)).toBeUndefined();
    expect(provider.objectOf?.('cards.refund', { ref: 'x' })).toBe('x');
    expect([provider.cards?.lacks, provider.pix?.lacks, provider.bankslip?.lacks]).toEqual([
      undefined,
      undefined,
      ['cancel'],
    ]);
  });

  it.each<[string, object, boolean]>([
    ['a sale', {}, true],
    ['what a plan knows of one', { card: { brand: 'elo' }, payer: undefined }, true],
    ['euros', { currency: 'EUR' }, false],
    ['nothing', { amount: cents(0) }, false],
    ['sixteen digits', { amount: cents(10n ** 15n) }, false],
    ['a brand of its own', { card: { brand: 'acme' } }, false],
    ['a holder without a letter', { card: { brand: 'visa', holder: '***' } }, false],
    ['12 parts', { installments: 12, amount: cents(6_000) }, true],
    ['13 parts', { installments: 13, amount: cents(60_000) }, false],
    ['parts too small', { installments: 12, amount: cents(5_999) }, false],
    ['debit', { type: 'debit', returnUrl: 'https://shop.example' }, true],
    ['debit of somebody who cannot come back', { type: 'debit' }, false],
    ['debit for later', { type: 'debit', returnUrl: 'https://shop.example', capture: false }, false],
    ['debit in parts', { type: 'debit', returnUrl: 'https://shop.example', installments: 2 }, false],
  ])('takes %s: %p %p', (_, over, fits) => {
    expect(provider.unfit?.('cards.authorize', { ...wish(1).input, ...over }) === undefined).toBe(fits);
    expect(provider.unfit?.('cards.refund', over)).toBeUndefined();
  });

  it('checks credentials', () => {
    const own = stand.credentials() as CieloCredentials;
    const valid = (over: object): number => validateSync(Object.assign(new CieloCredentials(), own, over)).length;
    expect([valid({}), valid({ merchantId: 'x' }), valid({ merchantKey: 'ação' })]).toEqual([0, 1, 1]);
  });
});

describe('what we say to Cielo', () => {
  it('is what its sheet prints, and no more', async () => {
    const spoken = await traffic('cielo', sandbox, directory);
    const bodies = spoken.filter(({ method }) => method === 'POST').map(({ sent }) => JSON.parse(sent.body) as object);
    const written = bodies.flatMap((body) => leaves(body));
    expect(written.filter(([path, value]) => !members[path]?.test(value))).toEqual([]);
    expect([...new Set(written.map(([path]) => path))].sort()).toEqual(Object.keys(members).sort());
    const silent = spoken.filter(({ method, sent }) => method !== 'POST' && sent.body !== '');
    expect(silent).toEqual([]);
    const puts = spoken.filter(({ method }) => method === 'PUT');
    expect(puts.every(({ sent }) => sent.headers['content-length'] === '0')).toBe(true);
    const shapes =
      /^\/(transaction|query)\/1\/sales(\/|\?merchantOrderId=\w+|\/[0-9a-f-]{36}(\/(capture|void)(\?amount=\d+)?)?)$/;
    expect(spoken.map(({ path }) => path).filter((path) => !shapes.test(path))).toEqual([]);
  });
});
