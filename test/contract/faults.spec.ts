import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '@libs/providers/contract/acts.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import { closeHttp } from '@libs/providers/http.js';
import { registry } from '@libs/providers/registry.js';
import { configureProviders } from '@libs/providers/settings.js';
import { kinds } from '@apps/sandbox/faults.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { type Cell, matrixText } from '@test/support/matrix.js';
import { thorough } from '@test/support/mutants.js';
import { Ear } from './ear.js';
import { expected, kindsOf, rows, unplayed } from './faults.table.js';
import { played } from './provider.suite.js';
import { sleep } from './sandbox.client.js';
import { scriptOf } from './scripts.js';
import { Stand } from './stand.js';

const more: Readonly<Record<string, object>> = {
  slow: { delayMs: 1_500 },
  refund_fails_after_success: { delayMs: 120 },
  late_callback: { delayMs: 100 },
  reordered_callbacks: { delayMs: 100 },
};

const directory = mkdtempSync(join(tmpdir(), 'faults-'));
const cells: Cell[] = [];
let sandbox: Sandbox;
let ear: Ear;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  ear = await Ear.open(sandbox, 'pinbank');
  configureProviders({ sandboxUrl: sandbox.url, sandboxCa: sandbox.caFile });
});
afterEach(() => new Stand(registry[0]!, sandbox).calm());
afterAll(async () => {
  await closeHttp();
  await sandbox.close();
  await ear.close();
  rmSync(directory, { recursive: true });
  const whole = all.length;
  process.stdout.write(matrixText('Faults, once each, at the adapter', [...operations], cells, whole));
});

/** Every kind of fault that a provider plays, at every act that it offers. */
const all = registry.flatMap((provider) =>
  kindsOf(provider.id).flatMap((kind) => played(provider).map((operation) => [provider, kind, operation] as const)),
);

const shown = (it: Outcome | Finding): string =>
  `${it.kind}${'why' in it ? `:${it.why}` : 'code' in it ? `:${it.code}` : ''}` +
  ('moved' in it && it.moved ? `+${it.moved.map(({ kind }) => kind).join('+')}` : '') +
  ('twins' in it && it.twins ? '+twin'.repeat(it.twins.length) : '');

/** These strike when the act itself is over: the world goes on under them. */
const later: readonly string[] = [
  'find_refused',
  'find_404_then_found',
  'wrong_store_404',
  'second_payment',
  'chargeback',
];
const afterwards = (kind: string): boolean => later.includes(kind) || kind.startsWith('refund_fails');

/** Asks until the answer is the last of those expected; says every one that was different from the one before. */
async function asked(ask: () => Promise<Finding>, wanted: string, later: boolean): Promise<string> {
  const heard: string[] = [];
  for (let waited = 0; waited < 2_000; waited += 20) {
    const said = shown(await ask());
    if (said !== heard.at(-1)) heard.push(said);
    if (said === wanted.split('>').at(-1)) break;
    await sleep(20);
  }
  // What was accepted is not seen before it is done.
  const early = later ? ['pending', 'absent'] : ['pending'];
  return heard.filter((it) => !early.includes(it) || wanted.endsWith(it)).join('>') || 'pending';
}

describe.each(registry.map((it) => [it.id, it] as const))('%s', (id, provider) => {
  const own = all.filter(([it]) => it === provider).map(([, kind, operation]) => [kind, operation] as const);

  const acts = played(provider).length;
  // In a short run of each kind a third of the acts, by turns: the whole product is played by `npm run test:long`.
  const turn = own.filter((_, at) => thorough || (Math.floor(at / acts) + (at % acts)) % 3 === 0);

  it.each(turn)('%s at %s', async (kind, operation) => {
    const stand = new Stand(provider, sandbox);
    const script = scriptOf(operation);
    const wanted = expected(id, kind, operation);
    const row = registry.length > 1 ? `${id} ${kind}` : kind;
    const arm = (): Promise<unknown> => stand.arm(operation, kind, { times: 1, ...more[kind] });
    if (wanted === unplayed) {
      await expect(arm()).rejects.toThrow('422');
      cells.push({ row, column: operation, result: wanted });
      return;
    }
    const staged = await script.stage(stand);
    const name = stand.peer.keyless.includes(operation) ? staged.parent!.ref : staged.key;
    const made = async (): Promise<number> => (await stand.under(name)).filter((it) => it === operation).length;
    await arm();
    const said = await stand.act(operation, staged, /timeout|slow/.test(kind) ? 400 : 5_000);
    const told = stand.peer.told?.includes(operation) && kind.includes('callback');
    if (!afterwards(kind) && !told) await stand.calm();
    // A code whose answer is lost, and which nothing names, is seen by nobody.
    const unseen = stand.peer.nameless?.includes(operation) && !('ref' in said);
    if ((await made()) > 0 && !unseen) await script.decide?.(stand, staged);
    if (kind === 'second_payment') await script.decide?.(stand, staged);
    const later = stand.peer.later?.includes(operation) ?? false;
    const found = await asked(() => stand.find(operation, staged), wanted.split(' ').at(-1)!, later);
    const result = `${shown(said)} ${await made()} ${found}`;
    cells.push({ row, column: operation, result });
    expect(result).toBe(wanted);
  });

  it('has a row for every kind of fault, and in it a field for every act', () => {
    expect(rows.sort()).toEqual([...kinds].sort());
    expect(new Set(own.map(([, operation]) => operation)).size).toBe(played(provider).length);
    expect(own.length).toBeGreaterThanOrEqual(kinds.length * acts);
    expect(new Set(turn.map(([kind]) => kind))).toEqual(new Set(own.map(([kind]) => kind)));
    expect(new Set(turn.map(([, operation]) => operation))).toEqual(new Set(own.map(([, operation]) => operation)));
  });
});
