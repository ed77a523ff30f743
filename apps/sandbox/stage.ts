import type { Faults } from './faults.js';
import { Callbacks } from './callbacks.js';
import type { Papers } from './certificates.js';
import { type Line, Listener } from './listener.js';
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
  readonly log: (line: Record<string, unknown>) => void;
  readonly failed: (error: unknown) => void;
}
/** A provider that listens. */
export interface Staged {
  readonly id: string;
  readonly byHand: boolean;
  readonly listener: Listener;
  readonly account: unknown;
  readonly callbacks: Callbacks;
  readonly played: Played;
  /** Shuts the door or opens it, as a `refuse` of the moment wants it. */
  readonly settle: () => Promise<void>;
}

export const portSetting = (id: string): string => `${id}Port`;

/** How long a port without TLS stays closed for a `refuse` with `times`, whose connections nobody can count. */
const closedMs = 1_000;

/** Shuts a door or opens it, as the faults of the moment want it. */
function settle(house: House, id: string, listener: Listener): () => Promise<void> {
  return async () => {
    const refusals = house.faults.armed(id, 'refuse').filter(({ rate }) => rate === undefined);
    if (refusals.length === 0) return listener.admit();
    await listener.refuse();
    const counted = refusals.filter(({ times }) => times !== undefined);
    if (listener.counts || counted.length < refusals.length) return;
    const waitMs = Math.max(...counted.map(({ delayMs }) => delayMs ?? closedMs));
    house.after(waitMs, () => {
      house.faults.disarm(counted.filter((it) => house.faults.armed(id, 'refuse').includes(it)));
      void settle(house, id, listener)().catch(house.failed);
    });
  };
}

/** Puts one provider on stage: its account, its port, its acts. */
export async function stage(house: House, simulator: Simulator): Promise<Staged> {
  const { id, calling } = simulator;
  const { world, papers, host, requests, after } = house;
  const faults = house.faults.of(id);
  const account = simulator.account(house.directory, papers);
  const callbacks = new Callbacks(id, world, faults, papers.certificates.caller, calling, house.log);
  const beside = simulator.port === 'next' && house.port > 0;
  const serve = (line: Line): void => void played.serve(line).catch(house.failed);
  const listener = await Listener.open({
    scheme: simulator.scheme,
    host,
    port: beside ? house.port + 1 : (world.setting(portSetting(id)) ?? 0),
    certificates: papers.certificates,
    refuses: () => faults.refuses(),
    serve,
  });
  const played: Played = simulator.open({
    provider: id,
    account,
    world,
    faults,
    callbacks,
    requests,
    origin: listener.url,
    after,
    effect: (operation, key, ref, amount) => effect(id, operation, key, ref, amount),
    undone: (operation, ref) => undone(id, operation, ref),
  });
  return {
    id,
    byHand: calling.byHand === true,
    listener,
    account,
    callbacks,
    played,
    settle: settle(house, id, listener),
  };
}
