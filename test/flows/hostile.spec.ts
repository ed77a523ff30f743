import { afterAll, describe, expect, it } from 'vitest';
import { createApi } from '@apps/api/app.js';
import { loadConfig } from '@libs/kernel/config.js';
import { type Answer, eventually, rows } from '@test/support/app.js';
import { Bank } from '@test/support/bank.js';
import { Company } from '@test/support/cast.js';
import { masterKey } from '@test/support/context.js';
import { Contract, type Operation } from '@test/support/document.js';
import { Attack, type Trial } from '@test/support/hostile.js';
import { chancesOf, isBounded, nameOf, places, thorough } from '@test/support/mutants.js';
import { eachOf, openLine } from '@test/support/raw.js';
import { startReceiver } from '@test/support/receiver.js';
import { isUntaken, misshapen } from '@test/support/refusal.js';
import { as, Scene } from '@test/support/scene.js';

// The tests are made of the document, which only a running application has: it is started before they are listed.
const scene = await Scene.open({ PROVIDER_DEADLINE_MS: '3000', JOB_LEASE_MS: '10000', LOG_LEVEL: 'error' });
const shop = await startReceiver();
const patienceMs = thorough ? 1_800_000 : 120_000;
const line = openLine(scene.app.url, 16);
afterAll(async () => {
  line.close();
  await scene.close();
  await shop.stop();
});

const contract = new Contract((await scene.api('GET', '/docs-json')).body as never);
const company = await Company.gather(scene, contract, await inhabit());
// What providers have told of all that is worked by now, or it would be while nothing may be written.
await eventually(async () => {
  const open = await rows(scene.app, `select id from notice where state in ('waiting', 'working')`);
  return open.length === 0;
});
const seed = Number(process.env['TRILHO_SEED'] ?? process.pid);
const chances = { mixtures: thorough ? 1_000 : 10, random: chancesOf(seed) };
const table = contract.operations.map((it) => [it.name, it, new Attack(contract, it, company, chances)] as const);
const done = { refused: 0, odd: 0 };

/** Something of each kind that no route makes: a Pix and a slip that were paid, a webhook told, a callback. */
async function inhabit(): Promise<Readonly<Record<string, string>>> {
  const hook = await scene.api('POST', '/webhooks', { url: shop.url });
  await scene.api('POST', `/webhooks/${as<{ id: string }>(hook.body).id}/test`);
  const { id, ...twice } = await scene.paid({ customCode: 'hostil' });
  await scene.arm('pix.create', 'second_payment', { times: 1 });
  await scene.pay({ id, ...twice });
  await eventually(async () => (await rows(scene.app, 'select from movement')).length === 1);
  await eventually(async () => {
    const { body } = await scene.api('GET', '/webhooks/deliveries?status=delivered');
    return as<{ data: unknown[] }>(body).data.length > 1;
  });
  const slip = await new Bank(scene).paid({ customCode: 'hostil' });
  const merchants = await scene.admin('GET', '/admin/merchants');
  const merchant = as<{ data: { id: string }[] }>(merchants.body).data[0]!.id;
  const lanes = await scene.admin('GET', `/admin/merchants/${merchant}/lanes`);
  const { callbackUrl } = as<{ data: { callbackUrl: string }[] }>(lanes.body).data[0]!;
  const [, provider, secret] = /\/callbacks\/([^/]+)\/([^/]+)/.exec(callbackUrl)!;
  const checked = await scene.admin('POST', '/admin/ledger/verify');
  const idOf = async (asked: Promise<Answer>): Promise<string> => as<{ id: string }>((await asked).body).id;
  const card = { number: '5555555555554444', holder: 'FULANO', expirationDate: '12/2035' };
  const kept = await scene.api('POST', '/card-tokens', card);
  const period = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
  return {
    '/card-tokens': as<{ token: string }>(kept.body).token,
    '/admin/routing/replays': await idOf(
      scene.admin('POST', '/admin/routing/replay', { merchantId: merchant, ...period, rules: [] }),
    ),
    '/pix': id,
    '/bankslip': slip.id,
    '/admin/merchants': merchant,
    '/callbacks': provider!,
    '/callbacks/{provider}': secret!,
    '/admin/ledger/verifications': as<{ id: string }>(checked.body).id,
  };
}

/** `GET /pix/{id}` of each line of the tree that Fastify draws; its HEADs are its own. */
function routesOf(tree: string): readonly string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((drawn) => {
    const [, indent = '', part = '', methods = ''] = /^(.*?)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(drawn) ?? [];
    const depth = indent.length / 4;
    above.splice(depth, Infinity, part);
    const path = above.join('').replaceAll(/:(\w+)/g, '{$1}');
    return methods
      .split(', ')
      .filter((it) => it !== '' && it !== 'HEAD')
      .map((method) => `${method} ${path}`);
  });
}

/** Every row that no job of the platform's own writes, and what reached the provider. */
async function state(but: readonly string[]): Promise<string> {
  const tables = await rows<{ name: string }>(
    scene.app,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     and relname <> all ($1) order by 1`,
    [['job', 'snapshot', ...but]],
  );
  const counted = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*)::int, sum(hashtextextended(it::text, 0)::numeric)::text from "${name}" it`,
  );
  const found = await rows<object>(scene.app, counted.join(' union all '));
  const { body } = await scene.sim('GET', '/_sim/requests');
  const reached = as<{ requests: { operation: string }[] }>(body).requests.filter((it) => it.operation !== 'webhook');
  return [...found.map((it) => JSON.stringify(it)), `wire ${reached.length}`].join('\n');
}

/** What is wrong with the answers, the first fifty of it. */
async function findings(trials: readonly Trial[], width: number): Promise<readonly string[]> {
  const found: string[] = [];
  await eachOf(trials, width, async (trial) => {
    const heard = await line.send(trial.sent).catch((error: unknown) => String(error));
    const fault = typeof heard === 'string' ? heard : trial.fault(heard);
    if (fault !== undefined) found.push(`${trial.what}: ${fault}`);
  });
  return found.slice(0, 50);
}
describe('the document', () => {
  it.each(table)('%s has examples that it takes itself', (_, operation) => {
    for (const example of operation.body?.examples ?? []) {
      expect(contract.bodyFaults(operation, example)).toEqual([]);
    }
  });

  it('says of every field how much it may be', () => {
    const endless = contract.operations.flatMap(({ name, body, parameters }) => [
      ...[...(body ? places(contract, body.schema) : [])].map(
        (it) => [`${name} ${nameOf(it.path)}`, it.schema] as const,
      ),
      ...parameters.filter((it) => it.in === 'query').map((it) => [`${name} ?${it.name}`, it.schema] as const),
    ]);
    expect(endless.filter(([, schema]) => !isBounded(contract, schema)).map(([field]) => field)).toEqual([]);
  });

  it('knows every route', async () => {
    const config = loadConfig({ DATABASE_URL: scene.app.databaseUrl, MASTER_KEY: masterKey, LOG_LEVEL: 'fatal' });
    const app = await createApi(config, { owner: true });
    await app.init();
    const tree = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
    await app.close();
    const known = new Set(contract.operations.map(({ name }) => name));
    const found = routesOf(tree).filter((it) => !/ \/docs|^GET \/metrics$/.test(it));
    expect(found.length).toBeGreaterThan(50);
    expect(found.filter((it) => !known.has(it))).toEqual([]);
    expect([...known].filter((it) => !found.includes(it))).toEqual([]);
  });
});

describe('what must be refused, and writes nothing', () => {
  it.each(table)(
    '%s',
    async (_, operation, attack) => {
      const trials = [...attack.trials()].filter((it) => !it.valid);
      done.refused += trials.length;
      const but = operation.scope === 'administrator' ? ['audit'] : [];
      const before = await state(but);
      expect(await findings(trials, 16)).toEqual([]);
      expect(await state(but)).toBe(before);
    },
    patienceMs,
  );

  it('methods that a path does not have', async () => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
    const known = new Set(contract.operations.map(({ name }) => name));
    const before = await state([]);
    const wrong: string[] = [];
    for (const [path, attack] of new Map(table.map(([, it, attack]) => [it.path, attack]))) {
      const { headers, path: asked } = attack.pressed();
      for (const method of methods.filter((it) => !known.has(`${it} ${path}`))) {
        const body = { headers: { ...headers, 'content-type': 'application/json' }, body: '{}' };
        const heard = await line.send({ method, path: asked, headers, ...(method.startsWith('P') ? body : {}) });
        if (heard.status !== 404 || misshapen(heard) !== undefined) wrong.push(`${method} ${path}: ${heard.status}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await state([])).toBe(before);
  });
});

describe('what is odd, and may stand', () => {
  it.each(table)(
    '%s',
    async (_, operation, attack) => {
      const trials = [...attack.trials()].filter((it) => it.valid);
      done.odd += trials.length;
      expect(await findings(trials, operation.method === 'GET' ? 16 : 4)).toEqual([]);
    },
    patienceMs,
  );
});

/** What is removed goes last. */
const order = ({ method }: Operation): number => (method === 'DELETE' ? 1 : 0);
describe('what the document shows as an example', () => {
  it.each(table.toSorted(([, one], [, other]) => order(one) - order(other)))('%s', async (_, operation, attack) => {
    for (const example of operation.body?.examples ?? [undefined]) {
      const heard = await line.send(attack.pressed(example));
      // Its state may forbid it, it may name what is not there, and nobody may take it; the example itself is right.
      const may = company.alive(operation) ? [409] : [404, 409];
      if (heard.status >= 300 && !isUntaken(heard)) expect(may).toContain(heard.status);
      expect(contract.answerFaults(operation, heard.status, heard.body)).toBeUndefined();
    }
  });
});

describe('after all of it', () => {
  it('the house sells, its books are right, and nothing went wrong inside', async () => {
    const charge = await scene.paid({ amount: 4_321 });
    expect(charge.amountPaid).toBe(4_321);
    expect(await scene.verified()).toEqual({ ok: true, firstBad: null });
    expect(scene.app.output()).not.toContain('"level":"error"');
    process.stdout.write(
      `Hostile: ${table.length} operations, ${done.refused} refusals, ${done.odd} odd requests, seed ${seed}` +
        `; nothing alive for ${company.lifeless.join(', ') || 'none'}\n`,
    );
  });
});
