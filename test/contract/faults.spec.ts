import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { operations } from '@libs/providers/contract/acts.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import { closeHttp } from '@libs/providers/http.js';
import { registry } from '@libs/providers/registry.js';
import { configureProviders } from '@libs/providers/settings.js';
import { kinds } from '@apps/sandbox/faults.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { type Cell, matrixText } from '@test/support/matrix.js';
import { scriptOf } from './scripts.js';
import { sleep } from './sandbox.client.js';
import { partsOf, Stand } from './stand.js';

/**
 * What an adapter makes of an act under a fault, how often the act has then happened, and what questions put afterwards
 * are told, one after another: `says effects found>found`. One row for every kind of fault that the simulated world
 * knows, in it one field for each act.
 */
type Row = Readonly<Record<'create' | 'cancel' | 'refund', string>>;
const same = (cell: string): Row => ({ create: cell, cancel: cell, refund: cell });
const plain: Row = { create: 'pending 1 done', cancel: 'done 1 done', refund: 'pending 1 done' };
/** Nothing arrived: an absence, which is a word about now and no proof yet. */
const nothing = (says: string): Row => same(`${says} 0 absent`);
const befalls = (question: string): Row => ({
  create: `pending 1 ${question}>done`,
  cancel: `done 1 ${question}>done`,
  refund: `pending 1 ${question}>done`,
});
const lost = (says: string): Row => same(`${says} 1 done`);

const table: Readonly<Record<(typeof kinds)[number], Row>> = {
  refuse: nothing('unsent:refused'),
  timeout_before: nothing('unknown:timeout'),
  http_500_before: nothing('unknown:fault'),
  http_429: nothing('unsent:limited'),
  http_401: plain, // the token is renewed, and the act made for the first time
  timeout_after: lost('unknown:timeout'),
  reset_after: lost('unknown:dropped'),
  slow: lost('unknown:timeout'),
  http_500_after: lost('unknown:fault'),
  garbled: lost('unknown:garbled'),
  truncated: lost('unknown:dropped'),
  wrong_amount: { ...lost('unknown:garbled'), cancel: plain.cancel }, // a cancel moves no amount
  find_refused: befalls('unknown:fault'),
  // A charge that cannot be found says nothing of its cancel.
  find_404_then_found: { ...befalls('absent'), cancel: befalls('unknown:fault').cancel },
  duplicate_callback: plain,
  late_callback: plain,
  no_callback: plain,
  reordered_callbacks: plain,
  forged_callback: plain,
  same_callback_twice_different_state: plain,
  duplicate_key_first_send: { ...plain, create: 'unknown:duplicate 0 unknown:garbled' },
  second_payment: { ...plain, create: 'pending 1 done+received' },
  refund_fails: { ...plain, refund: 'pending 0 declined:our_balance' },
  refund_fails_after_success: { ...plain, refund: 'pending 0 done>declined:not_allowed' },
  chargeback: { ...plain, create: 'pending 1 done>done+taken' },
};
const more: Readonly<Record<string, object>> = {
  slow: { delayMs: 1_500 },
  refund_fails_after_success: { delayMs: 30 },
};

const directory = mkdtempSync(join(tmpdir(), 'faults-'));
const cells: Cell[] = [];
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  configureProviders({ sandboxUrl: sandbox.url, sandboxCa: sandbox.caFile });
});
afterEach(() => new Stand(registry[0]!, sandbox).calm());
afterAll(async () => {
  await closeHttp();
  await sandbox.close();
  rmSync(directory, { recursive: true });
  const whole = kinds.length * registry.length * operations.length;
  process.stdout.write(matrixText('Faults, once each, at the adapter', [...operations], cells, whole));
});

const shown = (it: Outcome | Finding): string =>
  `${it.kind}${'why' in it ? `:${it.why}` : 'code' in it ? `:${it.code}` : ''}` +
  ('moved' in it && it.moved ? `+${it.moved.map(({ kind }) => kind).join('+')}` : '');

/** These strike when the act itself is over: the world goes on under them. */
const later: readonly string[] = ['find_refused', 'find_404_then_found', 'second_payment', 'chargeback'];
const afterwards = (kind: string): boolean => later.includes(kind) || kind.startsWith('refund_fails');

/** Asks until the answer is the last of those expected; says every one that was different from the one before. */
async function asked(ask: () => Promise<Finding>, expected: string): Promise<string> {
  const heard: string[] = [];
  for (let waited = 0; waited < 2_000; waited += 20) {
    const said = shown(await ask());
    if (said !== heard.at(-1)) heard.push(said);
    if (said === expected.split('>').at(-1)) break;
    await sleep(20);
  }
  return heard.filter((it) => it !== 'pending' || expected === it).join('>') || 'pending';
}

describe.each(registry.map((it) => [it.id, it] as const))('%s', (id, provider) => {
  const all = kinds.flatMap((kind) => operations.map((operation) => [kind, operation] as const));

  it.each(all)('%s at %s', async (kind, operation) => {
    const stand = new Stand(provider, sandbox);
    const script = scriptOf(operation);
    const expected = table[kind][partsOf(operation)[1] as keyof Row];
    const staged = await script.stage(stand);
    const name = stand.peer.keyless.includes(operation) ? staged.parent!.ref : staged.key;
    const made = async (): Promise<number> => (await stand.under(name)).filter((it) => it === operation).length;
    await stand.arm(operation, kind, { times: 1, ...more[kind] });
    const said = await stand.act(operation, staged, /timeout|slow/.test(kind) ? 400 : 5_000);
    if (!afterwards(kind)) await stand.calm();
    if ((await made()) > 0) await script.decide?.(stand, staged);
    if (kind === 'second_payment') await script.decide?.(stand, staged);
    const found = await asked(() => stand.find(operation, staged), expected.split(' ').at(-1)!);
    const result = `${shown(said)} ${await made()} ${found}`;
    cells.push({ row: registry.length > 1 ? `${id} ${kind}` : kind, column: operation, result });
    expect(result).toBe(expected);
  });

  it('has a row for every kind of fault, and in it a field for every act', () => {
    expect(Object.keys(table).sort()).toEqual([...kinds].sort());
    const acts = operations.map((it) => partsOf(it)[1]).sort();
    for (const row of Object.values(table)) expect(Object.keys(row).sort()).toEqual(acts);
  });
});
