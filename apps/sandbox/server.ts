import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import { now } from '@libs/kernel/clock.js';
import { Callbacks } from './callbacks.js';
import { type Account, certificates } from './certificates.js';
import { control } from './control.js';
import { Faults } from './faults.js';
import { serve, wire } from './gerencianet.js';
import { Listener, bind } from './listener.js';
import { resume } from './refunds.js';
import { Requests } from './requests.js';
import type { Room } from './room.js';
import { World } from './world.js';

export interface SandboxOptions {
  readonly port: number; // of the control routes, plain HTTP; 0 is a free one
  readonly directory: string; // journal and certificates live here; made when absent
  readonly host?: string; // 127.0.0.1 unless told
  /** Called by `POST /_sim/clock` before it answers. A sandbox that cannot move everybody's clock refuses the route. */
  readonly onAdvance?: (offsetMs: number) => Promise<void>;
  readonly log?: (line: Record<string, unknown>) => void;
}
export interface Sandbox {
  readonly url: string;
  readonly caFile: string; // PEM of the authority that signed every certificate here
  readonly listeners: Readonly<Record<string, string>>;
  readonly accounts: { readonly gerencianet: Account };
  close(): Promise<void>;
}

/** Timers of the world that end with it. */
function timers(): { readonly after: Room['after']; readonly stop: () => void } {
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

/**
 * Starts the simulated outside world on its directory, as an earlier process left it: its clock, its effects, the
 * callbacks it still owes, the provider's port if it is free.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { directory, host = '127.0.0.1', log = () => undefined } = options;
  mkdirSync(directory, { recursive: true });
  const papers = await certificates(directory);
  const world = new World(directory);
  const faults = new Faults(world);
  const callbacks = new Callbacks(world, faults, papers.certificates.caller, wire, log);
  const clocks = timers();
  const room: Room = { world, faults, callbacks, account: papers.account, wire, after: clocks.after };
  const requests = new Requests();
  const failed = (error: unknown): void => log({ event: 'failed', at: now().toISOString(), error: String(error) });
  const listener = await Listener.open({
    host,
    port: world.setting('gerencianetPort') ?? 0,
    certificates: papers.certificates,
    refuses: () => faults.refuses(),
    serve: (request, response) => void serve(room, listener, requests, request, response).catch(failed),
  });
  if (world.setting('gerencianetPort') !== listener.port) world.commit(['setting', 'gerencianetPort', listener.port]);
  const listeners = { gerencianet: `https://localhost:${listener.port}` };
  const desk = { room, requests, listeners, cutAll: () => listener.cutAll(), onAdvance: options.onAdvance };
  const server = createServer((request, response) => void control(desk, request, response).catch(failed));
  const port = await bind(server, options.port, host);
  resume(room);
  callbacks.resume();
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    caFile: papers.certificates.caFile,
    listeners,
    accounts: { gerencianet: papers.account },
    close: async () => {
      clocks.stop();
      callbacks.close();
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), listener.close()]);
      world.close();
    },
  };
}
