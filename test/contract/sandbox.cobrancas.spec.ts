import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { now } from '@libs/kernel/clock.js';
import { dueFactor } from '@apps/sandbox/barcode.js';
import { wire } from '@apps/sandbox/gerencianet/wire.js';
import { scan } from '@apps/sandbox/qrcode.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Biller, customId, dataOf, day, digits, notified, slip } from './cobrancas.client.js';
import { type Answered, sleep } from './sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const start = (): Promise<Sandbox> => startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
const set = { ...wire };
let sandbox: Sandbox;
let biller: Biller;
let inbox: Awaited<ReturnType<typeof notified>>;

beforeAll(async () => {
  sandbox = await start();
  biller = new Biller(sandbox);
}, 90_000);
beforeEach(async () => {
  inbox = await notified();
});
afterEach(async () => {
  Object.assign(wire, set);
  await biller.sim('DELETE', 'faults');
  await inbox.close();
});
afterAll(async () => {
  biller.leave();
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

const today = (days = 0): string => day(days, now().getTime());
const told = (): { custom_id: string; notification_url: string } => ({
  custom_id: customId(),
  notification_url: inbox.url,
});
const stamp = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as unknown;
const line = expect.stringMatching(/^\d{5}\.\d{5} \d{5}\.\d{6} \d{5}\.\d{6} \d \d{14}$/) as unknown;
const states = async (token: string): Promise<string[]> =>
  (await biller.history(token)).map(({ status }) => status.current);

describe('what is printed', () => {
  it('a slip: its answer, its detail, its place in the list', async () => {
    const custom_id = customId();
    const answer = await biller.make(slip(today(3), {}, { custom_id, notification_url: inbox.url }));
    const data = dataOf(answer) as Record<string, unknown>;
    expect(answer.status).toBe(200);
    const billet = {
      barcode: line,
      pix: {
        qrcode: expect.stringMatching(/^000201.*6304[0-9A-F]{4}$/),
        qrcode_image: expect.stringMatching(/^data:/),
      },
      link: expect.stringMatching(/^https:/),
      billet_link: expect.stringMatching(/^https:/),
      pdf: { charge: expect.stringMatching(/\.pdf$/) },
      expire_at: today(3),
    };
    const charge_id = expect.any(Number) as unknown;
    const created = { ...billet, charge_id, status: 'waiting', total: 2500, payment: 'banking_billet' };
    expect(answer.body).toEqual({ code: 200, data: created });
    const configurations = { days_to_write_off: 5, interest_type: 'daily', interest: 33, fine: 200 };
    const detail = await biller.call('GET', `/v1/charge/${String(data['charge_id'])}`);
    expect(detail.body).toEqual({
      code: 200,
      data: {
        charge_id: data['charge_id'],
        total: 2500,
        status: 'waiting',
        custom_id,
        created_at: stamp,
        notification_url: inbox.url,
        items: [{ name: 'Curso', value: 1000, amount: 2 }],
        shippings: [{ name: 'Entrega', value: 500, payee_code: '' }],
        history: [
          { message: expect.any(String), created_at: stamp },
          { message: expect.any(String), created_at: stamp },
        ],
        customer: expect.objectContaining({ name: 'Maria da Silva', cpf: '12345678909' }),
        payment: {
          method: 'banking_billet',
          created_at: stamp,
          message: 'Obrigado',
          banking_billet: { ...billet, configurations },
        },
      },
    });
    expect(await biller.listed(custom_id)).toEqual([
      {
        id: data['charge_id'],
        total: 2500,
        status: 'waiting',
        custom_id,
        created_at: stamp,
        customer: { name: 'Maria da Silva', cpf: '12345678909', phone_number: '11987654321' },
        payment: { payment_method: 'banking_billet', paid_at: null, banking_billet: { ...billet, configurations } },
      },
    ]);
    expect(await biller.effects(custom_id)).toEqual(['bankslip.create 2500']);
  });

  it('a bar code and a line that belong together, and name the day and the amount', async () => {
    const { barcode, pix } = await biller.made(slip('2029-12-31'));
    const typed = digits(barcode);
    expect(typed).toHaveLength(47);
    expect([typed.slice(0, 4), typed.slice(-14)]).toEqual(['3649', `${dueFactor('2029-12-31')}0000002500`]);
    expect(scan(pix.qrcode)).toMatchObject({ amount: 2500n, location: expect.stringContaining('qrcodespix') });
  });
});

describe('notifications', () => {
  it('say a token and nothing else; the history comes by asking for it', async () => {
    const { charge_id, barcode } = await biller.made(slip(today(3), {}, told()));
    const [token = ''] = await inbox.tokens(1);
    expect(inbox.calls[0]).toEqual({
      type: 'application/x-www-form-urlencoded',
      text: `notification=${token}`,
      path: '/callbacks/gerencianet/s3cret',
    });
    const element = { type: 'charge', custom_id: expect.any(String), identifiers: { charge_id }, created_at: stamp };
    const born = [
      { ...element, id: 1, status: { current: 'new', previous: null } },
      { ...element, id: 2, status: { current: 'waiting', previous: 'new' } },
    ];
    expect(await biller.history(token)).toEqual(born);
    expect((await biller.pay(barcode)).body).toEqual({ id: `${charge_id}`, status: 'paid', amount: 2500 });
    expect(await inbox.tokens(2)).toEqual([token, token]);
    const paid = { current: 'paid', previous: 'waiting' };
    const received = { ...element, id: 3, status: paid, value: 2500, received_by_bank_at: today() };
    expect(await biller.history(token)).toEqual([...born, received]);
  });

  it('are sent again until somebody has asked, however well they were answered', async () => {
    await biller.made(slip(today(3), {}, told()));
    const tokens = await inbox.tokens(2);
    expect(tokens).toHaveLength(2);
    await states(tokens[0]!);
    await sleep(300);
    const count = inbox.calls.length;
    await sleep(2_500);
    expect(inbox.calls).toHaveLength(count);
  });

  it('go where the charge says by now; a token of nobody’s yields nothing', async () => {
    wire.slipTellsCreation = false;
    const { charge_id, barcode } = await biller.made(slip(today(3)));
    await biller.pay(barcode);
    expect(await inbox.tokens(1, 200)).toEqual([]);
    const other = await biller.made(slip(today(3), {}, { notification_url: 'http://127.0.0.1:1/x' }));
    expect(await biller.call('PUT', `/v1/charge/${other.charge_id}/metadata`, told())).toMatchObject({
      status: 200,
      body: { code: 200 },
    });
    await biller.pay(other.barcode);
    expect(await inbox.tokens(1)).toHaveLength(1);
    const forged = await biller.call('GET', '/v1/notification/8c2bd4ed-7c8e-4c6c-8d94-1c9d3b6d1b52');
    expect(forged).toMatchObject({ status: 404, body: { code: 3500010 } });
    expect(await biller.status(charge_id)).toBe('paid');
  });

  it('under their faults, from which the creation is spared', async () => {
    for (const [kind, count] of [
      ['no_callback', 1],
      ['duplicate_callback', 3],
      ['same_callback_twice_different_state', 3],
    ] as const) {
      inbox.calls.length = 0;
      await biller.arm(kind, 'bankslip.create', { times: 1 });
      const { barcode } = await biller.made(slip(today(3), {}, told()));
      const [token = ''] = await inbox.tokens(1);
      await biller.history(token);
      await biller.pay(barcode);
      expect([kind, new Set(await inbox.tokens(count + 1, 400)).size, inbox.calls.length]).toEqual([kind, 1, count]);
      expect(await states(token)).toEqual(['new', 'waiting', 'paid']);
    }
    inbox.calls.length = 0;
    await biller.arm('forged_callback', 'bankslip.create', { times: 1 });
    wire.slipTellsCreation = false;
    await biller.made(slip(today(3), {}, told()));
    const [forged = ''] = await inbox.tokens(1);
    expect(inbox.calls[0]!.path).not.toContain('s3cret');
    expect((await biller.call('GET', `/v1/notification/${forged}`)).status).toBe(404);
  });
});

describe('the life of a slip', () => {
  const refused = (answer: Answered): unknown => [answer.status, (answer.body as { code: number }).code];

  it('cancelled: once, and no bank takes it but late', async () => {
    const { charge_id, barcode } = await biller.made(slip(today(3)));
    const put = (act: string, body?: object) => biller.call('PUT', `/v1/charge/${charge_id}/${act}`, body);
    expect(await put('cancel')).toMatchObject({ status: 200, body: { code: 200 } });
    expect(refused(await put('cancel'))).toEqual([400, 3500043]);
    expect(refused(await put('settle'))).toEqual([400, 3500044]);
    expect(refused(await put('billet', { expire_at: today(9) }))).toEqual([400, 3500038]);
    expect((await biller.pay(barcode)).status).toBe(409);
    expect((await biller.pay(barcode, { late: true })).body).toMatchObject({ status: 'paid', amount: 2500 });
    expect(await biller.effects(charge_id)).toEqual(['bankslip.create 2500', 'bankslip.cancel 2500']);
    expect(await biller.effects(`${charge_id}/1`)).toEqual(['bankslip.received 2500']);
  });

  it('paid with another amount, once more, and never cancelled after', async () => {
    const custom_id = customId();
    const { charge_id, barcode } = await biller.made(slip(today(3), {}, { ...told(), custom_id }));
    expect((await biller.pay(barcode, { amount: 1999 })).body).toMatchObject({ amount: 1999 });
    expect((await biller.pay(barcode)).status).toBe(409);
    expect((await biller.pay(barcode, { again: true })).body).toMatchObject({ status: 'paid', amount: 2500 });
    await biller.arm('second_payment', 'bankslip.create', { times: 1 });
    expect((await biller.pay(barcode, { amount: 1 })).status).toBe(200);
    expect((await biller.pay(barcode)).status).toBe(409);
    const [listed] = await biller.listed(custom_id, '&date_of=payment&status=paid');
    expect(listed).toMatchObject({ payment: { paid_at: stamp, received_by_bank_at: today(), paid_value: 4500 } });
    const history = await biller.history((await inbox.tokens(1))[0]!);
    expect(history.map(({ status, value }) => [status.current, value])).toEqual([
      ['new', undefined],
      ['waiting', undefined],
      ['paid', 1999],
      ['paid', 2500],
      ['paid', 1],
    ]);
    expect(refused(await biller.call('PUT', `/v1/charge/${charge_id}/cancel`))).toEqual([400, 3500043]);
    const created = 'bankslip.create 2500';
    expect(await biller.effects(custom_id)).toEqual([
      created,
      ...[1999, 2500, 1].map((it) => `bankslip.received ${it}`),
    ]);
  });

  it('scanned instead of typed, moved to another day, settled by somebody else', async () => {
    const { charge_id, pix, barcode } = await biller.made(slip(today(3)));
    expect((await biller.sim('POST', 'pix/pay', { code: pix.qrcode })).body).toMatchObject({ amount: 2500 });
    expect(await biller.status(charge_id)).toBe('paid');
    expect((await biller.sim('POST', 'pix/pay', { code: pix.qrcode })).status).toBe(409);
    const other = await biller.made(slip(today(3)));
    const moved = { expire_at: today(9) };
    expect((await biller.call('PUT', `/v1/charge/${other.charge_id}/billet`, moved)).body).toEqual({ code: 200 });
    expect((await biller.pay(other.barcode)).status).toBe(404);
    const { body } = await biller.call('GET', `/v1/charge/${other.charge_id}`);
    const now = (body as { data: { payment: { banking_billet: { barcode: string; expire_at: string } } } }).data;
    const { barcode: code, expire_at } = now.payment.banking_billet;
    expect(expire_at).toBe(today(9));
    expect((await biller.sim('POST', `bankslips/${digits(code)}/settle`)).body).toMatchObject({ status: 'settled' });
    expect((await biller.sim('POST', `bankslips/${digits(code)}/cancel`)).status).toBe(409);
    expect((await biller.sim('POST', `bankslips/${digits(barcode)}/cancel`)).status).toBe(409);
    expect(await biller.effects(other.charge_id)).toEqual(['bankslip.create 2500', 'bankslip.settle 2500']);
  });

  it('late: with a fine and interest while it is payable, unpaid, and not payable after', async () => {
    const { charge_id, barcode } = await biller.made(slip(today(1), {}, told()));
    const cheap = await biller.made(
      slip(today(1), { conditional_discount: { type: 'currency', value: 100, until_date: today() } }),
    );
    expect((await biller.pay(cheap.barcode)).body).toMatchObject({ amount: 2400 });
    await biller.wait(4);
    expect(await biller.status(charge_id)).toBe('unpaid');
    // 2 % of 2500, and three days of 0.033 %.
    expect((await biller.pay(barcode)).body).toMatchObject({ amount: 2552 });
    expect(await states((await inbox.tokens(1))[0]!)).toEqual(['new', 'waiting', 'unpaid', 'paid']);
    const gone = await biller.made(slip(today(1)));
    await biller.wait(7);
    expect((await biller.pay(gone.barcode)).status).toBe(409);
    wire.slipWrittenOff = 'expired';
    expect(await biller.status(gone.charge_id)).toBe('expired');
    expect((await biller.pay(gone.barcode, { late: true })).body).toMatchObject({ status: 'paid' });
  });

  it('three that are the same are one too many, by the customer’s number or without it', async () => {
    const same = slip(today(20), {}, { custom_id: 'same' });
    for (const status of [200, 200, 400]) expect((await biller.make(same)).status).toBe(status);
    expect((await biller.make(slip(today(20), {}, { custom_id: 'other' }))).status).toBe(200);
    wire.slipIdentical = 'whateverOrder';
    expect(refused(await biller.make(slip(today(20), {}, { custom_id: 'another' })))).toEqual([400, 4600210]);
    wire.slipIdentical = 'never';
    expect((await biller.make(same)).status).toBe(200);
    const pages = [await biller.listed('same', '&limit=2'), await biller.listed('same', '&limit=2&page=2')];
    expect(pages.map(({ length }) => length)).toEqual([2, 1]);
  });
});

describe('a restart', () => {
  it('brings back slips, what is owed, tokens and the port', async () => {
    const { charge_id, barcode } = await biller.made(slip(today(3), {}, told()));
    const [token = ''] = await inbox.tokens(1);
    const listeners = sandbox.listeners;
    await sandbox.close();
    sandbox = await start();
    biller.meet(sandbox);
    expect(sandbox.listeners).toEqual(listeners);
    expect(await biller.status(charge_id)).toBe('waiting');
    expect((await biller.pay(barcode)).status).toBe(200);
    expect((await inbox.tokens(2)).slice(0, 2)).toEqual([token, token]);
    expect(await states(token)).toEqual(['new', 'waiting', 'paid']);
  }, 90_000);
});
