import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '@libs/providers/contract/acts.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { closeHttp } from '@libs/providers/http.js';
import { registry } from '@libs/providers/registry.js';
import { configureProviders } from '@libs/providers/settings.js';
import { actOf, parseSecret } from '@libs/routing/credentials.js';
import { run, type Steps } from '@libs/routing/executor.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Bench } from './bench.js';
import { Ear } from './ear.js';
import { peers } from './peers.js';
import { missing, nameOf, owed, played, rules } from './provider.suite.js';
import { lacks, partsOf, Stand } from './stand.js';
import { Tap } from './tap.js';
import { foreign } from './words.js';

const directory = mkdtempSync(join(tmpdir(), 'provider-'));
const reached = new Set<string>();
let sandbox: Sandbox;
let ear: Ear;
let tap: Tap;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  ear = await Ear.open(sandbox, 'pinbank');
  tap = await Tap.open(sandbox, directory);
});
afterEach(async () => {
  tap.clear();
  await new Stand(registry[0]!, sandbox).calm();
});
afterAll(async () => {
  await closeHttp();
  await tap.close();
  await sandbox.close();
  await ear.close();
  rmSync(directory, { recursive: true });
});

/** What the executor records of a call whose preparation, or whose wire, is this. */
async function recorded(prepare: Steps['prepare']): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined;
  const way = {
    provider: '',
    environment: 'simulator',
    credentialId: '',
    settleDays: 0,
    settleOn: 'calendar',
    reroute: [],
  } as const;
  const free = { rateBps: 0, fixed: 0 };
  const steps: Steps = {
    open: async () => ({ id: 'a', key: 'k' }),
    prepare,
    settle: async (_, said) => {
      outcome = said;
      return { view: {} } as Awaited<ReturnType<Steps['settle']>>;
    },
  };
  await run(steps, 1_000, [{ ...way, cost: free, price: free }], async () => 'send');
  return outcome;
}

describe.each(registry.map((it) => [it.id, it] as const))('%s', (_, provider) => {
  describe.each(owed(provider))('%s', (operation, all) => {
    it.each(all.map((rule) => [rule.name, rule] as const))('%s', async (_name, rule) => {
      reached.add(nameOf(provider, operation, rule));
      await rule.test(new Bench(operation, new Stand(provider, sandbox), tap));
    });

    if (lacks(provider, operation)) return;

    it('1: what an adapter throws all the same is unknown, and what fails before the wire is unsent', async () => {
      const bench = new Bench(operation, new Stand(provider, sandbox), tap);
      bench.direct();
      const call = { ...(await bench.stage()), credentials: undefined as unknown as object, leftMs: () => 1_000 };
      const wire = () => actOf(provider, operation)(call);
      expect(await recorded(async () => wire)).toMatchObject({ kind: 'unknown', why: 'crash' });
      const unready: Steps['prepare'] = async () => {
        const credentials = parseSecret(provider, {});
        return () => actOf(provider, operation)({ ...call, credentials });
      };
      expect(await recorded(unready)).toMatchObject({ kind: 'unsent', why: 'unready' });
    });

    it('is proved as the evidence says, unless the configuration says otherwise', () => {
      const stand = new Stand(provider, sandbox);
      configureProviders({});
      const proof = stand.proof(operation);
      expect(proof).toEqual(peers[provider.id]?.proofs[operation]);
      if (proof.by === 'harmless' || proof.by === 'human') return;
      const name = `${provider.id}.${operation}`.replaceAll('.', '_').toUpperCase();
      configureProviders({ proofMs: { [name]: 7 } });
      const window = proof.by === 'again' ? { untilMs: 7 } : { afterMs: 7 };
      expect(stand.proof(operation)).toEqual({ ...proof, ...window });
    });
  });

  it('tells whose account it is, and knows a foreign secret', async () => {
    const stand = new Stand(provider, sandbox);
    new Bench(owed(provider)[0]![0], stand, tap).direct();
    const identify = (credentials: object) => provider.identify({ credentials, input: {}, leftMs: () => 3_000 });
    const own = await identify(stand.credentials());
    expect(own).toEqual({ kind: 'read', data: expect.any(String) });
    expect(await identify(stand.credentials())).toEqual(own);
    expect(await identify(stand.credentials(stand.peer.spoiled))).toMatchObject({ kind: 'refused' });
  });

  it('hears callbacks without believing, or even understanding, them', () => {
    const { callbacks } = provider;
    const calls = foreign.map((it) => Buffer.from(it));
    for (const raw of [...calls, Buffer.from([0xff, 0xfe, 0]), Buffer.alloc(0)]) {
      const verdict = callbacks?.verify(raw, {}, ['secret'], new Date('2025-01-02'));
      expect(['genuine', 'forged', 'ask-for-keys', 'stale', undefined]).toContain(verdict);
      expect(callbacks?.read(raw) ?? []).toEqual([]);
    }
  });
});

/** The reach of the suite is no list of its own: it is measured against the registry and the contract. */
describe('the suite', () => {
  it('puts every rule to every act of every provider', () => {
    expect(missing(registry, reached)).toEqual([]);
    const numbers = Array.from({ length: 10 }, (_, i) => `${i + 1}: `);
    for (const number of numbers) expect(rules.some(({ name }) => name.startsWith(number))).toBe(true);
  });

  it('would miss a provider, or an act, that nobody put it to', () => {
    const stranger = { ...registry[0]!, id: 'stranger' };
    const known = [...reached].filter((name) => name.startsWith(`${registry[0]!.id} `));
    expect(missing([...registry, stranger], reached)).toHaveLength(known.length);
    expect(missing([{ ...stranger, pix: undefined, bankslip: undefined }], reached)).toEqual([
      'stranger offers nothing',
    ]);
    const half = new Set([...reached].filter((name) => !name.includes('pix.cancel')));
    expect(missing(registry, half)).toEqual([...reached].filter((name) => name.includes('pix.cancel')));
    expect(() => new Stand(stranger, sandbox)).toThrow('stranger');
  });

  it('knows nobody who is not in the registry', () => {
    expect(Object.keys(peers).sort()).toEqual(registry.map(({ id }) => id).sort());
    for (const provider of registry) {
      expect(Object.keys(peers[provider.id]!.proofs).sort()).toEqual([...played(provider)].sort());
    }
  });

  it('has every act on the wire, and none of the contract is offered by nobody', async () => {
    const stand = new Stand(registry[0]!, sandbox);
    const { requests } = (await stand.sim('GET', 'requests')) as {
      requests: { provider: string; operation: string }[];
    };
    const seen = new Set(requests.map(({ provider, operation }) => `${provider} ${operation}`));
    const offered = registry.flatMap((it) => played(it).map((operation) => [it.id, operation] as const));
    for (const [id, operation] of offered) {
      expect([...seen]).toContain(`${id} ${operation}`);
      expect([...seen]).toContain(`${id} ${partsOf(operation)[0]}.find`);
    }
    expect(operations.filter((it) => !offered.some(([, operation]) => operation === it))).toEqual([]);
  });
});
