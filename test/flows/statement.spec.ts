import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, rows } from '@test/support/app.js';
import { Counter } from '@test/support/counter.js';
import { as, type Charge, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

const daySeconds = 86_400;
interface Statement {
  readonly status: string;
  readonly until: string | null;
  readonly lines: number;
  readonly news: number;
  readonly open: number;
}
const statementOf = async (provider: string): Promise<Statement | null> => {
  const { body } = await scene.admin('GET', '/admin/providers');
  const { data } = as<{ data: { provider: string; statement: Statement | null }[] }>(body);
  return data.find((it) => it.provider === provider)!.statement;
};
/** The clock goes on by a day, and the day that has ended is read. */
async function nextDay(): Promise<void> {
  const before = (await statementOf('gerencianet'))!.until;
  await scene.advance(daySeconds);
  await eventually(async () => {
    const read = await Promise.all(['gerencianet', 'stripe'].map(statementOf));
    return read.every((it) => it?.status === 'done') && read[0]!.until !== before;
  }, 60_000);
}
const lines = (id: string): Promise<readonly { state: string; by: string }[]> =>
  rows(scene.app, `select state, split_part(explained_by, ':', 1) as by from statement_line where id = $1`, [id]);
const moneyEvents = async (id: string): Promise<readonly boolean[]> =>
  (await scene.events()).filter((it) => it.type === 'pix' && it.data['pix']?.id === id).map((it) => it.late);
const suspense = async (): Promise<readonly { id: string; reference: string; kind: string }[]> =>
  as<{ data: { id: string; reference: string; kind: string }[] }>(
    (await scene.admin('GET', '/admin/movements?state=suspense')).body,
  ).data;
const silence = (times = 1): Promise<void> => scene.arm('pix.create', 'no_callback', { times });

describe('the statement of a day', () => {
  const customCode = fresh('mesa');
  let [silent, removed, late, told]: Charge[] = [];
  let ids: Record<'silent' | 'removed' | 'late' | 'told' | 'code' | 'strange', string>;
  let bank: number;

  it('is one that Efí and Stripe have, and Cielo has not', async () => {
    expect(await statementOf('gerencianet')).toMatchObject({ status: 'waiting', until: null, lines: 0, open: 0 });
    expect(await statementOf('stripe')).toMatchObject({ status: 'waiting' });
    expect(await statementOf('cielo')).toBeNull();
  });

  it('heals what no callback has told of: a Pix, one that was canceled, a static code', async () => {
    told = await scene.pix();
    ids = { ...ids, told: await scene.pay(told) };
    await scene.becomes(told.id, 'paid');
    // None of them ends by the clock meanwhile, so that none can be late by it.
    const lasting = { expire: 2_592_000 };
    [silent, removed, late] = [await scene.pix(lasting), await scene.pix(), await scene.pix(lasting)];
    const made = await scene.api('POST', '/pix/static', { amount: 500, customCode });
    const code = as<Charge>(made.body).qrCode!;
    await scene.api('POST', `/pix/${removed.id}/cancel`);
    await scene.becomes(removed.id, 'canceled');
    await silence(4);
    ids = { ...ids, silent: await scene.pay(silent), removed: await scene.pay(removed, { late: true }) };
    const scan = await scene.sim('POST', '/_sim/pix/pay', { code });
    const key = /0136([0-9a-f-]{36})/.exec(code)![1];
    const strange = await scene.sim('POST', '/_sim/pix/pay', { key, amount: '777' });
    ids = { ...ids, code: as<{ endToEndId: string }>(scan.body).endToEndId };
    ids = { ...ids, strange: as<{ endToEndId: string }>(strange.body).endToEndId };
    await scene.calm();
    await scene.arm('pix.create', 'late_callback', { times: 1, delayMs: 8_000 });
    ids = { ...ids, late: await scene.pay(late) };
    await soldByStripe();
    await nextDay();
    expect(await scene.becomes(silent.id, 'paid')).toMatchObject({ amountPaid: 1000 });
    expect(await scene.becomes(late.id, 'paid')).toMatchObject({ amountPaid: 1000 });
    expect(await scene.becomes(removed.id, 'paid')).toMatchObject({ amountPaid: 1000 });
    const { body } = await scene.api('GET', `/pix?customCode=${customCode}`);
    const [receipt] = as<Charge[]>(body).filter((it) => it.status === 'paid');
    expect(receipt).toMatchObject({ amountPaid: 500, metadata: { endToEndId: ids.code } });
    expect(await moneyEvents(removed.id)).toEqual([true]);
    for (const id of [ids.told, ids.silent, ids.removed, ids.late]) {
      expect(await lines(id)).toEqual([{ state: 'explained', by: 'attempt' }]);
    }
    expect(await lines(ids.code)).toEqual([{ state: 'explained', by: 'movement' }]);
    const read = await statementOf('gerencianet');
    expect(read).toMatchObject({ status: 'done', lines: 6, open: 1 });
    expect(read!.news).toBeGreaterThanOrEqual(2); // the daily look may have been first with what was still open
  });

  async function soldByStripe(): Promise<void> {
    const counter = new Counter(scene);
    await counter.arm('cielo', '*', 'refuse');
    bank = (await scene.addresses())['platform:bank'] ?? 0;
    const sale = await counter.made('paid');
    await scene.calm();
    await counter.act(sale.id, 'refund', { amount: 1_000 });
    await counter.becomes(sale.id, 'refunded');
    const out = await scene.sim('POST', '/_sim/payouts', { currency: 'brl' });
    expect(out.body).toMatchObject({ amount: 8_562 }); // 100.00 less 10.00 given back and 4.38 kept
  }

  it('posts what only a statement can tell, once: what Stripe kept and what it has paid to our bank', async () => {
    const seen = await rows(
      scene.app,
      `select kind, amount::int, state, split_part(explained_by, ':', 1) as by from statement_line
       where credential_id = (select id from credential where provider = 'stripe') order by kind`,
    );
    expect(seen).toEqual([
      { kind: 'banked', amount: 8_562, state: 'explained', by: 'movement' },
      { kind: 'fee', amount: 438, state: 'explained', by: 'movement' },
      { kind: 'received', amount: 10_000, state: 'explained', by: 'attempt' },
      { kind: 'sent', amount: 1_000, state: 'explained', by: 'attempt' },
    ]);
    const held = await scene.addresses();
    expect(held['platform:bank']! - bank).toBe(-8_562);
    // What Stripe owes us and what it has kept of it come to nothing once it has paid.
    expect(held['provider:stripe:clearing']! + held['provider:stripe:fees']!).toBe(0);
    expect((await suspense()).map(({ kind }) => kind)).toEqual([]);
  });

  it('changes nothing when the callback comes after all, nor when it is read again', async () => {
    await eventually(async () => {
      const { body } = await scene.admin('GET', '/admin/callbacks?limit=100');
      const { data } = as<{ data: { about: { receipt?: string }; state: string }[] }>(body);
      return data.some((it) => it.about.receipt === ids.late && it.state === 'done');
    }, 60_000);
    const before = await scene.addresses();
    await nextDay();
    expect(await scene.addresses()).toEqual(before);
    expect([await moneyEvents(silent!.id), await moneyEvents(late!.id)]).toEqual([[false], [false]]);
    expect(await scene.fate(late!)).toEqual(['pix.create 1000', 'pix.received 1000']);
    expect(await lines(ids.strange)).toEqual([{ state: 'open', by: null }]);
  });

  it('leaves what nothing explains to a human after the second day', async () => {
    await nextDay();
    const found = (await suspense()).find(({ reference }) => reference === ids.strange);
    expect(found).toMatchObject({ kind: 'received' });
    expect(await lines(ids.strange)).toEqual([{ state: 'suspense', by: 'movement' }]);
    expect((await scene.addresses())['provider:gerencianet:suspense']).toBe(777);
    await nextDay();
    expect((await scene.addresses())['provider:gerencianet:suspense']).toBe(777);
    expect((await statementOf('gerencianet'))!.open).toBe(0);
    expect(await scene.verified()).toMatchObject({ ok: true });
  });
});
