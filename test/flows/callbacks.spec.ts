import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { client, eventually, rows } from '@test/support/app.js';
import { as, type Charge, Scene } from '@test/support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.calm());
afterAll(() => scene.close());

const notices = async (charge?: Charge): Promise<number> => {
  const key = charge?.metadata['paymentId'] ?? null;
  const sql = `select id from notice where $1::text is null or about ->> 'key' = $1`;
  return (await rows(scene.app, sql, [key])).length;
};
const drawn = async (): Promise<readonly string[]> => {
  const { body } = await scene.admin('GET', '/admin/ledger/entries?limit=100');
  return as<{ data: { reference: string }[] }>(body).data.map(({ reference }) => reference);
};
const paidOnce = async (charge: Charge): Promise<void> => {
  expect(await scene.charge(charge.id)).toMatchObject({ status: 'paid', amountPaid: 1000, fees: { net: 990 } });
  expect(await eventually(async () => (await scene.story(charge.id)).length > 0 && scene.story(charge.id))).toEqual([
    'pix paid',
  ]);
  const references = await drawn();
  expect(new Set(references).size).toBe(references.length);
};

describe('what a provider tells', () => {
  it.each([
    ['duplicate_callback', {}],
    ['late_callback', { delayMs: 600 }],
    ['reordered_callbacks', { delayMs: 600 }],
    ['same_callback_twice_different_state', {}],
  ])('%s pays once, and what the provider says when asked', async (kind, more) => {
    const charge = await scene.pix();
    await scene.arm('pix.create', kind, { times: 1, ...more });
    await scene.pay(charge);
    await scene.becomes(charge.id, 'paid');
    await eventually(async () => (await rows(scene.app, `select 1 from notice where state = 'waiting'`)).length === 0);
    await paidOnce(charge);
  });

  it('reordered: the second payment is told first, and only one counts', async () => {
    const [first, second] = [await scene.pix(), await scene.pix()];
    await scene.arm('pix.create', 'reordered_callbacks', { times: 1, delayMs: 3_000 });
    await scene.pay(first);
    await scene.pay(second);
    await scene.becomes(second.id, 'paid');
    await scene.becomes(first.id, 'paid');
    await paidOnce(first);
    await paidOnce(second);
  });

  it('what was paid before the provider knew where to call is asked after as soon as it knows', async () => {
    const charge = await scene.pix();
    await scene.arm('pix.create', 'no_callback', { times: 1 });
    await scene.pay(charge);
    await rows(scene.app, `update credential set callback_error = 'it was not told'`);
    await rows(
      scene.app,
      `insert into job (name, payload)
       select 'routing.register', jsonb_build_object('credential', id) from credential where retired_at is null`,
    );
    await scene.becomes(charge.id, 'paid');
    await paidOnce(charge);
  });

  it('nothing at all is found by the look at expiry, and by an administrator before', async () => {
    const [asked, spent] = [await scene.pix({ expire: 86_400 }), await scene.pix({ expire: 60 })];
    await scene.arm('pix.create', 'no_callback', { times: 2 });
    await scene.pay(asked);
    await scene.pay(spent);
    const { body } = await scene.api('GET', `/transactions/${asked.id}/attempts`);
    const [attempt] = as<{ data: { id: string; state: string }[] }>(body).data;
    expect(attempt!.state).toBe('pending');
    const found = await scene.admin('POST', `/admin/attempts/${attempt!.id}/find`, {});
    expect([found.status, found.body['state']]).toEqual([200, 'succeeded']);
    expect((await scene.charge(asked.id)).status).toBe('paid');
    expect((await scene.charge(spent.id)).status).toBe('pending');
    await scene.advance(61);
    await scene.becomes(spent.id, 'paid', 5_000);
    expect(await notices(asked)).toBe(0);
    expect(await notices(spent)).toBe(0);
  });

  it.each(['no_callback', 'duplicate_callback', 'same_callback_twice_different_state'])(
    'a refund ends once: %s',
    async (kind) => {
      const charge = await scene.paid();
      const before = (await scene.effects()).length;
      await scene.arm('pix.refund', kind, { times: 1 });
      expect((await scene.refund(charge.id)).status).toBe(200);
      await eventually(async () => (await scene.effects()).length > before);
      await scene.advance(10); // by then it is asked after
      expect(await scene.becomes(charge.id, 'refunded')).toMatchObject({ refundedAmount: 1000 });
      expect((await scene.charge(charge.id)).refunds.map(({ status }) => status)).toEqual(['done']);
    },
  );
});

describe('what nobody told', () => {
  const forge = (secret: string, body: unknown, provider = 'gerencianet'): ReturnType<Scene['api']> =>
    client(() => scene.app.url)('POST', `/callbacks/${provider}/${secret}/pix`, body);

  it('is 401, leaves no row and pays nothing', async () => {
    const charge = await scene.pix();
    const before = await notices();
    const body = { pix: [{ txid: charge.metadata['paymentId'], endToEndId: 'E1', valor: '10.00' }] };
    for (const secret of ['x', 'a'.repeat(32), '%00', "' or 1=1 --", 'é', 'a'.repeat(900)]) {
      const answer = await forge(secret, body);
      expect([secret, answer.status, answer.body['code']]).toEqual([secret, 401, 'unauthorized']);
    }
    expect((await forge('x', body, 'nobody')).status).toBe(401);
    expect(await notices()).toBe(before);
    expect((await scene.charge(charge.id)).status).toBe('pending');
  });

  it("a forger's claim before the payment changes nothing", async () => {
    await scene.arm('pix.create', 'forged_callback', { times: 2 });
    const charge = await scene.pix();
    const before = await notices();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await notices()).toBe(before);
    expect(await scene.charge(charge.id)).toMatchObject({ status: 'pending', amountPaid: 0 });
    await scene.pay(charge);
    await scene.becomes(charge.id, 'paid');
    await paidOnce(charge);
  });

  it('the right address with junk, or with a payment of nothing, is taken and does nothing', async () => {
    const { body } = await scene.admin('GET', '/admin/merchants');
    const [merchant] = as<{ data: { id: string }[] }>(body).data;
    const lanes = await scene.admin('GET', `/admin/merchants/${merchant!.id}/lanes`);
    const { data } = as<{ data: { provider: string; callbackUrl: string }[] }>(lanes.body);
    const secret = data
      .find((it) => it.provider === 'gerencianet')!
      .callbackUrl.split('/')
      .at(-1)!;
    const charge = await scene.pix({ expire: 2_592_000 });
    const txid = charge.metadata['paymentId'];
    const bodies = ['', '{', '[]', 'null', '{"pix":{}}', '{"pix":[null,1,"x"]}', { pix: [{ txid, valor: '10.00' }] }];
    for (const junk of [...bodies, { pix: [{ txid: 'unknown-to-us', endToEndId: 'E-unknown' }] }]) {
      const answer = await forge(secret, junk);
      expect([junk, answer.status]).toEqual([junk, 200]);
    }
    // Both are asked after again, with growing pauses: their money may still be on its way.
    const open = `select 1 from notice where state in ('waiting', 'working')`;
    await eventually(async () => {
      if ((await rows(scene.app, open)).length === 0) return true;
      await scene.advance(90_000);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return false;
    });
    expect(await scene.charge(charge.id)).toMatchObject({ status: 'pending', amountPaid: 0 });
    const unmatched = await scene.admin('GET', '/admin/callbacks?state=unmatched');
    expect(as<{ data: { about: object }[] }>(unmatched.body).data.map(({ about }) => about)).toContainEqual({
      key: 'unknown-to-us',
      receipt: 'E-unknown',
    });
  });
});

it("a chargeback takes the merchant's money, is announced, and leaves the charge as it is", async () => {
  await scene.arm('pix.create', 'chargeback', { times: 1, delayMs: 300 });
  const charge = await scene.paid();
  const events = await eventually(async () => {
    const told = (await scene.events()).filter(({ type }) => type === 'dispute');
    return told.length > 0 && told;
  });
  expect(events[0]).toMatchObject({ sequence: 1 });
  expect(JSON.stringify(events[0])).toContain(charge.id);
  expect((await scene.charge(charge.id)).status).toBe('paid');
  expect(await scene.fate(charge)).toEqual(['pix.create 1000', 'pix.received 1000', 'pix.chargeback 1000']);
  const [taken] = await rows<{ kind: string; amount: string }>(
    scene.app,
    `select * from movement where kind = 'taken'`,
  );
  expect(taken).toMatchObject({ amount: '1000' });
  expect(await scene.verified()).toMatchObject({ ok: true });
});
