import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuid } from '@libs/kernel/ids.js';
import { eventually, rows } from '@test/support/app.js';
import { as, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

interface Lane {
  readonly provider: string;
  readonly operation: string;
  readonly callbackUrl: string;
  readonly [member: string]: unknown;
}
interface Listed<T> {
  readonly data: readonly T[];
  readonly hasMore: boolean;
}
const list = async <T>(path: string): Promise<readonly T[]> =>
  as<Listed<T>>((await scene.admin('GET', path)).body).data;
const merchant = async (): Promise<string> => (await list<{ id: string }>('/admin/merchants'))[0]!.id;
const lanes = async (): Promise<readonly Lane[]> => list<Lane>(`/admin/merchants/${await merchant()}/lanes`);
const hook = async (): Promise<string> =>
  new URL((await lanes()).find(({ provider }) => provider === 'gerencianet')!.callbackUrl).pathname;

/** The provider's call as anybody could make it. */
const told = async (path: string, body: string): Promise<number> => {
  const headers = { 'content-type': 'text/plain' };
  return (await fetch(`${scene.app.url}${path}`, { method: 'POST', headers, body })).status;
};

describe('callbacks', () => {
  it('are taken of whatever type with the secret, with and without /pix, and never without it', async () => {
    const path = await hook();
    expect(await told(path, '')).toBe(200);
    expect(await told(`${path}/pix`, 'no JSON')).toBe(200);
    expect(await told(`${path}x/pix`, '{"pix":[{"txid":"a"}]}')).toBe(401);
    expect(await told(path.replace('gerencianet', 'cielo'), '{"pix":[{"txid":"a"}]}')).toBe(401);
    expect(await list('/admin/callbacks')).toEqual([]);
    expect(await told(`${path}/pix`, '{"pix":[{"txid":"nobodys"}]}')).toBe(200);
    const [notice] = await list<{ id: string }>('/admin/callbacks');
    const replay = `/admin/callbacks/${notice!.id}/replay`;
    expect((await scene.admin('POST', replay)).status).toBe(200);
    expect((await scene.admin('POST', replay, undefined, { headers: { 'idempotency-key': '' } })).status).toBe(422);
  });
});

describe('accounts that a provider refuses', () => {
  it('are the end of it: no other one is asked behind the back of whoever was refused', async () => {
    const asked = async (): Promise<number> => {
      const { body } = await scene.sim('GET', '/_sim/requests');
      return as<{ requests: { provider: string }[] }>(body).requests.filter((it) => it.provider !== 'gerencianet')
        .length;
    };
    const account = (provider: string, credentials: object): object => ({
      provider,
      operation: provider === 'gerencianet' ? 'pix.create' : 'cards.authorize',
      priority: 1,
      credential: { name: fresh('account'), environment: 'simulator' },
      credentials,
    });
    const before = await asked();
    const kept = await lanes();
    const { status } = await scene.admin('PUT', `/admin/merchants/${await merchant()}/lanes`, [
      account('gerencianet', { clientId: 'nobody' }),
      account('stripe', { secretKey: 'sk_test_nobody' }),
      account('cielo', { merchantId: uuid(), merchantKey: 'K'.repeat(40) }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([status, await asked()]).toEqual([422, before]);
    expect(await lanes()).toEqual(kept);
  });
});

describe('money that names nothing of ours', () => {
  it('is looked for at the provider, waits in suspense, and pays what a person says', async () => {
    const [lost, wanted] = [await scene.pix(), await scene.pix()];
    const forget = `update attempt set key = $1, ref = null, receipt = null, ask_at = null where owner_id = $2`;
    await rows(scene.app, forget, [fresh('forgotten'), lost.id]);
    const receipt = await scene.pay(lost);
    const waiting = `/admin/movements?state=suspense`;
    const found = await eventually(async () => {
      await scene.advance(70);
      return (await list<{ id: string; reference: string }>(waiting)).find((it) => it.reference === receipt);
    }, 20_000);
    expect(found).toMatchObject({ kind: 'received', amount: 1000, state: 'suspense', about: { receipt } });
    expect(await scene.addresses()).toMatchObject({ 'provider:gerencianet:suspense': 1000 });
    const match = `/admin/movements/${found.id}/match`;
    expect((await scene.admin('POST', match, { type: 'pix', id: lost.id })).status).toBe(200);
    expect(await scene.becomes(lost.id, 'paid')).toMatchObject({ amountPaid: 1000, metadata: { endToEndId: receipt } });
    expect((await scene.admin('POST', match, { type: 'pix', id: wanted.id })).status).toBe(409);
    expect((await scene.addresses())['provider:gerencianet:suspense'] ?? 0).toBe(0);
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
    const { body } = await scene.admin('GET', `/admin/transactions/${lost.id}`);
    expect(body).toMatchObject({
      charge: { id: lost.id, status: 'paid' },
      attempts: [{ operation: 'pix.create', state: 'succeeded' }],
      movements: [{ id: found.id, state: 'matched' }],
      events: [{ type: 'pix', data: { pix: { id: lost.id } } }],
    });
  });
});

describe('an outcome that nobody knows', () => {
  it('is asked after, and ended by a word that is kept', async () => {
    await scene.arm('pix.create', 'timeout_before', { times: 1 });
    await scene.arm('pix.create', 'find_refused', { times: 50 });
    const { status, body } = await scene.ask();
    expect(status).toBe(202);
    const [attempt] = await list<{ id: string; owner: { id: string } }>('/admin/attempts?state=unknown');
    expect(attempt!.owner.id).toBe(as<{ id: string }>(body).id);
    const path = `/admin/attempts/${attempt!.id}`;
    expect((await scene.admin('POST', `${path}/find`)).status).toBe(202);
    expect((await scene.admin('POST', `${path}/resolve`, { finding: 'absent' })).status).toBe(422);
    const word = { finding: 'absent', evidence: 'não está no extrato' };
    const headers = { 'idempotency-key': fresh('word') };
    expect((await scene.admin('POST', `${path}/resolve`, word, { headers })).status).toBe(200);
    const again = await scene.admin('POST', `${path}/resolve`, word, { headers });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(again.body).toMatchObject({ state: 'failed' });
    expect(as<{ findings: object[] }>(again.body).findings.at(-1)).toMatchObject({
      source: 'operator',
      person: 'local',
      evidence: word.evidence,
    });
    expect(await scene.charge(as<{ id: string }>(body).id)).toMatchObject({ status: 'failed' });
    await scene.calm();
  });
});

describe('lanes', () => {
  it('are replaced by the examples of the document, pressed again and again, and keep their credentials', async () => {
    const document = (await scene.admin('GET', '/docs-json')).body;
    const put = as<{ paths: Record<string, { put: { requestBody: { content: Record<string, unknown> } } }> }>(document);
    const { content } = put.paths['/admin/merchants/{id}/lanes']!.put.requestBody;
    const media = content['application/json'] as { examples: Record<string, { value: unknown }> };
    const path = `/admin/merchants/${await merchant()}/lanes`;
    const before = await hook();
    for (const name of ['stripe', 'cielo', 'cielo']) {
      const answer = await scene.admin('PUT', path, media.examples[name]?.value);
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"hasCredentials":true')]);
    }
    expect(await hook()).toBe(before);
    // None is lost and none out of its place: these are the lanes of the embedded start, before the tests chose theirs.
    const first = (await list<{ route: string; before: Listed<Lane> }>('/admin/audit?limit=100')).findLast((it) =>
      it.route.endsWith('/lanes'),
    );
    const kept = ({ provider, operation, priority, unproven, price }: Lane): object => ({
      provider,
      operation,
      priority,
      unproven,
      price,
    });
    expect(first!.before.data).toHaveLength(9);
    expect((await lanes()).map(kept)).toEqual(first!.before.data.map(kept));
    expect((await lanes())[0]).toMatchObject({ weight: null, conditions: {}, settleOn: 'calendar', reroute: [] });
    expect(await scene.paid()).toMatchObject({ fees: { price: 10, net: 990 } });
  });

  it('are put back as they were read, and are the same', async () => {
    const read = await lanes();
    const { status, text } = await scene.admin('PUT', `/admin/merchants/${await merchant()}/lanes`, read);
    expect([status, text]).toEqual([200, expect.stringContaining('"reroute":[]')]);
    const same = (all: readonly Lane[]): unknown => all.map((it) => ({ ...it, id: '' }));
    expect(same(await lanes())).toEqual(same(read));
  });

  it('are refused by name, and all at once', async () => {
    const path = `/admin/merchants/${await merchant()}/lanes`;
    const bad = [{ provider: 'nobody', operation: 'pix.create', priority: 1 }];
    expect((await scene.admin('PUT', path, bad)).text).toContain('[0].provider');
    expect((await scene.admin('PUT', path, [{ priority: 'x', more: 1 }])).text).toContain('[0].more');
    expect((await scene.admin('PUT', path, {})).status).toBe(422);
    expect(await lanes()).toHaveLength(9);
    const other = (await scene.admin('POST', '/admin/merchants', { name: fresh('Loja') })).body;
    const theirs = `/admin/merchants/${as<{ id: string }>(other).id}/lanes`;
    expect((await scene.admin('PUT', theirs, [])).status).toBe(200);
    expect((await scene.admin('GET', theirs)).body).toEqual({ data: [] });
    expect((await scene.admin('GET', '/admin/merchants/nobody/lanes')).status).toBe(404);
  });
});

describe('the administration', () => {
  it('is shown to administrators only', async () => {
    const paths = ['attempts', 'movements', 'providers', 'callbacks', 'jobs', 'transactions'];
    for (const path of paths) {
      expect([path, (await scene.admin('GET', `/admin/${path}`)).status]).toEqual([path, 200]);
      expect([path, (await scene.api('GET', `/admin/${path}`)).status]).toEqual([path, 403]);
    }
    const closed = { environment: 'simulator', breaker: 'closed' };
    expect(await list('/admin/providers')).toContainEqual(
      expect.objectContaining({ provider: 'gerencianet', ...closed }),
    );
  });
});
