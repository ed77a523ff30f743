import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Asking, eventually } from '@test/support/app.js';
import { as, type Charge, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ PROOF_GERENCIANET_PIX_CREATE_MS: '1000', PROVIDER_DEADLINE_MS: '1000' });
});
afterAll(() => scene.close());

const under = (key: string): Asking => ({ headers: { 'idempotency-key': key } });
const replayed = ({ headers }: Answer): boolean => headers.get('idempotent-replayed') === 'true';
const count = async (operation: string): Promise<number> =>
  (await scene.effects()).filter((it) => it.operation === operation).length;
const idsOf = (answers: readonly Answer[]): ReadonlySet<unknown> => new Set(answers.map(({ body }) => body['id']));
const codeOf = ({ body }: Answer): unknown => body['code'];
const errors = ({ body }: Answer): unknown => as<{ errors: { field: string; code: string }[] }>(body).errors;

describe('the same key with the same request', () => {
  it('answers the charge as it is now, and does nothing', async () => {
    const key = fresh('key');
    const first = await scene.ask({ customCode: 'a' }, under(key));
    expect([first.status, replayed(first)]).toEqual([201, false]);
    const made = await count('pix.create');
    const again = await scene.ask({ customCode: 'a' }, under(key));
    expect([again.status, replayed(again), again.body]).toEqual([201, true, first.body]);
    await scene.pay(as<Charge>(first.body));
    await scene.becomes(as<Charge>(first.body).id, 'paid');
    const later = await scene.ask({ customCode: 'a' }, under(key));
    expect([later.status, replayed(later), later.body['status']]).toEqual([201, true, 'paid']);
    expect(await count('pix.create')).toBe(made);
  });

  it('reads members in another order, and null as absent, as the same', async () => {
    const key = fresh('key');
    const first = await scene.api('POST', '/pix', '{"amount":700,"customCode":"b"}', under(key));
    const other = '{ "customCode": "b", "instructions": null, "amount": 700 }';
    const again = await scene.api('POST', '/pix', other, under(key));
    expect([again.status, replayed(again), again.body['id']]).toEqual([201, true, first.body['id']]);
  });

  it('answers a refund and a cancel once, too', async () => {
    const { id } = await scene.paid();
    const key = fresh('key');
    const first = await scene.refund(id, 400, under(key));
    expect([first.status, replayed(first)]).toEqual([200, false]);
    const again = await scene.refund(id, 400, under(key));
    expect([again.status, replayed(again), again.body['id']]).toEqual([200, true, id]);
    expect((await scene.becomes(id, 'refunded')).refundedAmount).toBe(400);
    const open = await scene.pix();
    const cancel = (): Promise<Answer> => scene.api('POST', `/pix/${open.id}/cancel`, undefined, under(`${key}c`));
    expect((await cancel()).status).toBe(200);
    const second = await cancel();
    expect([second.status, replayed(second), second.body['status']]).toEqual([200, true, 'canceled']);
    expect(await scene.fate(open)).toEqual(['pix.create 1000', 'pix.cancel 1000']);
  });

  it('answers 202 while nobody knows, and 201 when it is settled', async () => {
    const key = fresh('key');
    await scene.arm('pix.create', 'timeout_after', { times: 1 });
    const first = await scene.ask({ amount: 801 }, under(key));
    const again = await scene.ask({ amount: 801 }, under(key));
    expect([first.status, again.status, replayed(again)]).toEqual([202, 202, true]);
    await scene.becomes(as<Charge>(first.body).id, 'pending');
    const settled = await scene.ask({ amount: 801 }, under(key));
    expect([settled.status, replayed(settled), settled.body['id']]).toEqual([201, true, first.body['id']]);
  });

  it('shows what is shown once no second time', async () => {
    const ask = (): Promise<Answer> => scene.api('POST', '/webhooks', { url: 'https://loja.example/x' }, under('hook'));
    const [first, again] = [await ask(), await ask()];
    expect(first.body['secret']).toMatch(/^whsec_/);
    expect(again.body).toEqual({ ...(first.body as object), secret: null });
    expect([again.status, replayed(again)]).toEqual([201, true]);
  });
});

describe('the same key with another request', () => {
  it('is a conflict: another body, another route, another resource', async () => {
    const key = fresh('key');
    const first = await scene.ask({ amount: 100 }, under(key));
    const made = await count('pix.create');
    const { id } = as<Charge>(first.body);
    const others: readonly Promise<Answer>[] = [
      scene.ask({ amount: 101 }, under(key)),
      scene.ask({ amount: 100, customCode: 'c' }, under(key)),
      scene.api('POST', '/pix?x=1', { amount: 100 }, under(key)),
      scene.api('POST', `/pix/${id}/cancel`, {}, under(key)),
      scene.api('POST', '/webhooks', { url: 'https://loja.example/y' }, under(key)),
    ];
    for (const other of await Promise.all(others)) {
      expect([other.status, other.body['code']]).toEqual([409, 'idempotency_conflict']);
    }
    expect(await count('pix.create')).toBe(made);
    expect((await scene.charge(id)).status).toBe('pending');
  });
});

describe('a key', () => {
  it.each([
    ['empty', '', 'invalid'],
    ['too long', 'k'.repeat(256), 'too_long'],
    ['not ASCII', 'chave-\u00e9', 'invalid'],
    ['with a tab', 'a\tb', 'invalid'],
  ])('is refused when %s', async (_, key, code) => {
    const answer = await scene.ask({}, under(key));
    expect([answer.status, answer.body['code']]).toEqual([422, 'invalid_request']);
    expect(errors(answer)).toMatchObject([{ field: 'Idempotency-Key', code }]);
  });

  it.each([['k'.repeat(255)], ['~!"#$%&'], ['a b']])('may be %s', async (key) => {
    expect((await scene.ask({}, under(key))).status).toBe(201);
    expect(replayed(await scene.ask({}, under(key)))).toBe(true);
  });

  it('is judged after the body, and before the state', async () => {
    const bad = await scene.ask({ amount: 0 }, under(''));
    expect(errors(bad)).toMatchObject([{ field: 'amount', code: 'out_of_range' }]);
    const { id } = await scene.pix();
    await scene.api('POST', `/pix/${id}/cancel`);
    expect((await scene.api('POST', `/pix/${id}/cancel`, undefined, under(''))).status).toBe(422);
  });

  it('is not used up by what was refused', async () => {
    const key = fresh('key');
    expect((await scene.ask({ amount: 0 }, under(key))).status).toBe(422);
    expect((await scene.ask({}, { ...under(key), key: 'sk_test_nobody' })).status).toBe(401);
    expect((await scene.api('POST', '/pix', '{', under(key))).status).toBe(400);
    expect((await scene.api('POST', '/pix/nobody/refund', {}, under(key))).status).toBe(404);
    const { id } = await scene.pix();
    expect((await scene.refund(id, 1, under(key))).status).toBe(409);
    const answer = await scene.ask({}, under(key));
    expect([answer.status, replayed(answer)]).toEqual([201, false]);
  });

  it('tries again after a 503, and then stays with what it got', async () => {
    const key = fresh('key');
    await scene.arm('pix.create', 'http_429', { times: 2 });
    const failed = [await scene.ask({}, under(key)), await scene.ask({}, under(key))];
    expect(failed.map(({ status }) => status)).toEqual([503, 503]);
    expect(idsOf(failed).size).toBe(2);
    const made = await scene.ask({}, under(key));
    expect([made.status, replayed(made)]).toEqual([201, false]);
    const again = await scene.ask({}, under(key));
    expect([again.status, replayed(again), again.body['id']]).toEqual([201, true, made.body['id']]);
  });
});

describe('many at once', () => {
  it('fifty twins make one charge and one effect', async () => {
    const [key, before] = [fresh('key'), await count('pix.create')];
    const answers = await Promise.all(Array.from({ length: 50 }, () => scene.ask({ amount: 5_000 }, under(key))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(idsOf(answers).size).toBe(1);
    expect(answers.filter((it) => !replayed(it))).toHaveLength(1);
    expect(await count('pix.create')).toBe(before + 1);
  });

  it('fifty twins of a call whose answer got lost agree, too', async () => {
    const [key, before] = [fresh('key'), await count('pix.create')];
    await scene.arm('pix.create', 'timeout_after', { times: 1 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => scene.ask({ amount: 5_001 }, under(key))));
    expect(idsOf(answers).size).toBe(1);
    expect(answers.every(({ status }) => status === 201 || status === 202)).toBe(true);
    await scene.becomes(as<Charge>(answers[0]!.body).id, 'pending');
    expect(await count('pix.create')).toBe(before + 1);
  });

  it('twenty twins after a 503 try once between them', async () => {
    const [key, before] = [fresh('key'), await count('pix.create')];
    await scene.arm('pix.create', 'http_429', { times: 1 });
    expect((await scene.ask({ amount: 5_002 }, under(key))).status).toBe(503);
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.ask({ amount: 5_002 }, under(key))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(idsOf(answers).size).toBe(1);
    expect(await count('pix.create')).toBe(before + 1);
  });

  it('of twenty refunds of the whole exactly one is taken', async () => {
    const [{ id }, before] = [await scene.paid({ amount: 9_000 }), await count('pix.refund')];
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.refund(id, 9_000)));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array<number>(19).fill(409)]);
    expect(answers.filter((it) => codeOf(it) === 'amount_exceeds_remaining')).toHaveLength(19);
    expect(await scene.becomes(id, 'refunded')).toMatchObject({ refundedAmount: 9_000 });
    expect(await count('pix.refund')).toBe(before + 1);
  });

  it('of twenty refunds of a third each three are taken', async () => {
    const [{ id }, before] = [await scene.paid({ amount: 9_000 }), await count('pix.refund')];
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.refund(id, 3_000)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    await scene.until(id, (it) => it.refundedAmount === 9_000 && it.pendingOperation === null);
    expect(await count('pix.refund')).toBe(before + 3);
  });

  it('one paymentId makes one charge', async () => {
    const paymentId = 'livraria0000000000000000000001';
    const answers = await Promise.all(Array.from({ length: 10 }, () => scene.ask({ paymentId })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter((it) => codeOf(it) === 'payment_id_taken')).toHaveLength(9);
    expect(await scene.effects(paymentId)).toHaveLength(1);
  });
});

describe('a crash', () => {
  it('leaves every answer that was given, and every key', async () => {
    const keys = Array.from({ length: 8 }, () => fresh('key'));
    const first = await Promise.all(keys.map((key) => scene.ask({ customCode: key }, under(key))));
    expect(first.map(({ status }) => status)).toEqual(keys.map(() => 201));
    await scene.app.kill();
    await scene.app.restart();
    const again = await Promise.all(keys.map((key) => scene.ask({ customCode: key }, under(key))));
    expect(again.map(({ status, body }) => [status, body['id']])).toEqual(first.map(({ body }) => [201, body['id']]));
    expect(again.every(replayed)).toBe(true);
  });

  it('in the middle of twenty calls makes twenty charges when they are repeated', async () => {
    const before = await count('pix.create');
    const keys = Array.from({ length: 20 }, () => fresh('key'));
    const lost = keys.map((key) => scene.ask({ customCode: key }, under(key)).catch(() => undefined));
    await Promise.race(lost);
    await scene.app.kill();
    await Promise.all(lost);
    await scene.app.restart();
    const made = await Promise.all(
      keys.map((key) =>
        eventually(async () => {
          // What was never sent is proved so after a while, and then tried again under its key.
          const answer = await scene.ask({ customCode: key }, under(key));
          expect([201, 202, 503]).toContain(answer.status);
          return answer.status === 201 && as<Charge>(answer.body);
        }, 20_000),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual(keys.map(() => 'pending'));
    expect(new Set(made.map(({ id }) => id)).size).toBe(20);
    expect(await count('pix.create')).toBe(before + 20);
    expect(await scene.verified()).toMatchObject({ ok: true });
  });
});
