import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Api, type App, rows } from '@test/support/app.js';
import { as, Scene } from '@test/support/scene.js';
import { routes } from '@test/support/bodies.js';
import { type Field, fields, type Hostile, placed, strangers, type Value } from '@test/support/hostile.js';

let scene: Scene;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  scene = await Scene.open();
  const charge = await scene.paid();
  const hook = await scene.api('POST', '/webhooks', { url: 'http://127.0.0.1:9/x', types: ['refund'] });
  const merchants = await scene.admin('GET', '/admin/merchants');
  const merchant = as<{ data: { id: string }[] }>(merchants.body).data[0]!.id;
  ids = { charge: charge.id, hook: as<{ id: string }>(hook.body).id, merchant };
});
afterAll(() => scene.close());

/** Rows of every table but those that the platform's own jobs write. */
async function state(app: App): Promise<string> {
  const tables = await rows<{ name: string }>(
    app,
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_name not in ('audit', 'job', 'snapshot', 'finding', 'notice') order by 1`,
  );
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as count from "${name}"`);
  const found = await rows<{ name: string; count: number }>(app, counts.join(' union all '));
  const { body } = await scene.sim('GET', '/_sim/requests');
  const wire = as<{ requests: { operation: string }[] }>(body).requests.filter(
    ({ operation }) => operation !== 'webhook',
  );
  return JSON.stringify({ found, wire: wire.length });
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly field: string; readonly code: string; readonly message: string }[];
}
const clientOf = ({ by }: Hostile): Api => (by === 'merchant' ? scene.api : scene.admin);
const pathOf = ({ path }: Hostile): string => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);

/** What is wrong with a refusal of a body: nothing, when it is a 422 that names the field with one of the codes. */
function wrong({ status, body, headers }: Answer, field: string, codes: readonly string[]): string | undefined {
  const { code, message, requestId, errors = [] } = as<Refusal>(body);
  const named = errors.find((it) => it.field === field || it.field.startsWith(`${field}[`));
  if (status !== 422 || code !== 'invalid_request') return `${status} ${code}`;
  if (message === '' || requestId !== headers.get('x-request-id')) return 'not of the contract';
  if (named === undefined) return `names ${errors.map((it) => it.field).join()}`;
  return codes.includes(named.code) && named.message !== '' ? undefined : named.code;
}

const told = (value: Value): string => (JSON.stringify(value) ?? 'missing').slice(0, 60);

async function refused(route: Hostile, path: string, { values }: Field): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [value, codes] of values) {
    const answer = await clientOf(route)(route.method, pathOf(route), placed(route.body, path, value));
    const fault = wrong(answer, path.replace(/^\./, ''), codes);
    if (fault !== undefined) found.push(`${told(value)}: ${fault} instead of ${codes.join(' or ')}`);
  }
  return found;
}

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  let before: string;
  beforeAll(async () => {
    before = await state(scene.app);
  });

  it.each(Object.entries(fields(route)))('%s', async (path, field) => {
    expect(await refused(route, path, field)).toEqual([]);
  });

  it.each(strangers(route))('members that nobody knows in %j', async (object) => {
    const found: string[] = [];
    for (const name of ['unknown', '', 'a.b', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '\0', 'é']) {
      const path = `${object}${object === '' || object.endsWith('.') ? '' : '.'}${name}`;
      const body = placed(route.body, object, undefined, name);
      const answer = await clientOf(route)(route.method, pathOf(route), body);
      if (route.lenient && answer.status < 300) continue;
      const fault = wrong(answer, path.replace(/^\./, ''), ['unknown_field']);
      if (fault !== undefined) found.push(`${JSON.stringify(name)}: ${fault}`);
    }
    expect(found).toEqual([]);
  });

  it('and nothing was written, nor did anything reach the provider', async () => {
    expect(await state(scene.app)).toBe(before);
  });
});
