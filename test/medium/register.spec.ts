import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { Desk } from '@test/support/desk.js';

const folder = mkdtempSync(join(tmpdir(), 'register-'));
let sandbox: Sandbox;
let desk: Desk;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory: folder });
  desk = await Desk.open();
  configureProviders({ sandboxUrl: sandbox.url, sandboxCa: sandbox.caFile });
});
afterAll(async () => {
  await desk.close();
  await closeHttp();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

it('a provider that learns where to call is asked after what is pending, oldest first, a moment apart', async () => {
  const { secretKey } = sandbox.accounts.stripe;
  const credential = await desk.account('stripe', 'the-secret-of-its-address', 'stripe', { secretKey });
  const of = { credential, provider: 'stripe', operation: 'cards.authorize' };
  const pending: string[] = [];
  for (let n = 0; n < 3; n += 1) pending.push(await desk.attempt({ ...of, state: 'pending' }));
  for (const other of [{ ...of, state: 'succeeded' }, { state: 'pending' }]) await desk.attempt(other);
  await desk.register(credential);
  const asked = await desk.sql(
    `select id, (extract(epoch from ask_at - min(ask_at) over ()) * 1000)::int as ms from attempt
     where ask_at is not null order by ask_at`,
  );
  expect(asked).toEqual(pending.map((id, place) => ({ id, ms: place * 20 })));
});
