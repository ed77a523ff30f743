import type { Faults } from './faults.js';
import { Callbacks } from './callbacks.js';
import type { Papers } from './certificates.js';
import { Listener, type Scheme } from './listener.js';
import type { Requests } from './requests.js';
import type { Played, Simulator } from './simulator.js';
import { type World, effect, undone } from './world.js';

/** What every provider is put on stage with. */
export interface House {
  readonly host: string;
  readonly port: number; // of the control routes; 0: a free one
  readonly directory: string;
  readonly papers: Papers;
  readonly world: World;
  readonly faults: Faults;
  readonly requests: Requests;
  readonly after: (waitMs: number, act: () => void) => void;
  /** The static code that some shop shows under an id. */
  readonly seen?: (id: string) => Promise<string | undefined>;
  readonly log: (line: Record<string, unknown>) => void;
  readonly failed: (error: unknown) => void;
}
/** A provider that listens, at one door or at several. */
export interface Staged {
  readonly id: string;
  readonly byHand: boolean;
  readonly doors: ReadonlyMap<string, Listener>; // its own first, under its id
  readonly account: unknown;
  readonly callbacks: Callbacks;
  readonly played: Played;
  /** Shuts the door or opens it, as a `refuse` of the moment wants it. */
  readonly settle: () => Promise<void>;
}

export const portSetting = (door: string): string => `${door}Port`;

/** How long a port without TLS stays closed for a `refuse` with `times`, whose connections nobody can count. */
const closedMs = 1_000;

/** Shuts a provider's doors or opens them, as the faults of the moment want it. */
function settle(house: House, id: string, doors: readonly Listener[]): () => Promise<void> {
  return async () => {
    const refusals = house.faults.armed(id, 'refuse').filter(({ rate }) => rate === undefined);
    if (refusals.length === 0) return void (await Promise.all(doors.map((door) => door.admit())));
    await Promise.all(doors.map((door) => door.refuse()));
    const counted = refusals.filter(({ times }) => times !== undefined);
    if (doors.every(({ counts }) => counts) || counted.length < refusals.length) return;
    const waitMs = Math.max(...counted.map(({ delayMs }) => delayMs ?? closedMs));
    house.after(waitMs, () => {
      house.faults.disarm(counted.filter((it) => house.faults.armed(id, 'refuse').includes(it)));
      void settle(house, id, doors)().catch(house.failed);
    });
  };
}

/** Puts one provider on stage: its account, its ports, its acts. */
export async function stage(house: House, simulator: Simulator): Promise<Staged> {
  const { id, calling } = simulator;
  const { world, papers, host, requests, after, seen } = house;
  const faults = house.faults.of(id);
  const account = simulator.account(house.directory, papers);
  const callbacks = new Callbacks(id, world, faults, papers.certificates.caller, calling, house.log);
  const open = (name: string, scheme: Scheme, port = world.setting(portSetting(name)) ?? 0): Promise<Listener> =>
    Listener.open({
      scheme,
      host,
      port,
      certificates: papers.certificates,
      refuses: () => faults.refuses(),
      serve: (line) => void played.serve(line, name).catch(house.failed),
    });
  const next = simulator.port === 'next' && house.port > 0 ? house.port + 1 : undefined;
  const own = await open(id, simulator.scheme, next);
  const doors = new Map([[id, own]]);
  for (const [name, scheme] of Object.entries(simulator.beside ?? {})) doors.set(name, await open(name, scheme));
  const played: Played = simulator.open({
    provider: id,
    account,
    world,
    faults,
    callbacks,
    requests,
    origin: own.url,
    origins: Object.fromEntries([...doors].map(([name, { url }]) => [name, url])),
    after,
    seen,
    effect: (operation, key, ref, amount) => effect(id, operation, key, ref, amount),
    undone: (operation, ref) => undone(id, operation, ref),
  });
  return {
    id,
    byHand: calling.byHand === true,
    doors,
    account,
    callbacks,
    played,
    settle: settle(house, id, [...doors.values()]),
  };
}
