import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, client, eventually, rows } from '@test/support/app.js';
import { as, fresh, Scene } from '@test/support/scene.js';

interface Token {
  readonly token: string;
  readonly brand: string;
}

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

const number = '4024007153760029';
const card = { number, holder: 'MARIA DA SILVA', expirationDate: '12/2040' };
const keep = (body: object = card, key?: string): Promise<Answer> =>
  scene.api('POST', '/card-tokens', body, key === undefined ? {} : { headers: { 'idempotency-key': key } });
const kept = async (body: object = card): Promise<string> => as<Token>((await keep(body)).body).token;
const errorsOf = (answer: Answer): unknown =>
  as<{ errors: { field: string; code: string }[] }>(answer.body).errors.map(({ field, code }) => `${field} ${code}`);

/** A caller with a key of another merchant's, or of this one's in another mode. */
async function other(mode: 'test' | 'live', merchantId?: string): Promise<ReturnType<typeof client>> {
  const made = merchantId ?? as<{ id: string }>((await scene.admin('POST', '/admin/merchants', { name: 'x' })).body).id;
  const { body } = await scene.admin('POST', `/admin/merchants/${made}/keys`, { name: 'x', mode });
  return client(() => scene.app.url, as<{ key: string }>(body).key);
}

describe('a card token', () => {
  it('shows a card without its number', async () => {
    const answer = await keep({ ...card, brand: 'Visa', cvv: '123' });
    const { token } = as<Token>(answer.body);
    const shown = {
      token: expect.stringMatching(/^[0-9a-f-]{36}$/),
      brand: 'visa',
      first6: '402400',
      last4: '0029',
      holder: 'MARIA DA SILVA',
      expirationDate: '12/2040',
    };
    expect([answer.status, answer.body]).toEqual([201, shown]);
    const found = await scene.api('GET', `/card-tokens/${token}`);
    expect([found.status, found.body]).toEqual([200, shown]);
  });

  it('is deleted once', async () => {
    const token = await kept();
    const remove = async (): Promise<number> => (await scene.api('DELETE', `/card-tokens/${token}`)).status;
    expect([await remove(), await remove()]).toEqual([204, 404]);
    const gone = await scene.api('GET', `/card-tokens/${token}`);
    expect([gone.status, gone.body['message']]).toEqual([404, 'Cartão não encontrado(a).']);
  });

  it('is the merchant’s own, in its mode', async () => {
    const token = await kept();
    const list = await scene.admin('GET', '/admin/merchants');
    const ours = as<{ data: { id: string }[] }>(list.body).data.at(-1)!.id;
    for (const stranger of [await other('test'), await other('live', ours)]) {
      for (const method of ['GET', 'DELETE']) {
        const answer = await stranger(method, `/card-tokens/${token}`);
        expect([method, answer.status, answer.body['code']]).toEqual([method, 404, 'not_found']);
      }
    }
    expect((await scene.api('GET', `/card-tokens/${token}`)).status).toBe(200);
    expect((await scene.api('GET', '/card-tokens/nobody')).status).toBe(404);
    expect((await scene.admin('GET', `/card-tokens/${token}`)).status).toBe(403);
  });

  it('is made once for a key, whatever CVV comes with it', async () => {
    const key = fresh('token');
    const first = await keep({ ...card, cvv: '123' }, key);
    const again = await keep({ ...card, cvv: '999' }, key);
    expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([201, first.text, 'true']);
    const conflict = await keep({ ...card, number: '4024007153760011' }, key);
    expect([conflict.status, conflict.body['code']]).toEqual([409, 'idempotency_conflict']);
    const twins = await Promise.all([1, 2, 3].map(() => keep(card, `${key}b`)));
    expect(new Set(twins.map(({ body }) => as<Token>(body).token)).size).toBe(1);
    expect(await kept()).not.toBe(as<Token>(first.body).token);
  });

  it('has one keyed hash for a card, and its number only sealed', async () => {
    const [a, b, c] = [await kept(), await kept(), await kept({ ...card, number: '4024007153760011' })];
    const found = await rows<{ id: string; fingerprint: string; purpose: string }>(
      scene.app,
      'select c.id, c.fingerprint, v.purpose from card c join vault v on v.id = c.sealed where c.id = any ($1)',
      [[a, b, c]],
    );
    const hashOf = new Map(found.map(({ id, fingerprint }) => [id, fingerprint]));
    expect([hashOf.get(a) === hashOf.get(b), hashOf.get(a) === hashOf.get(c)]).toEqual([true, false]);
    expect(new Set(found.map(({ purpose }) => purpose))).toEqual(new Set(['card']));
  });
});

describe('what cannot be a card', () => {
  it.each<[object, readonly string[]]>([
    [{}, ['number required', 'holder required', 'expirationDate required']],
    [
      { number: '1234567812345678', holder: 'ANA', expirationDate: '12/2022' },
      ['number invalid', 'expirationDate invalid'],
    ],
    [{ ...card, number: 4024007153760029 }, ['number invalid']],
    [{ ...card, number: '4024 0071 5376 0029' }, ['number invalid']],
    [{ ...card, number: '40240071537600290000' }, ['number too_long']],
    [{ ...card, number: [number] }, ['number invalid']],
    [{ ...card, number: { a: number } }, ['number invalid']],
    [{ ...card, number: null }, ['number required']],
    [{ ...card, number: '9999999999999995' }, ['number invalid']],
    [{ ...card, expirationDate: '13/2040' }, ['expirationDate invalid']],
    [{ ...card, expirationDate: '12/40' }, ['expirationDate invalid']],
    [{ ...card, expirationDate: '10/2026' }, ['expirationDate invalid']],
    [{ ...card, brand: 'mastercard' }, ['brand invalid']],
    [{ ...card, brand: 'nobody' }, ['brand invalid']],
    [{ ...card, cvv: '12' }, ['cvv invalid']],
    [{ ...card, cvv: '1234' }, ['cvv invalid']],
    [{ ...card, cvv: 123 }, ['cvv invalid']],
    [{ ...card, holder: '' }, ['holder invalid']],
    [{ ...card, holder: 'x'.repeat(141) }, ['holder too_long']],
    [{ ...card, holder: number }, ['holder invalid']],
    [{ ...card, holder: 'ANA 4024-0071-5376-0029' }, ['holder invalid']],
    [{ ...card, securityCode: '123' }, ['securityCode unknown_field']],
  ])('%j', async (body, expected) => {
    const answer = await keep(body);
    expect([answer.status, errorsOf(answer)]).toEqual([422, expected]);
    expect(answer.text.replace(/"requestId":"[^"]*"/, '')).not.toMatch(/0029|5678|\d{13}/); // an id may have any digits
  });

  it('a number as the name of a field is not said back', async () => {
    const answer = await keep({ ...card, [number]: 1 });
    expect([answer.status, errorsOf(answer)]).toEqual([422, ['[[redacted]] unknown_field']]);
  });
});

describe('a number where none belongs', () => {
  it('is not said back, not logged, and not kept as a key', async () => {
    const headers = { 'x-request-id': number, 'idempotency-key': number, 'user-agent': number };
    const first = await scene.api('POST', `/card-tokens?number=${number}`, card, { headers });
    const again = await scene.api('POST', `/card-tokens?number=${number}`, card, { headers });
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('x-request-id')).not.toContain(number);
    const spelt = [...number].map((it) => `%3${it}`).join('');
    for (const path of [`/card-tokens/${number}`, `/card-tokens/${spelt}`, `/nowhere/${number}`, `/pix?q=${spelt}`]) {
      expect((await scene.api('GET', path)).text).not.toContain(number);
    }
    const keys = await rows<{ key: string }>(scene.app, 'select key from request');
    expect(keys.filter(({ key }) => key.includes(number))).toEqual([]);
    expect(keys.filter(({ key }) => key.startsWith('hash '))).toHaveLength(1);
    await eventually(() => Promise.resolve(scene.app.output().includes('/pix?q=')));
    expect(scene.app.output()).not.toContain(number);
    expect(scene.app.output()).not.toContain(spelt);
  });
});

describe('a card that was given for one charge', () => {
  it('is no token, and of no use for another', async () => {
    const sale = (given: object): object => ({ amount: 1000, customer: { name: 'ANA' }, card: given });
    await scene.api('POST', '/credit-card', sale({ ...card, cvv: '123' }));
    const [once] = await rows<{ id: string }>(scene.app, 'select id from card where not token');
    expect((await scene.api('GET', `/card-tokens/${once!.id}`)).status).toBe(404);
    expect((await scene.api('DELETE', `/card-tokens/${once!.id}`)).status).toBe(404);
    expect((await scene.api('POST', '/credit-card', sale({ token: once!.id, cvv: '123' }))).status).toBe(404);
  });
});

it('the number of a deleted token, or of one charge, leaves the vault in a day; a living token’s stays', async () => {
  const [gone, living] = [await kept(), await kept()];
  await scene.api('DELETE', `/card-tokens/${gone}`);
  const sealed = async (): Promise<readonly unknown[]> => {
    const [it] = await rows<{ ours: string[]; others: number; vault: number }>(
      scene.app,
      `select array_agg(c.id) filter (where c.id = any ($1)) as ours,
         count(*) filter (where not c.token or c.deleted_at is not null)::int as others,
         (select count(*)::int from vault where purpose = 'card') - count(*)::int as vault
       from card c where c.sealed is not null`,
      [[gone, living]],
    );
    return [it!.ours.toSorted(), it!.others > 0, it!.vault];
  };
  expect(await sealed()).toEqual([[gone, living].toSorted(), true, 0]);
  await scene.advance(90_000);
  await eventually(async () => ((await sealed())[1] === false ? true : undefined));
  expect(await sealed()).toEqual([[living], false, 0]);
});
