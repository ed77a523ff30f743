import type { IncomingMessage, ServerResponse } from 'node:http';
import { clockOffsetMs, advanceClockTo, now } from '@libs/kernel/clock.js';
import { serverNames } from './certificates.js';
import type { Faults } from './faults.js';
import { type Control, type Question, Wrong, check, must } from './question.js';
import type { Requests } from './requests.js';
import { integer, oneOf, text } from './schema.js';
import { type Body, read, target } from './transport.js';
import { type World, addressTable, effectTable, settingTable } from './world.js';

/** What the control routes reach. */
export interface Desk {
  readonly world: World;
  readonly faults: Faults;
  readonly requests: Requests;
  readonly listeners: Readonly<Record<string, string>>;
  readonly byHand: readonly string[]; // providers that are told by hand where to call
  readonly controls: readonly Control[]; // the providers' own
  /** Opens and shuts doors as the armed faults want it; called whenever those have changed. */
  readonly settle: () => Promise<void>;
  readonly reset: () => void; // what simulators keep beside the world
  readonly onAdvance?: (offsetMs: number) => Promise<void>;
}

/** Amounts leave as whole cents. The wire's ten digits and two more fit a number exactly. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_name, item: unknown) => (typeof item === 'bigint' ? Number.parseInt(`${item}`, 10) : item));

const latest = Date.parse('2200-01-01T00:00:00Z');

async function advance(desk: Desk, body: unknown): Promise<unknown> {
  if (!desk.onAdvance) throw new Wrong(409, 'this sandbox cannot move the clock of the API and the jobs');
  check(body, { advanceSeconds: integer(1, 4_000_000_000) });
  const offsetMs = clockOffsetMs() + (body as { readonly advanceSeconds: number }).advanceSeconds * 1000;
  if (now().getTime() - clockOffsetMs() + offsetMs > latest) throw new Wrong(422, '.advanceSeconds: beyond 2200');
  desk.world.commit(settingTable.put('clockMs', offsetMs));
  advanceClockTo(offsetMs);
  await desk.onAdvance(offsetMs);
  return { offsetMs, now: now().toISOString() };
}

async function armed(desk: Desk, body: unknown): Promise<unknown> {
  const fault = desk.faults.arm(body);
  if (!('id' in fault)) return must(fault);
  await desk.settle();
  return fault;
}

async function disarmed(desk: Desk): Promise<unknown> {
  const removed = desk.faults.disarm();
  await desk.settle();
  return { removed };
}

async function emptied(desk: Desk): Promise<unknown> {
  desk.world.reset();
  desk.requests.clear();
  desk.reset();
  await desk.settle();
  return {};
}

/** Where a provider calls that has no word on its wire to be told it. */
function told(desk: Desk, body: unknown): unknown {
  check(body, { provider: oneOf(desk.byHand), url: text(2048, /^https?:\/\/[^\s/]+/) });
  const { provider, url } = body as { readonly provider: string; readonly url: string };
  if (!URL.canParse(url)) throw new Wrong(422, '.url: cannot be read');
  desk.world.commit(addressTable.put(provider, url));
  return { provider, url };
}

/** Where the providers listen, under the name by which the asker reached us: from another container it is another. */
function listeners(desk: Desk, host: string): unknown {
  const name = /^\[?([^\]]*?)\]?(:\d+)?$/.exec(host)?.[1] ?? '';
  const known = name !== '127.0.0.1' && name !== '::1' && serverNames.some((own) => own === name);
  const entries = Object.entries(desk.listeners).map(([provider, url]) => {
    const place = new URL(url);
    if (known) place.hostname = name;
    return [provider, place.origin];
  });
  return Object.fromEntries(entries) as unknown;
}

const everybodys = (desk: Desk): readonly Control[] => [
  { method: 'GET', path: /^\/_sim\/listeners$/, act: ({ host }) => listeners(desk, host) },
  { method: 'PUT', path: /^\/_sim\/callbacks$/, act: ({ body }) => told(desk, body) },
  { method: 'POST', path: /^\/_sim\/clock$/, act: ({ body }) => advance(desk, body) },
  {
    method: 'GET',
    path: /^\/_sim\/requests$/,
    act: ({ query }) => ({ requests: desk.requests.list(query.get('provider'), query.get('operation')) }),
  },
  {
    method: 'GET',
    path: /^\/_sim\/ledger$/,
    act: () => ({ effects: [...desk.world.of(effectTable).values()] }),
  },
  { method: 'GET', path: /^\/_sim\/faults$/, act: () => ({ faults: desk.faults.list() }) },
  { method: 'PUT', path: /^\/_sim\/faults$/, act: ({ body }) => armed(desk, body) },
  { method: 'DELETE', path: /^\/_sim\/faults$/, act: () => disarmed(desk) },
  { method: 'POST', path: /^\/_sim\/reset$/, act: () => emptied(desk) },
];

function parsed(body: Body): unknown {
  if ('json' in body) {
    if (typeof body.json === 'object' && body.json !== null && !Array.isArray(body.json)) return body.json;
    throw new Wrong(422, 'the body must be an object');
  }
  if (body.text === '') return {};
  throw new Wrong(400, 'the body is not JSON');
}

async function answer(desk: Desk, request: IncomingMessage, body: Body): Promise<unknown> {
  const url = target(request);
  if (!url) throw new Wrong(400, 'the address cannot be read');
  const there = [...everybodys(desk), ...desk.controls].filter(({ path }) => path.test(url.pathname));
  if (there.length === 0) throw new Wrong(404, 'no such control route');
  const able = there.filter(({ method }) => method === request.method);
  if (able.length === 0) throw new Wrong(405, 'the route takes another method');
  const asked: Omit<Question, 'id'> = {
    body: parsed(body),
    query: url.searchParams,
    host: request.headers.host ?? '',
  };
  for (const { path, act } of able) {
    const said = await act({ ...asked, id: path.exec(url.pathname)?.[1] ?? '' });
    if (said !== undefined) return said;
  }
  throw new Wrong(404, able.flatMap(({ missing }) => missing ?? []).join('; ') || 'there is no such thing');
}

/** Answers one request to `/_sim`, over plain HTTP. Bad input is a 4xx with a message that says what is wrong. */
export async function control(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, value: unknown): void => {
    const body = jsonText(value);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  };
  const body = await read(request);
  if (!body) return;
  try {
    send(200, await answer(desk, request, body));
  } catch (error) {
    if (error instanceof Wrong) return send(error.status, { message: error.message });
    send(500, { message: 'the sandbox failed' });
    throw error;
  }
}
