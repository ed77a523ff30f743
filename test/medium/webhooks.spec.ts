import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '@libs/kernel/config.js';
import { uuid } from '@libs/kernel/ids.js';
import { PageQuery } from '@libs/kernel/page.js';
import { AlertsJob } from '@libs/webhooks/alerts.job.js';
import { Deliveries } from '@libs/webhooks/deliveries.service.js';
import { Webhooks } from '@libs/webhooks/webhooks.service.js';
import { masterKey, until } from '@test/support/context.js';
import { startReceiver, verified } from '@test/support/receiver.js';
import { Shop } from '@test/support/shop.js';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(() => shop.close());

describe('deliveries', () => {
  it('bring each event once to each endpoint that wants it, signed, with several relays at once', async () => {
    await Promise.all([shop.worker(), shop.worker()]);
    const all = await shop.endpoint('/all');
    const refunds = await shop.endpoint('/refunds', ['refund']);
    await shop.endpoint('/foreign', undefined, await shop.newMerchant());
    const objects = Array.from({ length: 30 }, () => uuid());
    await Promise.all(
      objects.map((id) => shop.announce(shop.draft(id, 1), shop.draft(id, 2, { type: 'pixUpdate', late: true }))),
    );
    await shop.announce(shop.draft(uuid(), 1, { type: 'refund', extra: { differs: true } }));
    await until(async () => (await shop.deliveries('delivered')).length === 62, 15_000);
    const told = shop.got('/all').map((it) => verified(it, all.secret).event);
    expect(new Set(told.map(({ id }) => id)).size).toBe(61);
    expect(told).toHaveLength(61);
    expect(
      shop.got('/all').every((it) => it.body.startsWith(`{"event":{"id":"${String(it.headers['webhook-id'])}"`)),
    ).toBe(true);
    const update = told.find(({ type }) => type === 'pixUpdate');
    expect(update).toMatchObject({ sequence: 2, late: true, data: { pix: { status: 'paid', amount: 1000 } } });
    const [refund] = shop.got('/refunds').map((it) => verified(it, refunds.secret).event);
    expect(shop.got('/refunds')).toHaveLength(1);
    expect(refund).toMatchObject({ type: 'refund', differs: true });
    expect(Object.keys(refund!)).toEqual(['id', 'sequence', 'type', 'createdAt', 'late', 'data', 'differs']);
    expect(shop.got('/foreign')).toHaveLength(0);
  });

  it('are tried again after growing pauses, by the one clock, and follow no redirect', async () => {
    const { secret } = await shop.endpoint('/slow');
    const answers = [500, 302];
    shop.receiver.answer = () => answers.shift() ?? 204;
    await shop.announce(shop.draft(uuid(), 1));
    await until(async () => (await shop.deliveries('retrying'))[0]?.lastStatusCode === 500);
    const [first] = await shop.deliveries();
    const waits = Date.parse(first!.nextTryAt!) - Date.now();
    expect(waits).toBeGreaterThan(7_000);
    expect(waits).toBeLessThan(11_500);
    await shop.later(12);
    await until(async () => (await shop.deliveries('retrying'))[0]?.lastStatusCode === 302);
    await shop.later(70);
    await until(async () => (await shop.deliveries('delivered')).length === 1);
    expect((await shop.deliveries())[0]).toMatchObject({ tries: 3, lastStatusCode: 204, nextTryAt: null });
    const ids = shop.receiver.got.map((it) => verified(it, secret).event.id);
    expect(new Set(ids).size).toBe(1);
    expect(shop.receiver.got.every(({ path }) => path === '/slow')).toBe(true);
  });

  it('are given up after about 75 hours', async () => {
    await shop.endpoint('/never');
    shop.receiver.answer = () => 503;
    await shop.announce(shop.draft(uuid(), 1));
    for (let tries = 1; tries <= 11; tries += 1) {
      await until(async () => (await shop.deliveries())[0]?.tries === tries);
      if (tries <= 10) expect((await shop.deliveries())[0]!.status).toBe('retrying');
      const [row] = await shop.sql<{ s: number | null }>(
        'select extract(epoch from next_try_at - clock_now())::int as s from delivery',
      );
      if (row!.s !== null) await shop.later(row!.s + 1);
    }
    expect((await shop.deliveries())[0]).toMatchObject({ status: 'failed', tries: 11, nextTryAt: null });
    expect(shop.offsetSeconds / 3_600).toBeGreaterThan(66);
    expect(shop.offsetSeconds / 3_600).toBeLessThan(84);
  });

  it('survive a receiver that is not there', async () => {
    const [{ port }] = [await startReceiver().then(async (it) => (await it.stop(), it))];
    await shop.at
      .get(Webhooks)
      .create(shop.merchant, shop.wish('POST /webhooks'), { url: `http://127.0.0.1:${port}/` });
    await shop.announce(shop.draft(uuid(), 1));
    await until(async () => (await shop.deliveries('retrying'))[0]?.tries === 1);
    expect((await shop.deliveries())[0]!.lastStatusCode).toBeNull();
  });

  it('are sent again on demand under the same id, one or a period', async () => {
    await shop.endpoint('/again');
    await shop.announce(shop.draft(uuid(), 1), shop.draft(uuid(), 1));
    await until(async () => (await shop.deliveries('delivered')).length === 2);
    const [one] = await shop.deliveries();
    const service = shop.at.get(Deliveries);
    expect((await service.resend(shop.merchant, shop.wish('POST /r'), one!.id)).body).toMatchObject({
      status: 'retrying',
    });
    await until(() => shop.receiver.got.length === 3);
    expect(shop.receiver.got.filter((it) => it.headers['webhook-id'] === one!.eventId)).toHaveLength(2);
    await until(async () => (await shop.deliveries('delivered')).length === 2);
    const range = { from: '2020-01-01', to: '2100-01-01' };
    expect((await service.resendRange(shop.merchant, shop.wish('POST /d', 'k'), range)).body).toEqual({ resent: 2 });
    const replay = await service.resendRange(shop.merchant, shop.wish('POST /d', 'k'), range);
    expect(replay).toMatchObject({ status: 200, replayed: true, body: { resent: 2 } });
    await until(() => shop.receiver.got.length === 5);
    await expect(service.resend(await shop.newMerchant(), shop.wish('POST /r'), one!.id)).rejects.toThrow(
      'não encontrado',
    );
    await expect(
      service.resendRange(shop.merchant, shop.wish('POST /d'), { from: range.to, to: range.from }),
    ).rejects.toMatchObject({ extra: { errors: [{ field: 'to' }] } });
  });

  it('never lead into a private network, by number or by name', async () => {
    await shop.close();
    shop = await Shop.open({ WEBHOOK_PRIVATE: 'off' });
    const webhooks = shop.at.get(Webhooks);
    for (const url of [
      shop.receiver.url,
      'http://[::1]/',
      'http://localhost/',
      'http://2130706433/',
      'ftp://a.example/',
    ]) {
      await expect(webhooks.create(shop.merchant, shop.wish('POST /webhooks'), { url })).rejects.toMatchObject({
        status: 422,
        extra: { errors: [{ field: 'url' }] },
      });
    }
    const { id } = (await webhooks.create(shop.merchant, shop.wish('POST /webhooks'), { url: 'https://a.example/' }))
      .body;
    for (const [sequence, host] of ['localhost', '127.0.0.1', '[::ffff:127.0.0.1]'].entries()) {
      await shop.sql('update webhook set url = ? where id = ?', [`http://${host}:${shop.receiver.port}/`, id]);
      await shop.announce(shop.draft(id, sequence + 1));
      await until(async () => (await shop.deliveries()).filter((it) => it.tries === 1).length === sequence + 1);
    }
    expect((await shop.deliveries()).map((it) => it.lastStatusCode)).toEqual([null, null, null]);
    expect(shop.receiver.got).toHaveLength(0);
  });
});

describe('endpoints', () => {
  it('show their secret once, and keep it sealed', async () => {
    const body = { url: `${shop.receiver.url}/x`, types: ['pix', 'refund'] };
    const webhooks = shop.at.get(Webhooks);
    const made = await webhooks.create(shop.merchant, shop.wish('POST /webhooks', 'one'), body);
    expect(made).toMatchObject({
      status: 201,
      replayed: false,
      body: { ...body, enabled: true, disabledReason: null },
    });
    expect(made.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const replay = await webhooks.create(shop.merchant, shop.wish('POST /webhooks', 'one'), body);
    expect(replay).toEqual({ status: 201, replayed: true, body: { ...made.body, secret: null } });
    const { secret: _, ...shown } = made.body;
    expect(await webhooks.one(shop.merchant, made.body.id)).toEqual(shown);
    expect((await webhooks.list(shop.merchant, new PageQuery())).data).toEqual([shown]);
    const dump = await shop.sql<{ t: string }>(`select coalesce(string_agg(v::text, ' '), '') as t from vault v`);
    const plain = made.body.secret!.slice('whsec_'.length);
    expect(dump[0]!.t).not.toContain(Buffer.from(plain).toString('hex'));
    await expect(webhooks.one(await shop.newMerchant(), made.body.id)).rejects.toThrow('Webhook não encontrado(a).');
    expect(await webhooks.change(shop.merchant, made.body.id, { types: ['pix'] })).toMatchObject({ types: ['pix'] });
    await webhooks.remove(shop.merchant, made.body.id);
    await expect(webhooks.one(shop.merchant, made.body.id)).rejects.toThrow('Webhook não encontrado(a).');
  });

  it('sign with both secrets for a day after a rotation', async () => {
    const { id, secret: old } = await shop.endpoint('/turn');
    const rotated = await shop.at.get(Webhooks).rotate(shop.merchant, shop.wish('POST /rotate', 'r'), id);
    const fresh = rotated.body.secret!;
    expect(rotated.status).toBe(200);
    expect(
      (await shop.at.get(Webhooks).rotate(shop.merchant, shop.wish('POST /rotate', 'r'), id)).body.secret,
    ).toBeNull();
    await shop.announce(shop.draft(uuid(), 1));
    await until(() => shop.receiver.got.length === 1);
    expect(verified(shop.receiver.got[0]!, old)).toEqual(verified(shop.receiver.got[0]!, fresh));
    expect(shop.receiver.got[0]!.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    await shop.later(86_401);
    await shop.announce(shop.draft(uuid(), 1));
    await until(() => shop.receiver.got.length === 2);
    expect(() => verified(shop.receiver.got[1]!, old)).toThrow();
    expect(verified(shop.receiver.got[1]!, fresh).event.type).toBe('pix');
  });

  it('are switched off by a 410, and the others hear of it', async () => {
    const gone = await shop.endpoint('/gone');
    const other = await shop.endpoint('/other');
    shop.receiver.answer = ({ path }) => (path === '/gone' ? 410 : 200);
    await shop.announce(shop.draft(uuid(), 1));
    await until(() => shop.got('/other').length === 2);
    expect(shop.got('/gone')).toHaveLength(1);
    const { event } = verified(
      shop.got('/other').find((it) => it.body.includes('webhookDisabled'))!,
      other.secret,
    );
    expect(event).toMatchObject({ type: 'webhookDisabled', sequence: 1 });
    expect(event.data['webhookDisabled']).toMatchObject({ id: gone.id, enabled: false, disabledReason: 'gone' });
    expect((await shop.deliveries('failed')).map((it) => it.endpointId)).toEqual([gone.id]);
    const webhooks = shop.at.get(Webhooks);
    expect(await webhooks.one(shop.merchant, gone.id)).toMatchObject({ enabled: false, disabledReason: 'gone' });
    await expect(webhooks.test(shop.merchant, shop.wish('POST /t'), gone.id)).rejects.toMatchObject({
      code: 'invalid_state',
    });
    expect(await webhooks.change(shop.merchant, gone.id, { enabled: true })).toMatchObject({ disabledReason: null });
  });

  it('are switched off when they took nothing for seven days', async () => {
    const { id } = await shop.endpoint('/dead');
    shop.receiver.answer = () => 500;
    await shop.announce(shop.draft(uuid(), 1));
    await until(async () => (await shop.deliveries())[0]?.tries === 1);
    await shop.sql(`update delivery set status = 'failed', next_try_at = null`);
    await shop.later(7 * 86_400 + 60);
    const webhooks = shop.at.get(Webhooks);
    await until(async () => !(await webhooks.one(shop.merchant, id)).enabled);
    expect(await webhooks.one(shop.merchant, id)).toMatchObject({ disabledReason: 'failing' });
  });

  it('are tested alone', async () => {
    const { id, secret } = await shop.endpoint('/tested', ['refund']);
    await shop.endpoint('/other');
    const reply = await shop.at.get(Webhooks).test(shop.merchant, shop.wish('POST /test', 't'), id);
    expect(reply).toMatchObject({ status: 200, body: { endpointId: id, type: 'test' } });
    expect((await shop.at.get(Webhooks).test(shop.merchant, shop.wish('POST /test', 't'), id)).replayed).toBe(true);
    await until(async () => (await shop.deliveries('delivered')).length === 1);
    const { event } = verified(shop.receiver.got[0]!, secret);
    expect(event).toMatchObject({ type: 'test', sequence: 1, data: { test: { webhookId: id } } });
    expect(shop.got('/other')).toHaveLength(0);
  });
});

describe('alerts', () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  const verification = async (ok: boolean): Promise<string> => {
    const [row] = await shop.sql<{ id: string }>(
      `insert into verification (id, status, checked, total, ok, created_at)
       values (gen_random_uuid(), 'done', 1, 1, ?, clock_now()) returning id`,
      [ok],
    );
    return row!.id;
  };

  it('call a person, signed, until somebody has taken the call, and again when it comes back', async () => {
    const pager = await startReceiver();
    const address = Object.assign(new URL(`${pager.url}/page`), { password: secret });
    const worker = await shop.worker({ ALERT_URL: address.href });
    const watch = (): Promise<void> => worker.get(AlertsJob, { strict: false }).watch();
    await watch();
    expect(pager.got).toEqual([]);
    const subject = await verification(false);
    pager.answer = () => 503;
    await watch();
    await watch();
    pager.answer = () => 204;
    await watch();
    await watch();
    expect(pager.got.map(({ path }) => path)).toEqual(['/page', '/page', '/page']);
    expect(new Set(pager.got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const it of pager.got) {
      expect(verified(it, secret)).toMatchObject({ alerts: [{ kind: 'ledger_broken', subject }] });
      expect(JSON.stringify(it)).not.toContain(secret);
    }
    await verification(true);
    await watch();
    const again = await verification(false);
    await watch();
    expect(pager.got).toHaveLength(4);
    expect(verified(pager.got[3]!, secret)).toMatchObject({ alerts: [{ kind: 'ledger_broken', subject: again }] });
    await pager.stop();
  });

  it('say nothing where nobody is to be called, and need something to be signed with', async () => {
    await verification(false);
    await shop.at.get(AlertsJob, { strict: false }).watch();
    expect(await shop.sql('select * from alert')).toEqual([]);
    const given = { DATABASE_URL: shop.database.url, MASTER_KEY: masterKey };
    for (const url of ['https://pager.example/', 'https://:short@pager.example/', 'pager.example']) {
      expect(() => loadConfig({ ...given, ALERT_URL: url })).toThrow('ALERT_URL');
    }
  });
});
