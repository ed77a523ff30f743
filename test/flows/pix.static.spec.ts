import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@test/support/app.js';
import { as, type Charge, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

interface Paid extends Charge {
  readonly staticId: string | null;
  readonly routing: { readonly candidates: readonly { readonly provider: string; readonly reason: string }[] };
}
const made = async (path: string, body: object): Promise<Paid> => {
  const { status, text, body: told } = await scene.api('POST', path, { amount: 1000, ...body });
  if (status !== 201) throw new Error(`no code: ${status} ${text}`);
  return as<Paid>(told);
};
/** A payer scans the code; what his bank read of it, it pays. */
const scanned = async (code: string, amount?: number): Promise<string> => {
  const { status, text, body } = await scene.sim('POST', '/_sim/pix/pay', { code, amount });
  if (status !== 200) throw new Error(`not paid: ${status} ${text}`);
  return as<{ endToEndId: string }>(body).endToEndId;
};
/** A payer is told the id alone: what the shop shows under it, he pays, or as much as he likes. */
const paidBy = async (id: string, wish: object = {}): Promise<string> =>
  as<{ endToEndId: string }>((await scene.sim('POST', `/_sim/pix/${id}/pay`, wish)).body).endToEndId;
const receipts = async (customCode: string, count: number): Promise<readonly Paid[]> =>
  eventually(async () => {
    const { body } = await scene.api('GET', `/pix?customCode=${customCode}`);
    const found = as<Paid[]>(body).filter((it) => it.staticId !== null);
    return found.length >= count && found;
  });

/** A reader of BR Codes that shares nothing with ours: members by their lengths, the check sum from its table. */
function read(code: string): Record<string, string> {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let crc = byte * 256;
    for (let bit = 0; bit < 8; bit += 1) crc = crc >= 0x8000 ? ((crc * 2) % 0x10000) ^ 0x1021 : crc * 2;
    return crc;
  });
  let crc = 0xffff;
  for (const byte of Buffer.from(code.slice(0, -4))) crc = ((crc * 256) % 0x10000) ^ table[(crc >> 8) ^ byte]!;
  expect(code.slice(-4)).toBe(crc.toString(16).toUpperCase().padStart(4, '0'));
  const found: Record<string, string> = {};
  const walk = (text: string, above: string): void => {
    for (let rest = text; rest !== '';) {
      const [id, end] = [`${above}${rest.slice(0, 2)}`, 4 + Number.parseInt(rest.slice(2, 4), 10)];
      if (['26', '62'].includes(id)) walk(rest.slice(4, end), `${id}.`);
      else found[id] = rest.slice(4, end);
      rest = rest.slice(end);
    }
  };
  walk(code, '');
  return found;
}

describe('a static code', () => {
  const customCode = fresh('mesa');
  let code: Paid;

  it('is a BR Code under the key of the lane, with its amount and its id', async () => {
    const own = { receiverName: 'Padaria São João e Irmãos Ltda', receiverCity: 'São José dos Pinhais' };
    code = await made('/pix/static/infra', { customCode, instructions: 'Mesa 7, até às 22h', ...own });
    expect(code).toMatchObject({ status: 'pending', amount: 1000, customCode, provider: 'gerencianet', expire: null });
    expect(code).toMatchObject({ expiresAt: null, staticId: null, gatewayId: code.id, fees: null });
    expect(code.id).toMatch(/^[0-9a-z]{25}$/);
    expect(code.routing.candidates[0]).toMatchObject({ provider: 'gerencianet', outcome: 'chosen' });
    expect(code.routing.candidates.slice(1).every((it) => it.reason === 'capability')).toBe(true);
    const { 63: _, ...members } = read(code.qrCode!);
    expect(members).toEqual({
      '00': '01',
      '26.00': 'br.gov.bcb.pix',
      '26.01': expect.stringMatching(/./),
      '26.02': 'Mesa 7, ate as 22h',
      52: '0000',
      53: '986',
      54: '10.00',
      58: 'BR',
      59: 'Padaria Sao Joao e Irmaos',
      60: 'Sao Jose dos Pi',
      '62.05': code.id,
    });
  });

  it('is seen by its id, as a picture too, and by no other merchant', async () => {
    expect(await scene.charge(code.id)).toEqual(code);
    expect((await scene.api('GET', `/transactions/${code.id}`)).body['id']).toBe(code.id);
    const page = await scene.api('GET', `/transactions?limit=1&starting_after=${code.id}`);
    expect(page.status).toBe(200);
    const picture = await fetch(`${scene.app.url}/pix/${code.id}/qrcode.png`, {
      headers: { authorization: `Bearer ${scene.app.merchantKey}` },
    });
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
    const bytes = Buffer.from(await picture.arrayBuffer());
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    const reader = spawnSync('zbarimg', ['-q', '--raw', 'PNG:-'], { input: bytes, encoding: 'utf8' });
    if (reader.error === undefined) expect(reader.stdout.trim()).toBe(code.qrCode);
    const drawn = await scene.api('GET', `/pix/${code.id}/qrcode.svg`);
    expect([drawn.status, drawn.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(drawn.text).toMatch(/^<svg .*<\/svg>$/);
    for (const path of ['qrcode.png', 'qrcode.svg']) {
      const none = await scene.api('GET', `/pix/${'0'.repeat(25)}/${path}`);
      expect([none.status, none.body['message']]).toEqual([404, 'Pix não encontrado.']);
    }
    const { data } = as<{ data: { id: string }[] }>((await scene.admin('GET', '/admin/merchants')).body);
    const live = await scene.admin('POST', `/admin/merchants/${data[0]!.id}/keys`, { name: 'x', mode: 'live' });
    const { key } = as<{ key: string }>(live.body);
    expect((await scene.api('GET', `/pix/${code.id}`, undefined, { key })).status).toBe(404);
  });

  it('is paid three times: three charges, three entries, three events, each once', async () => {
    const before = (await scene.addresses())['provider:gerencianet:clearing'] ?? 0;
    const ids = [await scanned(code.qrCode!), await paidBy(code.id)];
    const less = await paidBy(code.id, { amount: 700 });
    ids.push(less);
    const found = await receipts(customCode, 3);
    expect(new Set(found.map((it) => it.metadata['endToEndId']))).toEqual(new Set(ids));
    for (const it of found) {
      const paid = it.metadata['endToEndId'] === less ? 700 : 1000;
      expect(it).toMatchObject({ status: 'paid', staticId: code.id, amount: 1000, amountPaid: paid, customCode });
      expect(it).toMatchObject({ amountRefundable: paid, provider: 'gerencianet', qrCode: code.qrCode });
      expect(it.metadata).toMatchObject({ paymentId: code.id, nsu: code.id, qrCode: code.qrCode, customCode });
      expect(it.fees!.price + it.fees!.net).toBe(paid);
    }
    expect(await scene.charge(code.id)).toEqual(code);
    expect(before - (await scene.addresses())['provider:gerencianet:clearing']!).toBe(2_700);
    const told = (await scene.events()).filter(
      (it) => it.type === 'pix' && found.some(({ id }) => id === it.data['pix']?.id),
    );
    expect(told.map((it) => [it.sequence, it.late])).toEqual([
      [1, false],
      [1, false],
      [1, false],
    ]);
    expect(told.filter((it) => it.differs).map((it) => it.data['pix']!.amountPaid)).toEqual([700]);
    expect(told.every((it) => (it.data['pix'] as Paid).staticId === code.id)).toBe(true);
    // The same callback again tells nothing new.
    const notices = await scene.admin('GET', '/admin/callbacks?limit=1');
    const { data } = as<{ data: { id: string; outcome: string }[] }>(notices.body);
    expect(data[0]!.outcome).toMatch(/^pix .*movimentos vistos: 1$/);
    await scene.admin('POST', `/admin/callbacks/${data[0]!.id}/replay`);
    await eventually(async () => {
      const { body: again } = await scene.admin('GET', `/admin/callbacks/${data[0]!.id}`);
      return as<{ state: string }>(again).state === 'done';
    });
    expect(await receipts(customCode, 3)).toHaveLength(3);
  });

  it('has payments that are given back like any other, in part and then the rest', async () => {
    const [one] = await receipts(customCode, 3);
    const part = await scene.refund(one!.id, 300);
    expect([part.status, part.body['status']]).toEqual([200, 'refund_requested']);
    expect(await scene.becomes(one!.id, 'refunded')).toMatchObject({ refundedAmount: 300 });
    await scene.refund(one!.id);
    const all = await scene.until(one!.id, (it) => it.refundedAmount === one!.amountPaid);
    expect(all).toMatchObject({ amountRefundable: 0, status: 'refunded' });
    const of = (await scene.effects()).filter((it) => it.operation === 'pix.refund').map(({ amount }) => amount);
    expect(of.reduce((sum, it) => sum + it, 0)).toBe(one!.amountPaid);
    const none = await scene.refund(code.id);
    expect([none.status, none.body['code']]).toEqual([409, 'invalid_state']);
    const { body } = await scene.api('GET', `/transactions/${one!.id}/attempts`);
    expect(as<{ data: { operation: string }[] }>(body).data.map((it) => it.operation)).toEqual([
      'pix.refund',
      'pix.refund',
    ]);
  });

  it('has payments that are disputed like any other, and money under no code of ours stays nobody’s', async () => {
    await scene.arm('pix.create', 'chargeback', { times: 1, delayMs: 100 });
    const endToEndId = await scanned(code.qrCode!);
    const told = await eventually(async () => (await scene.events()).find((it) => it.type === 'dispute'));
    const [disputed] = Object.values(told.data);
    expect(disputed).toMatchObject({
      staticId: code.id,
      status: 'paid',
      amountRefundable: 0,
      metadata: { endToEndId },
    });
    expect((await scene.addresses())['provider:gerencianet:suspense'] ?? 0).toBe(0);
    const { body } = await scene.sim('POST', `/_sim/pix/${'9'.repeat(25)}/pay`, { amount: 5 });
    expect(body['amount']).toBe(5);
    const notice = await eventually(async () => {
      const { data } = as<{ data: { state: string; outcome: string; receivedAt: string }[] }>(
        (await scene.admin('GET', '/admin/callbacks?limit=1')).body,
      );
      return data[0]!.outcome === 'sem tentativa' && data[0];
    });
    expect(notice.state).toBe('working');
  });

  it('is closed, still takes money as late, and is opened again under its own code', async () => {
    const closed = await scene.api('POST', `/pix/${code.id}/cancel`);
    expect([closed.status, closed.body['status']]).toEqual([200, 'canceled']);
    expect((await scene.api('POST', `/pix/${code.id}/cancel`)).status).toBe(409);
    const endToEndId = await scanned(code.qrCode!);
    const found = await receipts(customCode, 5);
    const late = found.find((it) => it.metadata['endToEndId'] === endToEndId);
    const told = (await scene.events()).filter((it) => it.data['pix']?.id === late!.id);
    expect(told.map((it) => [it.type, it.late])).toEqual([['pix', true]]);
    const enable = `/pix/static/${code.id}/enable`;
    for (const [path, body] of [
      [enable, { customCode: 'other' }],
      [`/pix/static/${late!.id}/enable`, { customCode }],
      [`/pix/static/${'0'.repeat(25)}/enable`, { customCode }],
    ] as const) {
      expect((await scene.api('POST', path, body)).body['message']).toBe('Pix não encontrado.');
    }
    for (let i = 0; i < 2; i += 1) {
      const open = await scene.api('POST', enable, { customCode });
      expect([open.status, open.body['id'], open.body['status']]).toEqual([200, code.id, 'pending']);
    }
    expect(await scene.story(code.id)).toEqual(['pixUpdate canceled', 'pixUpdate pending']);
  });

  it('takes money that named another, when a person says that it was for this one', async () => {
    const [own, wanted] = [await made('/pix/static', { customCode: fresh('mesa') }), await made('/pix/static', {})];
    const key = read(own.qrCode!)['26.01'];
    const { body } = await scene.sim('POST', '/_sim/pix/pay', { key, amount: '777', txid: '7'.repeat(25) });
    const { endToEndId } = as<{ endToEndId: string }>(body);
    const found = await eventually(async () => {
      await scene.advance(70);
      const list = (await scene.admin('GET', '/admin/movements?state=suspense')).body;
      return as<{ data: { id: string; reference: string }[] }>(list).data.find((it) => it.reference === endToEndId);
    }, 20_000);
    const match = (id: string) => scene.admin('POST', `/admin/movements/${found.id}/match`, { type: 'pix', id });
    expect((await match('z'.repeat(25))).status).toBe(422);
    const matched = await match(own.id);
    const [paid] = await receipts(own.customCode!, 1);
    expect([matched.status, matched.body]).toMatchObject([200, { state: 'matched', charge: paid!.id }]);
    expect(paid).toMatchObject({ status: 'paid', staticId: own.id, amountPaid: 777, metadata: { endToEndId } });
    expect([(await match(own.id)).status, (await match(wanted.id)).status]).toEqual([200, 409]);
    expect(await receipts(own.customCode!, 1)).toHaveLength(1);
    expect(await scene.story(paid!.id)).toEqual(['pix paid']);
    const suspense = 'provider:gerencianet:suspense';
    const story = await scene.admin('GET', `/admin/transactions/${paid!.id}`);
    expect(story.body).toMatchObject({
      movements: [{ id: found.id }],
      postings: [
        { reference: `movement:${found.id}`, postings: [{ to: suspense, amount: 777 }] },
        { reference: `matched:${found.id}`, postings: [{ from: suspense, amount: 777 }, {}] },
      ],
    });
    await scene.refund(paid!.id);
    expect(await scene.becomes(paid!.id, 'refunded')).toMatchObject({ refundedAmount: 777 });
  });

  it('is made once for one key, and refused where no code could hold it', async () => {
    const headers = { 'idempotency-key': fresh('key') };
    const body = { amount: '250', customCode: fresh('code') };
    const one = await scene.api('POST', '/pix/static', body, { headers });
    const two = await scene.api('POST', '/pix/static', body, { headers });
    expect([one.status, two.status, two.headers.get('idempotent-replayed')]).toEqual([201, 201, 'true']);
    expect(two.body).toEqual(one.body);
    expect(read(as<Charge>(one.body).qrCode!)).toMatchObject({ 54: '2.50', 60: 'BRASIL' });
    const field = async (path: string, wrong: object): Promise<unknown> => {
      const { status, body: told } = await scene.api('POST', path, { amount: 100, ...wrong });
      return [
        status,
        as<{ errors: { field: string; code: string }[] }>(told).errors.map((it) => `${it.field} ${it.code}`),
      ];
    };
    expect(await field('/pix/static', { amount: 10 ** 12 })).toEqual([422, ['amount out_of_range']]);
    expect(await field('/pix/static', { receiverName: 'x' })).toEqual([422, ['receiverName unknown_field']]);
    expect(await field('/pix/static/infra', { receiverCity: '東京' })).toEqual([422, ['receiverCity invalid']]);
    expect(await field('/pix/static/infra', { receiverName: '4111 1111 1111 1111' })).toEqual([
      422,
      ['receiverName invalid'],
    ]);
    expect(await field('/pix/static', { expire: 60 })).toEqual([422, ['expire unknown_field']]);
  });
});

it('leaves the books right', async () => {
  const addresses = await scene.addresses();
  expect(Object.values(addresses).reduce((sum, balance) => sum + balance, 0)).toBe(0);
  expect(addresses['refunds:transit']).toBe(0);
  expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
});
