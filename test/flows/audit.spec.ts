import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { type Answer, client, eventually, rows } from '@test/support/app.js';
import { as, Scene } from '@test/support/scene.js';
import { ground } from '@test/support/ground.js';

let scene: Scene;
let merchant: string;
const MASTER_KEY = Buffer.alloc(32, 9).toString('base64');
beforeAll(async () => {
  scene = await Scene.open({ MASTER_KEY });
  merchant = (await list<{ id: string }>('/admin/merchants'))[0]!.id;
});
afterAll(() => scene.close());

interface Row {
  readonly person: string;
  readonly requestId: string;
  readonly route: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly request: unknown;
  readonly status: number | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}
const list = async <T>(path: string): Promise<readonly T[]> =>
  as<{ data: readonly T[] }>((await scene.admin('GET', path)).body).data;
const audit = (query = ''): Promise<readonly Row[]> => list<Row>(`/admin/audit?limit=100${query}`);
const rowOf = async (answer: Answer): Promise<Row | undefined> => {
  const found = (await audit()).filter((it) => it.requestId === answer.headers.get('x-request-id'));
  expect(found.length).toBeLessThan(2);
  return found[0];
};

interface Operation {
  readonly requestBody?: {
    readonly content: Record<string, { example?: unknown; examples?: Record<string, Example> }>;
  };
}
interface Example {
  readonly value: unknown;
}
interface Write {
  readonly method: string;
  /** As in the document: `/admin/merchants/{id}`. */
  readonly path: string;
  readonly body: unknown;
}

/** Every write under /admin that the document knows, with the body that stands in it as an example. */
async function writes(): Promise<readonly Write[]> {
  const { body } = await scene.admin('GET', '/docs-json');
  const { paths } = as<{ paths: Record<string, Record<string, Operation>> }>(body);
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => path.startsWith('/admin') && ['post', 'put', 'patch', 'delete'].includes(method))
      .map(([method, operation]) => {
        const media = operation.requestBody?.content['application/json'];
        const example = Object.values(media?.examples ?? {})[0]?.value ?? media?.example;
        return { method: method.toUpperCase(), path, body: example };
      }),
  );
}
const routeOf = ({ method, path }: Write): string => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
const nowhere = '0190a000-0000-7000-8000-000000000000';

describe('every write under /admin', () => {
  it('leaves a row, done or refused: with its example, with a bad body, of what is not there', async () => {
    const known = await writes();
    expect(known.length).toBeGreaterThan(8);
    for (const write of known) {
      const path = write.path.replaceAll(/\{\w+\}/g, nowhere);
      for (const body of [write.body, { strange: 1, password: 'hunter2-canary', deep: { credentials: ['canary'] } }]) {
        const answer = await scene.admin(write.method, path, body);
        const row = await rowOf(answer);
        expect([routeOf(write), row]).toMatchObject([
          routeOf(write),
          { person: 'local', route: routeOf(write), status: answer.status },
        ]);
        if (write.path.includes('{id}')) expect(row!.ids['id']).toBe(nowhere);
        if (answer.status >= 400) expect(row!.after).toMatchObject({ code: answer.body['code'] });
      }
    }
    const [kept] = await rows<{ text: string }>(scene.app, 'select json_agg(audit)::text as text from audit');
    expect(kept!.text).toContain('strange');
    expect(kept!.text).not.toContain('canary');
  });

  it('is kept whatever is sent, and nothing is kept of who may not', async () => {
    const [before] = await rows<{ count: string }>(scene.app, 'select count(*) from audit');
    const nobody = client(() => scene.app.url);
    expect((await nobody('POST', '/admin/merchants', { name: 'x' })).status).toBe(401);
    expect((await scene.api('POST', '/admin/merchants', { name: 'x' })).status).toBe(403);
    expect((await scene.admin('POST', '/admin/merchants', '{"name":')).status).toBe(400);
    expect((await scene.admin('POST', '/admin/nothing', {})).status).toBe(404);
    expect(await rows(scene.app, 'select count(*) from audit')).toEqual([before]);
    const nul = await scene.admin('PATCH', '/admin/merchants/%00%ED', '{"name":"a\\u0000\\ud800","__proto__":1e400}');
    expect(nul.status).toBeGreaterThanOrEqual(400);
    const odd = await scene.admin('PATCH', '/admin/merchants/a%00b', '{"name":"a\\u0000\\ud800","__proto__":1e400}');
    expect((await rowOf(odd))?.status).toBe(odd.status);
  });
});

/** A key of a person who administers, made by the tool. */
async function keyOf(person: string): Promise<string> {
  const script = join(process.cwd(), 'dist/apps/tools/admin-key.js');
  const env = { ...ground, DATABASE_URL: scene.app.databaseUrl, MASTER_KEY };
  return (await promisify(execFile)(process.execPath, [script, '--person', person], { env })).stdout.trim();
}

/** A Pix whose outcome nobody knows, and nobody can ask for. */
async function unknown(): Promise<string> {
  await scene.arm('pix.create', 'timeout_before', { times: 1 });
  await scene.arm('pix.create', 'find_refused', { times: 100 });
  const { status, body } = await scene.ask();
  expect(status).toBe(202);
  const owner = as<{ id: string }>(body).id;
  const found = await rows<{ id: string }>(scene.app, 'select id from attempt where owner_id = $1', [owner]);
  return found[0]!.id;
}

describe('what changes a resource', () => {
  const done = new Set<string>();
  const does = async (method: string, path: string, body?: unknown, key?: string): Promise<Row> => {
    const answer = await scene.admin(method, path, body, key === undefined ? {} : { key });
    const row = (await rowOf(answer))!;
    expect([row.route, answer.status, row.before]).toEqual([row.route, row.status, expect.anything()]);
    if (answer.status < 300) done.add(row.route);
    return row;
  };

  it('says how it was before and is after: keys', async () => {
    const made = await scene.admin('POST', `/admin/merchants/${merchant}/keys`, { name: 'caixa' });
    expect((await rowOf(made))!.after).toMatchObject({ name: 'caixa', key: '[redacted]' });
    const { id } = as<{ id: string }>(made.body);
    const removed = await does('DELETE', `/admin/merchants/${merchant}/keys/${id}`);
    expect(removed).toMatchObject({ ids: { id: merchant, keyId: id }, before: { id, name: 'caixa' }, after: null });
  });

  it('notices and movements', async () => {
    const lanes = await list<{ callbackUrl: string; provider: string }>(`/admin/merchants/${merchant}/lanes`);
    const lane = lanes.find(({ provider }) => provider === 'gerencianet');
    await fetch(`${lane!.callbackUrl}/pix`, { method: 'POST', body: '{"pix":[{"txid":"nobodys"}]}' });
    const [notice] = await list<{ id: string }>('/admin/callbacks');
    await does('POST', `/admin/callbacks/${notice!.id}/replay`);
    const { id } = await scene.pix();
    const movement = randomUUID();
    await rows(
      scene.app,
      `insert into movement (row_id, credential_id, provider, mode, kind, id, about, amount, currency, at, state)
       select $1, credential_id, provider, mode, 'received', 'E1', '{}', 1000, 'BRL', clock_now(), 'suspense'
       from attempt where owner_id = $2`,
      [movement, id],
    );
    const row = await does('POST', `/admin/movements/${movement}/match`, { type: 'pix', id });
    expect([row.before!['state'], row.after!['state']]).toEqual(['suspense', 'matched']);
    expect(row.request).toEqual({ type: 'pix', id });
  });

  it('attempts, and what needs a second person takes another one, whatever the key', async () => {
    const [plain, human] = [await unknown(), await unknown()];
    const word = { finding: 'absent', evidence: 'não está no extrato' };
    await does('POST', `/admin/attempts/${plain}/find`);
    const row = await does('POST', `/admin/attempts/${plain}/resolve`, word);
    expect([row.before!['state'], row.after!['state']]).toEqual(['unknown', 'failed']);
    await rows(scene.app, `update attempt set proof = '{"by":"human"}' where id = $1`, [human]);
    expect((await does('POST', `/admin/attempts/${human}/resolve`, word)).status).toBe(202);
    const confirm = `/admin/attempts/${human}/resolve/confirm`;
    const [again, other] = [await keyOf('local'), await keyOf('Bia')];
    for (const key of [undefined, again]) {
      expect(await does('POST', confirm, undefined, key)).toMatchObject({ person: 'local', status: 403 });
    }
    const confirmed = await does('POST', confirm, undefined, other);
    expect(confirmed).toMatchObject({ person: 'Bia', status: 200, after: { state: 'failed' } });
    expect((await audit('&person=Bia')).map((it) => it.requestId)).toEqual([confirmed.requestId]);
    await scene.calm();
  });

  it('merchants, rules and lanes', async () => {
    const row = await does('PATCH', `/admin/merchants/${merchant}`, { name: 'Outra Loja' });
    expect([row.before!['name'], row.after!['name']]).toEqual(['Loja de demonstração', 'Outra Loja']);
    const rules = [{ strategy: 'cost' }];
    const routing = await does('PUT', `/admin/merchants/${merchant}/routing`, { rules });
    expect([routing.before, routing.after]).toMatchObject([
      { version: 0, rules: [] },
      { version: 1, rules },
    ]);
    const lanes = await does('PUT', `/admin/merchants/${merchant}/lanes`, []);
    expect(lanes.before).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ hasCredentials: true, callbackUrl: expect.stringMatching(/\[redacted\]$/) }),
      ]),
    });
    expect(lanes.after).toEqual({ data: [] });
  });

  it('and every route that changes one has been seen here to say so', async () => {
    const creating = new Set(['POST /admin/merchants/:id/keys']);
    const changing = (await writes()).filter(({ path }) => path.includes('{')).map(routeOf);
    expect(changing.filter((it) => !done.has(it) && !creating.has(it))).toEqual([]);
  });
});

describe('the list', () => {
  it('is paged like every other, and bounded by time', async () => {
    const all = await audit();
    const page = await list<{ id: string }>('/admin/audit?limit=2');
    expect(page).toEqual(all.slice(0, 2));
    expect(await list(`/admin/audit?limit=1&starting_after=${page[1]!.id}`)).toEqual(all.slice(2, 3));
    expect(await audit('&from=2999-01-01')).toEqual([]);
    expect(await audit('&to=2001-01-01')).toEqual([]);
    expect(await audit('&from=2001-01-01&to=2999-01-01')).toEqual(all);
    expect((await scene.admin('GET', '/admin/audit?from=yesterday')).status).toBe(422);
    expect((await scene.api('GET', '/admin/audit')).status).toBe(403);
  });

  it('cannot be rewritten, not even by the owner of the table', async () => {
    for (const sql of [`update audit set person = 'x'`, 'delete from audit', 'truncate audit']) {
      await expect(rows(scene.app, sql)).rejects.toThrow('audit is append-only');
    }
  });
});

describe('an act in whose middle the process died', () => {
  it('has a row that says what was asked, and no status', async () => {
    const held = new pg.Client({ connectionString: scene.app.databaseUrl });
    await held.connect();
    await held.query('begin');
    await held.query('select 1 from merchant for update');
    const lost = scene.admin('PATCH', `/admin/merchants/${merchant}`, { name: 'Perdida' }).catch(() => undefined);
    await eventually(async () => (await audit())[0]!.status === null);
    await scene.app.kill();
    await lost;
    await held.end();
    await scene.app.restart();
    const request = { name: 'Perdida' };
    expect((await audit())[0]).toMatchObject({ status: null, request, before: null, after: null, endedAt: null });
  });
});
