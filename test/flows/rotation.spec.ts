import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MikroORM } from '@mikro-orm/postgresql';
import { loadConfig } from '@libs/kernel/config.js';
import { SealedSchema } from '@libs/vault/vault.entity.js';
import { Vault } from '@libs/vault/vault.service.js';
import { client, eventually, rows } from '@test/support/app.js';
import { type Receiver, startReceiver, verified } from '@test/support/receiver.js';
import { as, type Charge, Scene } from '@test/support/scene.js';
import { ground } from '@test/support/ground.js';

const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const both = `2:${two},1:${one}`;
/** The tool works beside it: a busy machine must not make an answer late. */
const patient = { PROVIDER_DEADLINE_MS: '5000', JOB_LEASE_MS: '8000' };

let scene: Scene;
let receiver: Receiver;
let secret: string;
let used: string;
let charge: Charge;
const headers = { 'idempotency-key': 'before the rotation' };

beforeAll(async () => {
  scene = await Scene.open({ MASTER_KEY: `1:${one}`, ...patient });
  receiver = await startReceiver();
  const hook = await scene.api('POST', '/webhooks', { url: receiver.url, types: ['pix'] });
  secret = as<{ secret: string }>(hook.body).secret;
  const merchants = await scene.admin('GET', '/admin/merchants');
  const { id } = as<{ data: { id: string }[] }>(merchants.body).data[0]!;
  const made = await scene.admin('POST', `/admin/merchants/${id}/keys`, { name: 'usada' });
  used = as<{ key: string }>(made.body).key;
  await scene.admin('POST', `/admin/merchants/${id}/keys`, { name: 'esquecida' });
  charge = as<Charge>((await scene.ask({}, { headers })).body);
  await sealMore();
});
afterAll(async () => {
  await receiver.stop();
  await scene.close();
});

/** Secrets enough for many batches. */
async function sealMore(): Promise<void> {
  const clientUrl = scene.app.databaseUrl;
  const orm = await MikroORM.init({ clientUrl, entities: [SealedSchema] });
  const vault = new Vault(loadConfig({ DATABASE_URL: clientUrl, MASTER_KEY: `1:${one}` }));
  for (let n = 0; n < 300; n += 1) await vault.seal(orm.em.fork(), 'test', `secret ${n}`);
  await orm.close();
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  said(): string;
}
function rotate(MASTER_KEY: string, batch: number): Run {
  const env = { ...ground, MASTER_KEY, DATA_DIR: scene.app.folder };
  const script = join(process.cwd(), 'dist/apps/tools/vault-rotate.js');
  const child = spawn(process.execPath, [script, '--batch', String(batch)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const heard: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (it: Buffer) => heard.push(it.toString()));
  return { child, ended: once(child, 'exit'), said: () => heard.join('') };
}

const versions = async (): Promise<Readonly<Record<number, number>>> => {
  const found = await rows<{ version: number; count: number }>(
    scene.app,
    'select version, count(*)::int as count from vault group by 1',
  );
  return Object.fromEntries(found.map(({ version, count }) => [version, count]));
};

describe('npm run vault:rotate', () => {
  it('refuses to begin without the version that secrets are sealed under', async () => {
    const run = rotate(`2:${two}`, 10);
    expect(await run.ended).toEqual([1, null]);
    expect(run.said()).toContain('MASTER_KEY lacks version 1');
  });

  it('turns the key over while the platform serves, and goes on after a kill', async () => {
    await scene.app.kill();
    await scene.app.restart({ MASTER_KEY: both });
    const selling = new AbortController();
    const sold: number[] = [];
    const seller = (async () => {
      while (!selling.signal.aborted) sold.push((await scene.ask()).status);
    })();
    const killed = rotate(both, 1);
    await eventually(async () => /data keys wrapped/.test(killed.said()));
    killed.child.kill('SIGKILL');
    await killed.ended;
    const between = await versions();
    expect([between[1], between[2]]).toEqual([expect.any(Number), expect.any(Number)]);

    const run = rotate(both, 50);
    expect(await run.ended).toEqual([0, null]);
    expect(run.said()).toMatch(/\d+ of \d+ data keys wrapped anew/);
    expect(run.said()).toContain('every secret is sealed under version 2');
    const accounts = (await rows(scene.app, 'select id from credential')).length;
    expect(run.said()).toContain(`${accounts} callback addresses hashed anew`);
    selling.abort();
    await seller;
    expect(new Set(sold)).toEqual(new Set([201]));
    expect(Object.keys(await versions())).toEqual(['2']);
  });

  it('says what only its holders can take anew, and until when the older version is needed', async () => {
    const api = client(() => scene.app.url, used);
    expect((await api('GET', '/balance')).status).toBe(200);
    expect((await scene.admin('GET', '/admin/merchants')).status).toBe(200);
    const again = await scene.ask({}, { headers });
    expect([again.status, as<Charge>(again.body).id]).toEqual([201, charge.id]);
    const run = rotate(both, 500);
    await run.ended;
    expect(run.said()).toContain('0 callback addresses hashed anew');
    expect(run.said()).toMatch(/1 API keys are hashed under an older version/);
    expect(run.said()).toMatch(/1 Idempotency-Keys are: .* until \d{4}-\d{2}-\d{2}/);
    expect(run.said()).toContain('keep older versions');
  });

  it('leaves nothing that needs the older version: without it all goes on', async () => {
    await scene.app.kill();
    await scene.app.restart({ MASTER_KEY: `2:${two}` });
    await scene.pay(charge);
    await scene.becomes(charge.id, 'paid');
    const told = await eventually(async () => receiver.got.find((it) => it.body.includes(charge.id)));
    expect(verified(told, secret).event.type).toBe('pix');
    expect((await scene.refund(charge.id)).status).toBe(200);
    expect((await client(() => scene.app.url, used)('GET', '/balance')).status).toBe(200);
  });
});
