import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, eventually, rows } from '@test/support/app.js';
import { as, type Charge, fresh, Scene } from '@test/support/scene.js';

const whole = process.env['TRILHO_LONG'] === '1';
/** So many codes at once, at a provider that takes 20 ms: the caller waits ten seconds, a job does the rest. */
const many = whole ? 1_000 : 40;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ PROVIDER_DEADLINE_MS: '2000', JOB_LEASE_MS: '5000', LOG_LEVEL: 'warn' });
});
afterAll(() => scene.close());

interface Told {
  readonly canceled: readonly string[];
  readonly processing: readonly string[];
  readonly failed: readonly { readonly customCode: string; readonly message: string }[];
}
const ask = (customCodes: readonly unknown[], headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  scene.api('POST', '/pix/cancel', { customCodes }, { headers });
const cancel = async (...codes: readonly unknown[]): Promise<Told> => {
  const { status, text, body } = await ask(codes);
  if (status !== 200) throw new Error(`not cancelled: ${status} ${text}`);
  return as<Told>(body);
};
const canceled = (...codes: readonly string[]): Told => ({ canceled: codes, processing: [], failed: [] });
/** Codes of a Pix each. */
async function pixes(count: number): Promise<readonly string[]> {
  const codes = Array.from({ length: count }, () => fresh('many'));
  const waiting = [...codes];
  const make = async (): Promise<void> => {
    for (let it = waiting.shift(); it !== undefined; it = waiting.shift()) {
      await scene.pix({ customCode: it, expire: 86_400 });
    }
  };
  await Promise.all(Array.from({ length: 8 }, make));
  return codes;
}
/** Jobs that are still at work once they have had the time to end. */
const unfinished = (): Promise<number> =>
  eventually(async () => {
    const sql = `select 1 from job where name = 'pix.cancelMany' and done_at is null`;
    return (await rows(scene.app, sql)).length === 0 && 0;
  });
const tried = async (): Promise<number> =>
  (await rows(scene.app, `select 1 from attempt where operation = 'pix.cancel'`)).length;

describe('many cancels', () => {
  it(`are done for ${many} codes, each once, and a repeat does nothing`, async () => {
    const codes = await pixes(many);
    await scene.arm('pix.cancel', 'slow', { rate: 1, delayMs: 20, seed: 1 });
    const began = performance.now();
    const told = await cancel(...codes);
    const ms = Math.round(performance.now() - began);
    process.stdout.write(`Bulk cancel: ${told.canceled.length} of ${many} codes in ${ms} ms\n`);
    expect([told.canceled.concat(told.processing).toSorted(), told.failed]).toEqual([codes.toSorted(), []]);
    if (!whole) expect(told.processing).toEqual([]);
    expect(await unfinished()).toBe(0);
    await scene.calm();
    const effects = (await scene.effects()).filter((it) => it.operation === 'pix.cancel');
    expect([effects.length, new Set(effects.map(({ key }) => key)).size]).toEqual([many, many]);
    const before = await tried();
    expect(await cancel(...codes.slice(0, 20), codes[0])).toEqual(canceled(...codes.slice(0, 20)));
    expect(await tried()).toBe(before);
  });

  it('are every pending Pix of a code, static ones too, and say of each code what became of it', async () => {
    const [both, paid, mixed] = [fresh('both'), fresh('paid'), fresh('mixed')];
    const two = [await scene.pix({ customCode: both }), await scene.pix({ customCode: both })];
    const { body } = await scene.api('POST', '/pix/static', { amount: 100, customCode: both });
    await scene.paid({ customCode: paid });
    await scene.paid({ customCode: mixed });
    await scene.pix({ customCode: mixed });
    const told = await cancel(both, 'nobody', paid, mixed, both, 4711);
    expect(told).toEqual({
      canceled: [both, mixed],
      processing: [],
      failed: [
        { customCode: 'nobody', message: 'Pix não encontrado.' },
        { customCode: paid, message: 'Só um Pix pendente pode ser cancelado.' },
        { customCode: '4711', message: 'Pix não encontrado.' },
      ],
    });
    const code = as<Charge>(body).id;
    for (const id of [...two.map((it) => it.id), code]) expect((await scene.charge(id)).status).toBe('canceled');
    // What is opened again stays open: nothing of an old wish comes after it.
    await scene.api('POST', `/pix/static/${code}/enable`, { customCode: both });
    expect([await unfinished(), (await scene.charge(code)).status]).toEqual([0, 'pending']);
  });

  it('are refused as a whole when nothing comes of any, and that key may be used again', async () => {
    const headers = { 'idempotency-key': fresh('key') };
    const [code, other] = [fresh('code'), fresh('code')];
    const none = await ask([code, other], headers);
    expect([none.status, none.body['code'], none.body['message']]).toEqual([
      422,
      'cancel_failed',
      'Não foi possível processar o cancelamento.',
    ]);
    const pix = await scene.pix({ customCode: code });
    const done = await ask([code, other], headers);
    expect([done.status, as<Told>(done.body).canceled]).toEqual([200, [code]]);
    const again = await scene.pix({ customCode: code });
    const replay = await ask([code, other], headers);
    expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect([(await scene.charge(pix.id)).status, (await scene.charge(again.id)).status]).toEqual([
      'canceled',
      'pending',
    ]);
  });

  it('wait for what the provider has not said, and fail while it is away', async () => {
    const [lost, away] = await pixes(2);
    await scene.arm('pix.cancel', 'timeout_after', { times: 1 });
    const customCode = fresh('mesa');
    const { body } = await scene.api('POST', '/pix/static', { amount: 100, customCode });
    const { id } = as<Charge>(body);
    const asked = cancel(lost, customCode);
    await scene.becomes(id, 'canceled');
    // Opened again while the wish is still at work: it is not closed a second time.
    expect((await scene.api('POST', `/pix/static/${id}/enable`, { customCode })).status).toBe(200);
    expect((await asked).canceled).toEqual([lost]); // what the provider had not said was asked after meanwhile
    expect([await unfinished(), (await scene.charge(id)).status]).toEqual([0, 'pending']);
    const failing = await pixes(20);
    await scene.arm('pix.cancel', 'http_429', { rate: 1, seed: 1 });
    const before = await tried();
    const refused = await ask([away, ...failing]);
    expect([refused.status, refused.body['code']]).toEqual([422, 'cancel_failed']);
    const failed = as<{ failed: Told['failed'] }>(refused.body).failed;
    expect(new Set(failed.map(({ message }) => message))).toEqual(new Set(['Nenhum provedor disponível no momento.']));
    // Its breaker is open by then: not all of them were tried.
    expect((await tried()) - before).toBeLessThan(21);
    await scene.calm();
    await scene.advance(11);
    expect(await cancel(away, ...failing)).toEqual(canceled(away!, ...failing));
  });

  it('are of one to a thousand codes', async () => {
    const field = async (customCodes: unknown): Promise<unknown> => {
      const { status, body } = await scene.api('POST', '/pix/cancel', { customCodes });
      return [
        status,
        as<{ errors: { field: string; code: string }[] }>(body).errors.map((it) => `${it.field} ${it.code}`),
      ];
    };
    expect(await field([])).toEqual([422, ['customCodes out_of_range']]);
    expect(await field(Array.from({ length: 1_001 }, (_, i) => `c${i}`))).toEqual([422, ['customCodes too_long']]);
    expect(await field(['a', ''])).toEqual([422, ['customCodes[1] invalid']]);
    expect(await field(['a', '4111111111111111'])).toEqual([422, ['customCodes[1] invalid']]);
    expect(await field(undefined)).toEqual([422, ['customCodes required']]);
  });
});

describe('a note on a Pix', () => {
  const note = (id: string, body: object): Promise<Answer> => scene.api('PATCH', `/pix/${id}/metadata`, body);

  it('sets its code and whatever else, and leaves the rest', async () => {
    const { id, metadata } = await scene.pix({ customCode: 'first' });
    const one = await note(id, { customCode: 'second', mesa: '7', garçom: '', vazio: null });
    expect([one.status, one.body['customCode']]).toEqual([200, 'second']);
    expect(one.body['metadata']).toEqual({ ...metadata, customCode: 'second', mesa: '7', garçom: '' });
    const two = await note(id, { customCode: 4711, mesa: '8' });
    expect(two.body['metadata']).toEqual({ ...metadata, customCode: '4711', mesa: '8', garçom: '' });
    expect((await scene.charge(id)).metadata).toEqual(two.body['metadata']);
    expect(await scene.story(id)).toEqual(['pixUpdate pending', 'pixUpdate pending']);
  });

  it('has no more members than can be read, and none that are ours', async () => {
    const { id } = await scene.pix();
    const customCode = 'c';
    const keys = (count: number, from = 0): object =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${from + i}`, 'v']));
    const fields = async (body: object): Promise<unknown> => {
      const { status, body: told } = await note(id, body);
      return [
        status,
        as<{ errors?: { field: string; code: string }[] }>(told).errors?.map((it) => `${it.field} ${it.code}`),
      ];
    };
    expect(await fields({ mesa: '7' })).toEqual([422, ['customCode required']]);
    expect(await fields({ customCode, ...keys(50) })).toEqual([422, ['body too_long']]);
    expect(await fields({ customCode, ...keys(49) })).toEqual([200, undefined]);
    expect(await fields({ customCode, ...keys(1, 49) })).toEqual([422, ['body too_long']]);
    for (const key of ['paymentId', 'nsu', 'qrCode', 'endToEndId', 'returnCode']) {
      expect(await fields({ customCode, [key]: 'x' })).toEqual([422, [`${key} invalid`]]);
    }
    expect(await fields({ customCode, k0: 1, k1: ['x'], k2: {}, k3: 'x'.repeat(501), k4: 'a\u0007' })).toEqual([
      422,
      ['k0 invalid', 'k1 invalid', 'k2 invalid', 'k3 too_long', 'k4 invalid'],
    ]);
    expect(await fields({ customCode, ['k'.repeat(41)]: 'x' })).toEqual([422, [`${'k'.repeat(41)} too_long`]]);
    expect(await fields({ customCode, token: '4111 1111 1111 1111' })).toEqual([422, ['token invalid']]);
    expect(await fields({ customCode, constructor: 'x' })).toEqual([422, ['constructor invalid']]);
    expect((await note('nobody', { customCode })).body['message']).toBe('Pix não encontrado.');
    expect((await note(id, [])).status).toBe(422);
  });
});
