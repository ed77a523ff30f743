import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { signature } from '@apps/sandbox/stripe/signing.js';
import { Inbox } from '@libs/inbox/inbox.service.js';
import { NoticeJob } from '@libs/inbox/notice.job.js';
import { now } from '@libs/kernel/clock.js';
import { UnauthorisedFault, UnavailableFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { Vault } from '@libs/vault/vault.service.js';
import { emOf } from '@test/support/context.js';
import { Desk } from '@test/support/desk.js';

const address = 'the-secret-of-its-address';
const folder = mkdtempSync(join(tmpdir(), 'events-'));
let sandbox: Sandbox;
let desk: Desk;
let credential: string;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory: folder });
});
beforeEach(async () => {
  desk = await Desk.open();
  configureProviders({ sandboxUrl: sandbox.url, sandboxCa: sandbox.caFile });
  const { secretKey } = sandbox.accounts.stripe;
  credential = await desk.account('stripe', address, 'stripe', { secretKey });
});
afterEach(async () => {
  await fetch(`${sandbox.url}/_sim/reset`, { method: 'POST' });
  await desk.close();
});
afterAll(async () => {
  await closeHttp();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

const register = (): Promise<void> => desk.register(credential);

interface Keys {
  readonly event_secret: string | null;
  readonly previous_event_secret: string | null;
  readonly days: number | null;
}
const keys = async (): Promise<Keys> =>
  (
    await desk.sql<Keys>(
      `select event_secret, previous_event_secret,
         round(extract(epoch from previous_event_until - clock_now()) / 86400)::int as days
       from credential where id = ?`,
      [credential],
    )
  )[0]!;
const opened = async (id: string | null): Promise<string> => {
  const text = await desk.at.get(Vault, { strict: false }).open(emOf(desk.at), id!, 'event');
  return (JSON.parse(text.toString('utf8')) as { secret: string }).secret;
};

const stripe = async (method: string, path: string): Promise<{ readonly data: readonly { readonly id: string }[] }> => {
  const headers = { authorization: `Bearer ${sandbox.accounts.stripe.secretKey}` };
  const answer = await fetch(`${sandbox.listeners['stripe']}/v1/webhook_endpoints${path}`, { method, headers });
  return (await answer.json()) as { data: { id: string }[] };
};

const seconds = (): number => Math.floor(now().getTime() / 1_000);
const intent = (key: string, over: object = {}): object => ({
  id: 'pi_1',
  object: 'payment_intent',
  status: 'succeeded',
  amount: 1000,
  amount_received: 1000,
  amount_capturable: 0,
  currency: 'brl',
  capture_method: 'automatic',
  created: 1_792_000_000,
  metadata: { attempt: key },
  latest_charge: 'ch_1',
  client_secret: 'pi_1_secret_hunter2',
  next_action: { redirect_to_url: { url: 'https://bank.example/?client_secret=hunter2' } },
  ...over,
});
const event = (id: string, object: object, type = 'payment_intent.succeeded'): string =>
  JSON.stringify({ id, object: 'event', type, created: 1_792_000_000, data: { object } });

const call = (body: string, secret: string, at = seconds()): Promise<object> =>
  desk.at.get(Inbox).receive({
    provider: 'stripe',
    secret: address,
    raw: Buffer.from(body),
    headers: { 'stripe-signature': signature(secret, at, body) },
  });

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly event_id: string | null;
  readonly news: object | null;
  readonly state: string;
  readonly outcome: string | null;
}
const notices = (): Promise<Row[]> => desk.sql<Row>('select * from notice order by id');
const work = (notice: string): ReturnType<NoticeJob['settle']> =>
  desk.at.get(NoticeJob).settle({ id: '1', name: 'inbox.notice', payload: { notice }, tries: 1 });

describe('the secret of an endpoint', () => {
  it('is sealed, and stays when the endpoint is checked again', async () => {
    expect((await keys()).event_secret).toBeNull();
    await register();
    const first = await keys();
    expect(await opened(first.event_secret)).toMatch(/^whsec_/);
    expect(first.previous_event_secret).toBeNull();
    await register();
    expect(await keys()).toEqual(first);
    expect((await stripe('GET', '')).data).toHaveLength(1);
  });

  it('that was not kept is told again; one that is of no use gives way, and both count for three days', async () => {
    await register();
    const told = await opened((await keys()).event_secret);
    await desk.sql('update credential set event_secret = null');
    await register();
    expect(await opened((await keys()).event_secret)).toBe(told);
    const [{ id }] = (await stripe('GET', '')).data as [{ id: string }];
    await stripe('DELETE', `/${id}`);
    await register();
    const after = await keys();
    const fresh = await opened(after.event_secret);
    expect(await opened(after.previous_event_secret)).toBe(told);
    expect([after.days, fresh === told]).toEqual([3, false]);
    await call(event('evt_1', intent('ka')), fresh);
    await call(event('evt_2', intent('ka')), told);
    await desk.later(3 * 86_400 + 1);
    await call(event('evt_3', intent('ka')), fresh);
    await expect(call(event('evt_4', intent('ka')), told)).rejects.toThrow(UnauthorisedFault);
    expect((await notices()).map((it) => it.event_id)).toEqual(['evt_1', 'evt_2', 'evt_3']);
  });

  it('is of an address: elsewhere another one is made', async () => {
    await register();
    const { event_secret: sealed } = await keys();
    const vault = desk.at.get(Vault, { strict: false });
    const elsewhere = JSON.stringify({ url: 'http://elsewhere/callbacks/stripe/x', secret: 'whsec_elsewhere' });
    const em = emOf(desk.at);
    const other = await vault.seal(em, 'event', elsewhere);
    await em.flush();
    await desk.sql('update credential set event_secret = ?', [other]);
    await register();
    const after = await keys();
    expect(await opened(after.event_secret)).toBe(await opened(sealed));
    expect(after.previous_event_secret).toBe(other);
  });
});

describe('an event', () => {
  it('cannot be proved before there is a secret, when it is stale, or when it is forged: nothing is kept', async () => {
    const body = event('evt_1', intent('ka'));
    await expect(call(body, 'whsec_any')).rejects.toThrow(UnavailableFault);
    await register();
    const secret = await opened((await keys()).event_secret);
    await expect(call(body, 'whsec_any')).rejects.toThrow(UnauthorisedFault);
    await expect(call(body, secret, seconds() - 301)).rejects.toThrow(UnavailableFault);
    await expect(call(body, 'whsec_any', seconds() - 301)).rejects.toThrow(UnauthorisedFault);
    expect(await notices()).toEqual([]);
    expect(await call(body, secret)).toEqual({});
    expect(await call(body, secret, seconds() - 60)).toEqual({});
    expect(await notices()).toHaveLength(1);
  });

  it('is kept once, with what it says and without its secrets', async () => {
    await register();
    const secret = await opened((await keys()).event_secret);
    await Promise.all([1, 2, 3].map(() => call(event('evt_1', intent('ka')), secret)));
    await call(event('evt_2', intent('ka'), 'payment_intent.created'), secret);
    await call(event('evt_3', intent('kb', { status: 'news' })), secret);
    const told = await notices();
    expect(told.map(({ kind, event_id }) => [kind, event_id])).toEqual([
      ['event', 'evt_1'],
      ['event', 'evt_2'],
      ['hint', null],
    ]);
    expect(told[0]!.news).toMatchObject({ kind: 'done', ref: 'pi_1', amount: 1000, data: { captured: 1000 } });
    expect(told[2]!.news).toBeNull();
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });
});

describe('what an event says', () => {
  let secret: string;
  beforeEach(async () => {
    await register();
    secret = await opened((await keys()).event_secret);
    configureProviders({}); // nobody could be asked
  });
  const told = async (id: string, object: object, type?: string): Promise<Row> => {
    await call(event(id, object, type), secret);
    const { id: notice } = (await notices()).at(-1)!;
    await work(notice);
    return (await notices()).at(-1)!;
  };
  const heard = (attempt: string): Promise<{ source: string; heard: string }[]> =>
    desk.sql(`select source, heard ->> 'kind' as heard from finding where attempt_id = ? order by id`, [attempt]);
  const status = async (id: string): Promise<string> =>
    (await desk.sql<{ status: string }>('select status from charge where id = ?', [id]))[0]!.status;

  it('is settled when it fits the attempt, without a question', async () => {
    const sale = await desk.sale(credential);
    const row = await told('evt_1', intent(sale.key));
    expect(row).toMatchObject({ state: 'done', outcome: `tentativa ${sale.attempt}: succeeded` });
    expect(await heard(sale.attempt)).toEqual([{ source: 'callback', heard: 'done' }]);
    expect(await status(sale.id)).toBe('paid');
    expect(await told('evt_2', intent(sale.key))).toMatchObject({ state: 'done' });
    const [{ n }] = (await desk.sql<{ n: number }>('select count(*)::int as n from posting')) as [{ n: number }];
    expect(n).toBeGreaterThan(0);
    await told('evt_3', intent(sale.key));
    expect(await desk.sql('select count(*)::int as n from posting')).toEqual([{ n }]);
  });

  it.each([
    ['another amount', { amount: 999, amount_received: 999 }],
    ['another currency', { currency: 'eur' }],
    ['another reference', { id: 'pi_2' }],
  ])('is asked after when it names %s', async (_, over) => {
    const sale = await desk.sale(credential);
    await desk.sql(`update attempt set ref = 'pi_1' where id = ?`, [sale.attempt]);
    const row = await told('evt_1', intent(sale.key, over));
    expect(row).toMatchObject({ kind: 'event', state: 'working', outcome: `tentativa ${sale.attempt}: unknown` });
    expect(await heard(sale.attempt)).toEqual([{ source: 'callback', heard: 'unknown' }]);
    expect(await status(sale.id)).toBe('processing');
  });

  it('is asked after when it is over: what it says is of the past', async () => {
    const sale = await desk.sale(credential);
    await told('evt_1', intent(sale.key));
    const problem = { type: 'card_error', code: 'expired_card', message: 'Expired.' };
    const gone = { status: 'canceled', amount_received: 0, last_payment_error: problem };
    expect((await told('evt_2', intent(sale.key, gone), 'payment_intent.canceled')).news).toMatchObject({
      kind: 'declined',
    });
    expect((await heard(sale.attempt)).map((it) => it.heard)).toEqual(['done', 'unknown']);
    expect(await status(sale.id)).toBe('paid');
  });

  const dispute = { id: 'du_1', object: 'dispute', status: 'needs_response', amount: 1000, currency: 'brl' };
  it('of a dispute is recorded, once, whichever event tells it', async () => {
    const sale = await desk.sale(credential);
    await told('evt_1', intent(sale.key));
    const object = { ...dispute, payment_intent: 'pi_1', created: 1_792_000_000 };
    for (const [id, type] of [
      ['evt_2', 'charge.dispute.created'],
      ['evt_3', 'charge.dispute.funds_withdrawn'],
    ] as const) {
      expect(await told(id, object, type)).toMatchObject({
        state: 'done',
        outcome: `tentativa ${sale.attempt}: taken`,
      });
    }
    const movement = 'select kind, id, amount::int as amount, attempt_id, state from movement';
    expect(await desk.sql(movement)).toEqual([
      { kind: 'taken', id: 'du_1', amount: 1000, attempt_id: sale.attempt, state: 'owned' },
    ]);
    expect(await status(sale.id)).toBe('paid');
  });

  it('of money that is nobody’s is looked for a while, and then stands in suspense', async () => {
    await call(event('evt_1', { ...dispute, payment_intent: 'pi_9', created: 1 }, 'charge.dispute.created'), secret);
    const [{ id }] = (await notices()) as [Row];
    const pauses: unknown[] = [];
    for (let tries = 1; tries <= 6; tries += 1) {
      pauses.push((await work(id))?.againMs);
      const found = await desk.sql<{ state: string }>('select state from movement');
      expect(found).toEqual(tries < 3 ? [] : [{ state: 'suspense' }]);
    }
    expect(pauses).toEqual([5_000, 60_000, 600_000, 3_600_000, 86_400_000, undefined]);
    expect((await notices())[0]).toMatchObject({ state: 'unmatched', outcome: 'sem tentativa; movimento: taken' });
  });

  it('is nobody else’s: another account has attempts of its own', async () => {
    const other = await desk.account('other', uuid(), 'stripe', { secretKey: 'sk_test_other' });
    const sale = await desk.sale(other);
    expect(await told('evt_1', intent(sale.key))).toMatchObject({ state: 'working', outcome: 'sem tentativa' });
    expect(await heard(sale.attempt)).toEqual([]);
  });
});
