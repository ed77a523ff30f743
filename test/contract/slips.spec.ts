import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { timer } from '@libs/kernel/timer.js';
import { bps, cents } from '@libs/money/cents.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { Callbacks } from '@libs/providers/contract/callbacks.js';
import type { About } from '@libs/providers/contract/moved.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import { closeHttp } from '@libs/providers/http.js';
import { providerOf } from '@libs/providers/registry.js';
import { configureProviders } from '@libs/providers/settings.js';
import { wire as atCielo } from '@apps/sandbox/cielo/wire.js';
import { wire as atEfi } from '@apps/sandbox/gerencianet/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { receiver, sleep } from './sandbox.client.js';
import { scriptOf } from './scripts.js';
import { Stand, type Staged } from './stand.js';
import { Tap } from './tap.js';

const directory = mkdtempSync(join(tmpdir(), 'slips-'));
const usual = [{ ...atEfi }, { ...atCielo }] as const;
let sandbox: Sandbox;
let tap: Tap;
let efi: Stand;
let cielo: Stand;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  tap = await Tap.open(sandbox, directory);
  configureProviders({ sandboxUrl: tap.url, sandboxCa: sandbox.caFile });
  efi = new Stand(providerOf('gerencianet'), sandbox);
  cielo = new Stand(providerOf('cielo'), sandbox);
});
afterEach(() => {
  tap.clear();
  Object.assign(atEfi, usual[0]);
  Object.assign(atCielo, usual[1]);
});
afterAll(async () => {
  await closeHttp();
  await tap.close();
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

const short = (it: Outcome | Finding): string =>
  [it.kind, 'why' in it ? it.why : 'code' in it ? it.code : undefined].filter((word) => word !== undefined).join(' ');
const leftMs = (): number => 3_000;
const paths = (): readonly string[] => tap.seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`);

/** A thing that stands at the provider, and what it was made with. */
async function standing(stand: Stand, operation: Operation): Promise<Staged & { readonly ref: string }> {
  const staged = await scriptOf(operation).stage(stand);
  const said = await stand.act(operation, staged);
  if (said.kind !== 'pending') throw new Error(short(said));
  return { ...staged, ref: said.ref };
}
const slip = (stand: Stand): ReturnType<typeof standing> => standing(stand, 'bankslip.create');
const pay = (stand: Stand, staged: Staged, wish: object = {}): Promise<void> =>
  scriptOf('bankslip.create').decide!(stand, staged, wish);

const callbacksOf = (stand: Stand): Callbacks<object> => stand.provider.callbacks!;
const look = (stand: Stand, input: About): ReturnType<NonNullable<Callbacks<object>['look']>> =>
  callbacksOf(stand).look!({ credentials: stand.credentials(), input, leftMs });
const open = (input: string): ReturnType<NonNullable<Callbacks<object>['open']>> =>
  callbacksOf(efi).open!({ credentials: efi.credentials(), input, leftMs });

describe('a slip of Gerencianet', () => {
  it('is told of by a token, which stands for it, and for its payment once it is paid', async () => {
    const inbox = await receiver();
    const staged = await scriptOf('bankslip.create').stage(efi);
    const act = efi.offered('bankslip.create')['create']!;
    const call = {
      ...staged,
      credentials: efi.credentials(),
      leftMs: timer(3_000),
      callbackUrl: async () => inbox.url,
    };
    const said = await act(call);
    if (said.kind !== 'pending') throw new Error(short(said));
    const { ref } = said;
    for (let waited = 0; inbox.calls.length === 0 && waited < 4_000; waited += 20) await sleep(20);
    const notices = callbacksOf(efi).read(Buffer.from(String(inbox.calls[0]?.body)));
    expect(notices).toEqual([{ kind: 'hint', about: { token: expect.any(String) } }]);
    const { token } = notices[0]!.about as { token: string };
    expect(await open(token)).toEqual({ kind: 'read', data: [{ ref, key: staged.key }] });
    await pay(efi, staged, { amount: 1_234 });
    const about = { ref, key: staged.key, receipt: ref };
    expect(await open(token)).toEqual({ kind: 'read', data: [about] });
    const { receipt: _, ...named } = about;
    const paid = { kind: 'received', id: ref, about: named, amount: 1_234n, currency: 'BRL', at: expect.any(Date) };
    expect(await look(efi, about)).toEqual({ kind: 'read', data: [paid] });
    await inbox.close();
  });

  it('is not told of by a token that nobody knows; a question that fails tells nothing', async () => {
    for (const status of [400, 404]) {
      atEfi.slipMissingStatus = status;
      expect(await open('nobodys')).toEqual({ kind: 'read', data: [] });
      expect(await look(efi, { ref: '7' })).toEqual({ kind: 'read', data: [] });
    }
    tap.instead = () => ({ status: 500, body: '' });
    expect([await open('x'), await look(efi, { ref: '7' })]).toMatchObject([{ kind: 'unread' }, { kind: 'unread' }]);
    for (const junk of ['notification=', 'notification=a&b=c', 'x=1', '{"notification":"a"}']) {
      expect(callbacksOf(efi).read(Buffer.from(junk))).toEqual([]);
    }
  });

  it('is nobody’s of ours when it waits, or bears a number that is none of ours', async () => {
    const { ref } = await slip(efi);
    expect(await look(efi, { ref })).toEqual({ kind: 'read', data: [] });
    const staged = await scriptOf('bankslip.create').stage(efi);
    const foreign = { ...staged, key: 'Fatura-1' };
    const said = await efi.act('bankslip.create', foreign);
    await pay(efi, foreign);
    expect(await look(efi, { ref: 'ref' in said ? said.ref! : '' })).toEqual({ kind: 'read', data: [] });
  });

  it('is told where to call when it is made, unless the address is too long', async () => {
    const made = async (url: string): Promise<unknown> => {
      const staged = await scriptOf('bankslip.create').stage(efi);
      const credentials = efi.credentials();
      await efi.offered('bankslip.create')['create']!({ ...staged, credentials, leftMs, callbackUrl: async () => url });
      return (JSON.parse(tap.seen.at(-1)!.sent.body) as { metadata: object }).metadata;
    };
    const url = 'http://127.0.0.1:9/callbacks/gerencianet/s';
    expect(await made(url)).toEqual({ custom_id: expect.any(String), notification_url: url });
    expect(await made(`${url}${'x'.repeat(255)}`)).toEqual({ custom_id: expect.any(String) });
  });

  it('has a log-in of its own, which serves the next ones too', async () => {
    const other = { clientSecret: 'another' };
    const staged = await scriptOf('bankslip.create').stage(efi);
    const credentials = efi.credentials(other);
    const said = await efi.offered('bankslip.create')['create']!({ ...staged, credentials, leftMs });
    expect(short(said)).toBe('unsent credentials');
    expect(paths()).toEqual(['POST /v1/authorize']);
    await slip(efi);
    await slip(efi);
    expect(paths().filter((it) => it.endsWith('authorize')).length).toBeLessThanOrEqual(2);
  });

  it('is found on any page; a list without an end is none', async () => {
    atEfi.slipPage = { usual: 1, most: 1000 };
    const staged = await slip(efi);
    await efi.act('bankslip.create', staged);
    const found = await efi.find('bankslip.create', staged);
    expect(found).toMatchObject({ kind: 'pending', twins: [expect.any(String)] });
    expect(paths().filter((it) => it === 'GET /v1/charges')).toHaveLength(3);
    tap.alter = (it, said) => (it.path.includes('page=') ? { ...said, body: first } : said);
    const { said } = tap.seen.find(({ path }) => path.startsWith('/v1/charges'))!;
    const first = said!.body;
    expect(short(await efi.find('bankslip.create', staged))).toBe('unknown garbled');
  });

  it('is the same by whatever the account and the pages leave open', async () => {
    atEfi.slipWithPix = false;
    atEfi.slipPaidInDetail = true;
    const staged = await slip(efi);
    expect((await efi.made('bankslip.create', staged)).data).not.toHaveProperty('qrCode');
    await pay(efi, staged, { amount: 2_107 });
    expect(await efi.find('bankslip.create', staged)).toMatchObject({ kind: 'done', amount: 2_107n });
  });

  it('that was marked as paid by hand has brought no money', async () => {
    const staged = await slip(efi);
    const { line } = (await efi.made('bankslip.create', staged)).data as { line: string };
    await efi.sim('POST', `bankslips/${line}/settle`, {});
    expect(short(await efi.find('bankslip.create', staged))).toBe('unknown stray');
    expect(short(await efi.act('bankslip.cancel', { key: 'k', input: { ref: staged.ref } }))).toBe('unknown stray');
  });

  it.each<[string, object, boolean]>([
    ['a slip', {}, true],
    ['without an address', { payer: { name: 'Ana', taxId: '12345678909' } }, true],
    ['of 4,99', { amount: cents(499) }, false],
    ['of a hundred million', { amount: cents(10n ** 10n) }, false],
    ['in euros', { currency: 'EUR' }, false],
    ['of nobody', { payer: { name: 'Ana', taxId: '1' } }, false],
    ['121 days', { payableDays: 121 }, false],
    ['a fine of 10 %', { fine: { rateBps: bps(1_000) } }, true],
    ['a fine of more', { fine: { rateBps: bps(1_001) } }, false],
    ['a fine in cents', { fine: { amount: cents(1) } }, false],
    ['interest of 9.9 %', { interest: { monthlyBps: bps(990) } }, true],
    ['interest too small to be said', { interest: { monthlyBps: bps(2) } }, false],
    ['interest of more', { interest: { monthlyBps: bps(1_000) } }, false],
  ])('takes %s: %p %p', async (_, over, fits) => {
    const { input } = await scriptOf('bankslip.create').stage(efi);
    expect(efi.provider.unfit?.('bankslip.create', { ...(input as object), ...over }) === undefined).toBe(fits);
  });
});

describe('a slip of Cielo', () => {
  it('that was paid too little is paid, as far as anybody can see', async () => {
    for (const status of [2, 1] as const) {
      atCielo.slipUnderpaid = status;
      const staged = await slip(cielo);
      await pay(cielo, staged, { amount: 77 });
      const found = await cielo.find('bankslip.create', staged);
      expect(short(found)).toBe(status === 2 ? 'done' : 'pending');
    }
  });

  it('tells whose it is when nobody knows it', async () => {
    const staged = await slip(cielo);
    const { ref, key, amount } = staged;
    expect(await look(cielo, { ref })).toEqual({ kind: 'read', data: [] });
    await pay(cielo, staged);
    const about = { key, ref };
    expect(await look(cielo, { ref })).toMatchObject({ data: [{ kind: 'received', id: ref, about, amount }] });
    expect(await cielo.find('bankslip.create', staged)).toMatchObject({ receipt: ref });
  });

  it.each<[string, object, boolean, object?]>([
    ['a slip', {}, true],
    ['without an address', { payer: { name: 'Ana', taxId: '12345678909' } }, false],
    ['of nobody', { payer: { name: 'Ana' } }, false],
    ['with a fine', { fine: { rateBps: bps(200) } }, false],
    ['with interest', { interest: { monthlyBps: bps(100) } }, false],
    ['in production, by a bank', {}, true, { environment: 'production', slipBank: 'bradesco' }],
    ['in production, by nobody', {}, false, { environment: 'production' }],
  ])('takes %s: %p %p', async (_, over, fits, ...[settings]) => {
    const { input } = await scriptOf('bankslip.create').stage(cielo);
    const wish = { ...(input as object), ...over };
    expect(cielo.provider.unfit?.('bankslip.create', wish, settings) === undefined).toBe(fits);
  });
});

describe('a code of Cielo', () => {
  const input = { amount: cents(1_000), currency: 'BRL', payer: { name: 'Ana', taxId: '12345678909' } } as const;
  const ofOld = (over: object): Promise<Outcome> => {
    const credentials = cielo.credentials({ pixContract: undefined });
    const call = { key: cielo.key('pix.create'), credentials, leftMs, input: { ...input, ...over } };
    return cielo.offered('pix.create')['create']!(call);
  };

  it('of the old contract is good for two hours, and stays', async () => {
    atCielo.pixId = 'Paymentid';
    expect(short(await ofOld({ expireSeconds: 3_600 }))).toBe('unsent unready');
    expect(tap.seen).toEqual([]);
    const said = await ofOld({ expireSeconds: 7_200 });
    expect(short(said)).toBe('pending');
    const { Payment } = JSON.parse(tap.seen.at(-1)!.sent.body) as { Payment: object };
    expect(Payment).toEqual({ Type: 'Pix', Amount: 1_000 });
    tap.clear();
    const ref = 'ref' in said ? said.ref! : '';
    const credentials = cielo.credentials({ pixContract: 'cielo' });
    const cancelled = await cielo.offered('pix.cancel')['cancel']!({ key: 'k', credentials, leftMs, input: { ref } });
    expect([short(cancelled), tap.seen]).toEqual(['declined not_allowed', []]);
  });

  it('is left alone when it cannot be looked at, or when a part of it is to go back', async () => {
    const made = await standing(cielo, 'pix.create');
    const part = { ref: made.ref, amount: cents(1), currency: 'BRL', rest: false } as const;
    for (const operation of ['pix.cancel', 'pix.refund'] as const) {
      tap.instead = () => ({ status: 404, body: '' });
      expect(short(await cielo.act(operation, { key: 'k', input: part }))).toBe('unsent unready');
      tap.instead = undefined;
    }
    await cielo.sim('POST', `pix/${made.ref}/pay`, {});
    expect(short(await cielo.act('pix.refund', { key: 'k', input: part }))).toBe('declined not_allowed');
    expect(short(await cielo.act('pix.cancel', { key: 'k', input: { ref: made.ref } }))).toBe('declined not_allowed');
    expect(paths().filter((it) => it.startsWith('PUT'))).toEqual([]);
    const { receipt } = (await cielo.find('pix.create', made)) as { receipt?: string };
    expect(receipt).toMatch(/^E/);
    expect(await look(cielo, { ref: made.ref })).toMatchObject({ data: [{ kind: 'received', id: receipt }] });
  });

  it.each<[string, object, boolean, object?]>([
    ['a code', {}, true],
    ['a day', { expireSeconds: 86_400 }, true],
    ['more than a day', { expireSeconds: 86_401 }, false],
    ['nobody', { payer: undefined }, false],
    ['somebody without a document', { payer: { name: 'Ana' } }, false],
    ['an hour by the old contract', {}, false, {}],
    ['two hours by the old contract', { expireSeconds: 7_200 }, true, { pixContract: 'cielo' }],
    ['an hour by the new one', {}, true, { pixContract: 'cielo2' }],
    ['the new one where it is not', {}, false, { pixContract: 'cielo2', environment: 'homologation' }],
  ])('takes %s: %p %p', (_, over, fits, ...[settings]) => {
    const wish = { ...input, expireSeconds: 3_600, ...over };
    expect(cielo.provider.unfit?.('pix.create', wish, settings) === undefined).toBe(fits);
  });

  it('may be removed, and its money given back whole, as the account allows', () => {
    const unfit = (operation: Operation, wish: object, settings?: object): boolean =>
      cielo.provider.unfit?.(operation, wish, settings) !== undefined;
    expect([unfit('pix.cancel', {}, {}), unfit('pix.cancel', {}, { pixContract: 'cielo2' })]).toEqual([true, false]);
    expect([
      unfit('pix.refund', { rest: false }),
      unfit('pix.refund', { rest: true }),
      unfit('pix.refund', {}),
    ]).toEqual([true, false, false]);
    expect(cielo.provider.settings).toEqual(['environment', 'pixContract', 'slipBank']);
  });
});
