import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '@test/support/app.js';
import { as, type Charge, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ PROOF_GERENCIANET_PIX_CREATE_MS: '1000' });
});
afterEach(() => scene.calm());
afterAll(() => scene.close());

interface Attempt {
  readonly operation: string;
  readonly state: string;
  readonly code: string | null;
  readonly routing: unknown;
}
const attempts = async (id: string): Promise<readonly Attempt[]> =>
  as<{ data: Attempt[] }>((await scene.api('GET', `/transactions/${id}/attempts`)).body).data;
const chosen = { candidates: [{ provider: 'gerencianet', outcome: 'chosen', reason: 'priority' }] };
const told = ({ status, body }: Answer): readonly unknown[] => [status, body['status'] ?? body['code']];

/** What the provider has made of a charge: the key is not always known to the charge, so it is asked by the amount. */
let cents = 50_000;
const effects = async (amount: number): Promise<readonly string[]> =>
  (await scene.effects()).filter((it) => it.amount === amount).map(({ operation }) => operation);

type Ends = 'pending' | 'failed';
/** kind, more of the fault, what the caller is told, what it comes to, what happened at the provider. */
const creates: readonly (readonly [string, object, readonly unknown[], Ends, readonly string[]])[] = [
  ['timeout_before', {}, [202, 'processing'], 'failed', []],
  ['timeout_after', {}, [202, 'processing'], 'pending', ['pix.create']],
  ['reset_after', {}, [202, 'processing'], 'pending', ['pix.create']],
  ['http_500_before', {}, [202, 'processing'], 'failed', []],
  ['http_500_after', {}, [202, 'processing'], 'pending', ['pix.create']],
  ['http_401', {}, [201, 'pending'], 'pending', ['pix.create']],
  ['garbled', {}, [202, 'processing'], 'pending', ['pix.create']],
  ['truncated', {}, [202, 'processing'], 'pending', ['pix.create']],
  ['wrong_amount', {}, [202, 'processing'], 'pending', ['pix.create']],
  ['slow', { delayMs: 50 }, [201, 'pending'], 'pending', ['pix.create']],
  ['slow', { delayMs: 900 }, [202, 'processing'], 'pending', ['pix.create']],
];

describe('a Pix whose making goes wrong', () => {
  const waiting = new Map<string, { readonly id: string; readonly amount: number; readonly key: string }>();
  const name = (kind: string, more: object): string => kind + JSON.stringify(more);

  it.each(creates)('%s %j answers %j', async (kind, more, expected) => {
    const [amount, key] = [(cents += 1), fresh('key')];
    await scene.arm('pix.create', kind, { times: 1, ...more });
    const answer = await scene.ask({ amount }, { headers: { 'idempotency-key': key } });
    expect(told(answer)).toEqual(expected);
    const { id } = as<Charge>(answer.body);
    expect((await attempts(id)).map(({ operation, routing }) => ({ operation, routing }))).toEqual([
      { operation: 'pix.create', routing: chosen },
    ]);
    waiting.set(name(kind, more), { id, amount, key });
    await scene.calm();
    await scene.pix(); // and the next one goes well
  });

  it.each(creates)('%s %j comes, after %j, to %s', async (kind, more, _, ends, happened) => {
    const { id, amount, key } = waiting.get(name(kind, more))!;
    const charge = await scene.becomes(id, ends);
    expect(await effects(amount)).toEqual(happened);
    expect((await attempts(id)).map(({ state }) => state)).toEqual([ends]);
    const again = await scene.ask({ amount }, { headers: { 'idempotency-key': key } });
    if (ends === 'failed') {
      // Proved never to have been done: the key is free to try again, and does.
      expect(told(again)).toEqual([201, 'pending']);
      expect(again.body['id']).not.toBe(id);
      expect(await effects(amount)).toEqual(['pix.create']);
      return;
    }
    expect([again.status, again.body['id'], again.headers.get('idempotent-replayed')]).toEqual([201, id, 'true']);
    await scene.pay(charge);
    await scene.becomes(id, 'paid');
    expect(await effects(amount)).toEqual(['pix.create', 'pix.received']);
  });

  it.each([
    ['refuse', {}],
    ['http_429', {}],
    ['http_401', { times: 2 }],
  ])('%s is proved not to have happened: 503, and the same key tries again', async (kind, more) => {
    const [amount, key] = [(cents += 1), fresh('key')];
    await scene.arm('pix.create', kind, more);
    const asking = { headers: { 'idempotency-key': key } };
    const answer = await scene.ask({ amount }, asking);
    expect([answer.status, answer.body['code']]).toEqual([503, 'no_provider_available']);
    expect(answer.headers.get('retry-after')).toBe('5');
    const { id } = as<{ id: string }>(answer.body);
    expect(await scene.charge(id)).toMatchObject({ status: 'failed', amount, qrCode: null });
    expect(await attempts(id)).toMatchObject([{ state: 'failed', routing: chosen }]);
    expect(await effects(amount)).toEqual([]);
    await scene.calm();
    const again = await scene.ask({ amount }, asking);
    expect(told(again)).toEqual([201, 'pending']);
    expect(again.body['id']).not.toBe(id);
    expect(await effects(amount)).toEqual(['pix.create']);
    const replay = await scene.ask({ amount }, asking);
    expect([replay.status, replay.body['id']]).toEqual([201, again.body['id']]);
    expect(await effects(amount)).toEqual(['pix.create']);
  });

  it('is not given up because it cannot be found at once', async () => {
    const amount = (cents += 1);
    await scene.arm('pix.create', 'timeout_after', { times: 1 });
    await scene.arm('pix.find', 'find_404_then_found');
    const { body } = await scene.ask({ amount });
    await scene.becomes(as<Charge>(body).id, 'pending');
    expect(await effects(amount)).toEqual(['pix.create']);
  });

  it('is asked after again when the question is refused', async () => {
    const amount = (cents += 1);
    await scene.arm('pix.create', 'timeout_after', { times: 1 });
    await scene.arm('pix.find', 'find_refused', { times: 2 });
    const { body } = await scene.ask({ amount });
    await scene.becomes(as<Charge>(body).id, 'pending');
  });

  it("somebody else's charge under our key is left to a human", async () => {
    const amount = (cents += 1);
    await scene.arm('pix.create', 'duplicate_key_first_send', { times: 1 });
    const answer = await scene.ask({ amount });
    expect(told(answer)).toEqual([202, 'processing']);
    const { id } = as<Charge>(answer.body);
    const parked = await scene.admin('GET', '/admin/attempts?state=unknown&parked=true');
    const [attempt] = as<{ data: { id: string; owner: object; code: string }[] }>(parked.body).data;
    expect(attempt).toMatchObject({ owner: { kind: 'pix', id }, code: 'duplicate' });
    const found = await scene.admin('POST', `/admin/attempts/${attempt!.id}/find`, {});
    expect([found.status, found.body['state']]).toEqual([202, 'unknown']);
    const evidence = 'A cobrança naquele txid é de outro sistema.';
    const resolved = await scene.admin('POST', `/admin/attempts/${attempt!.id}/resolve`, {
      finding: 'absent',
      evidence,
    });
    expect([resolved.status, resolved.body['state']]).toEqual([200, 'failed']);
    expect(await scene.charge(id)).toMatchObject({ status: 'failed' });
    expect(await effects(amount)).toEqual([]);
  });
});
