import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messages } from '@apps/sandbox/cielo/codes.js';
import { wire } from '@apps/sandbox/cielo/wire.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Store, card, cards, cvv, debit, order, orderId, payment } from './cielo.client.js';
import { refusedSales } from './cielo.refused.js';
import { type Answered, send } from './sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let store: Store;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
  store = new Store(sandbox);
}, 90_000);
afterAll(async () => {
  store.leave();
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

const codes = ({ body }: Answered): number[] => (body as { Code: number; Message: string }[]).map(({ Code }) => Code);
const local = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const guid = /^[0-9a-f-]{36}$/;

describe('what is printed', () => {
  it('a sale that is held', async () => {
    const id = orderId();
    const answer = await store.sale(1, { SoftDescriptor: 'LOJA 1' }, id);
    const { PaymentId } = payment(answer);
    const here = sandbox.listeners['cielo'];
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      MerchantOrderId: id,
      Customer: { Name: 'Ana' },
      Payment: {
        ServiceTaxAmount: 0,
        Installments: 1,
        Interest: 0,
        Capture: false,
        Authenticate: false,
        Recurrent: false,
        CreditCard: {
          CardNumber: '402400******0011',
          Holder: 'ANA',
          ExpirationDate: '12/2030',
          SaveCard: false,
          Brand: 'Visa',
        },
        Tid: expect.stringMatching(/^\d{1,20}$/),
        ProofOfSale: expect.stringMatching(/^\d{6}$/),
        AuthorizationCode: expect.stringMatching(/^\d{6}$/),
        SoftDescriptor: 'LOJA 1',
        Provider: 'Simulado',
        Amount: 1000,
        ReceivedDate: expect.stringMatching(local),
        Status: 1,
        IsSplitted: false,
        ReturnMessage: 'Operation Successful',
        ReturnCode: '4',
        PaymentId: expect.stringMatching(guid),
        Type: 'CreditCard',
        Currency: 'BRL',
        Country: 'BRA',
        Links: [
          { Method: 'GET', Rel: 'self', Href: `${here}/query/1/sales/${PaymentId}` },
          { Method: 'PUT', Rel: 'capture', Href: `${here}/transaction/1/sales/${PaymentId}/capture` },
          { Method: 'PUT', Rel: 'void', Href: `${here}/transaction/1/sales/${PaymentId}/void` },
        ],
      },
    });
    expect(await store.effects(id)).toEqual(['cards.authorize 1000']);
  });

  it.each(Object.keys(cards).filter((digit) => digit !== '9'))('the card whose last digit is %s', async (digit) => {
    const fate = fates.find(({ lastDigit }) => `${lastDigit}` === digit);
    for (const Capture of fate ? [false, true] : []) {
      const id = orderId();
      const answer = await store.sale(Number(digit), { Capture }, id);
      const it = payment(answer);
      const { statusWhenCaptureFalse, statusWhenCaptureTrue, returnCode, returnCodeWhenCaptured } = fate!;
      expect(answer.status).toBe(201);
      expect(it.Status).toBe(Capture ? statusWhenCaptureTrue : statusWhenCaptureFalse);
      expect(it.ReturnCode).toBe(Capture ? (returnCodeWhenCaptured ?? returnCode) : returnCode);
      expect('AuthorizationCode' in it && 'ProofOfSale' in it).toBe(it.Status === 1 || it.Status === 2);
      expect(it.CapturedAmount).toBe(it.Status === 2 ? 1000 : undefined);
      expect(await store.effects(id)).toEqual(it.Status === 1 || it.Status === 2 ? ['cards.authorize 1000'] : []);
    }
  });

  it('the card whose digit is 9: authorised, authorised, not finished', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) statuses.push(payment(await store.sale(9)).Status);
    expect(statuses).toEqual([1, 1, 0]);
  });

  it('a capture, without an amount in its answer, and once only', async () => {
    const id = await store.held();
    const answer = await store.put(id, 'capture?amount=600');
    expect(answer).toMatchObject({ status: 200, body: { Status: 2, ReturnCode: '6', Links: [{}, { Rel: 'void' }] } });
    expect(answer.text).not.toContain('Amount');
    expect(await store.found(id)).toMatchObject({ Status: 2, CapturedAmount: 600, Amount: 1000 });
    expect(codes(await store.put(id, 'capture?'))).toEqual([308]);
    expect(await store.effects(id)).toEqual(['cards.capture 600']);
  });

  it('voids of an authorisation, and of a captured sale in parts', async () => {
    const held = await store.held();
    expect(codes(await store.put(held, 'void?amount=999'))).toEqual([309]);
    const whole = await store.put(held, 'void?');
    expect(whole).toMatchObject({ status: 200, body: { Status: 10, ReturnCode: '9', Links: [{ Rel: 'self' }] } });
    expect(await store.found(held)).toMatchObject({ Status: 10, VoidedAmount: 1000 });
    expect(codes(await store.put(held, 'void'))).toEqual([309]);
    expect(await store.effects(held)).toEqual(['cards.void 1000']);

    const paid = await store.held({ Amount: 9000, Capture: true });
    const part = { Status: 2, ReasonCode: 0, ProviderReturnCode: '0', ReturnCode: '0' };
    expect(await store.put(paid, 'void?amount=1000')).toMatchObject({ status: 200, body: part });
    expect((await store.put(paid, 'void?amount=2000')).body).toMatchObject(part);
    expect(await store.found(paid)).toMatchObject({ Status: 2, VoidedAmount: 3000, CapturedAmount: 9000 });
    // A 200 is not success: more than there is left.
    expect((await store.put(paid, 'void?amount=6001')).body).toMatchObject({ Status: 2, ReturnCode: '102' });
    expect((await store.put(paid, 'void')).body).toMatchObject({ Status: 10, ReturnCode: '9' });
    expect(await store.effects(paid)).toEqual(['cards.refund 1000', 'cards.refund 2000', 'cards.refund 6000']);
  });

  it('queries: the sale, the list with its misspelt name, nothing', async () => {
    const order = orderId();
    const ids = [await store.held({}, order), await store.held({}, order)];
    const found = await store.find(ids[0]!);
    expect(found.status).toBe(200);
    expect(payment(found)).not.toHaveProperty('ReturnCode');
    const list = (await store.list(order)).body as { Payments: { PaymentId: string; ReceveidDate: string }[] };
    expect(list).toMatchObject({ ReasonCode: 0, ReasonMessage: 'Successful' });
    expect(list.Payments.map(({ PaymentId }) => PaymentId).sort()).toEqual([...ids].sort());
    expect(list.Payments[0]!.ReceveidDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}$/);
    const { Tid } = payment(found) as unknown as { Tid: string };
    expect(payment(await store.call('GET', `/query/1/sales/acquirerTid/${Tid}`)).PaymentId).toBe(ids[0]);
    for (const path of ['6f8d1753-86bb-4dc0-9ebb-09a29093e1fb', '?merchantOrderId=none', 'acquirerTid/1'])
      expect(await store.find(path)).toMatchObject({ status: 404, text: '' });
    expect((await store.put(`OrderId/${order}`, 'void')).status).toBe(200);
    expect([await store.found(ids[0]!), await store.found(ids[1]!)]).toMatchObject([{ Status: 1 }, { Status: 10 }]);
  });

  it('debit: with an authentication from elsewhere it is paid at once', async () => {
    const ExternalAuthentication = { Cavv: 'AAABBB', Xid: 'AAA', Eci: '5', Version: '2', ReferenceId: 'x' };
    const it = payment(await store.sale(1, debit(1, { ExternalAuthentication, ReturnUrl: undefined })));
    expect(it).toMatchObject({ Status: 2, ReturnCode: '6', CapturedAmount: 1000, DebitCard: { Holder: 'ANA' } });
    expect((await store.put(it.PaymentId, 'void?amount=1')).body).toMatchObject({ Status: 2, ReturnCode: '0' });
    expect(codes(await store.put(it.PaymentId, 'void?amount=1'))).toEqual([309]);
  });

  it('debit by the page of the bank: known after the payer was there', async () => {
    const page = async (result: string, digit = 1): Promise<unknown> => {
      const id = orderId();
      const sale = payment(await store.sale(digit, debit(digit), id));
      const url = sale.AuthenticationUrl ?? '';
      expect([sale.Status, url.length <= 56, sale.ReturnCode]).toEqual([0, true, undefined]);
      expect(await store.effects(id)).toEqual([]);
      const path = new URL(url).pathname;
      expect((await store.call('GET', path)).text).toContain('<form');
      const sent = await store.call('POST', path, `result=${result}`);
      expect([sent.status, (await store.call('GET', path)).status]).toEqual([303, 303]);
      const { Status } = await store.found(sale.PaymentId);
      return [Status, ...(await store.effects(id))];
    };
    expect(await page('succeed')).toEqual([2, 'cards.authorize 1000']);
    expect(await page('decline')).toEqual([3]);
    expect(await page('succeed', 2)).toEqual([3]);
    expect(await page('succeed', 6)).toEqual([0]);
    const { PaymentId } = payment(await store.sale(1, debit(1)));
    expect((await store.sim('POST', `cards/${PaymentId}/3ds`, { result: 'maybe' })).status).toBe(422);
    expect((await store.sim('POST', `cards/${PaymentId}/3ds`, { result: 'succeed' })).status).toBe(200);
    expect((await store.sim('POST', `cards/${PaymentId}/3ds`, { result: 'succeed' })).status).toBe(409);
    expect((await store.found(PaymentId)).Status).toBe(2);
  });
});

interface Fate {
  readonly lastDigit: number;
  readonly statusWhenCaptureFalse: number;
  readonly statusWhenCaptureTrue: number;
  readonly returnCode: string;
  readonly returnCodeWhenCaptured: string | null;
}
const published = resolve(import.meta.dirname, '../../../shared/conformance');
const open = (name: string): unknown =>
  existsSync(join(published, name)) ? (JSON.parse(readFileSync(join(published, name), 'utf8')) as unknown) : undefined;
const fates = (open('cielo-sandbox-cards.json') as { cards: Fate[] } | undefined)?.cards ?? [];
const table = (open('cielo-codes.json') as { apiErrorMessages: Record<string, string> } | undefined)?.apiErrorMessages;
if (!table) process.stderr.write('sandbox.cielo.spec.ts: no published tables beside the project, skipped\n');

describe('what is refused', () => {
  (table ? it : it.skip)('in the words of the published table', () => {
    for (const [code, message] of Object.entries(messages)) expect([code, table?.[code]]).toEqual([code, message]);
  });

  it.each(refusedSales)('%s', async (_what, body, expected) => {
    const answer = await store.call('POST', '/transaction/1/sales', body);
    expect([answer.status, codes(answer)]).toEqual([400, expected]);
    for (const { Code, Message } of answer.body as { Code: keyof typeof messages; Message: string }[])
      expect(Message).toBe(messages[Code]);
  });

  it.each([
    ['merchantid', '', 400, [101]],
    ['merchantkey', '', 400, [131]],
    ['merchantid', 'me', 400, [114]],
    ['merchantid', '6f8d1753-86bb-4dc0-9ebb-09a29093e1fb', 401, undefined],
    ['merchantkey', 'X'.repeat(40), 401, undefined],
  ])('%s %s', async (name, value, status, expected) => {
    const answer = await store.call('POST', '/transaction/1/sales', order(1), { [name]: value });
    expect([answer.status, answer.text === '' ? undefined : codes(answer)]).toEqual([status, expected]);
  });

  it('the other host, amounts of nothing, sales that are not there to be captured or voided', async () => {
    const id = await store.held();
    for (const [method, path] of [
      ['GET', `/transaction/1/sales/${id}`],
      ['PUT', `/query/1/sales/${id}/capture`],
      ['POST', '/query/1/sales'],
    ] as const)
      expect(await store.call(method, path)).toMatchObject({ status: 404, text: '' });
    for (const amount of ['0', '-1', '1.5', 'x', ''])
      expect(codes(await store.put(id, `capture?amount=${amount}`))).toEqual([108]);
    expect(codes(await store.put(id, 'capture?amount=1001'))).toEqual([308]);
    const refused = payment(await store.sale(2)).PaymentId;
    const unfinished = payment(await store.sale(6)).PaymentId;
    for (const other of [refused, unfinished]) {
      expect(codes(await store.put(other, 'capture'))).toEqual([308]);
      expect(codes(await store.put(other, 'void'))).toEqual([309]);
    }
    expect((await store.put('6f8d1753-86bb-4dc0-9ebb-09a29093e1fb', 'void')).status).toBe(404);
  });

  it('nothing because of an order that is taken, unless the store is set so', async () => {
    const id = orderId();
    await store.held({}, id);
    wire.duplicateOrders = 'refused';
    expect(codes(await store.sale(1, {}, id))).toEqual([302]);
    wire.duplicateOrders = 'taken';
    expect(await store.effects(id)).toEqual(['cards.authorize 1000']);
  });
});

describe('what may not be kept', () => {
  it('numbers and codes of cards: not in the list of requests, not in the journal', async () => {
    const number = cards[4]!;
    const spelt = number.replaceAll(/(\d{4})(?!$)/g, '$1 ');
    const Customer = { Name: number, Identity: '12345678000195', Address: { Street: spelt } };
    const body = { ...order(4, { ReturnUrl: `http://127.0.0.1/${number}` }), Customer, Extra: [number] };
    const answer = await store.call('POST', '/transaction/1/sales', body);
    expect(answer).toMatchObject({ status: 201, body: { Customer: { Identity: Customer.Identity } } });
    expect(answer.text).not.toContain(number);
    await store.call('POST', '/transaction/1/sales', `{"CardNumber":"${number}`);
    await store.sale(4, { CreditCard: card(4, { Holder: number }) });
    await store.call('GET', `/query/1/sales?merchantOrderId=${number}`);
    const { text } = await store.sim('GET', 'requests?provider=cielo');
    const ledger = (await store.sim('GET', 'ledger')).text;
    const journal = readFileSync(join(directory, 'journal.jsonl'), 'utf8');
    expect(text).toContain('402400******0094');
    for (const shown of [text, journal, ledger]) {
      for (const digits of Object.values(cards)) expect(shown).not.toContain(digits);
      for (const secret of [spelt, `"${cvv}"`, sandbox.accounts.cielo.merchantKey]) expect(shown).not.toContain(secret);
    }
  });

  it('who asks is told where it listens, and by which name', async () => {
    const url = `${sandbox.url}/_sim/listeners`;
    const { body } = await send({ method: 'GET', url, headers: { host: 'sandbox:4000' } });
    expect((body as { cielo: string }).cielo).toMatch(/^https:\/\/sandbox:\d+$/);
  });
});
