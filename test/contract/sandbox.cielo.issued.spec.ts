import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { now } from '@libs/kernel/clock.js';
import { lineOf } from '@apps/sandbox/barcode.js';
import { wire } from '@apps/sandbox/cielo/wire.js';
import { scan } from '@apps/sandbox/qrcode.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { type Payment, Store, orderId, payment, told } from './cielo.client.js';
import { payer, refusedIssues } from './cielo.refused.js';
import { type Answered, receiver } from './sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
const start = (): Promise<Sandbox> => startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
const set = { ...wire };
let sandbox: Sandbox;
let store: Store;
let inbox: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  sandbox = await start();
  store = new Store(sandbox);
}, 90_000);
beforeEach(async () => {
  inbox = await receiver();
  await store.sim('PUT', 'callbacks', { provider: 'cielo', url: inbox.url });
});
afterEach(async () => {
  Object.assign(wire, set);
  await store.sim('DELETE', 'faults');
  await inbox.close();
});
afterAll(async () => {
  store.leave();
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

/** What of a code or a slip tests look at. */
interface Issue extends Payment {
  readonly QrCodeString: string;
  readonly BarCodeNumber: string;
  readonly DigitableLine: string;
  readonly ExpirationDate: string;
  readonly EndToEndId?: string;
}
const make = (over: object, id = orderId(), Customer: object = payer): Promise<Answered> =>
  store.call('POST', '/transaction/1/sales/', { MerchantOrderId: id, Customer, Payment: { Amount: 1000, ...over } });
const made = async (over: object, id = orderId()): Promise<Issue> => payment(await make(over, id)) as Issue;
const found = async (id: string): Promise<Issue> => (await store.found(id)) as Issue;
const older = { Type: 'Pix' };
const newer = { Type: 'Pix', Provider: 'Cielo2', QrCode: { Expiration: 600 } };
const boleto = { Type: 'Boleto', Provider: 'Bradesco2', ExpirationDate: '2029-12-31', Instructions: 'Não receber' };
const codes = ({ body }: Answered): number[] => (body as { Code: number }[]).map(({ Code }) => Code);
const pay = (id: string, body: object = {}): Promise<Answered> => store.sim('POST', `pix/${id}/pay`, body);
const paySlip = (line: string, body: object = {}): Promise<Answered> =>
  store.sim('POST', `bankslips/${line.replaceAll(/\D/g, '')}/pay`, body);
const local = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as unknown;
const guid = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown;
const self = { Method: 'GET', Rel: 'self', Href: expect.stringContaining('/query/1/sales/') as unknown };

describe('what is printed', () => {
  const base = { Amount: 1000, ReceivedDate: local, IsSplitted: false, Currency: 'BRL', Country: 'BRA' };

  it('a code of the older contract', async () => {
    const id = orderId();
    const answer = await make(older, id);
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        MerchantOrderId: id,
        Customer: payer,
        Payment: {
          ...base,
          AcquirerTransactionId: guid,
          ProofOfSale: expect.stringMatching(/^\d{6}$/),
          QrcodeBase64Image: expect.any(String),
          QrCodeString: expect.stringMatching(/^000201.*6304[0-9A-F]{4}$/),
          Status: 12,
          ReturnCode: '0',
          ReturnMessage: expect.any(String),
          PaymentId: guid,
          Type: 'Pix',
          Links: [self],
        },
      },
    ]);
    expect(scan((payment(answer) as Issue).QrCodeString)).toMatchObject({ amount: 1000n });
    wire.pixId = 'Paymentid';
    expect(payment(await make(older))).toMatchObject({ Paymentid: guid });
    wire.pixContracts = 'new';
    expect(codes(await make(older))).toEqual([133]);
    wire.pixContracts = 'none';
    expect(codes(await make(older))).toEqual([173]);
    expect(await store.effects(id)).toEqual(['pix.create 1000']);
  });

  it('a code of the newer: its order at the acquirer, and of a paid one who paid it', async () => {
    const code = await made(newer);
    const order = expect.stringMatching(/^[a-zA-Z0-9]{26,35}$/) as unknown;
    expect(code).toMatchObject({ Provider: 'Cielo2', SentOrderId: order, AcquirerOrderId: order, Status: 12 });
    expect(code).not.toHaveProperty('AcquirerTransactionId');
    expect((await store.sim('POST', 'pix/pay', { code: code.QrCodeString })).body).toMatchObject({ amount: 1000 });
    const paid = await found(code.PaymentId);
    expect(paid).toMatchObject({ Status: 2, EndToEndId: expect.stringMatching(/^E[0-9A-Za-z]{31}$/) });
    expect(paid).not.toHaveProperty('ReturnCode');
  });

  it('a slip', async () => {
    const id = orderId();
    const answer = await make({ ...boleto, Assignor: 'Loja', BoletoNumber: '123' }, id);
    const it = payment(answer) as Issue;
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        MerchantOrderId: id,
        Customer: payer,
        Payment: {
          ...base,
          Instructions: 'Não receber',
          Assignor: 'Loja',
          ExpirationDate: '2029-12-31',
          Url: expect.stringMatching(/^https:/),
          Number: '123',
          BarCodeNumber: expect.stringMatching(/^2379\d{40}$/),
          DigitableLine: expect.stringMatching(/^\d{5}\.\d{5} \d{5}\.\d{6} \d{5}\.\d{6} \d \d{14}$/),
          Provider: 'Bradesco2',
          Status: 1,
          PaymentId: guid,
          Type: 'Boleto',
          Links: [self],
        },
      },
    ]);
    expect(lineOf(it.BarCodeNumber)).toBe(it.DigitableLine.replaceAll(/\D/g, ''));
    expect(await found(it.PaymentId)).toMatchObject({ Status: 1, Amount: 1000, DigitableLine: it.DigitableLine });
    const today = new Date(now().getTime() - 3 * 3_600_000).toISOString().slice(0, 10);
    expect((await made({ ...boleto, ExpirationDate: undefined })).ExpirationDate > today).toBe(true);
    expect(await store.effects(id)).toEqual(['bankslip.create 1000']);
  });

  it('a list of an order, whatever is under it', async () => {
    const id = orderId();
    const ids = [(await made(older, id)).PaymentId, (await made(boleto, id)).PaymentId, await store.held({}, id)];
    const { body } = await store.list(id);
    const { Payments } = body as { Payments: { PaymentId: string; ReceveidDate: string }[] };
    expect(Payments.map(({ PaymentId }) => PaymentId).sort()).toEqual([...ids].sort());
    wire.duplicateOrders = 'refused';
    for (const over of [older, boleto]) expect(codes(await make(over, id))).toEqual([302]);
  });

  it.each(refusedIssues)('refused: %s', async (_, body, expected) => {
    const answer = await store.call('POST', '/transaction/1/sales', body);
    expect([answer.status, codes(answer)]).toEqual([400, expected]);
  });
});

describe('a code', () => {
  it('is paid once, told of, and given back whole, in its time', async () => {
    const order = orderId();
    const { PaymentId: id } = await made(older, order);
    expect((await pay(id, { amount: 999 })).status).toBe(409);
    expect((await pay(id)).body).toMatchObject({ id, status: 2, amount: 1000 });
    expect((await pay(id, { again: true })).status).toBe(409);
    expect(await told(inbox.calls, id, 1)).toEqual([1]);
    expect(codes(await store.put(id, 'void?amount=999'))).toEqual([312]);
    const back = await store.put(id, 'void?amount=1000');
    expect(back).toMatchObject({ status: 200, body: { Status: 12, ReasonCode: 0, ReasonMessage: 'Successful' } });
    expect(codes(await store.put(id, 'void'))).toEqual([309]);
    expect(await store.becomes(id, ({ Status }) => Status === 11)).toMatchObject({ Status: 11 });
    expect(await told(inbox.calls, id, 2)).toEqual([1, 1]);
    expect(await store.effects(order, id)).toEqual(['pix.create 1000', 'pix.received 1000', 'pix.refund 1000']);
  });

  it('a refund that fails, or comes back', async () => {
    for (const [kind, changes] of [
      ['refund_fails', [1, 5]],
      ['refund_fails_after_success', [1, 1, 5]],
    ] as const) {
      const { PaymentId: id } = await made(newer);
      await pay(id);
      await store.arm(kind, 'pix.refund', { times: 1, delayMs: 50 });
      expect((await store.put(id, 'void')).body).toMatchObject({ Status: 12 });
      expect([kind, await told(inbox.calls, id, changes.length)]).toEqual([kind, changes]);
      expect((await found(id)).Status).toBe(2);
      expect(await store.effects(id)).toEqual([]);
    }
  });

  it('is removed under the newer contract only, and not under a payer who is faster', async () => {
    expect(codes(await store.put((await made(older)).PaymentId, 'void'))).toEqual([309]);
    const { PaymentId: id } = await made(newer);
    expect((await store.put(id, 'void')).body).toMatchObject({ Status: 12, ReasonCode: 8, ReasonMessage: 'Scheduled' });
    expect(await store.becomes(id, ({ Status }) => Status === 10)).toMatchObject({ Status: 10 });
    expect((await pay(id)).status).toBe(409);
    expect(await store.effects(id)).toEqual(['pix.cancel 1000']);
    const fast = (await made(newer)).PaymentId;
    await store.put(fast, 'void');
    expect((await pay(fast)).status).toBe(200);
    expect(await told(inbox.calls, fast, 2, 400)).toEqual([1]);
    expect((await found(fast)).Status).toBe(2);
    expect((await pay(id, { late: true })).body).toMatchObject({ status: 2 });
  });

  it('is good for its time, and its money can be given back for ninety days', async () => {
    const [short, long] = [await made(newer), await made(older)].map(({ PaymentId }) => PaymentId) as [string, string];
    await store.sim('POST', 'clock', { advanceSeconds: 3_600 });
    expect((await pay(short)).status).toBe(409);
    expect((await pay(long)).status).toBe(200);
    wire.pixLapsed = 13;
    expect((await found(short)).Status).toBe(13);
    expect((await pay(short, { late: true })).body).toMatchObject({ status: 2 });
    await store.sim('POST', 'clock', { advanceSeconds: 91 * 86_400 });
    const answer = await store.put(long, 'void');
    expect([answer.status, codes(answer)]).toEqual([422, ['BP904']]);
    expect((await store.find(long)).status).toBe(404);
  });
});

describe('a slip', () => {
  it('is paid, told of, never voided; of an amount below its value the notification says so', async () => {
    const order = orderId();
    const { PaymentId: id, DigitableLine, BarCodeNumber } = await made(boleto, order);
    expect(codes(await store.put(id, 'void'))).toEqual([309]);
    expect((await paySlip(DigitableLine)).body).toEqual({ id, status: 2, amount: 1000 });
    expect((await paySlip(DigitableLine)).status).toBe(409);
    expect((await paySlip(BarCodeNumber, { again: true, amount: 1001 })).status).toBe(200);
    expect(await told(inbox.calls, id, 2)).toEqual([1, 1]);
    expect(await found(id)).toMatchObject({ Status: 2, Amount: 1000 });
    expect(codes(await store.put(id, 'void'))).toEqual([309]);
    const other = await made(boleto);
    wire.slipUnderpaid = 1;
    expect((await paySlip(other.DigitableLine, { amount: 1 })).body).toMatchObject({ status: 1, amount: 1 });
    expect(await told(inbox.calls, other.PaymentId, 1)).toEqual([6]);
    expect(await store.effects(order)).toEqual([
      'bankslip.create 1000',
      ...[1000, 1001].map((it) => `bankslip.received ${it}`),
    ]);
    const late = await made({ ...boleto, ExpirationDate: undefined });
    await store.sim('POST', 'clock', { advanceSeconds: 10 * 86_400 });
    expect((await paySlip(late.DigitableLine)).status).toBe(409);
    expect((await paySlip(late.DigitableLine, { late: true })).status).toBe(200);
    expect((await paySlip('1'.repeat(47))).status).toBe(404);
  });
});

describe('faults and a restart', () => {
  it.each([
    ['pix.create', older],
    ['bankslip.create', boleto],
  ])('%s', async (operation, over) => {
    const id = orderId();
    const listed = async (): Promise<number> => {
      const { status, body } = await store.list(id);
      return status === 404 ? 0 : (body as { Payments: unknown[] }).Payments.length;
    };
    await store.arm('http_500_before', operation, { times: 1 });
    expect([(await make(over, id)).status, await listed()]).toEqual([500, 0]);
    await store.arm('http_500_after', operation, { times: 1 });
    expect([(await make(over, id)).status, await listed()]).toEqual([500, 1]);
    await store.arm('find_404_then_found', operation, { times: 1 });
    expect([await listed(), await listed()]).toEqual([0, 1]);
    await store.arm('find_refused', operation, { times: 1 });
    expect((await store.list(id)).status).toBe(403);
    await store.arm('duplicate_key_first_send', operation, { times: 1 });
    await store.arm('wrong_amount', operation, { times: 1 });
    const other = orderId();
    expect(await made(over, other)).toMatchObject({ Amount: 1001 });
    expect(await store.effects(other)).toEqual([`${operation} 1000`, `${operation} 1000`]);
    expect(await store.effects(id)).toEqual([`${operation} 1000`]);
    await store.arm('forged_callback', operation, { times: 1 });
    const { PaymentId } = await made(over);
    expect(await told(inbox.calls, PaymentId, 1)).toEqual([1]);
    expect(inbox.calls.at(-1)!.path).not.toContain('s3cret');
    await store.arm('wrong_store_404', operation, { times: 1 });
    expect((await store.find(PaymentId)).status).toBe(404);
    await store.arm('http_429', 'cards.authorize', { times: 1 });
    expect((await make(over)).status).toBe(201);
  });

  it('brings back what was issued, and what was accepted and not done', async () => {
    const { PaymentId: id } = await made(newer);
    await pay(id);
    wire.settleMs = 60_000;
    await store.put(id, 'void');
    wire.settleMs = 50;
    store.leave();
    await sandbox.close();
    sandbox = await start();
    store = new Store(sandbox);
    expect(await store.becomes(id, ({ Status }) => Status === 11)).toMatchObject({ Status: 11 });
    expect(await store.effects(id)).toEqual(['pix.refund 1000']);
  }, 90_000);
});
