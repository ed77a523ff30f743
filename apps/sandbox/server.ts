import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { now } from '@libs/kernel/clock.js';
import { certificates } from './certificates.js';
import { type Desk, control } from './control.js';
import { Faults } from './faults.js';
import { bind } from './listener.js';
import { Requests } from './requests.js';
import type { Simulator } from './simulator.js';
import { type Accounts, simulators } from './simulators.js';
import { type House, type Staged, portSetting, stage } from './stage.js';
import { World, settingTable } from './world.js';

export interface SandboxOptions {
  readonly port: number; // of the control routes, plain HTTP; 0 is a free one
  readonly directory: string; // journal, certificates and accounts live here; made when absent
  readonly host?: string; // 127.0.0.1 unless told
  /** Called by `POST /_sim/clock` before it answers. A sandbox that cannot move everybody's clock refuses the route. */
  readonly onAdvance?: (offsetMs: number) => Promise<void>;
  /** The static code that a shop shows under its id: what a payer finds there who is told the id alone. */
  readonly onScan?: (id: string) => Promise<string | undefined>;
  readonly log?: (line: Record<string, unknown>) => void;
}
export interface Sandbox {
  readonly url: string;
  readonly caFile: string; // PEM of the authority that signed every certificate here
  readonly listeners: Readonly<Record<string, string>>;
  readonly accounts: Accounts;
  close(): Promise<void>;
}

/** Timers of the world that end with it. */
function timers(): { readonly after: House['after']; readonly stop: () => void } {
  const live = new Set<NodeJS.Timeout>();
  return {
    after: (waitMs, act) => {
      const timer = setTimeout(() => {
        live.delete(timer);
        act();
      }, waitMs);
      live.add(timer);
    },
    stop: () => {
      for (const timer of live) clearTimeout(timer);
    },
  };
}

const doorsOf = (all: readonly Staged[]) => all.flatMap(({ doors }) => [...doors]);

/** The ports of the day, so that a provider is found where it was. */
function keepPorts(world: World, all: readonly Staged[]): void {
  const moved = doorsOf(all).filter(([name, { port }]) => world.setting(portSetting(name)) !== port);
  const puts = moved.map(([name, { port }]) => settingTable.put(portSetting(name), port));
  if (puts.length > 0) world.commit(...puts);
}

const byId = <T>(all: readonly Staged[], of: (it: Staged) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(all.map((it) => [it.id, of(it)]));

/**
 * Starts the simulated outside world on its directory, as an earlier process left it: its clock, its effects, the
 * callbacks it still owes, the providers' ports if they are free.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { directory, port: wanted, host = '127.0.0.1', onScan: seen, log = () => undefined } = options;
  mkdirSync(directory, { recursive: true });
  const papers = await certificates(directory);
  // The list forgets whose account is whose: each simulator is only ever given its own.
  const players = simulators as unknown as readonly Simulator[];
  const world = new World(
    directory,
    players.flatMap(({ tables }) => tables),
  );
  const faults = new Faults(world, players);
  const requests = new Requests();
  const clocks = timers();
  const failed = (error: unknown): void => log({ event: 'failed', at: now().toISOString(), error: String(error) });
  const { after } = clocks;
  const house: House = { host, port: wanted, directory, papers, world, faults, requests, after, seen, log, failed };
  const all: Staged[] = [];
  for (const player of players) all.push(await stage(house, player));
  keepPorts(world, all);
  const listeners = Object.fromEntries(doorsOf(all).map(([name, { url }]) => [name, url]));
  const desk: Desk = {
    world,
    faults,
    requests,
    listeners,
    byHand: all.filter(({ byHand }) => byHand).map(({ id }) => id),
    controls: all.flatMap(({ played }) => played.controls ?? []),
    settle: async () => void (await Promise.all(all.map(({ settle }) => settle()))),
    reset: () => all.forEach(({ played }) => played.reset?.()),
    onAdvance: options.onAdvance,
  };
  const server = createServer((request, response) => void control(desk, request, response).catch(failed));
  const port = await bind(server, wanted, host);
  await desk.settle();
  for (const { played, callbacks } of all) {
    played.resume?.();
    callbacks.resume();
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    caFile: papers.certificates.caFile,
    listeners,
    accounts: byId(all, ({ account }) => account) as unknown as Accounts,
    close: async () => {
      clocks.stop();
      for (const { callbacks } of all) callbacks.close();
      server.closeAllConnections();
      const doors = doorsOf(all).map(([, door]) => door.close());
      await Promise.all([new Promise((resolve) => server.close(resolve)), ...doors]);
      world.close();
    },
  };
}
